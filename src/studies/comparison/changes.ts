import type { LossCount } from '../../result/comparison-result.ts';
import type { Direction } from '../../model/measures.ts';
import {
  binomialUpperTail,
  hodgesLehmann,
  hodgesLehmannShift,
  mannWhitneyGreater,
  medianOf,
  shiftInterval,
  signedRankGreater,
  walshInterval,
} from '../../stats/ranks.ts';

const CONFIDENCE = 0.95;
/** With fewer blocks than this that lost anything, their ranks cannot show a change at α = 0.01. */
const MIN_RANKED_BLOCKS = 7;

/**
 * What the blocks say of one metric. Changes are ln(head ÷ base), so that twice and half are equally far. Where a value is 0,
 * which has no ratio, they are differences, set against the median of base: so the smallest effect counts there too.
 */
export interface TestedChange {
  /** One-sided p-values of head being worse, and better. */
  readonly worse: number;
  readonly better: number;
  /** null where the median of base is 0, too: then there is nothing to set a difference against. */
  readonly change: number | null;
  /** 95 %; null where there are too few blocks. */
  readonly interval: readonly [number, number] | null;
  /** The end of the interval on the worse side, above 0 for worse. */
  readonly upperWorse: number | null;
  /** Whether head is in no block worse than base: in its pair, or than any of base's. */
  readonly allNoWorse: boolean;
  readonly isWorseWhenLarger: boolean;
}

/** Pairs by the signed-rank test, others by Mann–Whitney; with the Hodges–Lehmann estimate and interval of each. */
export function testChange(base: readonly number[], head: readonly number[], direction: Direction, paired: boolean): TestedChange {
  const isWorseWhenLarger = direction === 'lowerIsBetter';
  const hasRatios = [...base, ...head].every((value) => value > 0);
  const [b, h] = hasRatios ? [base.map(Math.log), head.map(Math.log)] : [base, head];
  const found = paired ? ofPairs(b, h) : ofGroups(b, h);
  const [worse, better] = isWorseWhenLarger ? [found.greater, found.less] : [found.less, found.greater];
  const scale = hasRatios ? 1 : medianOf(base);
  const asLog = (change: number): number => (hasRatios ? change : Math.log1p(Math.max(-1, change / scale)));
  const interval = scale > 0 && found.interval !== null ? ([asLog(found.interval[0]), asLog(found.interval[1])] as const) : null;
  return {
    worse,
    better,
    change: scale > 0 ? asLog(found.change) : null,
    interval,
    upperWorse: interval === null ? null : isWorseWhenLarger ? interval[1] : -interval[0],
    allNoWorse: isWorseWhenLarger ? found.neverGreater : found.neverLess,
    isWorseWhenLarger,
  };
}

/** What there is where a block has no value: nothing is shown, either way. */
export function untestedChange(direction: Direction): TestedChange {
  const isWorseWhenLarger = direction === 'lowerIsBetter';
  return { worse: 1, better: 1, change: null, interval: null, upperWorse: null, allNoWorse: false, isWorseWhenLarger };
}

interface Found {
  readonly greater: number;
  readonly less: number;
  readonly change: number;
  readonly interval: readonly [number, number] | null;
  readonly neverGreater: boolean;
  readonly neverLess: boolean;
}

function ofPairs(base: readonly number[], head: readonly number[]): Found {
  const differences = head.map((value, i) => value - base[i]!);
  return {
    greater: signedRankGreater(differences),
    less: signedRankGreater(differences.map((difference) => -difference)),
    change: hodgesLehmann(differences),
    interval: walshInterval(differences, CONFIDENCE),
    neverGreater: differences.every((difference) => difference <= 0),
    neverLess: differences.every((difference) => difference >= 0),
  };
}

function ofGroups(base: readonly number[], head: readonly number[]): Found {
  return {
    greater: mannWhitneyGreater(base, head),
    less: mannWhitneyGreater(head, base),
    change: hodgesLehmannShift(base, head),
    interval: shiftInterval(base, head, CONFIDENCE),
    neverGreater: Math.max(...head) <= Math.min(...base),
    neverLess: Math.min(...head) >= Math.max(...base),
  };
}

/** What the blocks say of loss. */
export interface TestedLoss {
  /** One-sided p-value of head losing more often. */
  readonly worse: number;
  readonly base: LossCount;
  readonly head: LossCount;
}

/**
 * The conditional exact binomial test: of all events, as many are expected in head as its share of the deliveries says.
 * It takes events as independent; where enough blocks lost something, the ranks of the blocks, which take nothing as
 * independent but blocks, must agree.
 */
export function testLoss(base: readonly LossCount[], head: readonly LossCount[], paired: boolean): TestedLoss {
  const [b, h] = [sumOf(base), sumOf(head)];
  const expected = b.expected + h.expected;
  const byEvents = expected === 0 ? 1 : binomialUpperTail(h.events, b.events + h.events, h.expected / expected);
  const rate = (count: LossCount): number => (count.expected === 0 ? 0 : count.events / count.expected);
  const [baseRates, headRates] = [base.map(rate), head.map(rate)];
  const losing = paired
    ? headRates.filter((value, i) => value !== baseRates[i]).length
    : [...baseRates, ...headRates].filter((value) => value > 0).length;
  if (losing < MIN_RANKED_BLOCKS) return { worse: byEvents, base: b, head: h };
  const byBlocks = paired
    ? signedRankGreater(headRates.map((value, i) => value - baseRates[i]!))
    : mannWhitneyGreater(baseRates, headRates);
  return { worse: Math.max(byEvents, byBlocks), base: b, head: h };
}

function sumOf(counts: readonly LossCount[]): LossCount {
  const sum = (key: keyof LossCount): number => counts.reduce((total, count) => total + count[key], 0);
  return { expected: sum('expected'), lost: sum('lost'), events: sum('events'), unexplained: sum('unexplained') };
}
