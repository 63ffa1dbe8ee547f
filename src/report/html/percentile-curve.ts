import { isCensoredAt } from '../../stats/censoring.ts';
import { LatencyReader, type LatencySummary } from '../../stats/histogram.ts';

/** A point of a percentile curve. */
export interface CurvePoint {
  readonly percent: number;
  /** One in so many is beyond: 1 ÷ (1 − p). */
  readonly rarity: number;
  readonly us: number;
  /** Whether it is this or more, since too much never arrived. */
  readonly isLowerBound: boolean;
}

/** Of every decade of what is beyond: 100 %, 80 % … then 10 %, 8 % … and so on. */
const BEYOND = [10, 8, 7, 6, 5, 4, 3, 2.5, 2, 1.5];

/** A distribution with data, reduced to some points for each decade of rarity, up to the last delivery; the last point is its maximum. */
export function percentileCurve(summary: LatencySummary): readonly CurvePoint[] {
  const { count, min, max } = summary;
  const usAt = readerOf(summary);
  const points: CurvePoint[] = [];
  for (let decade = 0; 10 ** decade < count; decade += 1) {
    for (const step of BEYOND) {
      const beyond = step / 10 ** (decade + 1);
      if (beyond * count <= 1) break;
      const percent = Number((100 * (1 - beyond)).toFixed(decade + 2));
      points.push({ percent, rarity: 1 / beyond, us: percent === 0 ? min : usAt(percent), isLowerBound: isCensoredAt(summary, percent) });
    }
  }
  return [...points, { percent: 100, rarity: Math.max(count, 1), us: max, isLowerBound: isCensoredAt(summary, 100) }];
}

/** Percentiles by the histogram; the four that a summary has are its own. */
function readerOf(summary: LatencySummary): (percent: number) => number {
  const known = new Map([
    [50, summary.p50],
    [90, summary.p90],
    [99, summary.p99],
    [99.9, summary.p999],
  ]);
  const reader = new LatencyReader(summary);
  return (percent) => known.get(percent) ?? Math.max(summary.min, reader.percentileUs(percent));
}
