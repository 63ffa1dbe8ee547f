import type { Command } from 'commander';
import { findCapacity, type CapacityFound, type CapacityOptions } from '../../studies/capacity/run-searches.ts';
import { identityOf, type CapacityPlan, type PlannedSearch } from '../../studies/capacity/search-plan.ts';
import { estimateSeconds } from '../../studies/capacity/time-budget.ts';
import { readStoredSearch } from '../../studies/capacity/stored-search.ts';
import { benchmarkName } from '../../result/benchmark.ts';
import { TRIAL_VERDICTS } from '../../report/capacity-phrases.ts';
import { usageError } from '../../model/errors.ts';
import { suggestionOf } from '../../model/scenario.ts';
import { checkSearchable, searchable, trialRequest, type SearchableScenario } from '../../studies/capacity/searchable-scenario.ts';
import { formatMs, formatPerSecond } from '../../model/units.ts';
import { renderCapacity } from '../../report/capacity.ts';
import { paragraph } from '../../report/paragraph.ts';
import { formatSeconds } from '../../report/seconds.ts';
import { serializeResult } from '../../store/result-file.ts';
import { ensureWritable } from '../../store/write.ts';
import { addCapacityOptions, readCapacityGoal, type CapacityCommandOptions } from '../capacity-options.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { ProgramContext } from '../program-context.ts';
import { Progress } from '../progress.ts';
import { addRunOptions, runRequests } from '../run-options.ts';
import { scenarioGroup, subcommand } from '../scenario-group.ts';
import { applyConfigFile, isGiven } from '../settings.ts';
import { shownCommand } from '../shown-command.ts';
import { sayNote } from '../note.ts';
import { scenariosOf } from './run-and-explain.ts';

const EXAMPLES = `
Examples:
  bench capacity fanout --layer memory,redis --processes 1,2,4 --time-budget 20m
  bench capacity rooms --slo 'p99<50ms' --processes 1,2,4,8 --profile thorough
  bench capacity fanout \\
    --resume results/20260114T083000Z-capacity-fanout-3f9a2c1b

Rates are those of --rate in \`bench run\`: messages a second to each group.
Exit: 0 done, 4 nothing valid was measured, 130 interrupted: what was measured
is kept, and --resume goes on from there.
`;

/** `bench capacity`: the rates that layers sustain, within goals. */
export function addCapacityCommand(capacity: Command, context: ProgramContext): void {
  scenarioGroup(capacity);
  for (const { word, scenario } of scenariosOf(context)) {
    const found = searchable(scenario);
    const command = subcommand(capacity, word).description(scenario.summary);
    if (found === null) {
      command.allowUnknownOption().action(() => {
        throw usageError(
          `${scenario.name} has no --rate that could be searched`,
          'Use a scenario with a rate, such as fanout, rooms or direct.',
        );
      });
      continue;
    }
    addCapacityOptions(addRunOptions(command, found.rest.parameters), found.rate).addHelpText('after', EXAMPLES);
    command.action(async () => context.onExit(await capacityCommand(command, found, context)));
  }
}

async function capacityCommand(command: Command, scenario: SearchableScenario, context: ProgramContext): Promise<ExitCode> {
  const { output, interruption } = context;
  await applyConfigFile(command);
  const options: CapacityCommandOptions = command.opts();
  const found = await measureCapacity(command, scenario, context, shownCommand(command));
  if (found === null) return interruption.exitCode ?? EXIT.invalid;
  const { result, path, unsaved } = found;
  if (options.json === true) output.out(serializeResult(result));
  else output.show(`${renderCapacity(result, output.outStyle)}  ${output.outStyle.dim(path === null ? '' : `result: ${path}`)}\n`);
  if (unsaved !== null) throw unsaved;
  sayHowToGoOn(found, options, context);
  return interruption.exitCode ?? (result.points.every(({ answer }) => answer === 'unknown') ? EXIT.invalid : EXIT.ok);
}

/** Where a search was interrupted. */
export function sayHowToGoOn(
  { result, folder }: CapacityFound,
  { quiet }: Pick<CapacityCommandOptions, 'quiet'>,
  { output }: ProgramContext,
): void {
  if (result.run.state === 'interrupted' && quiet !== true) output.err(`Go on with the same command and  --resume ${folder}\n`);
}

/**
 * Searches what a command's options ask for, and says how long it will take. A rate that is asked for (`--rate`, messages a second to
 * each group) is tried first. null where it was interrupted before there was anything.
 */
export async function measureCapacity(
  command: Command,
  scenario: SearchableScenario,
  context: ProgramContext,
  commandLine: string,
  askedPerSecond: number | null = null,
): Promise<CapacityFound | null> {
  const { output } = context;
  const options: CapacityCommandOptions = command.opts();
  for (const [name, instead] of [
    ['limit', '--slo'],
    ['repeat', '--profile thorough'],
    ['fault', 'a scenario without faults'],
  ] as const)
    if (isGiven(command, name)) throw usageError(`--${name} is for bench run`, `A capacity search takes ${instead}.`);
  const points = await runRequests(command, scenario.rest, commandLine, (notice) => sayNote(output, notice));
  points.forEach(checkSearchable);
  refuseTwice(points.map((request) => benchmarkName(identityOf(request))));
  const suggested = suggestionOf(scenario.rest, points[0]!.scenario.parameters).ratePerSecond ?? null;
  const { goal, ...asked } = readCapacityGoal(command, options, scenario.rate, suggested);
  // A trial chooses the rate: what that cannot be beside is refused before anything is measured.
  for (const point of points)
    trialRequest(point, scenario, { ratePerSecond: asked.bounds.startPerSecond, durationSeconds: 1, warmupSeconds: 0 });
  const plan: CapacityPlan = {
    scenario,
    points,
    ...asked,
    goal: askedPerSecond === null ? goal : { ...goal, targetPerSecond: askedPerSecond },
  };
  const stored = options.resume === undefined ? null : await readStoredSearch(options.resume, plan);
  await ensureWritable(options.out);
  if (options.quiet !== true) output.err(paragraph('', announcement(plan, estimateSeconds(plan, stored)), output.errStyle));
  return findCapacity(plan, stored, watch(context, options));
}

function refuseTwice(names: readonly string[]): void {
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined)
    throw usageError(
      `${twice} would be searched twice`,
      'Name every layer, number of processes and mixture of servers once; run the others apart.',
    );
}

function announcement({ points, goal }: CapacityPlan, seconds: readonly [from: number, to: number]): string {
  const searches = points.length * goal.replicates;
  const within = goal.timeBudgetSeconds === null ? '' : ` of the ${formatSeconds(goal.timeBudgetSeconds)} allowed`;
  return `${searches} ${searches === 1 ? 'search' : 'searches'} with profile ${goal.profile}: about ${[...new Set(seconds.map(formatSeconds))].join(' to ')}${within}`;
}

/** What a person sees of it on the way. */
function watch({ output, interruption }: ProgramContext, options: CapacityCommandOptions): CapacityOptions {
  const progress = new Progress(output, options.quiet === true, 'runs');
  const label = ({ name, replicate }: PlannedSearch): string => `${name}${replicate > 0 ? `, search ${replicate + 1}` : ''}`;
  return {
    outDir: options.out,
    stop: interruption.signal,
    onEvent: (event) => progress.onEvent(event),
    onTrial: (search, { ratePerSecond, durationSeconds }) =>
      progress.begin(`${label(search)}: ${formatPerSecond(ratePerSecond)} for ${formatMs(durationSeconds * 1000)}`),
    onTrialEnd: (search, { ratePerSecond, verdict, reasons }) => {
      if (options.quiet === true) return;
      progress.end();
      const why = reasons.length === 0 ? '' : `: ${reasons.join('; ')}`;
      output.err(paragraph(`${label(search)}: `, `${formatPerSecond(ratePerSecond)} ${TRIAL_VERDICTS[verdict]}${why}`, output.errStyle));
    },
  };
}
