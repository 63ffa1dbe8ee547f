import type { Command } from 'commander';
import { SCENARIOS } from '../../../scenarios/registry.ts';
import { chooseDeployment, scenarioOf, type MeasuredCapacity } from '../../studies/deployment/deployment.ts';
import type { Demand, Deployment, DeploymentOutcome, DeploymentPlan } from '../../result/deployment-result.ts';
import { usageError } from '../../model/errors.ts';
import { searchable, type SearchableScenario } from '../../studies/capacity/searchable-scenario.ts';
import { TOOL } from '../../run/assembly/environment.ts';
import { newRunId, wallClock } from '../../run/run-id.ts';
import { renderDeployment } from '../../report/deployment.ts';
import { readResultFiles } from '../../store/read.ts';
import { serializeResult } from '../../store/result-file.ts';
import { ensureWritable, keepResult } from '../../store/write.ts';
import { addCapacityOptions } from '../capacity-options.ts';
import { plannedWayOut, printConfiguration } from '../configuration.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { innerCommand } from '../inner-command.ts';
import type { ProgramContext } from '../program-context.ts';
import { addDemandOptions, readDemand } from '../plan-demand.ts';
import { addRunOptions } from '../run-options.ts';
import { applyConfigFile, isGiven, setting } from '../settings.ts';
import { shownCommand, shownOptionWords } from '../shown-command.ts';
import { measureCapacity, sayHowToGoOn } from './capacity.ts';

/** More connections measure the same load more slowly. */
const MEASURED_MEMBERS = 400;

const EXAMPLES = `
Examples:
  bench plan --connections 5000 --group-size 50 --rate 2/s
  bench plan --connections 5000 --group-size 50 --rate 2/s --from results/
  bench plan --workload observed.json --scale 3
  bench plan --connections 200 --group-size 20 --rate 1/s --server daphne \\
    --layer redis --processes 1,2,4 --time-budget 20m

--rate is what each group gets, not all groups together. --workload takes the
place of the three numbers: a profile has groups of every size and rate.
Without --from it measures first, and takes every option of
\`bench capacity fanout\` beside (of \`observed\` with --workload):
--server daphne measures what a portal runs,
and without it bench's own Node servers are measured, which cost less.
It tries the demand with its headroom first, and soaks it; what is left of
--time-budget then finds how much more there is.
Exit: 0 there is an answer, 6 everything was measured and cannot do it, 7 not
confirmed within the budget, 130 interrupted: --resume goes on from what was
measured.
`;

const EXIT_OF: Readonly<Record<DeploymentOutcome, ExitCode>> = {
  answered: EXIT.ok,
  cannot: EXIT.limitMissed,
  unconfirmed: EXIT.inconclusive,
};

interface Raw {
  readonly workload?: string;
  readonly slo: string;
  readonly from?: readonly string[];
  readonly revealSecrets?: boolean;
  readonly out: string;
  readonly json?: boolean;
}

/** `bench plan`: what to deploy for a number of connections. */
export function addPlanCommand(plan: Command, context: ProgramContext): void {
  addDemandOptions(plan.allowUnknownOption().allowExcessArguments())
    .addOption(setting('--from <path>', 'capacity results, or a folder with some; repeatable', { repeatable: true }))
    .addOption(setting('--out <folder>', 'where results are written', { default: 'results' }))
    .addOption(setting('--json', 'print the result file'))
    .addHelpText('after', EXAMPLES);
  plan.action(async () => context.onExit(await planCommand(plan, context)));
}

async function planCommand(command: Command, context: ProgramContext): Promise<ExitCode> {
  const { output, interruption } = context;
  const raw: Raw = command.opts();
  const demand = await readDemand(command);
  await ensureWritable(raw.out);
  const commandLine = shownCommand(command, raw.from === undefined ? shownOptionWords(readInner(command, measuredScenario(demand))) : []);
  const capacities =
    raw.from === undefined ? await measure(command, raw, demand, context, commandLine) : await readCapacities(command, raw.from);
  if (interruption.exitCode !== null) return interruption.exitCode;
  const { outcome, answer, candidates, warnings } = chooseDeployment(demand, capacities);
  const startedAt = wallClock();
  const result: DeploymentPlan = {
    schemaVersion: 1,
    kind: 'plan',
    tool: TOOL,
    run: {
      id: newRunId().id,
      startedAt: startedAt.toISOString(),
      durationSeconds: 0,
      command: commandLine,
      seed: 0,
      tags: {},
      state: 'completed',
    },
    environment: capacities[0]?.result.environment ?? null,
    demand,
    outcome,
    answer,
    candidates,
    warnings,
  };
  const { path, unsaved } = await keepResult(raw.out, result);
  if (raw.json === true) output.out(serializeResult(result));
  else output.show(`${renderDeployment(result, output.outStyle)}  ${output.outStyle.dim(path === null ? '' : `result: ${path}`)}\n`);
  if (raw.json !== true && answer !== null) showConfiguration(answer, context);
  if (unsaved !== null) throw unsaved;
  return EXIT_OF[outcome];
}

async function readCapacities(command: Command, paths: readonly string[]): Promise<readonly MeasuredCapacity[]> {
  const [stray] = command.args;
  if (stray !== undefined)
    throw usageError(
      `${stray.startsWith('-') ? stray.split('=', 1)[0]! : 'a word more'} is for a measurement, and --from names results`,
      'Leave out one of them; several results are --from A --from B.',
    );
  const capacities = (await readResultFiles(paths)).flatMap(({ path, result }) => (result.kind === 'capacity' ? [{ path, result }] : []));
  if (capacities.length > 0) return capacities;
  throw usageError(`there is no capacity result in ${paths.join(', ')}`, 'Make one with `bench capacity fanout`, or leave out --from.');
}

function measuredScenario(demand: Demand): SearchableScenario {
  return searchable(SCENARIOS[scenarioOf(demand)])!;
}

/** What a plan gives on to the measurement. */
function readInner(command: Command, scenario: SearchableScenario): Command {
  const inner = addCapacityOptions(addRunOptions(innerCommand('plan'), scenario.rest.parameters), scenario.rate);
  return inner.parse([...command.args], { from: 'user' });
}

/** Measures the demand: an observed workload as it is; groups of the asked size, as many as make a load that few connections can carry. */
async function measure(
  command: Command,
  raw: Raw,
  demand: Demand,
  context: ProgramContext,
  commandLine: string,
): Promise<readonly MeasuredCapacity[]> {
  const scenario = measuredScenario(demand);
  const inner = readInner(command, scenario);
  for (const name of ['members', 'groups', 'rateStart'] as const)
    if (isGiven(inner, name) && inner.getOptionValueSource(name) === 'cli')
      throw usageError(
        `--${name === 'rateStart' ? 'rate-start' : name} is what the plan chooses`,
        'Say --connections and --group-size, or --workload and --scale.',
      );
  await applyConfigFile(inner);
  const groups = Math.max(1, Math.min(demand.groups, Math.floor(MEASURED_MEMBERS / demand.groupSize)));
  const { workload } = demand;
  const load =
    workload === undefined
      ? { members: String(demand.groupSize), groups: String(groups) }
      : { workload: raw.workload, scale: String(workload.scale), scaleBy: workload.scaleBy };
  for (const [name, value] of Object.entries({ ...load, slo: raw.slo, out: raw.out, json: false }))
    inner.setOptionValueWithSource(name, value, 'cli');
  if (!isGiven(inner, 'layer')) inner.setOptionValueWithSource('layer', 'memory,redis,redis-pubsub', 'default');
  // A mixture of servers says itself how many there are.
  const isMixture = isGiven(inner, 'server') && String(inner.getOptionValue('server')).includes(':');
  // The plan asks for these, whatever the scenario suggests.
  if (!isGiven(inner, 'processes') && !isMixture) inner.setOptionValueWithSource('processes', '1,2,4', 'implied');
  const askedPerSecond = workload === undefined ? ratePerSecondOf(demand, groups) : demand.headroom * demand.ratePerSecond;
  const found = await measureCapacity(inner, scenario, context, commandLine, askedPerSecond);
  if (found === null) return [];
  sayHowToGoOn(found, inner.opts(), context);
  if (found.unsaved !== null) throw found.unsaved;
  return [{ path: found.path ?? '', result: found.result }];
}

/** The rate of each measured group at which they have as many deliveries as the whole deployment, with its headroom. */
function ratePerSecondOf({ headroom, deliveriesPerSecond, groupSize }: Demand, groups: number): number {
  return (headroom * deliveriesPerSecond) / (groups * groupSize);
}

/** The answer as it is pasted, as `bench config` prints it. */
function showConfiguration(answer: Deployment, { output }: ProgramContext): void {
  const way = plannedWayOut(answer);
  if (way === null) return;
  output.out('\n');
  printConfiguration(way, output);
}
