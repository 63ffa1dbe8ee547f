import { Option, type Command } from 'commander';
import { SCENARIO_NAMES, SCENARIOS } from '../../../scenarios/registry.ts';
import type { AnyScenario } from '../../model/scenario.ts';
import type { ProgramContext } from '../program-context.ts';
import { addRunOptions } from '../run-options.ts';
import { scenarioGroup, subcommand } from '../scenario-group.ts';
import { setting } from '../settings.ts';

const SETTINGS_NOTE = `
Every option can also be set by LAYERBENCH_<NAME> (LAYERBENCH_RATE=50/s; the URL
of Redis is LAYERBENCH_REDIS_URL) or in bench.config.json ({ "rate": "50/s" });
flags come first, then the environment, then the file. What has no value is off
with 0, false, no or off.
`;

/** A scenario under the word that names it: a built-in one, or the user's own by its path. */
export interface NamedScenario {
  readonly word: string;
  readonly scenario: AnyScenario;
}

export function scenariosOf({ userScenario }: ProgramContext): readonly NamedScenario[] {
  const own = userScenario === null ? [] : [{ word: userScenario.specifier, scenario: userScenario.scenario }];
  return [...SCENARIO_NAMES.map((name) => ({ word: name, scenario: SCENARIOS[name] })), ...own];
}

/** `bench run`. */
export function addRunCommand(run: Command, context: ProgramContext): void {
  const { output, interruption, onExit } = context;
  scenarioGroup(run);
  for (const { word, scenario } of scenariosOf(context)) {
    const runOne = addRunOptions(subcommand(run, word).description(scenario.summary), scenario.parameters)
      .addOption(setting('--out <folder>', 'where results are written', { default: 'results' }))
      .addOption(setting('--histogram', 'show the percentile spectrum of the latencies too'))
      .addOption(setting('--report <file>', 'write the results as one HTML page too'))
      .addOption(setting('--live [port]', 'a page on this machine that shows the runs while they go on, and their report afterwards'))
      .addOption(new Option('--no-live', 'no such page, where the environment or bench.config.json ask for one'))
      .addOption(setting('--json', 'print the result file; several results as JSON Lines'))
      .addOption(setting('--quiet', 'no progress'))
      .addHelpText('after', SETTINGS_NOTE);
    runOne.action(async () => {
      const { runCommand } = await import('./run.ts');
      onExit(await runCommand(runOne, scenario, output, interruption));
    });
  }
}

/** `bench explain`. */
export function addExplainCommand(explain: Command, context: ProgramContext): void {
  scenarioGroup(explain);
  for (const { word, scenario } of scenariosOf(context)) {
    const explainOne = addRunOptions(subcommand(explain, word).description(scenario.summary), scenario.parameters).addHelpText(
      'after',
      SETTINGS_NOTE,
    );
    explainOne.action(async () => {
      const { explainCommand } = await import('./explain.ts');
      await explainCommand(explainOne, scenario, context.output);
    });
  }
}
