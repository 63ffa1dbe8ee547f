import { isCensored } from '../stats/censoring.ts';
import { STATISTIC_NAMES } from '../model/metrics.ts';
import type { LatencySummary } from '../stats/histogram.ts';
import { formatRatio } from '../model/units.ts';

/** A line of comment, for formats of HdrHistogram, that says what is a lower bound only; empty where nothing is. */
export function lowerBoundComment(summary: LatencySummary, what = ''): string {
  const names = STATISTIC_NAMES.filter((statistic) => isCensored(summary, statistic));
  if (names.length === 0) return '';
  return `#[Lower bounds${what === '' ? '' : ` of ${what}`}: ${names.join(', ')}, since ${formatRatio(summary.missingRatio ?? 0)} never arrived]\n`;
}
