import { readFailure, usageError } from '../model/errors.ts';
import { quoted } from '../model/secret.ts';
import { readText } from '../platform/read-text.ts';

/** Settings of a `bench.config.json`: names of flags in camelCase → values as on the command line. */
export type ConfigSettings = Readonly<Record<string, string | readonly string[] | boolean>>;

const FORM = 'It is an object of flag names, such as { "layer": "redis", "processes": 4, "rate": "50/s" }.';

/** Reads a config file; null where there is none. Throws a usage error that names the file and what is wrong in it. */
export async function readConfigFile(path: string): Promise<ConfigSettings | null> {
  const text = await readText(path).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw usageError(`cannot read '${path}': ${readFailure(error)}`, 'Make it readable, or remove it.', { cause: error });
  });
  return text === null ? null : parseConfig(text, path);
}

/** The text of a config file → its settings. Numbers become text, so that every value is read as a flag would be. */
export function parseConfig(text: string, path: string): ConfigSettings {
  const value = parseJson(text, path);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw usageError(`'${path}' does not hold an object`, FORM);
  return Object.fromEntries(Object.entries(value).map(([name, setting]) => [name, settingOf(name, setting, path)]));
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    // The parser's own message has a piece of the text in it.
    throw usageError(`'${path}' is not JSON: a quote, a comma or a bracket is wrong${placeOf(error)}`, FORM, { cause: error });
  }
}

function settingOf(name: string, setting: unknown, path: string): string | readonly string[] | boolean {
  if (typeof setting === 'string' || typeof setting === 'boolean') return setting;
  if (typeof setting === 'number') return String(setting);
  if (Array.isArray(setting) && setting.every((entry) => typeof entry === 'string' || typeof entry === 'number'))
    return setting.map(String);
  throw usageError(`the setting${quoted(name)} in '${path}' is neither text, number, true or false, nor a list of texts`, FORM);
}

/** " at character 12", where the parser says so. */
function placeOf(error: unknown): string {
  const [, position] = /at position (\d+)/.exec(error instanceof Error ? error.message : '') ?? [];
  return position === undefined ? '' : ` at character ${position}`;
}
