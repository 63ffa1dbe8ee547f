import { Option, type Command } from 'commander';
import { readConfigFile } from '../config/config-file.ts';
import { BenchError, usageError } from '../model/errors.ts';
import { unknownName } from './suggest.ts';

const CONFIG_FILE = 'bench.config.json';
/** Options that only make sense on the command line. */
const COMMAND_LINE_ONLY: ReadonlySet<string> = new Set(['help', 'version', 'debug']);
/** Settings of a run's output: in a config file they are no mistake for a command that has none. */
const OUTPUT_SETTINGS: ReadonlySet<string> = new Set(['out', 'json', 'quiet', 'report', 'live']);

/** `--layer-option` → LAYERBENCH_LAYER_OPTION; the URL of Redis has the name that people expect. */
export function environmentName(long: string): string {
  const name = long.replace(/^--/, '').replaceAll('-', '_').toUpperCase();
  return name === 'REDIS' ? 'LAYERBENCH_REDIS_URL' : `LAYERBENCH_${name}`;
}

/** An option that knows what of its value may be shown. */
export class SettingOption extends Option {
  readonly shown: (text: string) => string;

  constructor(flags: string, description: string, shown: (text: string) => string) {
    super(flags, description);
    this.shown = shown;
  }
}

/** An option that can also be set by LAYERBENCH_… and by bench.config.json. A repeatable one gathers its values; `shown` takes secrets out of one. */
export function setting(
  flags: string,
  description: string,
  options: { readonly default?: string; readonly repeatable?: boolean; readonly shown?: (text: string) => string } = {},
): Option {
  const option = new SettingOption(flags, description, options.shown ?? ((text) => text));
  if (options.default !== undefined) option.default(options.default);
  if (options.repeatable === true) option.argParser((value: string, before: readonly string[] | undefined) => [...(before ?? []), value]);
  return option.env(environmentName(option.long ?? ''));
}

/**
 * Fills in what neither flags nor environment have set from bench.config.json in the working directory.
 * Throws a usage error for a name that is no option of this command.
 */
export async function applyConfigFile(command: Command): Promise<void> {
  const settings = await readConfigFile(CONFIG_FILE);
  if (settings === null) return;
  // Of --live and --no-live, which are one setting, the first says what values it has.
  const options = new Map(command.options.toReversed().map((option) => [option.attributeName(), option] as const));
  for (const [name, value] of Object.entries(settings)) {
    const option = options.get(name);
    if (option === undefined && OUTPUT_SETTINGS.has(name)) continue;
    if (option === undefined || COMMAND_LINE_ONLY.has(name)) {
      const known = [...options.keys()].filter((key) => !COMMAND_LINE_ONLY.has(key));
      const error = unknownName(`setting in ${CONFIG_FILE}`, name, known);
      throw usageError(error.message, error.hint);
    }
    const source = command.getOptionValueSource(name);
    if (source === 'cli' || source === 'env') continue;
    const isFlag = !option.required;
    const takesText = option.required || option.optional;
    if (typeof value === 'boolean' ? !isFlag : !takesText) {
      throw usageError(
        `'${name}' in ${CONFIG_FILE} must be ${[...(isFlag ? ['true or false'] : []), ...(takesText ? ['text or a number'] : [])].join(', or ')}`,
        'Write it as on the command line.',
      );
    }
    if (Array.isArray(value) && option.optional) throw usageError(`'${name}' in ${CONFIG_FILE} is a list`, 'Give one value.');
    const gathers = option.parseArg !== undefined;
    command.setOptionValueWithSource(name, gathers && !Array.isArray(value) ? [value] : value, 'config');
  }
}

/** Whether an option was said, and does not stand at its default. */
export function isGiven(command: Command, name: string): boolean {
  return !['default', undefined].includes(command.getOptionValueSource(name));
}

/** Says, in an error about a value that is not from the command line, where it came from. */
export function withOrigin<T>(command: Command, name: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw errorWithOrigin(command, name, error);
  }
}

/** As `withOrigin`, of a value that is in a file. */
export function withFileOrigin<T>(command: Command, name: string, reading: Promise<T>): Promise<T> {
  return reading.catch((error: unknown) => {
    throw errorWithOrigin(command, name, error);
  });
}

function errorWithOrigin(command: Command, name: string, error: unknown): unknown {
  if (!(error instanceof BenchError)) return error;
  const source = command.getOptionValueSource(name);
  const option = command.options.find((entry) => entry.attributeName() === name);
  const origin = source === 'env' ? ` (from ${option?.envVar})` : source === 'config' ? ` (from ${CONFIG_FILE})` : '';
  return new BenchError(error.kind, `${error.message}${origin}`, error.hint, { cause: error });
}
