import { Command, type Option } from 'commander';
import { TOOL_VERSION } from '../platform/package-root.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { ProgramContext } from './program-context.ts';
import { readSwitches } from './switches.ts';

const EXAMPLES = `
Examples:
  bench run fanout --processes 8 --layer redis
  bench run fanout --layer memory,redis --processes 1,4 --limit 'p99<50ms'
  bench explain fanout --members 500 --rate 10/s
  bench init scenario my-scenario && bench run ./my-scenario.ts
`;

/** Gives a command what it has beside its name and its summary. */
type Define = (command: Command, context: ProgramContext) => void;

interface Verb {
  /** In the help of bench, and in its own. */
  readonly summary: string;
  /** What a verb needs is loaded with it alone. */
  readonly load: () => Promise<Define>;
}

/** Every verb, in the order of the help. */
const VERBS: Readonly<Record<string, Verb>> = {
  run: {
    summary: 'run a scenario and write its result',
    load: async () => (await import('./commands/run-and-explain.ts')).addRunCommand,
  },
  explain: {
    summary: 'show the Plan of a scenario and what to expect of it, without running',
    load: async () => (await import('./commands/run-and-explain.ts')).addExplainCommand,
  },
  compare: {
    summary: 'whether head is slower, dearer or loses more than base: of results, or of runs in turn with --interleave',
    load: async () => (await import('./commands/compare.ts')).addCompareCommand,
  },
  capacity: {
    summary: 'find the highest rate that a layer carries within goals, for each number of processes',
    load: async () => (await import('./commands/capacity.ts')).addCapacityCommand,
  },
  observe: {
    summary: 'read the workload of a live deployment from its Redis, and write it as a profile',
    load: async () => (await import('./commands/observe.ts')).addObserveCommand,
  },
  plan: {
    summary: 'what to deploy for a number of connections: layer, processes, capacity, expiry, each with its evidence',
    load: async () => (await import('./commands/plan.ts')).addPlanCommand,
  },
  history: {
    summary: 'results from commit to commit, and the commits at which their level changed',
    load: async () => (await import('./commands/history.ts')).addHistoryCommand,
  },
  baseline: {
    summary: 'keep results, for later ones to be compared with',
    load: async () => (await import('./commands/baseline.ts')).addBaselineCommand,
  },
  report: {
    summary: 'show results again, here or as one HTML page',
    load: async () => (await import('./commands/report.ts')).addReportCommand,
  },
  export: {
    summary: 'results in the formats of other tools',
    load: async () => (await import('./commands/export.ts')).addExportCommand,
  },
  config: {
    summary: 'what to paste to run a portal with a layer and a number of processes: Tethys, Docker, plain Django',
    load: async () => (await import('./commands/config.ts')).addConfigCommand,
  },
  init: {
    summary: 'write a file to begin with',
    load: async () => (await import('./commands/init.ts')).addInitCommand,
  },
  list: {
    summary: 'scenarios, layers and their options',
    load: async () => (await import('./commands/list.ts')).addListCommand,
  },
  selftest: {
    summary: 'plant known faults, and show whether the report finds them as they were planted',
    load: async () => (await import('./commands/selftest.ts')).addSelftestCommand,
  },
  calibrate: {
    summary: 'find what this machine carries with a layer that costs nothing; results then show how far they are below it',
    load: async () => (await import('./commands/calibrate.ts')).addCalibrateCommand,
  },
  conformance: {
    summary: 'run the behaviours that Django Channels expects on a layer: a name, a path such as ./my-layer.js, or all',
    load: async () => (await import('./commands/conformance.ts')).addConformanceCommand,
  },
  doctor: {
    summary: 'what this machine offers to a run, and what to fix',
    load: async () => (await import('./commands/doctor.ts')).addDoctorCommand,
  },
};

export const VERB_NAMES: readonly string[] = Object.keys(VERBS);

/** The verb that a command line names; none where it names none that exists. */
export function verbIn(argv: readonly string[]): readonly string[] {
  const word = argv.find((text) => !text.startsWith('-'));
  return word !== undefined && Object.hasOwn(VERBS, word) ? [word] : [];
}

/**
 * The command line of bench, with what the `wanted` verbs take; of the others, name and summary. Nothing runs before
 * `parseAsync`; errors are thrown.
 */
export async function buildProgram(context: ProgramContext, wanted: readonly string[]): Promise<Command> {
  const { output } = context;
  const program = new Command('bench')
    .description('Measures channel layers: latency, reach, and an exact account of every lost message.')
    .version(TOOL_VERSION, '-V, --version', 'show the version')
    .helpOption('-h, --help', 'show this help')
    .helpCommand(false)
    .option('--debug', 'show stack traces')
    .option('--ascii', 'no characters beyond ASCII (also LAYERBENCH_ASCII)')
    .option('--no-progress', 'do not say how it goes; notices and errors stay (also LAYERBENCH_NO_PROGRESS)')
    .showSuggestionAfterError()
    .configureOutput({ writeOut: output.show, writeErr: () => undefined, getOutHelpWidth: () => output.outStyle.columns })
    .configureHelp({ optionDescription: describeOption, subcommandTerm: termOf })
    .exitOverride()
    .addHelpText('after', EXAMPLES);
  for (const [name, { summary, load }] of Object.entries(VERBS)) {
    const command = program.command(name).description(summary);
    if (wanted.includes(name)) (await load())(command, context);
  }
  readSwitches(program, process.env);
  return program;
}

/** A command in the help of the one above it: its name, and what it must be given. */
function termOf(command: Command): string {
  const required = command.registeredArguments.filter((argument) => argument.required);
  return [command.name(), ...required.map((argument) => `<${argument.name()}${argument.variadic ? '...' : ''}>`)].join(' ');
}

function describeOption(option: Option): string {
  return option.defaultValue === undefined || option.negate ? option.description : `${option.description} [${String(option.defaultValue)}]`;
}

/** Exit code of an error that commander threw: help and version are no errors. */
export function commanderExitCode(error: { readonly code: string; readonly exitCode: number }): ExitCode {
  return error.exitCode === 0 || error.code === 'commander.help' ? EXIT.ok : EXIT.usage;
}
