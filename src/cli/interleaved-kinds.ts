import type { NumberSpec } from '../model/parameters.ts';
import { usageError } from '../model/errors.ts';
import { CAPACITY_METRIC, USUAL_MIN_EFFECT } from '../model/metrics.ts';
import { suggestionOf, type AnyScenario } from '../model/scenario.ts';
import { hasPython } from '../model/servers.ts';
import type { Design, SideName } from '../result/comparison-result.ts';
import type { RunRequest } from '../result/request.ts';
import { checkSearchable, searchable, sendersOf, type SearchableScenario } from '../studies/capacity/searchable-scenario.ts';
import { mayBeIsolated } from '../studies/capacity/search-plan.ts';
import { BETWEEN_TRIALS_SECONDS, expectedOverheadSeconds } from '../studies/capacity/profile.ts';
import { FRESH_RUNS, sharedTrials } from '../studies/comparison/blocks.ts';
import { byCapacity } from '../studies/comparison/by-capacity.ts';
import { BY_RANKS } from '../studies/comparison/by-ranks.ts';
import { checkMinEffects, defaultGateNames, gatesOf } from '../studies/comparison/gates.ts';
import type { InterleaveRequest } from '../studies/comparison/run-interleaved.ts';
import { addSearchOptions, readCapacityGoal, SEARCH_FLAGS, type SearchOptions } from './capacity-options.ts';
import type { ReadQuestion } from './compare-options.ts';
import { countOption } from './count-option.ts';
import type { ArmRequest, SideGrammar } from './sides.ts';

/* What may be compared in pairs, metrics of runs or capacities, and what each takes. */

export interface InterleavedKind {
  readonly pairs: NumberSpec;
  readonly maxPairs: NumberSpec;
  readonly grammar: SideGrammar;
  /** What both sides were given, as what is to be done. Throws usage errors. */
  readonly read: (sides: Readonly<Record<SideName, ArmRequest>>, question: ReadQuestion) => ReadKind;
}

export interface ReadKind extends Pick<InterleaveRequest, 'method' | 'blockMaker' | 'gatesOf'> {
  readonly goal: Design['goal'];
  readonly blockSeconds: Readonly<Record<SideName, number>>;
}

/** The kind whose metrics are named. Throws a usage error for metrics that are not found in one way. */
export function interleavedKind(scenario: AnyScenario, { gateNames }: ReadQuestion): InterleavedKind {
  if (gateNames?.includes(CAPACITY_METRIC) !== true) return ofRuns(scenario);
  const other = gateNames.find((name) => name !== CAPACITY_METRIC);
  if (other !== undefined)
    throw usageError(
      `--metric ${CAPACITY_METRIC} is found by trials at many rates, and ${other} by runs at one`,
      `Write --metric ${CAPACITY_METRIC} alone, and compare ${other} in a comparison of its own.`,
    );
  const found = searchable(scenario);
  if (found !== null) return ofCapacities(found);
  throw usageError(`${scenario.name} has no --rate that could be searched`, 'Use a scenario with a rate, such as fanout, rooms or direct.');
}

const JUDGED = 'A comparison is judged by --min-effect, and repeats by --pairs.';

function ofRuns(scenario: AnyScenario): InterleavedKind {
  const blockSeconds = ({ plan, servers }: RunRequest): number =>
    plan.durationMs / 1000 + expectedOverheadSeconds(plan.processes, hasPython(servers), plan.warmupMs / 1000);
  return {
    pairs: countOption('pairs', 2, 200, 10, 'pairs before the first look'),
    maxPairs: countOption('max-pairs', 2, 200, 20, 'pairs at the most'),
    grammar: {
      scenario,
      addOptions: (command) => command,
      misplaced: new Map([
        ...['limit', 'repeat'].map((flag) => [flag, JUDGED] as const),
        ...SEARCH_FLAGS.map((flag) => [flag, `It says how capacities are searched: add --metric ${CAPACITY_METRIC}.`] as const),
      ]),
    },
    read: ({ base, head }, { gateNames, minEffects }) => ({
      method: BY_RANKS,
      blockMaker: FRESH_RUNS,
      gatesOf: (result) => gatesOf(result, gateNames ?? defaultGateNames(result), minEffects),
      goal: undefined,
      blockSeconds: { base: blockSeconds(base.request), head: blockSeconds(head.request) },
    }),
  };
}

function ofCapacities(found: SearchableScenario): InterleavedKind {
  const chosen = Object.values(found.parameters).flatMap((name) => found.whole.parameters[name ?? '']?.flag ?? []);
  return {
    pairs: countOption('pairs', 5, 200, 20, 'pairs before the first look'),
    maxPairs: countOption('max-pairs', 5, 200, 40, 'pairs at the most'),
    grammar: {
      scenario: found.rest,
      addOptions: (command) => addSearchOptions(command, found.rate),
      misplaced: new Map([
        ...chosen.map(
          (flag) => [flag, 'Trials choose it: bound the rates with --rate-min and --rate-max, and lengths with --profile.'] as const,
        ),
        ['limit', 'What a rate has to keep is --slo.'],
        ['repeat', JUDGED],
      ]),
    },
    read: ({ base, head }, { minEffects }) => {
      const [asked, other] = [base, head].map(({ command, request }) => {
        const suggested = suggestionOf(found.rest, request.scenario.parameters).ratePerSecond ?? null;
        return readCapacityGoal(command, command.opts<SearchOptions>(), found.rate, suggested);
      });
      const { goal, goals, profile, bounds } = asked!;
      if (JSON.stringify([goal, bounds]) !== JSON.stringify([other!.goal, other!.bounds]))
        throw usageError(
          'base and head are asked for different things: goals, profile and rates are of both sides',
          `Write --${SEARCH_FLAGS.join(', --')} beside --base-args and --head-args, not in them.`,
        );
      for (const [name, { request }] of Object.entries({ base, head })) {
        checkSearchable(request);
        if (mayBeIsolated(request, goals))
          throw usageError(
            `${name} sustains no rate: ${request.layer.name} does not connect ${request.plan.processes} processes`,
            'Use --processes 1, another layer, --ignore-isolated, or an --slo without loss.',
          );
      }
      checkMinEffects([CAPACITY_METRIC], minEffects);
      const minEffect = minEffects.get(CAPACITY_METRIC) ?? USUAL_MIN_EFFECT;
      const seconds = profile.shortTrialSeconds + BETWEEN_TRIALS_SECONDS;
      return {
        method: byCapacity({ ...goal, ...profile, ...bounds, senders: sendersOf(base.request.plan) }),
        blockMaker: sharedTrials({ scenario: found, goals, warmupSeconds: profile.warmupSeconds }),
        gatesOf: () => [{ name: CAPACITY_METRIC, unit: 'rate', direction: 'higherIsBetter', minEffect }],
        goal: { slo: goal.slo, ignoreIsolated: goal.ignoreIsolated, profile: goal.profile },
        blockSeconds: { base: seconds, head: seconds },
      };
    },
  };
}
