import { describe, expect, it } from 'vitest';
import type { RunResult } from '../../result/run-result.ts';
import { equal, said, within } from './row.ts';
import { LAYER_ROWS } from './layer-faults.ts';
import { passes } from './selftest.ts';

/** The part of a result that the first rows look at. */
const losing = (unexplained: number, lostTotal: number): RunResult =>
  ({ ledger: { lost: { unexplained }, lostTotal, duplicates: 0, reordered: 0, corrupt: 0 } }) as unknown as RunResult;

describe('a row of the self-test', () => {
  const row = LAYER_ROWS.find(({ name }) => name === 'deliveries are dropped')!;
  const log = Array.from({ length: 200 }, () => ({ kind: 'drop', ns: 0 }));
  const outcome = (result: RunResult): Parameters<typeof passes>[0] => ({
    name: row.name,
    planted: row.find(result, log),
    unplanted: row.findNothing(losing(0, 0)),
  });

  it('passes when exactly what was planted is found', () => {
    expect(passes(outcome(losing(200, 200)))).toBe(true);
  });

  it.each([
    [199, 199],
    [201, 201],
    [200, 201],
    [0, 200],
  ])('fails for %i unexplained of %i lost, when 200 were planted', (unexplained, lostTotal) => {
    expect(passes(outcome(losing(unexplained, lostTotal)))).toBe(false);
  });

  it('fails when something is found where nothing was planted', () => {
    expect(passes({ name: '', planted: [], unplanted: row.findNothing(losing(1, 1)) })).toBe(false);
  });
});

describe('findings', () => {
  it('compare', () => {
    expect([equal('a', 1, 1).holds, equal('a', 1, 2).holds, equal('a', NaN, NaN).holds]).toEqual([true, false, false]);
    expect([within('a', 1, 2, 2).holds, within('a', 1, 2, 3).holds, within('a', 1, Infinity, 0).holds]).toEqual([true, false, false]);
    expect([said('a', 'x y', /y/).holds, said('a', 'x', /y/).holds, said('a', 'x', /y/, false).holds]).toEqual([true, false, true]);
    expect(said('a', '', /y/)).toMatchObject({ planted: 'said', found: 'nothing' });
  });
});
