import { choicesKey, groupBy } from './benchmark.ts';
import { metricOf, type MetricValue } from './metrics.ts';
import type { RunResult } from './result.ts';
import { medianInterval, medianOf } from './statistics.ts';

/*
 * Runs of the same thing are blocks: observations, of which the median is the number. What they vary by is the only
 * uncertainty that is shown: messages of one run are not independent, so that an interval over messages would be far too
 * narrow.
 */

const CONFIDENCE = 0.95;

/** One number over runs of the same thing. */
export interface Estimate extends Omit<MetricValue, 'value'> {
  /** Median over the runs. */
  readonly value: number;
  /** 95 %, from run to run; null where there are too few of them. */
  readonly interval: readonly [number, number] | null;
  /** From the smallest to the largest. */
  readonly range: readonly [number, number];
}

/** A metric or measure over runs; null without data. */
export function estimateOf(runs: readonly RunResult[], name: string): Estimate | null {
  const found = runs.flatMap((run) => metricOf(run, name) ?? []);
  const values = found.flatMap(({ value }) => value ?? []);
  const [metric] = found;
  if (metric === undefined || values.length === 0) return null;
  const { unit, direction } = metric;
  const range = [Math.min(...values), Math.max(...values)] as const;
  return { name, unit, direction, value: medianOf(values), interval: intervalOf(values), range };
}

/** Whether so many runs carry a 95 % interval; fewer have their range. */
export function hasInterval(runs: number): boolean {
  return intervalOf(Array.from({ length: runs }, () => 0)) !== null;
}

function intervalOf(values: readonly number[]): Estimate['interval'] {
  return medianInterval(values, CONFIDENCE);
}

/** Runs of one point after another: by everything that was chosen for them. */
export function pointsOf(results: readonly RunResult[]): readonly (readonly RunResult[])[] {
  return [...groupBy(results, choicesKey).values()];
}
