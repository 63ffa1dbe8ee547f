import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IntervalGrid, intervalSeconds, MOST_INTERVALS } from './interval-length.ts';
import { NS_PER_SECOND } from './units.ts';

const DAY_SECONDS = 86_400;

describe('the length of intervals', () => {
  it('is a second up to ten minutes, and then as coarse as it has to be', () => {
    const lengths = [0.2, 10, 600, 600.001, 1200, 3000, 6000, 3600 * 5, DAY_SECONDS, 7 * DAY_SECONDS].map((s) => intervalSeconds(s * 1000));
    expect(lengths).toEqual([1, 1, 1, 2, 2, 5, 10, 30, 300, 1800]);
  });

  it('never means more intervals than 600, and they are the phase, without a gap', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.001, max: 100 * DAY_SECONDS, noNaN: true }),
        fc.double({ min: 0.01, max: 2, noNaN: true }),
        (planned, ran) => {
          const durationNs = planned * ran * NS_PER_SECOND;
          const grid = new IntervalGrid(intervalSeconds(planned * 1000), durationNs);
          expect(grid.count).toBeLessThanOrEqual(MOST_INTERVALS);
          expect(Math.ceil(planned / intervalSeconds(planned * 1000))).toBeLessThanOrEqual(MOST_INTERVALS);
          for (let i = 1; i < grid.count; i++) expect(grid.startNs(i)).toBe(grid.endNs(i - 1));
          expect(grid.endNs(grid.count - 1)).toBe(durationNs);
          expect([grid.at(-1), grid.at(0), grid.at(durationNs), grid.at(Infinity)]).toEqual([0, 0, grid.count - 1, grid.count - 1]);
        },
      ),
    );
  });
});
