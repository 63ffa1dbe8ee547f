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

type AddCommand = (program: Command, context: ProgramContext) => void;

/** Every verb, in the order of the help. What a verb needs is loaded with it alone. */
const VERBS: Readonly<Record<string, () => Promise<AddCommand>>> = {
  run: async () => (await import('./commands/run-and-explain.ts')).addRunCommand,
  explain: async () => (await import('./commands/run-and-explain.ts')).addExplainCommand,
  compare: async () => (await import('./commands/compare.ts')).addCompareCommand,
  capacity: async () => (await import('./commands/capacity.ts')).addCapacityCommand,
  plan: async () => (await import('./commands/plan.ts')).addPlanCommand,
  history: async () => (await import('./commands/history.ts')).addHistoryCommand,
  baseline: async () => (await import('./commands/baseline.ts')).addBaselineCommand,
  report: async () => (await import('./commands/report.ts')).addReportCommand,
  export: async () => (await import('./commands/export.ts')).addExportCommand,
  config: async () => (await import('./commands/config.ts')).addConfigCommand,
  init: async () => (await import('./commands/init.ts')).addInitCommand,
  list: async () => (await import('./commands/list.ts')).addListCommand,
  selftest: async () => (await import('./commands/selftest.ts')).addSelftestCommand,
  calibrate: async () => (await import('./commands/calibrate.ts')).addCalibrateCommand,
  conformance: async () => (await import('./commands/conformance.ts')).addConformanceCommand,
  doctor: async () => (await import('./commands/doctor.ts')).addDoctorCommand,
};

export const VERB_NAMES: readonly string[] = Object.keys(VERBS);

/** The command line of bench: of the verb that `argv` names, or of all where it names none. Nothing runs before `parseAsync`; errors are thrown. */
export async function buildProgram(context: ProgramContext, argv: readonly string[]): Promise<Command> {
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
    .configureHelp({ optionDescription: describeOption })
    .exitOverride()
    .addHelpText('after', EXAMPLES);
  const verb = argv.find((word) => !word.startsWith('-'));
  const named = verb !== undefined && Object.hasOwn(VERBS, verb) ? [VERBS[verb]!] : Object.values(VERBS);
  for (const load of named) (await load())(program, context);
  readSwitches(program, process.env);
  return program;
}

function describeOption(option: Option): string {
  return option.defaultValue === undefined || option.negate ? option.description : `${option.description} [${String(option.defaultValue)}]`;
}

/** Exit code of an error that commander threw: help and version are no errors. */
export function commanderExitCode(error: { readonly code: string; readonly exitCode: number }): ExitCode {
  return error.exitCode === 0 || error.code === 'commander.help' ? EXIT.ok : EXIT.usage;
}
