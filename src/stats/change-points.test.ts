import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bestSplit, DEFAULT_CHANGE_POINT_OPTIONS, findChangePoints, pooledTTest, smallestStep } from './change-points.ts';
import { seededRandom, type Random } from '../model/random.ts';

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const times = <T>(count: number, of: (i: number) => T): readonly T[] => Array.from({ length: count }, (_, i) => of(i));

/** Q of two parts as the paper writes it, distance by distance. */
function energy(left: readonly number[], right: readonly number[]): number {
  const [m, n] = [left.length, right.length];
  const among = (part: readonly number[]): number => sum(part.flatMap((one, i) => part.slice(i + 1).map((other) => Math.abs(one - other))));
  const between = sum(left.flatMap((one) => right.map((other) => Math.abs(one - other))));
  const within = (part: readonly number[]): number => (part.length < 2 ? 0 : (2 / (part.length * (part.length - 1))) * among(part));
  return ((m * n) / (m + n)) * ((2 / (m * n)) * between - within(left) - within(right));
}

/** Standard normal (Box, Muller). */
function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** A series with a coefficient of variation of 3 %, at levels that begin at indexes. */
function series(seed: number, count: number, levels: Readonly<Record<number, number>>): readonly number[] {
  const random = seededRandom(seed, 0);
  let level = 100;
  return times(count, (i) => (level = levels[i] ?? level) * (1 + 0.03 * normal(random)));
}

const indexes = (values: readonly number[], options = DEFAULT_CHANGE_POINT_OPTIONS): readonly number[] =>
  findChangePoints(values, options).map((point) => point.index);

describe('the best split', () => {
  it('is where a clean step is, with the Q that follows by hand', () => {
    // m = n = 2, every distance between the sides 3, none within: Q = 4/4 · (2/4 · 12) = 6.
    expect(bestSplit([1, 1, 4, 4])).toEqual({ index: 2, q: 6 });
    // m = 2, n = 1: Q = 2/3 · (2/2 · (2 + 1) − 2/2 · 1) = 4/3, as with m = 1; of equal splits the first.
    expect(bestSplit([0, 1, 2])!.q).toBeCloseTo(4 / 3, 12);
    expect(bestSplit([0, 1, 2])!.index).toBe(1);
  });

  it('is not blurred by a later change: Q is largest up to it', () => {
    // Up to the end Q of index 3 is 9/6 · 0 = 0, since both levels are on the right with one mean; up to index 6 it is 9/6 · 2/9 · 90 = 30.
    const there = [0, 0, 0, 10, 10, 10, 0, 0, 0];
    expect(energy(there.slice(0, 3), there.slice(3))).toBeLessThan(30);
    expect(bestSplit(there)).toEqual({ index: 3, q: 30 });
  });

  it('is none of less than two points', () => {
    expect(bestSplit([])).toBeNull();
    expect(bestSplit([5])).toBeNull();
  });

  it('has the largest Q over every split and every right end, found one by one', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -20, max: 20 }), { minLength: 2, maxLength: 14 }), (values) => {
        const found = bestSplit(values)!;
        const all = times(values.length - 1, (i) => i + 1).flatMap((index) =>
          times(values.length - index, (k) => ({ index, q: energy(values.slice(0, index), values.slice(index, index + k + 1)) })),
        );
        const largest = Math.max(...all.map(({ q }) => q));
        expect(found.q).toBeCloseTo(largest, 9);
        expect(all.some(({ index, q }) => index === found.index && Math.abs(q - largest) < 1e-9)).toBe(true);
      }),
    );
  });
});

describe('the pooled t-test', () => {
  it('takes sample variances', () => {
    // Student's sleep data (1908): t = −1.8608, ν = 18, p = 0.07918671, as R's t.test(var.equal = TRUE) has it.
    const left = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0, 2];
    const right = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];
    expect(pooledTTest(left, right)).toBeCloseTo(0.07918671, 7);
    // By hand: means 2 and 5, squares 2 + 2, ν = 4: t² = 9/(1 · 2/3) = 13.5.
    expect(pooledTTest([1, 2, 3], [4, 5, 6])).toBeCloseTo(0.02131164, 7);
  });

  it('keeps its nominal probability, where population variances would not', () => {
    const random = seededRandom(7, 0);
    const trials = 20_000;
    const sample = (count: number): readonly number[] => times(count, () => normal(random));
    const alarms = times(trials, () => pooledTTest(sample(10), sample(3))).filter((p) => p < 0.01).length;
    // 200 are expected, with a standard deviation of 14.
    expect(alarms).toBeGreaterThan(150);
    expect(alarms).toBeLessThan(250);
  });

  it.each([
    [3, 0.1],
    [4, 0.0286],
    [5, 0.0079],
    [6, 0.0022],
  ])('of %i values on each side without variance is the exact permutation test: %f', (count, p) => {
    expect(
      pooledTTest(
        times(count, () => 0.1),
        times(count, () => 0.3),
      ),
    ).toBeCloseTo(p, 4);
  });

  it('says 1 of what is the same, and of less than three values', () => {
    expect(pooledTTest([0.1, 0.1, 0.1], [0.1])).toBe(1);
    expect(pooledTTest([1], [2])).toBe(1);
    expect(pooledTTest([], [1, 2, 3])).toBe(1);
  });
});

describe('change points', () => {
  it('find a step at its first point', () => {
    const [point, ...others] = findChangePoints(series(1, 40, { 25: 120 }), DEFAULT_CHANGE_POINT_OPTIONS);
    expect(point!.index).toBe(25);
    expect(point!.pValue).toBeLessThan(1e-6);
    expect(point!.magnitude).toBeCloseTo(0.2, 1);
    expect(others).toEqual([]);
  });

  it('find a change after another, over several windows', () => {
    expect(indexes(series(2, 200, { 60: 120, 75: 100, 140: 80 }))).toEqual([60, 75, 140]);
  });

  it('are none where nothing changes, but for few series in a hundred', () => {
    const alarmed = times(300, (seed) => indexes(series(seed, 40, {}))).filter((found) => found.length > 0).length;
    expect(alarmed / 300).toBeLessThan(0.05);
  });

  it('are none of a constant series, and none of one value at the end that is off', () => {
    expect(indexes(times(60, () => 0.1))).toEqual([]);
    expect(indexes([...times(20, () => 0), 0.01])).toEqual([]);
  });

  it('are where a constant series takes another level for long enough', () => {
    expect(indexes([...times(10, () => 0), ...times(10, () => 0.01)])).toEqual([10]);
  });

  it('leave out what is smaller than the smallest magnitude', () => {
    const values = series(3, 60, { 20: 110, 40: 160 });
    expect(indexes(values)).toEqual([20, 40]);
    expect(indexes(values, { ...DEFAULT_CHANGE_POINT_OPTIONS, minMagnitude: 0.3 })).toEqual([40]);
  });

  it('are the same every time, and in other units', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 70 }), (values) => {
        const options = { ...DEFAULT_CHANGE_POINT_OPTIONS, maxPValue: 0.05 };
        expect(indexes(values, options)).toEqual(indexes(values, options));
        expect(indexes(values, options)).toEqual(
          indexes(
            values.map((value) => value * 1024),
            options,
          ),
        );
      }),
    );
  });

  it('are significant, in order, and inside the series', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 130 }), fc.integer({ min: 2, max: 60 }), (values, window) => {
        const found = findChangePoints(values, { maxPValue: 0.05, minMagnitude: 0.1, window });
        for (const [i, { index, pValue, magnitude }] of found.entries()) {
          expect(index).toBeGreaterThan(found[i - 1]?.index ?? 0);
          expect(index).toBeLessThan(values.length);
          expect(pValue).toBeLessThan(0.05);
          expect(magnitude).toBeGreaterThan(0.1);
        }
      }),
    );
  });
});

describe('gaps', () => {
  const WITHOUT = (): boolean => true;
  const COMMITS = 60;
  const SERIES = 600;

  /** The share of series of noise alone with a false change, where values are there for so many of the commits. */
  function falseChanges(isThere: (i: number, random: Random) => boolean): number {
    const changed = times(SERIES, (seed) => {
      const random = seededRandom(seed, 1);
      return findChangePoints(
        series(seed, COMMITS, {}).map((value, i) => (isThere(i, random) ? value : null)),
        DEFAULT_CHANGE_POINT_OPTIONS,
      );
    });
    return changed.filter((found) => found.length > 0).length / SERIES;
  }

  it.each<{ what: string; isThere: (i: number, random: Random) => boolean }>([
    { what: 'a fifth of the commits', isThere: (_, random) => random() >= 0.2 },
    { what: 'half of the commits', isThere: (_, random) => random() >= 0.5 },
    { what: 'the first ten commits', isThere: (i) => i >= 10 },
  ])('at $what make no change out of noise', ({ isThere }) => {
    // 2 % and 1.5 % are within the chance of so many series.
    expect(falseChanges(isThere)).toBeLessThan(falseChanges(WITHOUT) + 0.015);
  });

  it('are no observations: what is there has the same changes without them, at its own places', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.integer({ min: 0, max: 9 })), { maxLength: 70 }), (values) => {
        const options = { ...DEFAULT_CHANGE_POINT_OPTIONS, maxPValue: 0.05 };
        const places = values.flatMap((value, index) => (value === null ? [] : [index]));
        const dense = findChangePoints(
          places.map((index) => values[index]!),
          options,
        );
        expect(findChangePoints(values, options)).toEqual(dense.map((point) => ({ ...point, index: places[point.index] })));
      }),
    );
  });

  it('before a step leave it at the first value of its new level', () => {
    const values = series(1, 40, { 25: 120 }).map((value, i) => (i < 5 || i === 24 || i === 25 ? null : value));
    expect(findChangePoints(values, DEFAULT_CHANGE_POINT_OPTIONS).map(({ index }) => index)).toEqual([26]);
    expect(findChangePoints([null, null], DEFAULT_CHANGE_POINT_OPTIONS)).toEqual([]);
  });
});

describe('the smallest step that shows', () => {
  it('follows from the percentage points of t', () => {
    // ν = 10 − 2 = 8: t = 5.0413054, two halves of 5.
    expect(smallestStep(10, 0.001)).toBeCloseTo(5.0413054 * Math.sqrt(2 / 5), 5);
    expect(smallestStep(2, 0.001)).toBeNull();
  });
});
