import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DeliveryRecord } from './arrivals.ts';
import { rangesOf } from '../model/ranges.ts';

/** The same account, kept the obvious way. */
function naive(
  arrivals: readonly number[],
  sent: number,
): { missing: readonly object[]; duplicates: number; reordered: number; extent: number } {
  const seen = new Set<number>();
  const side = { duplicates: 0, reordered: 0, extent: 0 };
  let max = -1;
  for (const seq of arrivals) {
    if (seen.has(seq)) side.duplicates += 1;
    else if (seq < max) {
      side.reordered += 1;
      side.extent = Math.max(side.extent, max - seq);
    }
    seen.add(seq);
    max = Math.max(max, seq);
  }
  const missing = Array.from({ length: sent }, (_, seq) => seq).filter((seq) => !seen.has(seq));
  return { missing: rangesOf(missing), ...side };
}

function check(arrivals: readonly number[], sent: number): void {
  const ledger = new DeliveryRecord(3);
  for (const seq of arrivals) ledger.record(1, seq);
  const expected = naive(arrivals, sent);
  expect(ledger.missing(1, sent)).toEqual(expected.missing);
  expect(ledger.missing(0, sent)).toEqual([{ from: 0, to: sent }]);
  expect([ledger.duplicates, ledger.reordered, ledger.reorderExtentMax]).toEqual([
    expected.duplicates,
    expected.reordered,
    expected.extent,
  ]);
}

describe('the delivery ledger', () => {
  it('agrees with a set for any order, loss and repetition of deliveries', () => {
    fc.assert(fc.property(fc.array(fc.nat(60), { maxLength: 120 }), (arrivals) => check(arrivals, 61)));
  });

  it('agrees with a set for long runs with scattered loss and late arrivals', () => {
    const sparse = fc.array(fc.tuple(fc.nat(4000), fc.boolean()), { maxLength: 400 });
    fc.assert(
      fc.property(sparse, fc.integer({ min: 2, max: 9 }), (changes, every) => {
        const lost = new Set(changes.map(([seq]) => seq));
        const arrivals = Array.from({ length: 4000 }, (_, seq) => seq).filter((seq) => !lost.has(seq) && seq % every !== 0);
        const late = changes.filter(([, comes]) => comes).map(([seq]) => seq);
        check([...arrivals, ...late], 4001);
      }),
      { numRuns: 40 },
    );
  });

  it('tells what nobody can have sent from what is missing of what was', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(60), { maxLength: 80 }), fc.nat(61), (arrivals, sent) => {
        const ledger = new DeliveryRecord(1);
        for (const seq of arrivals) ledger.record(0, seq);
        const seen = new Set(arrivals);
        expect(ledger.beyond(0, sent)).toBe([...seen].filter((seq) => seq >= sent).length);
        expect(ledger.missing(0, sent)).toEqual(rangesOf(Array.from({ length: sent }, (_, seq) => seq).filter((seq) => !seen.has(seq))));
      }),
    );
  });

  it('counts a swapped neighbour as one reordered delivery of extent 1', () => {
    const ledger = new DeliveryRecord(1);
    for (const seq of [0, 2, 1, 3]) ledger.record(0, seq);
    expect([ledger.reordered, ledger.reorderExtentMax, ledger.duplicates]).toEqual([1, 1, 0]);
  });

  it('takes 16 bytes a pair while nothing is lost, however many messages there are', () => {
    const pairs = 1000;
    const ledger = new DeliveryRecord(pairs);
    const empty = ledger.bytes;
    for (let pair = 0; pair < pairs; pair++) for (let seq = 0; seq < 1000; seq++) ledger.record(pair, seq);
    expect(ledger.bytes).toBe(empty);
    expect(ledger.bytes).toBeLessThanOrEqual(16 * pairs + 256);
  });

  it('takes about a bit a message where every second one is lost', () => {
    const ledger = new DeliveryRecord(1);
    const messages = 200_000;
    for (let seq = 0; seq < messages; seq += 2) ledger.record(0, seq);
    expect(ledger.bytes).toBeLessThan((messages / 8) * 1.5);
  });
});
