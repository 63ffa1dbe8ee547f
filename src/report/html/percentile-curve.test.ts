import { describe, expect, it } from 'vitest';
import { censor } from '../../stats/censoring.ts';
import { LatencyRecorder, summarize } from '../../stats/histogram.ts';
import { percentileCurve } from './percentile-curve.ts';

describe('percentile curves', () => {
  using recorder = new LatencyRecorder();
  for (let i = 1; i <= 10_000; i += 1) recorder.record(i * 1e6);
  const summary = summarize([recorder.encode()])!;
  const curve = percentileCurve(summary);

  it('have few points for each decade of what is beyond, up to the slowest delivery', () => {
    expect(curve.length).toBeLessThan(50);
    expect(curve.at(0)).toEqual({ percent: 0, rarity: 1, us: summary.min, isLowerBound: false });
    expect(curve.at(-1)).toEqual({ percent: 100, rarity: 10_000, us: summary.max, isLowerBound: false });
    expect(curve.map(({ rarity }) => rarity)).toEqual(curve.map(({ rarity }) => rarity).toSorted((a, b) => a - b));
    expect(curve.map(({ us }) => us)).toEqual(curve.map(({ us }) => us).toSorted((a, b) => a - b));
  });

  it('are lower bounds from where more is missing than lies beyond', () => {
    const survivors = percentileCurve(censor(summary, { owed: 20_000, missing: 5000 })!);
    expect(survivors.filter(({ isLowerBound }) => isLowerBound).map(({ percent }) => percent)).toEqual(
      curve.map(({ percent }) => percent).filter((percent) => percent > 75),
    );
  });

  it('agree with the percentiles of the result, and with the distribution', () => {
    const at = (percent: number): number | undefined => curve.find((point) => point.percent === percent)?.us;
    expect([at(50), at(90), at(99), at(99.9)]).toEqual([summary.p50, summary.p90, summary.p99, summary.p999]);
    expect(at(75)! / 7_500_000).toBeCloseTo(1, 2);
  });
});
