import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  binomialUpperTail,
  hodgesLehmann,
  hodgesLehmannShift,
  holm,
  mannWhitneyGreater,
  medianInterval,
  medianOf,
  normalUpperTail,
  shiftInterval,
  signedRankCritical,
  signedRankGreater,
  walshInterval,
} from './ranks.ts';

/** 1, 2, … n. */
const upTo = (n: number): readonly number[] => Array.from({ length: n }, (_, i) => i + 1);

/** Every choice of a sign for each of n. */
const signs = (n: number): readonly (readonly number[])[] =>
  Array.from({ length: 2 ** n }, (_, bits) => Array.from({ length: n }, (__, i) => ((bits >> i) & 1 ? 1 : -1)));

/** Mean ranks, found by counting. */
const meanRanks = (values: readonly number[]): readonly number[] =>
  values.map((value) => values.filter((other) => other < value).length + (values.filter((other) => other === value).length + 1) / 2);

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

describe('the signed-rank test', () => {
  it.each([
    [5, 0.03125],
    [6, 0.015625],
    [7, 0.0078125],
    [8, 0.00390625],
    [10, 0.0009765625],
  ])('has the smallest p-value 2^-n: n = %i', (n, p) => {
    expect(signedRankGreater(upTo(n))).toBe(p);
  });

  it('is significant from a critical value on, and not before it', () => {
    for (const n of upTo(8))
      for (const alpha of [0.001, 0.01, 0.05, 0.2]) {
        const significant = signs(n)
          .filter((bits) => signedRankGreater(upTo(n).map((rank, i) => rank * bits[i]!)) < alpha)
          .map((bits) => sum(upTo(n).filter((_, i) => bits[i]! > 0)));
        expect(signedRankCritical(n, alpha)).toBe(significant.length === 0 ? null : Math.min(...significant));
      }
  });

  // Hollander, Wolfe, Chicken, table A.4: P(W⁺ ≥ w).
  it.each([
    [[-1, 2, 3, 4, 5], 0.0625],
    [[1, -2, 3, 4, 5, 6, 7], 0.023],
    [[-1, -2, -3, 4, 5, 6, 7, 8, 9, 10], 0.01367],
  ])('agrees with the table for %j', (differences, p) => {
    expect(signedRankGreater(differences)).toBeCloseTo(p, 3);
  });

  it('equals the count over all signs, with ties and zeros', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -4, max: 4 }), { minLength: 1, maxLength: 9 }), (differences) => {
        const moved = differences.filter((value) => value !== 0);
        const ranks = meanRanks(moved.map(Math.abs));
        const positive = (signsOf: readonly number[]): number => sum(ranks.filter((_, i) => signsOf[i]! > 0));
        const all = signs(moved.length);
        const expected = all.filter((choice) => positive(choice) >= positive(moved) - 1e-9).length / all.length;
        expect(signedRankGreater(differences)).toBeCloseTo(expected, 12);
      }),
    );
  });
});

describe('the Hodges–Lehmann estimate', () => {
  it('is the median of the Walsh averages', () => {
    expect(hodgesLehmann([1, 2, 10])).toBe(3.75);
    expect(hodgesLehmann([0.3])).toBe(0.3);
  });

  // METHOD: the c-th smallest and largest of n(n+1)/2, at 95 %.
  it.each([
    [6, 1],
    [7, 3],
    [8, 4],
    [9, 6],
    [10, 9],
    [12, 14],
    [15, 26],
    [20, 53],
  ])('has the interval of the published rank: n = %i, c = %i', (n, c) => {
    const values = upTo(n).map((i) => i ** 2 + i / 7);
    const averages = values.flatMap((value, i) => values.slice(i).map((other) => (value + other) / 2)).toSorted((a, b) => a - b);
    expect(walshInterval(values, 0.95)).toEqual([averages[c - 1], averages[averages.length - c]]);
  });

  it('has no interval of five values at 95 %', () => {
    expect(walshInterval(upTo(5), 0.95)).toBeNull();
  });

  it('has an interval that ends where the test stops to reject', () => {
    const values = fc.uniqueArray(fc.integer({ min: -1e6, max: 1e6 }), { minLength: 6, maxLength: 14 });
    fc.assert(
      fc.property(values, (sample) => {
        const [low, high] = walshInterval(sample, 0.95)!;
        const pAbove = (centre: number): number => signedRankGreater(sample.map((value) => value - centre));
        const pBelow = (centre: number): number => signedRankGreater(sample.map((value) => centre - value));
        expect([pAbove(low - 0.25) <= 0.025, pAbove(low + 0.25) > 0.025]).toEqual([true, true]);
        expect([pBelow(high + 0.25) <= 0.025, pBelow(high - 0.25) > 0.025]).toEqual([true, true]);
      }),
    );
  });
});

describe('the interval of a median', () => {
  // The sign test's ranks at 95 %: n, and the c-th value from either end (Conover, Practical Nonparametric Statistics, table A3).
  it.each([
    [6, 1],
    [9, 2],
    [10, 2],
    [12, 3],
    [15, 4],
    [20, 6],
  ])('of %i values ends at the %i. from either end', (n, c) => {
    expect(medianInterval(upTo(n).toReversed(), 0.95)).toEqual([c, n + 1 - c]);
  });

  it('is none of five, and always has the median in it', () => {
    expect(medianInterval(upTo(5), 0.95)).toBeNull();
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 6, maxLength: 25 }), (values) => {
        const [low, high] = medianInterval(values, 0.95)!;
        expect(low <= medianOf(values) && medianOf(values) <= high).toBe(true);
      }),
    );
  });
});

describe('the Mann–Whitney test', () => {
  // METHOD: two-sided 2/C(n+m, n).
  it.each([
    [3, 0.1],
    [4, 0.0286],
    [5, 0.0079],
    [6, 0.0022],
  ])('has the smallest p-value of the table: %i against %i', (n, twoSided) => {
    const base = upTo(n);
    expect(
      2 *
        mannWhitneyGreater(
          base,
          base.map((value) => value + 100),
        ),
    ).toBeCloseTo(twoSided, 4);
  });

  it('equals the count over all choices, with ties', () => {
    const few = fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(few, few, (base, head) => {
        const ranks = meanRanks([...base, ...head]);
        const observed = sum(ranks.slice(base.length));
        const subsets = Array.from({ length: 2 ** ranks.length }, (_, bits) => ranks.filter((__, i) => (bits >> i) & 1)).filter(
          (subset) => subset.length === head.length,
        );
        const expected = subsets.filter((subset) => sum(subset) >= observed - 1e-9).length / subsets.length;
        expect(mannWhitneyGreater(base, head)).toBeCloseTo(expected, 12);
      }),
    );
  });

  it('goes over to the normal approximation without a step', () => {
    const base = upTo(20).map((i) => (i * 37) % 41);
    const head = upTo(20).map((i) => ((i * 29) % 41) + 3);
    const exact = mannWhitneyGreater(base, head);
    const normal = mannWhitneyGreater([...base, 20.5], head);
    expect(Math.abs(exact - normal)).toBeLessThan(0.02);
    expect(
      mannWhitneyGreater(
        Array.from({ length: 21 }, () => 1),
        Array.from({ length: 21 }, () => 1),
      ),
    ).toBe(1);
  });

  it('estimates the shift, and its interval', () => {
    expect(hodgesLehmannShift([1, 2, 3], [11, 12, 13])).toBe(10);
    expect(shiftInterval([1, 2, 3], [11, 12, 13], 0.95)).toBeNull();
    // P(U = 0) = 1/C(8,4) = 0.0143 ≤ 0.025: c = 1.
    expect(shiftInterval([1, 2, 3, 4], [11, 12, 13, 14], 0.95)).toEqual([7, 13]);
  });
});

describe('other distributions', () => {
  it('binomial tails are exact', () => {
    expect(binomialUpperTail(10, 10, 0.5)).toBeCloseTo(2 ** -10, 15);
    expect(binomialUpperTail(8, 10, 0.5)).toBeCloseTo(56 / 1024, 12);
    expect(binomialUpperTail(3, 5, 0.2)).toBeCloseTo(0.05792, 12);
    expect([binomialUpperTail(0, 5, 0.2), binomialUpperTail(6, 5, 0.2), binomialUpperTail(2, 5, 0), binomialUpperTail(2, 5, 1)]).toEqual([
      1, 0, 0, 1,
    ]);
  });

  // Abramowitz, Stegun, table 26.1.
  it.each([
    [0, 0.5],
    [1, 0.158655253931457],
    [1.96, 0.0249978951482204],
    [3, 0.00134989803163009],
    [5, 2.86651571879194e-7],
  ])('the normal tail beyond %d', (z, p) => {
    expect(normalUpperTail(z) / p).toBeCloseTo(1, 10);
    expect(normalUpperTail(-z)).toBeCloseTo(1 - p, 12);
  });

  it('Holm adjusts step by step', () => {
    expect(holm([0.01, 0.04, 0.03])).toEqual([0.03, 0.06, 0.06]);
    expect(holm([0.5, 0.9])).toEqual([1, 1]);
    expect(holm([])).toEqual([]);
  });

  it('medians', () => {
    expect([medianOf([3, 1, 2]), medianOf([4, 1, 2, 3]), medianOf([])]).toEqual([2, 2.5, NaN]);
  });
});
