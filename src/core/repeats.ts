import { choicesKey, groupBy } from './benchmark.ts';
import type { RunResult } from './result.ts';
import { medianOf, medianInterval } from './statistics.ts';

/*
 * Runs of the same thing are blocks. What they vary by is the only uncertainty that is shown: messages of one run are not
 * independent, so that an interval over messages would be far too narrow.
 */

const CONFIDENCE = 0.95;

/** A number over the runs of one point. */
export interface Spread {
  readonly median: number;
  readonly from: number;
  readonly to: number;
}

/** Whether so many runs carry a 95 % interval; fewer have their range. */
export function hasInterval(runs: number): boolean {
  return (
    medianInterval(
      Array.from({ length: runs }, () => 0),
      CONFIDENCE,
    ) !== null
  );
}

/** The median of values with its 95 % interval (sign test), or with their range where they are too few for one; null of nothing. */
export function spreadOf(values: readonly number[]): Spread | null {
  if (values.length === 0) return null;
  const [from, to] = medianInterval(values, CONFIDENCE) ?? [Math.min(...values), Math.max(...values)];
  return { median: medianOf(values), from, to };
}

/** Runs of one point after another: by everything that was chosen for them. */
export function pointsOf(results: readonly RunResult[]): readonly (readonly RunResult[])[] {
  return [...groupBy(results, choicesKey).values()];
}
