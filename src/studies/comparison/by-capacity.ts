import type { Block, Round, SideCapacity, SideName, SideRate } from '../../result/comparison-result.ts';
import { formatRatio } from '../../model/units.ts';
import { EVERY_SECOND_TIME, NINE_TIMES_IN_TEN } from '../../stats/sustained-curve.ts';
import {
  again,
  candidateLoads,
  ceilingOf,
  countedTrials,
  estimateOf,
  nextTrial,
  trialAt,
  type CurveEstimate,
  type RateInterval,
  type SearchCourse,
  type Trial,
} from '../capacity/search.ts';
import { compareCapacity, NO_LOSS_APART } from './capacity-ratio.ts';
import { alphaOfLook, sidesOf, type Course, type Method, type PairLoad } from './next-pair.ts';
import type { Judgement, Question, Sides } from './verdict.ts';

/*
 * Capacities in pairs: both sides try the same rates in turn. While trials of a side have all failed, or all been sustained, a pair
 * goes where a search of that side would. Then it goes where its two trials are expected to leave the smallest variance of the
 * ratio: the sum of the variances of both sides, since neither says anything of the other.
 *
 * The ratio is that of the rates that are sustained every second time. Trials say most of those; and where both sides have the same
 * noise, that of the machine, the rates that are sustained nine times in ten have the same ratio.
 */

const SIDES: readonly SideName[] = ['base', 'head'];

type BySide<T> = Readonly<Record<SideName, T>>;

/** How capacities are compared within the bounds and lengths of a search. */
export function byCapacity(search: SearchCourse): Method {
  return {
    // The noise of the machine is in the trials themselves.
    noisePairs: () => 0,
    looksAlways: true,
    // It begins near what is known.
    confirmationPairs: ({ pairs, maxPairs }) => [Math.ceil(pairs / 2), maxPairs],
    fewestPairs: () => 2,
    nextLoad: (blocks, round) => nextLoad(search, blocks, round),
    judge: (sides, question) => judgeCapacities(search, sides, question),
    warnings: (course, blocks) => warningsOf(search, course, blocks),
  };
}

function trialsOf({ base, head }: Sides): BySide<readonly Trial[]> {
  const trials = (blocks: readonly Block[]): readonly Trial[] => blocks.flatMap(({ trial }) => trial ?? []);
  return { base: trials(base), head: trials(head) };
}

/** Estimates of the same trials are asked for again and again. */
const KNOWN = new WeakMap<SearchCourse, Map<string, CurveEstimate | null>>();

function estimatesOf(search: SearchCourse, sides: Sides): BySide<CurveEstimate | null> {
  const known = KNOWN.get(search) ?? new Map<string, CurveEstimate | null>();
  KNOWN.set(search, known);
  const estimate = (trials: readonly Trial[]): CurveEstimate | null => {
    const key = trials.map((trial) => [trial.ratePerSecond, trial.durationSeconds, trial.verdict, trial.busyRatio].join(' ')).join();
    if (!known.has(key)) known.set(key, estimateOf(search, countedTrials(search, trials)));
    return known.get(key)!;
  };
  const { base, head } = trialsOf(sides);
  return { base: estimate(base), head: estimate(head) };
}

/** A confirming round has trials of its own alone, but knows where to look: below both sides as the first round found them, then above both. */
function openingRates(search: SearchCourse, blocks: readonly Block[], round: Round): readonly number[] {
  if (round !== 'confirmation') return [];
  const { base, head } = estimatesOf(search, sidesOf(blocks, 'comparison'));
  if (base === null || head === null) return [];
  const intervals = [base.half.interval, head.half.interval];
  const [lower, upper] = [Math.min(...intervals.map(([from]) => from)), Math.max(...intervals.map(([, to]) => to))];
  return [lower, upper].map((rate) => Math.min(search.maxPerSecond, Math.max(search.minPerSecond, rate)));
}

function nextLoad(search: SearchCourse, blocks: readonly Block[], round: Round): PairLoad {
  const sides = sidesOf(blocks, round);
  const trials = trialsOf(sides);
  const opening = openingRates(search, blocks, round)[trials.base.length];
  if (opening !== undefined) return trialAt(search, opening);
  const repeated = SIDES.map((side) => again({ course: search, trials: trials[side] })).find((trial) => trial !== null);
  if (repeated !== undefined) return { ...trialAt(search, repeated.ratePerSecond), ...repeated };
  const estimates = estimatesOf(search, sides);
  const open = SIDES.find((side) => estimates[side] === null);
  if (open !== undefined) return searchingLoad(search, trials[open]);
  const maxPerSecond = Math.min(...SIDES.map((side) => ceilingOf(search, trials[side])));
  const loads = SIDES.flatMap((side) => candidateLoads(estimates[side]!.curve, sustainedRates(trials[side]), { ...search, maxPerSecond }));
  const variances = loads.map((load) =>
    SIDES.reduce((sum, side) => sum + estimates[side]!.curve.expectedVariance(EVERY_SECOND_TIME, load), 0),
  );
  return trialAt(search, Math.exp(loads[variances.indexOf(Math.min(...variances))]!));
}

function sustainedRates(trials: readonly Trial[]): readonly number[] {
  return trials.filter(({ verdict }) => verdict === 'ok').map(({ ratePerSecond }) => ratePerSecond);
}

/** Where the search of a side would go that has no estimate yet. It has come to its end where only a soak is left. */
function searchingLoad(search: SearchCourse, trials: readonly Trial[]): PairLoad {
  const next = nextTrial({ ...search, maxTrials: Infinity }, trials);
  return next.kind === 'trial' && next.durationSeconds < search.soakSeconds ? next : { kind: 'none' };
}

function judgeCapacities(search: SearchCourse, sides: Sides, { gates, alpha }: Question): Judgement {
  const { base, head } = estimatesOf(search, sides);
  const metrics = gates.map(({ minEffect }) => compareCapacity(base, head, { often: EVERY_SECOND_TIME, minEffect, alpha }));
  return {
    metrics,
    loss: NO_LOSS_APART,
    verdict: metrics[0]?.verdict ?? 'inconclusive',
    capacities: { base: capacityOf(base), head: capacityOf(head) },
  };
}

function capacityOf(estimate: CurveEstimate | null): SideCapacity | null {
  if (estimate === null) return null;
  const { half, nineInTen, noiseRatio } = estimate;
  return { half: rateOf(half), nineInTen: rateOf(nineInTen), noiseRatio };
}

function rateOf({ perSecond, interval }: RateInterval): SideRate {
  // No estimate is known better than to four digits.
  const [ratePerSecond, lower, upper] = [perSecond, ...interval].map((rate) => Number(rate.toPrecision(4))) as [number, number, number];
  return { ratePerSecond, interval: [lower, upper] };
}

function warningsOf(search: SearchCourse, course: Course, blocks: readonly Block[]): readonly string[] {
  const sides = sidesOf(blocks, 'comparison');
  const trials = trialsOf(sides);
  const { base, head } = estimatesOf(search, sides);
  const open = SIDES.filter((side) => ({ base, head })[side] === null);
  return [
    ...open.map((side) => `${side} has no capacity within these rates: ${untoldText(trials[side])}`),
    ...(base === null || head === null ? [] : noisierText(base, head, course)),
  ];
}

/** Why trials give no estimate. */
function untoldText(trials: readonly Trial[]): string {
  const valid = trials.filter(({ verdict }) => verdict !== 'invalid');
  if (valid.length === 0) return 'none of its trials was valid. `bench run` with the same options shows why';
  return valid.every(({ verdict }) => verdict === 'ok')
    ? 'it sustained every trial. Raise --rate-max; or the harness gave out first'
    : 'it sustained no trial. Lower --rate-min, or ask less with --slo';
}

/** Where head falls behind nine times in ten, and not every second time, its trials differ more. */
function noisierText(base: CurveEstimate, head: CurveEstimate, course: Course): readonly string[] {
  const question = { minEffect: course.gates[0]!.minEffect, alpha: alphaOfLook(course) };
  const [half, nineInTen] = [EVERY_SECOND_TIME, NINE_TIMES_IN_TEN].map((often) => compareCapacity(base, head, { often, ...question }));
  if (nineInTen!.verdict !== 'regression' || half!.verdict === 'regression') return [];
  return [
    `head sustains ${formatRatio(-nineInTen!.change!)} less than base nine times in ten, though not every second time: its trials differ by ${formatRatio(head.noiseRatio)}, those of base by ${formatRatio(base.noiseRatio)}`,
  ];
}
