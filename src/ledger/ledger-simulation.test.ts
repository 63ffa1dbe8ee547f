import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NO_SIDE_COUNTS } from '../../test/sample-account.ts';
import { MESSAGES, simulate, type Drop, type World } from '../../test/simulated-system.ts';
import type { Attributed } from './attribution.ts';
import { brokenInvariants } from './invariants.ts';
import { reconcile } from './reconciliation.ts';
import { recoveryMs } from './recovery.ts';

const tick = fc.nat(MESSAGES - 1);
const some = fc.nat(7);
const DROPS: readonly Drop[] = ['bufferOverflow', 'refused', 'lateAfterDrain', 'inFlight', 'unexplained'];

const WORLD: fc.Arbitrary<World> = fc.record({
  scope: fc.constantFrom('process' as const, 'shared' as const),
  processes: fc.integer({ min: 1, max: 3 }),
  homes: fc.array(some, { minLength: 2, maxLength: 5 }),
  publishers: fc.integer({ min: 1, max: 2 }),
  kills: fc.array(fc.record({ process: some, at: tick }), { maxLength: 3 }),
  ends: fc.array(fc.record({ socket: some, at: tick }), { maxLength: 2 }),
  absences: fc.array(fc.record({ socket: some, at: tick, ticks: fc.nat(20), closes: fc.boolean() }), { maxLength: 3 }),
  backend: fc.array(fc.record({ process: some, at: tick, ticks: fc.nat(12) }), { maxLength: 2 }),
  drops: fc.array(fc.record({ socket: some, seq: tick, kind: fc.constantFrom(...DROPS) }), { maxLength: 6 }),
  returns: fc.array(fc.record({ ticks: fc.nat(12), process: some }), { minLength: 1, maxLength: 4 }),
});

describe('the ledger of a system with known fates', () => {
  it('has every cause, every cell and every count as planted', () => {
    fc.assert(
      fc.property(WORLD, (world) => {
        const { account, lost, expected, delivered, uncertain, strays } = simulate(world);
        const reconciled = reconcile(account, NO_SIDE_COUNTS);
        const { ledger, matrices } = reconciled;
        const found = { ...ledger.lost, inFlight: ledger.inFlight };
        expect(Object.fromEntries(Object.entries(found).filter(([, count]) => count > 0))).toEqual(lost);
        expect([...matrices.expected]).toEqual(expected);
        expect([...matrices.delivered]).toEqual(delivered);
        expect(ledger).toMatchObject({ balanced: true, uncertain, strays });
        expect(brokenInvariants(account, reconciled, [])).toEqual([]);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('recovery', () => {
  /** Losses of a publisher of a message a tick of 100 ms, from the tick of each fault for so many ticks; 0: none. */
  interface Planted {
    readonly pause: number;
    readonly lasts: number;
    readonly loses: number;
  }
  const END = 400;
  const due = Float64Array.from({ length: END }, (_, seq) => seq * 1e8);
  const dueNs = (): Float64Array => due;

  it('is as planted, whether faults overlap or not', () => {
    const planted = fc.record({ pause: fc.nat(40), lasts: fc.nat(20), loses: fc.nat(30) });
    fc.assert(
      fc.property(fc.array(planted, { minLength: 1, maxLength: 4 }), (list: readonly Planted[]) => {
        let from = 0;
        const faults = list.map(({ pause, lasts, loses }) => {
          from += 11 + pause;
          return { from, to: from + lasts, lostUntil: from + loses };
        });
        const attributed = faults.flatMap(({ from: seq, lostUntil }): readonly Attributed[] =>
          lostUntil === seq ? [] : [{ publisher: 0, socket: 1, from: seq, to: lostUntil, fate: 'processCrashed' }],
        );
        // What is lost within less than half a second of one another goes on; so does what is lost while another fault lasts.
        const lossOf = faults.map(({ from: seq, lostUntil }) => (lostUntil === seq ? null : { from: seq, to: lostUntil - 1 }));
        const runs: { from: number; to: number }[] = [];
        for (const loss of lossOf) {
          if (loss === null) continue;
          const last = runs.at(-1);
          if (last !== undefined && loss.from - last.to < 5) last.to = Math.max(last.to, loss.to);
          else runs.push({ ...loss });
        }
        const expected = faults.map((fault) => {
          const met = runs.filter((run) => run.from <= fault.to && run.to >= fault.from);
          return met.length === 0 ? 0 : (Math.max(...met.map(({ to }) => to)) - fault.from) * 100;
        });
        const times = faults.map((fault) => ({ fromNs: fault.from * 1e8, toNs: fault.to * 1e8 }));
        expect(recoveryMs(times, { dueNs }, attributed, END * 1e8)).toEqual(expected);
      }),
      { numRuns: 500 },
    );
  });

  it('is none for a fault whose successor came before it was over, where nothing ever recovered', () => {
    const faults = [
      { fromNs: 1e9, toNs: 2e9 },
      { fromNs: 1.5e9, toNs: 1.6e9 },
    ];
    const lost: Attributed = { publisher: 0, socket: 1, from: 15, to: END, fate: 'backendLost' };
    expect(recoveryMs(faults, { dueNs }, [lost], END * 1e8)).toEqual([null, null]);
  });

  it('counts what was in flight to the end as not recovered, and what no layer was meant to carry as nothing', () => {
    const fault = { fromNs: 1e9, toNs: 2e9 };
    const missing = (fate: Attributed['fate']): Attributed => ({ publisher: 0, socket: 1, from: 15, to: END, fate });
    expect(recoveryMs([fault], { dueNs }, [missing('inFlight')], END * 1e8)).toEqual([null]);
    expect(recoveryMs([fault], { dueNs }, [missing('isolated')], END * 1e8)).toEqual([0]);
  });

  it('is each its own where one server is killed twice', () => {
    const faults = [10, 25].map((seq) => ({ fromNs: seq * 1e8, toNs: (seq + 2) * 1e8 }));
    const lost = [10, 25].map((seq): Attributed => ({ publisher: 0, socket: 1, from: seq - 1, to: seq + 4, fate: 'processCrashed' }));
    expect(recoveryMs(faults, { dueNs }, lost, END * 1e8)).toEqual([300, 300]);
  });
});
