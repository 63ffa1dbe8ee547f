import { SENDS_PER_TAIL } from './percentiles.ts';
import type { Censorable, LatencySummary } from './histogram.ts';

/*
 * A latency has its distribution from what arrived. What never arrived would have been slower than any bound, so where
 * too much is missing a statistic is a lower bound: the survivors of a queue that drops its oldest are its fastest.
 */

/** What should be in a distribution, and how much of that never arrived: deliveries, or messages. */
export interface Shortfall {
  readonly owed: number;
  readonly missing: number;
}

export const CENSORABLE: readonly Censorable[] = ['mean', 'p50', 'p90', 'p99', 'p999', 'max'];

/** One in so many lies beyond a percentile; anything missing is beyond the maximum, and moves the mean. */
const TAILS: Readonly<Record<Censorable, number>> = { ...SENDS_PER_TAIL, mean: Infinity, max: Infinity };

/** Marks the statistics of a distribution that are lower bounds: those whose tail is smaller than the share that is missing. */
export function censor(summary: LatencySummary | null, { owed, missing }: Shortfall): LatencySummary | null {
  if (summary === null || missing <= 0) return summary;
  const censored = CENSORABLE.filter((statistic) => missing * TAILS[statistic] > owed);
  return { ...summary, missingRatio: Math.min(1, missing / Math.max(1, owed)), censored };
}

/** Whether a statistic is a lower bound of what it would be, had everything arrived. */
export function isCensored(summary: LatencySummary | null, statistic: string): boolean {
  return summary?.censored?.some((name) => name === statistic) ?? false;
}

/** Whether a percentile of 0 to 100 is a lower bound. */
export function isCensoredAt({ missingRatio = 0 }: LatencySummary, percent: number): boolean {
  // A percent of 99.9 is not exactly 0.999.
  return missingRatio > 1 - percent / 100 + 1e-12;
}
