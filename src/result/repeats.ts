import { choicesKey } from './benchmark.ts';
import { groupBy } from '../model/group-by.ts';
import { ofOneDefinition, olderDefinition } from './definitions.ts';
import { metricOf, type MetricValue } from './metrics.ts';
import type { RunResult } from './run-result.ts';
import { medianInterval, medianOf } from '../stats/ranks.ts';

/*
 * Runs of the same thing are blocks: observations, of which the median is the number. What they vary by is the only
 * uncertainty that is shown: messages of one run are not independent, so that an interval over messages would be far too
 * narrow.
 */

const CONFIDENCE = 0.95;

/** One number over runs of the same thing. */
export interface Estimate extends Omit<MetricValue, 'value'> {
  /** Median over the runs that have data. */
  readonly value: number;
  /** Runs that have data, of all those that there are. */
  readonly count: number;
  readonly runs: number;
  /** 95 %, from run to run; null where too few have data. */
  readonly interval: readonly [number, number] | null;
  /** From the smallest to the largest. */
  readonly range: readonly [number, number];
}

/**
 * A metric or measure over runs, of those that have it by today's definition where any has; null without data. Where any run
 * has a lower bound only, so has the median.
 */
export function estimateOf(runs: readonly RunResult[], name: string): Estimate | null {
  const found = ofOneDefinition(runs, (run) => olderDefinition(run, name)).flatMap((run) => metricOf(run, name) ?? []);
  const values = found.flatMap(({ value }) => value ?? []);
  const [metric] = found;
  if (metric === undefined || values.length === 0) return null;
  const { unit, direction } = metric;
  const range = [Math.min(...values), Math.max(...values)] as const;
  return {
    name,
    unit,
    direction,
    value: medianOf(values),
    count: values.length,
    runs: runs.length,
    interval: medianInterval(values, CONFIDENCE),
    range,
    censored: found.some(({ censored }) => censored),
  };
}

/** Runs of one point after another: by everything that was chosen for them. */
export function pointsOf(results: readonly RunResult[]): readonly (readonly RunResult[])[] {
  return [...groupBy(results, choicesKey).values()];
}
