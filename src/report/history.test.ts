import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { History } from '../studies/history/history.ts';
import { renderHistory } from './history.ts';
import { PLAIN } from './style.ts';

function barsOf(values: readonly number[]): string {
  const history: History = {
    series: [
      {
        benchmark: 'fanout/redis/node/p4',
        distinction: [],
        reference: null,
        points: values.map(() => ({ git: null, startedAt: '2026-01-01T00:00:00.000Z', results: 1 })),
        metrics: [{ name: 'delivered', unit: 'rate', direction: 'higherIsBetter', values, changes: [] }],
      },
    ],
    leftOut: { runs: 0, capacities: 0, comparisons: 0, lowerBounds: 0 },
  };
  return /^ {2}delivered {2}([▁-█]*) /m.exec(renderHistory(history, { commits: new Map(), maxPValue: 0.001 }, PLAIN))![1]!;
}

it('a history has a bar for each point, the least and the greatest at the ends of their span', () => {
  expect(barsOf([336.8198914553593, 400.5485886805744, 248.71194898918708])).toBe('▅█▁');
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0.001, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 40 }), (values) => {
      expect(barsOf(values)).toHaveLength(values.length);
    }),
  );
});
