import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fitUsl, kneeOf, throughputAt, type UslPoint } from './usl.ts';

/**
 * The 32 points of the "Cisco" data set, throughput with 1, 2, … 32 clients, as the tests of USL libraries have it
 * (codahale/usl-rs; first printed in Schwartz, Practical Scalability Analysis with the Universal Scalability Law, 2015).
 */
const CISCO: readonly UslPoint[] = [
  955.16, 1878.91, 2688.01, 3548.68, 4315.54, 5130.43, 5931.37, 6531.08, 7219.8, 7867.61, 8278.71, 8646.7, 9047.84, 9426.55, 9645.37,
  9897.24, 10097.6, 10240.5, 10532.39, 10798.52, 11151.43, 11518.63, 11806, 12089.37, 12075.41, 12177.29, 12211.41, 12158.93, 12155.27,
  12118.04, 12140.4, 12074.39,
].map((perSecond, i) => ({ processes: i + 1, perSecond }));

const pointsOf = (counts: readonly number[], perSecond: (processes: number) => number): readonly UslPoint[] =>
  counts.map((processes) => ({ processes, perSecond: perSecond(processes) }));

describe('the Universal Scalability Law', () => {
  it('has the printed coefficients of the 32 points', () => {
    const fit = fitUsl(CISCO)!;
    expect(Math.abs(fit.lambda - 995.6486)).toBeLessThan(5e-4);
    expect(Math.abs(fit.sigma - 0.02671591)).toBeLessThan(1e-7);
    expect(Math.abs(fit.kappa - 7.690945e-4)).toBeLessThan(1e-9);
    expect(kneeOf(fit)).toBe(35);
    expect(throughputAt(fit, 35)).toBeCloseTo(12341.745, 2);
  });

  it('is found again from its own points', () => {
    const coefficients = fc.record({
      lambda: fc.double({ min: 10, max: 1e5, noNaN: true }),
      sigma: fc.double({ min: 0, max: 0.5, noNaN: true }),
      kappa: fc.double({ min: 1e-4, max: 0.05, noNaN: true }),
    });
    fc.assert(
      fc.property(coefficients, (truth) => {
        const fit = fitUsl(pointsOf([1, 2, 3, 4, 6, 8, 12, 16], (n) => throughputAt(truth, n)))!;
        expect(fit.lambda / truth.lambda).toBeCloseTo(1, 6);
        expect(fit.sigma).toBeCloseTo(truth.sigma, 6);
        expect(fit.kappa).toBeCloseTo(truth.kappa, 6);
      }),
    );
  });

  it('has no negative coefficient, where data scale better than linearly or fall at once', () => {
    for (const perSecond of [(n: number) => 100 * n ** 1.2, (n: number) => 100 / n, () => 100]) {
      const fit = fitUsl(pointsOf([1, 2, 3, 4, 6, 8], perSecond))!;
      expect(Math.min(fit.lambda, fit.sigma, fit.kappa)).toBeGreaterThanOrEqual(0);
    }
    const linear = fitUsl(pointsOf([1, 2, 3, 4], (n) => 100 * n))!;
    expect(linear.lambda).toBeCloseTo(100, 6);
    expect(kneeOf({ ...linear, kappa: 0 })).toBe(Infinity);
  });

  it('fits no worse than any coefficients nearby', () => {
    const squares = (at: Parameters<typeof throughputAt>[0]): number =>
      CISCO.reduce((sum, { processes, perSecond }) => sum + (perSecond - throughputAt(at, processes)) ** 2, 0);
    const fit = fitUsl(CISCO)!;
    for (const key of ['lambda', 'sigma', 'kappa'] as const)
      for (const factor of [0.99, 0.9999, 1.0001, 1.01])
        expect(squares({ ...fit, [key]: fit[key] * factor })).toBeGreaterThan(squares(fit));
  });

  it('is not fitted to fewer than three numbers of processes, or to no throughput', () => {
    expect(fitUsl(pointsOf([1, 2, 2, 1], () => 100))).toBeNull();
    expect(fitUsl(pointsOf([1, 2, 3], (n) => (n === 3 ? 0 : 100)))).toBeNull();
  });

  it('has its knee at one process where contention is whole', () => {
    expect(kneeOf({ lambda: 1, sigma: 1, kappa: 0.1 })).toBe(1);
    expect(kneeOf({ lambda: 1, sigma: 0.9, kappa: 0.9 })).toBe(1);
  });
});
