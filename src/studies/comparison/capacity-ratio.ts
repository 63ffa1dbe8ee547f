import { differenceOf, quantileOf, shareBelow, type Distribution } from '../../stats/sustained-curve.ts';
import { CAPACITY_METRIC } from '../../model/metrics.ts';
import type { LossComparison, MetricComparison, Verdict } from '../../result/comparison-result.ts';
import type { CurveEstimate } from '../capacity/search.ts';

/* Capacities of base beside those of head: the posterior of the ratio of rates that are sustained equally often. */

const TAIL = 0.025;

/** What is asked of two capacities. */
export interface RatioQuestion {
  /** Which rates: the quantile of how often they are sustained, as of `SustainedCurve`. */
  readonly often: number;
  /** A ratio: head is worse where base sustains so much more, or more than that. */
  readonly minEffect: number;
  /** A verdict is given where it is wrong with no greater probability. */
  readonly alpha: number;
}

/** A side is null where its trials say too little: then nothing is decided. */
export function compareCapacity(base: CurveEstimate | null, head: CurveEstimate | null, question: RatioQuestion): MetricComparison {
  const { often, minEffect, alpha } = question;
  const rate = (side: CurveEstimate | null): number | null => (side === null ? null : Math.exp(side.curve.loadAt(often, 0.5)));
  const sides = {
    name: CAPACITY_METRIC,
    unit: 'rate',
    direction: 'higherIsBetter',
    base: rate(base),
    head: rate(head),
    minEffect,
    noise: null,
    confirmed: null,
  } as const;
  if (base === null || head === null) return { ...sides, change: null, interval: null, pValue: 1, verdict: 'inconclusive' };
  const ratio = ratioOf(base, head, often);
  const change = (quantile: number): number => Math.expm1(quantileOf(ratio, quantile));
  const bound = Math.log1p(minEffect);
  const [worse, better] = [shareBelow(ratio, -bound), 1 - shareBelow(ratio, bound)];
  return {
    ...sides,
    change: change(0.5),
    interval: [change(TAIL), change(1 - TAIL)],
    pValue: 1 - worse,
    verdict: verdictOf(worse, better, alpha),
  };
}

/** ln(head ÷ base). */
function ratioOf(base: CurveEstimate, head: CurveEstimate, often: number): Distribution {
  return differenceOf(base.curve.loadsAt(often), head.curve.loadsAt(often));
}

function verdictOf(worse: number, better: number, alpha: number): Verdict {
  if (worse > 1 - alpha) return 'regression';
  if (better > 1 - alpha) return 'improvement';
  return worse < alpha ? 'pass' : 'inconclusive';
}

/** Loss is part of the goals. */
export const NO_LOSS_APART: LossComparison = {
  base: { expected: 0, lost: 0, events: 0, unexplained: 0 },
  head: { expected: 0, lost: 0, events: 0, unexplained: 0 },
  pValue: 1,
  verdict: 'pass',
  confirmed: null,
};
