import { definitionMark } from '../result/definitions.ts';
import { formatMetric } from '../result/limit-text.ts';
import { atLeast } from '../model/units.ts';
import type { HeadlineName } from '../model/metrics.ts';
import { metricOf } from '../result/metrics.ts';
import type { RunResult } from '../result/run-result.ts';
import type { Alignment } from './table.ts';

/** How a table shows a metric that it tells in a form of its own; the others are formatted by their unit. */
export type OwnCells<Of, Cell = string> = Readonly<
  Partial<Record<HeadlineName, { readonly head?: string; readonly isText?: true; readonly cell: (of: Of) => Cell }>>
>;

export function alignmentOf(own: { readonly isText?: true } | undefined): Alignment {
  return own?.isText === true ? 'left' : 'right';
}

/** A metric of a run with its unit; `≥` of a lower bound, and `–` without data. */
export function metricText(run: RunResult, name: string): string {
  const metric = metricOf(run, name);
  if (metric === null || metric.value === null) return '–';
  return `${atLeast(formatMetric(metric.value, metric.unit), metric.censored)}${definitionMark(run, name)}`;
}
