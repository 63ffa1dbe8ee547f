import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { studentTwoSided } from './student-t.ts';

/** Relative, so that small probabilities are held to as many digits. */
const expectClose = (found: number, expected: number, tolerance: number): void =>
  expect(Math.abs(found / expected - 1)).toBeLessThan(tolerance);

describe("Student's t", () => {
  // Percentage points t(ν) of published tables (NIST/SEMATECH e-Handbook 1.3.6.7.2; Abramowitz, Stegun, table 26.10), as R's qt prints them.
  it.each([
    [1, 12.7062047362, 0.05],
    [2, 4.3026527297, 0.05],
    [3, 3.1824463053, 0.05],
    [4, 2.7764451052, 0.05],
    [5, 2.5705818356, 0.05],
    [10, 2.228138852, 0.05],
    [20, 2.0859634473, 0.05],
    [30, 2.0422724563, 0.05],
    [5, 4.0321429836, 0.01],
    [10, 3.1692726726, 0.01],
    [30, 2.7499956536, 0.01],
    [1, 636.6192487688, 0.001],
    [10, 4.5868938587, 0.001],
    [20, 3.8495162749, 0.001],
  ])('with ν = %i leaves beyond %f what the tables say: %f', (degreesOfFreedom, t, p) => {
    expectClose(studentTwoSided(t, degreesOfFreedom), p, 1e-8);
    expect(studentTwoSided(-t, degreesOfFreedom)).toBe(studentTwoSided(t, degreesOfFreedom));
  });

  it('agrees with the closed forms of ν = 1, 2 and 4, into the far tail', () => {
    for (const t of [1e-3, 0.1, 0.5, 1, 2, 5, 20, 300, 1e5]) {
      expectClose(studentTwoSided(t, 1), (2 / Math.PI) * Math.atan(1 / t), 1e-11);
      const two = Math.sqrt(2 + t * t);
      expectClose(studentTwoSided(t, 2), 2 / (two * (two + t)), 1e-11);
      // 1 − s(3 − s²)/2 with s = t/√(4 + t²) is (1 − s)²(2 + s)/2.
      const four = Math.sqrt(4 + t * t);
      const beyond = 4 / (four * (four + t));
      expectClose(studentTwoSided(t, 4), (beyond ** 2 * (3 - beyond)) / 2, 1e-11);
    }
  });

  it('is 1 at 0, 0 at infinity, and NaN of what is none', () => {
    expect(studentTwoSided(0, 7)).toBe(1);
    expect(studentTwoSided(Infinity, 7)).toBe(0);
    expect(studentTwoSided(NaN, 7)).toBeNaN();
  });

  it('falls with t, without a step where the fraction is mirrored', () => {
    const degrees = fc.integer({ min: 1, max: 2000 });
    fc.assert(
      fc.property(degrees, fc.double({ min: 0, max: 30, noNaN: true }), (degreesOfFreedom, t) => {
        const [here, further] = [studentTwoSided(t, degreesOfFreedom), studentTwoSided(t + 1e-3, degreesOfFreedom)];
        expect(further).toBeLessThanOrEqual(here);
        // The density is below 0.4.
        expect(here - further).toBeLessThan(2 * 0.4 * 1e-3);
      }),
    );
  });
});
