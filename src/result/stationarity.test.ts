import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normal, seededRandom } from '../model/random.ts';
import { theilSenSlope, unsteadiness, type Second } from './stationarity.ts';

/** Seconds of a trial with a rate and the response of each, in ms. */
function trial(perSecond: number, responsesMs: readonly number[]): readonly Second[] {
  return responsesMs.map((ms, i) => ({
    startMs: 1000 * i,
    endMs: 1000 * (i + 1),
    sent: perSecond,
    response: { p50: ms * 1000, mean: ms * 1000 },
  }));
}

const seconds = (count: number, of: (i: number) => number): readonly number[] => Array.from({ length: count }, (_, i) => of(i));

describe('the slope of Theil and Sen', () => {
  it('is that of a line, whatever a minority of outliers says', () => {
    const slope = (values: readonly number[]): number =>
      theilSenSlope(
        values,
        values.map((_, i) => i),
      );
    expect(slope([1, 3, 5, 7, 9])).toBe(2);
    expect(slope([1, 3, 500, 7, 9, 11, 13])).toBe(2);
    expect(slope([4, 4, 4])).toBe(0);
    expect(theilSenSlope([1, 3, 4, 9], [0, 2, 3, 8])).toBe(1);
  });
});

describe('a trial', () => {
  it('is unsteady where a backlog grows, at 1 % above capacity as at 50 %', () => {
    // Each second adds what is not carried to the wait of the next.
    for (const overload of [1.01, 1.05, 1.5]) {
      const waits = seconds(5, (i) => 2 + 1000 * (1 - 1 / overload) * (i + 0.5));
      expect(unsteadiness(trial(500, waits))).toBe('response grows from second to second');
    }
  });

  it('is judged alike whatever the length of its intervals is', () => {
    for (const length of [1, 2, 5, 30]) {
      const stretched = (list: readonly Second[]): readonly Second[] =>
        list.map((second) => ({ ...second, startMs: second.startMs * length, endMs: second.endMs * length, sent: second.sent * length }));
      const grows = seconds(8, (i) => 2 + 40 * i);
      expect(unsteadiness(stretched(trial(500, grows)))).toBe('response grows from second to second');
      expect(unsteadiness(stretched(trial(500, [2, 2.4, 1.9, 2.2, 2.1])))).toBeNull();
    }
  });

  it('is unsteady where only the mean grows, since some members fall behind', () => {
    const falling = trial(
      500,
      seconds(10, () => 2),
    ).map((second, i) => ({ ...second, response: { p50: 2000, mean: 2000 + 20_000 * i } }));
    expect(unsteadiness(falling)).toBe('more and more messages are under way');
  });

  it('is steady where response scatters, falls, has one bad second, or hardly grows', () => {
    const random = seededRandom(1, 0);
    expect(unsteadiness(trial(500, [2, 2.4, 1.9, 2.2, 2.1]))).toBeNull();
    expect(
      unsteadiness(
        trial(
          500,
          seconds(30, (i) => 20 - 0.5 * i),
        ),
      ),
    ).toBeNull();
    expect(unsteadiness(trial(500, [2, 2, 2, 2, 80]))).toBeNull();
    expect(
      unsteadiness(
        trial(
          500,
          seconds(30, (i) => 2 + 0.01 * i + 0.001 * random()),
        ),
      ),
    ).toBeNull();
  });

  it('is taken for unsteady in at most one of twenty where it only scatters', () => {
    const random = seededRandom(2, 0);
    const alarms = seconds(1000, () =>
      unsteadiness(
        trial(
          200,
          seconds(5, () => 3 * Math.exp(0.3 * normal(random))),
        ),
      ) === null
        ? 0
        : 1,
    );
    expect(alarms.reduce((sum, alarm) => sum + alarm, 0)).toBeLessThan(50);
  });

  it('says nothing in fewer than five seconds, or without deliveries', () => {
    expect(unsteadiness(trial(500, [1, 20, 300, 4000]))).toBeNull();
    expect(
      unsteadiness(
        trial(
          500,
          seconds(9, (i) => i),
        ).map((second) => ({ ...second, response: null })),
      ),
    ).toBeNull();
  });

  it('is judged alike on any scale of time', () => {
    const responses = fc.array(fc.double({ min: 1, max: 50, noNaN: true }), { minLength: 5, maxLength: 12 });
    fc.assert(
      fc.property(responses, (values) => {
        const grows = (ms: readonly number[]): boolean => unsteadiness(trial(10, ms)) === 'response grows from second to second';
        expect(grows(values.map((value) => 2 * value))).toBe(grows(values));
      }),
    );
  });
});
