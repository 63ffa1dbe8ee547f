import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lowerBound, normalizeRanges, rangesLength, rangesOf, splitRanges } from './ranges.ts';

const sets = fc.uniqueArray(fc.nat(80), { maxLength: 50 });
const ascending = (values: readonly number[]): readonly number[] => values.toSorted((a, b) => a - b);
const expand = (ranges: readonly { from: number; to: number }[]): readonly number[] =>
  ranges.flatMap(({ from, to }) => Array.from({ length: to - from }, (_, i) => from + i));

describe('ranges', () => {
  it('hold exactly the numbers that they were made of', () => {
    fc.assert(
      fc.property(sets, (values) => {
        expect(expand(rangesOf(ascending(values)))).toEqual(ascending(values));
      }),
    );
  });

  it('are split into what a mask covers and what it does not', () => {
    fc.assert(
      fc.property(sets, sets, (values, mask) => {
        const { inside, outside } = splitRanges(rangesOf(ascending(values)), rangesOf(ascending(mask)));
        expect(expand(inside)).toEqual(ascending(values.filter((value) => mask.includes(value))));
        expect(expand(outside)).toEqual(ascending(values.filter((value) => !mask.includes(value))));
      }),
    );
  });

  it('are merged where they touch or overlap', () => {
    const ranges = [
      { from: 5, to: 9 },
      { from: 0, to: 2 },
      { from: 2, to: 3 },
      { from: 7, to: 8 },
      { from: 4, to: 4 },
    ];
    expect(normalizeRanges(ranges)).toEqual([
      { from: 0, to: 3 },
      { from: 5, to: 9 },
    ]);
    expect(rangesLength(normalizeRanges(ranges))).toBe(7);
  });

  it('are found by bisection', () => {
    expect([0, 5, 6, 10, 11].map((bound) => lowerBound([5, 5, 10], bound))).toEqual([0, 0, 2, 2, 3]);
  });
});
