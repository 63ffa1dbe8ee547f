import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MESSAGES, NO_SIDE_COUNTS, NOTHING_KNOWN, sampleSocket, SECOND_NS } from '../../test/sample-account.ts';
import type { AccountInput } from './account.ts';
import type { Attributed } from './attribution.ts';
import { backendSigns, replacementTimes, seenFaults } from './declared-faults.ts';
import type { OutageEvidence } from './evidence.ts';
import type { SequenceRange } from '../model/ranges.ts';
import { reconcile } from './reconciliation.ts';

const END_NS = 10 * SECOND_NS;
const QUIET = { replaced: [], silentFromNs: null };

/** As a server tells of it: when it begins, and again when it is over. */
function outage(fromNs: number, toNs: number | null): readonly OutageEvidence[] {
  const begun: OutageEvidence = { kind: 'outage', cause: 'backendLost', fromNs, toNs: null };
  return toNs === null ? [begun] : [begun, { ...begun, toNs }];
}

const dueNs = NOTHING_KNOWN.dueNs;

describe('a declared fault', () => {
  it('is the first outage at or after its time, until all servers have their backend again', () => {
    const second = fc.integer({ min: 0, max: 90 }).map((tenths) => (tenths * SECOND_NS) / 10);
    fc.assert(
      fc.property(second, second, fc.integer({ min: 1, max: 10 }), fc.integer({ min: 0, max: 4 }), (declaredNs, fromNs, lasts, later) => {
        const toNs = fromNs + (lasts * SECOND_NS) / 10;
        const [otherFromNs, otherToNs] = [fromNs + later * 1e7, toNs + later * 1e7];
        const evidence = [outage(fromNs, toNs), outage(otherFromNs, otherToNs)];
        const signs = backendSigns({ evidence, crashes: [], dueNs }, [], QUIET, END_NS);
        const [seen] = seenFaults([declaredNs], signs);
        const first = [fromNs, otherFromNs].find((ns) => ns >= declaredNs);
        if (first === undefined) expect(seen).toEqual({ fromNs: declaredNs, toNs: declaredNs, outcome: 'nothing' });
        else expect(seen).toEqual({ fromNs: first, toNs: otherToNs, outcome: 'back' });
      }),
    );
  });

  it('goes on to the end where a server never got its backend back, or Redis gave no answer any more', () => {
    const signs = backendSigns({ evidence: [outage(4e9, null), []], crashes: [], dueNs }, [], QUIET, END_NS);
    expect(seenFaults([3e9], signs)).toEqual([{ fromNs: 4e9, toNs: Infinity, outcome: 'away' }]);
    const silent = backendSigns({ evidence: [[], []], crashes: [], dueNs }, [], { replaced: [], silentFromNs: 5e9 }, END_NS);
    expect(seenFaults([3e9], silent)).toEqual([{ fromNs: 5e9, toNs: Infinity, outcome: 'away' }]);
  });

  it('is also what was refused, as by a server that became a replica', () => {
    const refused = (from: number, to: number): Attributed => ({ publisher: 0, socket: 1, from, to, fate: 'refused' });
    const signsOf = (...attributed: readonly Attributed[]): ReturnType<typeof backendSigns> =>
      backendSigns({ evidence: [[], []], crashes: [], dueNs }, attributed, QUIET, END_NS);
    expect(seenFaults([3e9], signsOf(refused(35, 41)))).toEqual([{ fromNs: 3.5e9, toNs: 4e9, outcome: 'back' }]);
    expect(seenFaults([3e9], signsOf(refused(35, MESSAGES)))).toEqual([{ fromNs: 3.5e9, toNs: Infinity, outcome: 'away' }]);
    expect(seenFaults([3e9], signsOf({ ...refused(35, 41), fate: 'overCapacity' }))[0]!.outcome).toBe('nothing');
  });

  it('has what comes before the next one that was declared, and no second outage', () => {
    const evidence = [[...outage(2e9, 2.5e9), ...outage(5e9, 5.5e9), ...outage(8e9, 8.2e9)], []];
    const signs = backendSigns({ evidence, crashes: [], dueNs }, [], QUIET, END_NS);
    expect(seenFaults([1e9, 4e9, 9e9], signs)).toEqual([
      { fromNs: 2e9, toNs: 2.5e9, outcome: 'back' },
      { fromNs: 5e9, toNs: 5.5e9, outcome: 'back' },
      { fromNs: 9e9, toNs: 9e9, outcome: 'nothing' },
    ]);
  });

  it('replaced the backend when a server lost it, else when the new one answered', () => {
    const replaced = [{ afterNs: 3e9, byNs: 5e9 }];
    expect(replacementTimes(replaced, { evidence: [outage(4e9, 4.5e9), outage(2e9, 2.1e9)], crashes: [] })).toEqual([4e9]);
    expect(replacementTimes(replaced, { evidence: [[], []], crashes: [] })).toEqual([5e9]);
  });
});

describe('a backend that was replaced', () => {
  const lossOf = (missing: readonly SequenceRange[], other: Partial<AccountInput> = {}): object => {
    const { ledger } = reconcile(
      {
        ...NOTHING_KNOWN,
        publishers: [
          { group: 0, socket: 0, answeredBy: null, overtakes: false, attempted: MESSAGES, unsendable: [], unanswered: [], refused: [] },
        ],
        sockets: [sampleSocket(0, 'a'), sampleSocket(1, 'b')],
        members: [[1]],
        delivered: MESSAGES - missing.reduce((sum, { from, to }) => sum + to - from, 0),
        missing: missing.map((range) => ({ publisher: 0, socket: 1, ...range })),
        evidence: [outage(4e9, 4.5e9), outage(4e9, 4.5e9)],
        guardNs: 1e8,
        backendReplacedNs: [4e9],
        ...other,
      },
      NO_SIDE_COUNTS,
    );
    return Object.fromEntries(Object.entries(ledger.lost).filter(([, count]) => count > 0));
  };

  it('has lost the memberships of who gets nothing from then on', () => {
    expect(lossOf([{ from: 40, to: MESSAGES }])).toEqual({ backendLost: 60 });
    expect(lossOf([{ from: 40, to: MESSAGES }], { backendReplacedNs: [] })).toEqual({ backendLost: 16, unexplained: 44 });
  });

  it('has kept those of who gets something: the outage explains what it lasted, and no more', () => {
    const missing = [
      { from: 40, to: 50 },
      { from: 70, to: 72 },
    ];
    expect(lossOf(missing)).toEqual({ backendLost: 10, unexplained: 2 });
  });

  it('has lost them until a member joins again', () => {
    const sockets = [sampleSocket(0, 'a'), { ...sampleSocket(1, 'b'), joinsNs: [0, 7e9] }];
    const missing = [
      { from: 40, to: 70 },
      { from: 90, to: 91 },
    ];
    expect(lossOf(missing, { sockets })).toEqual({ backendLost: 30, unexplained: 1 });
  });
});
