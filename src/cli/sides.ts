import { existsSync, statSync } from 'node:fs';
import type { Command } from 'commander';
import { parseArgsStringToArgv } from 'string-argv';
import { SCENARIO_NAMES, SCENARIOS, type ScenarioName } from '../../scenarios/registry.ts';
import type { ComparedSide, SideName } from '../result/comparison-result.ts';
import { BenchError, usageError } from '../model/errors.ts';
import type { RunRequest } from '../result/request.ts';
import type { AnyScenario } from '../model/scenario.ts';
import { isModulePath } from '../modules/module-path.ts';
import { loadScenarioModule } from '../modules/scenario-module.ts';
import { hostFacts } from '../platform/host.ts';
import { innerCommand } from './inner-command.ts';
import { addRunOptions, runRequests } from './run-options.ts';
import { applyConfigFile, isGiven } from './settings.ts';
import { shownOptionWords } from './shown-command.ts';
import { unknownName } from './suggest.ts';

/** What the user says of one side: a folder or module, and arguments of its own. */
export interface SideOptions {
  readonly subject: string | undefined;
  readonly args: string | undefined;
}

export interface ArmRequest {
  readonly request: RunRequest;
  readonly side: ComparedSide;
  /** With the side's options, and those of both. */
  readonly command: Command;
}

/** What a side may be given: the options of `bench run` with a scenario, and what a kind of comparison adds to them or takes away. */
export interface SideGrammar {
  readonly scenario: AnyScenario;
  readonly addOptions: (command: Command) => Command;
  /** Flags that other kinds take: what to write. */
  readonly misplaced: ReadonlyMap<string, string>;
}

/** Blocks are short: many of them tell more than long ones. */
const BLOCK_DEFAULTS: Readonly<Record<string, { readonly usual: number; readonly block: string }>> = {
  duration: { usual: 10_000, block: '2s' },
  warmup: { usual: 5000, block: '1s' },
};

/** The run that one side asks for: the options of both, then its own. Throws usage errors that name the side, where it has some of its own. */
export async function sideRequest(
  name: SideName,
  grammar: SideGrammar,
  shared: readonly string[],
  options: SideOptions,
  onNotice: (notice: string) => void,
): Promise<ArmRequest> {
  try {
    return await readArm(name, grammar, shared, options, onNotice);
  } catch (error) {
    if (!(error instanceof BenchError) || options.args === undefined || options.args === '') throw error;
    throw new BenchError(error.kind, `${name}: ${error.message}`, error.hint, { cause: error });
  }
}

async function readArm(
  name: SideName,
  grammar: SideGrammar,
  shared: readonly string[],
  { subject, args }: SideOptions,
  onNotice: (notice: string) => void,
): Promise<ArmRequest> {
  const own = [...(subject === undefined ? [] : subjectArgs(name, subject, shared)), ...wordsOf(args)];
  const { scenario } = grammar;
  const command = sideCommand(grammar);
  refuseMisplaced([...shared, ...own], grammar);
  command.parse([...shared, ...own], { from: 'user' });
  await applyConfigFile(command);
  // What the environment and the configuration say of them is for bench run.
  command.setOptionValueWithSource('limit', undefined, 'default').setOptionValueWithSource('repeat', '1', 'default');
  for (const spec of Object.values(scenario.parameters)) {
    const { usual, block } = BLOCK_DEFAULTS[spec.flag] ?? {};
    if (block !== undefined && spec.default === usual && !isGiven(command, spec.flag))
      command.setOptionValueWithSource(spec.flag, block, 'default');
  }
  const requests = await runRequests(command, scenario, '', onNotice);
  if (requests.length !== 1)
    throw usageError(
      `each side is one run, and this names ${requests.length}`,
      'Give one layer, one kind of server and one number of processes.',
    );
  const isFolder = subject !== undefined && statSync(subject).isDirectory();
  const { git } = await hostFacts(isFolder ? subject : process.cwd());
  const label = [subject ?? '', shownArgs(grammar, args)].filter((part) => part !== '').join(' ');
  return { request: requests[0]!, side: { label: label === '' ? 'the same' : label, git }, command };
}

function sideCommand({ scenario, addOptions }: SideGrammar): Command {
  return addOptions(addRunOptions(innerCommand('compare'), scenario.parameters));
}

function refuseMisplaced(words: readonly string[], { misplaced }: SideGrammar): void {
  for (const [flag, hint] of misplaced)
    if (words.some((word) => word === `--${flag}` || word.startsWith(`--${flag}=`)))
      throw usageError(`--${flag} is not for this comparison`, hint);
}

/** Options of `bench run` in one text as they are shown; empty for none. Throws a usage error for what is none. */
export function shownArgs(grammar: SideGrammar, args: string | undefined): string {
  return shownRunWords(grammar, wordsOf(args)).join(' ');
}

/** The same of words. */
export function shownRunWords(grammar: SideGrammar, words: readonly string[]): readonly string[] {
  refuseMisplaced(words, grammar);
  const command = sideCommand(grammar);
  command.parse([...words], { from: 'user' });
  return shownOptionWords(command);
}

/** The words of one text, as a shell would take it apart, with nothing expanded. */
export function wordsOf(args: string | undefined): readonly string[] {
  return args === undefined ? [] : parseArgsStringToArgv(args);
}

/** A folder is where the application is, a file is a layer. */
function subjectArgs(name: SideName, subject: string, shared: readonly string[]): readonly string[] {
  if (!existsSync(subject))
    throw usageError(
      `--${name} '${subject}' is neither a folder nor a file`,
      'Give a checkout of your application, or a layer such as ./a/layer.js.',
    );
  if (!statSync(subject).isDirectory()) {
    if (isModulePath(subject)) return ['--layer', subject];
    throw usageError(`--${name} '${subject}' is no layer module`, 'A layer is a .js or .ts file; name it as ./layer.js.');
  }
  if (shared.some((word) => word === '--app' || word.startsWith('--app='))) return ['--cwd', subject];
  throw usageError(
    `--${name} '${subject}' is a folder, and there is no --app that would be in it`,
    'Add --app module:application and --server daphne or uvicorn; or name a layer module, such as ./a/layer.js.',
  );
}

/** A built-in scenario by its name, or one of the user's by its path. */
export async function namedScenario(name: string): Promise<AnyScenario> {
  if (isModulePath(name)) return loadScenarioModule(name, process.cwd());
  if ((SCENARIO_NAMES as readonly string[]).includes(name)) return SCENARIOS[name as ScenarioName];
  throw unknownName('scenario', name, SCENARIO_NAMES);
}
