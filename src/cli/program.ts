import { Command, type Option } from 'commander';
import { SCENARIO_NAMES, SCENARIOS } from '../../scenarios/registry.ts';
import { TOOL_VERSION } from '../observe/package-root.ts';
import { calibrateCommand } from './commands/calibrate.ts';
import { addBaselineCommand } from './commands/baseline.ts';
import { addCapacityCommand } from './commands/capacity.ts';
import { addCompareCommand } from './commands/compare.ts';
import { conformanceCommand, type ConformanceOptions } from './commands/conformance.ts';
import { doctorCommand } from './commands/doctor.ts';
import { explainCommand } from './commands/explain.ts';
import { addExportCommand } from './commands/export.ts';
import { addHistoryCommand } from './commands/history.ts';
import { addInitCommand } from './commands/init.ts';
import { listCommand } from './commands/list.ts';
import { addPlanCommand } from './commands/plan.ts';
import { addReportCommand } from './commands/report.ts';
import { runCommand } from './commands/run.ts';
import type { SelftestCommandOptions } from './commands/selftest.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { addLayerSourceOptions } from './layer-source.ts';
import type { ProgramContext } from './program-context.ts';
import { addRunOptions } from './run-options.ts';
import { scenarioGroup, subcommand } from './scenario-group.ts';
import { setting } from './settings.ts';

const SETTINGS_NOTE = `
Every option can also be set by LAYERBENCH_<NAME> (LAYERBENCH_RATE=50/s; the URL of Redis is LAYERBENCH_REDIS_URL) or in
bench.config.json ({ "rate": "50/s" }); flags come first, then the environment, then the file.
`;

const EXAMPLES = `
Examples:
  bench run fanout --processes 8 --layer redis
  bench run fanout --layer memory,redis,redis-pubsub --processes 1,4 --rate 50/s --limit 'p99<50ms'
  bench explain fanout --members 500 --rate 10/s
  bench init scenario my-scenario && bench run ./my-scenario.ts
`;

/** The command line of bench. Nothing runs before `parseAsync`; errors are thrown. */
export function buildProgram(context: ProgramContext): Command {
  const { output, onExit } = context;
  const program = new Command('bench')
    .description('Measures channel layers: latency, reach, and an exact account of every lost message.')
    .version(TOOL_VERSION, '-V, --version', 'show the version')
    .helpOption('-h, --help', 'show this help')
    .helpCommand(false)
    .option('--debug', 'show stack traces')
    .option('--ascii', 'no characters beyond ASCII (also LAYERBENCH_ASCII)')
    .option('--no-progress', 'do not say how it goes; notices and errors stay (also LAYERBENCH_NO_PROGRESS)')
    .showSuggestionAfterError()
    .configureOutput({ writeOut: output.show, writeErr: () => undefined })
    .configureHelp({ optionDescription: describeOption })
    .exitOverride()
    .addHelpText('after', EXAMPLES);
  addScenarioCommands(program, context);
  addPlanCommand(program, context);
  addInitCommand(program, context);
  addCompareCommand(program, context);
  addHistoryCommand(program, context);
  addExportCommand(program, context);
  addBaselineCommand(program, context);
  program
    .command('list')
    .description('scenarios and layers')
    .action(() => listCommand(output));
  addReportCommand(program, context);
  addTrustCommands(program, context);
  const config = program
    .command('config')
    .description('what to paste to run a portal with a layer and a number of processes: Tethys, Docker, plain Django')
    .addOption(setting('--layer <name>', 'memory, redis or redis-pubsub', { default: 'redis' }))
    .addOption(setting('--processes <count>', 'ASGI processes; by default 1, or what the configuration says'))
    .addOption(setting('--redis <url>', 'where its Redis is'))
    .addOption(setting('--layer-option <name=value>', 'option of the layer; repeatable', { repeatable: true }))
    .addOption(setting('--reveal-secrets', 'print passwords and keys as they are'));
  addLayerSourceOptions(config);
  config.action(async () => {
    const { configCommand } = await import('./commands/config.ts');
    await configCommand(config, output);
  });
  program
    .command('doctor')
    .description('what this machine offers to a run, and what to fix')
    .addOption(setting('--redis <url>', 'a Redis of yours to look at'))
    .action(async (options: { readonly redis?: string }) => onExit(await doctorCommand(options.redis, output)));
  return program;
}

/** What shows how far the numbers may be trusted. */
function addTrustCommands(program: Command, { output, interruption, onExit }: ProgramContext): void {
  program
    .command('conformance')
    .description('run the behaviours that Django Channels expects on a layer: a name, a path such as ./my-layer.js, or all')
    .argument('[layer]', 'name or module')
    .addOption(setting('--redis <url>', 'a Redis of yours; by default bench starts one'))
    .addOption(setting('--json', 'print the table as JSON').conflicts('markdown'))
    .addOption(setting('--markdown', 'print the table as Markdown'))
    .addOption(setting('--quiet', 'no progress'))
    .action(async (layer: string | undefined, options: ConformanceOptions) =>
      onExit(await conformanceCommand(layer, options, output, interruption)),
    );
  const calibrate = program
    .command('calibrate')
    .description('find what this machine carries with a layer that costs nothing; results then show how far they are below it')
    .addOption(setting('--processes <counts>', 'server processes; several separated by commas', { default: '1,2,4,8' }))
    .addOption(setting('--members <count>', 'members of all groups together', { default: '80' }))
    .addOption(setting('--out <folder>', 'where results are', { default: 'results' }))
    .addOption(setting('--quiet', 'no progress'));
  calibrate.action(async () => onExit(await calibrateCommand(calibrate, output, interruption)));
  program
    .command('selftest')
    .description('plant known faults, and show whether the report finds them as they were planted')
    .addOption(setting('--json', 'print what was planted and found as JSON'))
    .addOption(setting('--quiet', 'no progress'))
    .action(async (options: SelftestCommandOptions) => {
      // Its Plans are made when it is loaded.
      const { selftestCommand } = await import('./commands/selftest.ts');
      onExit(await selftestCommand(options, output, interruption));
    });
}

function addScenarioCommands(program: Command, context: ProgramContext): void {
  const { output, interruption, commandLine, onExit, userScenario } = context;
  const run = scenarioGroup(program, 'run', 'run a scenario and write its result');
  const explain = scenarioGroup(program, 'explain', 'show the Plan of a scenario and what to expect of it, without running');
  const own = userScenario === null ? [] : [{ word: userScenario.specifier, scenario: userScenario.scenario }];
  const scenarios = [...SCENARIO_NAMES.map((name) => ({ word: name, scenario: SCENARIOS[name] })), ...own];
  addCapacityCommand(program, context, scenarios);
  for (const { word, scenario } of scenarios) {
    const { summary, parameters } = scenario;
    const runOne = addRunOptions(subcommand(run, word).description(summary), parameters)
      .addOption(setting('--out <folder>', 'where results are written', { default: 'results' }))
      .addOption(setting('--histogram', 'show the percentile spectrum of the latencies too'))
      .addOption(setting('--report <file>', 'write the results as one HTML page too'))
      .addOption(setting('--json', 'print the result file; several results as JSON Lines'))
      .addOption(setting('--quiet', 'no progress'))
      .addHelpText('after', SETTINGS_NOTE);
    runOne.action(async () => onExit(await runCommand(runOne, scenario, output, interruption, commandLine)));
    const explainOne = addRunOptions(subcommand(explain, word).description(summary), parameters).addHelpText('after', SETTINGS_NOTE);
    explainOne.action(() => explainCommand(explainOne, scenario, output));
  }
}

function describeOption(option: Option): string {
  return option.defaultValue === undefined || option.negate ? option.description : `${option.description} [${String(option.defaultValue)}]`;
}

/** Exit code of an error that commander threw: help and version are no errors. */
export function commanderExitCode(error: { readonly code: string; readonly exitCode: number }): ExitCode {
  return error.exitCode === 0 || error.code === 'commander.help' ? EXIT.ok : EXIT.usage;
}
