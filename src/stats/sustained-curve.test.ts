import { describe, expect, it } from 'vitest';
import { normal, seededRandom } from '../model/random.ts';
import { EVERY_SECOND_TIME, NINE_TIMES_IN_TEN, SustainedCurve, type Observation } from './sustained-curve.ts';

/** Trials at loads spread evenly around ln 1000, of a system with a noise. */
function trials(count: number, noise: number, seed: number, lapse = 0): readonly Observation[] {
  const random = seededRandom(seed, 0);
  return Array.from({ length: count }, (_, i) => {
    const load = Math.log(1000) + ((i % 20) / 10 - 1) * 0.5;
    return { load, isSustained: load <= Math.log(1000) + noise * normal(random) && random() >= lapse };
  });
}

const rate = (curve: SustainedCurve, often: number, quantile: number): number => Math.exp(curve.loadAt(often, quantile));

describe('the curve of what is sustained', () => {
  it.each([0.05, 0.1, 0.3])('finds middle and noise of a system whose capacity differs by %d', (noise) => {
    const curve = new SustainedCurve(trials(2000, noise, 1));
    expect(rate(curve, EVERY_SECOND_TIME, 0.5) / 1000).toBeCloseTo(1, 1);
    expect(rate(curve, NINE_TIMES_IN_TEN, 0.5) / (1000 * Math.exp(-1.2816 * noise))).toBeCloseTo(1, 1);
    expect(curve.noise(0.5) / noise).toBeGreaterThan(0.6);
    expect(curve.noise(0.5) / noise).toBeLessThan(1.7);
  });

  it('has the truth in its 95 % interval, of systems whose noise is 1 to 40 %, in nine of ten jobs at least', () => {
    const JOBS = 120;
    for (const often of [EVERY_SECOND_TIME, NINE_TIMES_IN_TEN]) {
      const hits = Array.from({ length: JOBS }, (_, seed) => {
        const noise = 0.01 * 40 ** (seed / (JOBS - 1));
        const truth = 1000 * Math.exp(-often * noise);
        const curve = new SustainedCurve(trials(40, noise, seed));
        return rate(curve, often, 0.025) <= truth && truth <= rate(curve, often, 0.975);
      });
      expect(hits.filter(Boolean).length / JOBS).toBeGreaterThanOrEqual(0.9);
    }
  });

  it('sets trials apart that fail at any load', () => {
    const curve = new SustainedCurve(trials(400, 0.02, 1, 0.15));
    expect(rate(curve, NINE_TIMES_IN_TEN, 0.5) / 1000).toBeGreaterThan(0.9);
    expect(curve.probabilityAt(Math.log(500))).toBeLessThan(0.9);
  });

  it('falls with the load, and its rates with how often they are to be sustained', () => {
    const curve = new SustainedCurve(trials(60, 0.1, 2));
    const probabilities = [400, 700, 1000, 1400, 2000].map((perSecond) => curve.probabilityAt(Math.log(perSecond)));
    expect(probabilities).toEqual(probabilities.toSorted((a, b) => b - a));
    expect(rate(curve, NINE_TIMES_IN_TEN, 0.5)).toBeLessThan(rate(curve, EVERY_SECOND_TIME, 0.5));
    expect(rate(curve, NINE_TIMES_IN_TEN, 0.025)).toBeLessThan(rate(curve, NINE_TIMES_IN_TEN, 0.975));
  });

  it('asks where it knows least: between what was sustained and what was not', () => {
    const curve = new SustainedCurve([
      { load: Math.log(500), isSustained: true },
      { load: Math.log(1000), isSustained: false },
    ]);
    const loads = [100, 200, 600, 700, 800, 3000].map(Math.log);
    const asked = Math.exp(curve.mostInforming(NINE_TIMES_IN_TEN, loads));
    expect(asked).toBeGreaterThan(500);
    expect(asked).toBeLessThan(1000);
  });
});
