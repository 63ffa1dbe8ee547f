import type { MetricValue } from './metrics.ts';
import {
  type Precision,
  formatUs,
  formatRatio,
  formatPerSecond,
  formatBytes,
  formatByteRate,
  formatNumber,
  atLeast,
} from '../model/units.ts';
import type { LimitOutcome } from './run-result.ts';
import { limitUnit, storedLimit } from './limits.ts';

/** The value of a metric with its unit, to so many digits. */
export function formatMetric(value: number, unit: MetricValue['unit'], precision?: Precision): string {
  switch (unit) {
    case 'duration':
      return formatUs(value, precision);
    case 'ratio':
      return formatRatio(value, precision);
    case 'rate':
      return formatPerSecond(value, precision);
    case 'bytes':
      return formatBytes(value, precision);
    case 'byteRate':
      return formatByteRate(value, precision);
    case 'count':
      return formatNumber(value, precision?.digits);
  }
}

/** What was found where a limit was set: `≥` of a value that is a lower bound. */
export function limitValueText({ expression, value, noData, censored }: LimitOutcome): string {
  if (noData) return 'no data';
  return value === null ? '' : atLeast(apartFromBound(value, expression), censored);
}

/** Why a limit is missed that its value seems to keep; empty for others. */
export function limitReasonText({ ok, censored }: LimitOutcome): string {
  return censored === true && !ok ? 'a lower bound: too much never arrived' : '';
}

/** What was found where a limit was set, and why it is missed where that does not show. */
export function limitFoundText(outcome: LimitOutcome): string {
  const reason = limitReasonText(outcome);
  return `${limitValueText(outcome)}${reason === '' ? '' : `, ${reason}`}`;
}

/** To as many digits as it takes to tell a value from the bound that it is not. */
function apartFromBound(value: number, expression: string): string {
  const unit = limitUnit(expression);
  const bound = storedLimit(expression)?.bound ?? value;
  const text = (of: number, digits = 3): string => formatMetric(of, unit, { digits });
  if (bound === value) return text(value);
  const digits = MOST_DIGITS.find((count) => text(value, count) !== text(bound, count));
  return text(value, digits);
}

const MOST_DIGITS = [3, 4, 5, 6, 7, 8, 9, 10, 11, 12] as const;
