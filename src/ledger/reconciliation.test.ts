import { describe, expect, it } from 'vitest';
import { MESSAGES, NO_SIDE_COUNTS, NOTHING_KNOWN, sampleSocket, SECOND_NS } from '../../test/sample-account.ts';
import type { AccountInput, MissingRange, Absence } from './account.ts';
import type { Evidence } from './evidence.ts';
import { reconcile } from './reconciliation.ts';
import { NO_LOSS } from '../model/causes.ts';
import { rangesLength } from '../model/ranges.ts';

/**
 * Two processes, one publisher on process 0 that sent 100 messages, one every 0.1 s; members 1 and 2 on process 0,
 * members 3 and 4 on process 1. `missing` says what did not arrive.
 */
function account(missing: readonly MissingRange[], changes: Partial<AccountInput> = {}): AccountInput {
  const sockets = [
    sampleSocket(0, 'q0!p'),
    sampleSocket(0, 'q0!a'),
    sampleSocket(0, 'q0!b'),
    sampleSocket(1, 'q1!a'),
    sampleSocket(1, 'q1!b'),
  ];
  return {
    ...NOTHING_KNOWN,
    publishers: [
      { group: 0, socket: 0, answeredBy: null, overtakes: false, attempted: MESSAGES, unsendable: [], unanswered: [], refused: [] },
    ],
    sockets,
    members: [[1, 2, 3, 4]],
    delivered: 4 * MESSAGES - rangesLength(missing),
    missing,
    ...changes,
  };
}

const range = (socket: number, from: number, to: number): MissingRange => ({ publisher: 0, socket, from, to });
const named = (
  cause: 'refused' | 'overCapacity' | 'bufferOverflow',
  from: number,
  to: number,
  channel: string | null,
  queues: number | null = null,
): Evidence => ({
  kind: 'message',
  cause,
  sender: 0,
  from,
  to,
  channel,
  queues,
});

function lossOf(input: AccountInput): object {
  const { ledger } = reconcile(input, NO_SIDE_COUNTS);
  expect(ledger.balanced).toBe(true);
  expect(ledger.expected).toBe(ledger.delivered + ledger.lostTotal + ledger.inFlight);
  return {
    ...Object.fromEntries(Object.entries(ledger.lost).filter(([, count]) => count > 0)),
    ...(ledger.inFlight > 0 ? { inFlight: ledger.inFlight } : {}),
  };
}

describe('the ledger', () => {
  it('is complete when everything arrived', () => {
    const { ledger, reach } = reconcile(account([]), NO_SIDE_COUNTS);
    expect(ledger).toMatchObject({
      expected: 400,
      delivered: 400,
      lost: NO_LOSS,
      lostTotal: 0,
      inFlight: 0,
      lossEvents: 0,
      balanced: true,
    });
    expect(reach).toEqual({
      ratio: 1,
      matrix: [
        [1, 1],
        [null, null],
      ],
    });
  });

  it('calls a loss without evidence unexplained, and counts its events', () => {
    const input = account([range(1, 3, 5), range(1, 9, 10), range(4, 0, 1)]);
    expect(lossOf(input)).toEqual({ unexplained: 4 });
    expect(reconcile(input, NO_SIDE_COUNTS).ledger.lossEvents).toBe(3);
  });

  it('counts the events of a loss once, however many members and causes share it', () => {
    const events = (...missing: readonly MissingRange[]): number => reconcile(account(missing), NO_SIDE_COUNTS).ledger.lossEvents;
    // Two queues that were full at once, one a little longer.
    expect(events(range(1, 10, 20), range(3, 10, 22))).toBe(1);
    // What overlaps or touches is one, what lies apart is another.
    expect(events(range(1, 10, 20), range(2, 15, 25), range(3, 25, 30))).toBe(1);
    expect(events(range(1, 10, 20), range(3, 21, 30))).toBe(2);
  });

  it('counts what was in flight among the events: it had not arrived either', () => {
    const missing = [range(1, 3, 5), range(3, 90, 100)];
    const { ledger } = reconcile(account(missing, { published: [90] }), NO_SIDE_COUNTS);
    expect([ledger.inFlight, ledger.lostTotal, ledger.lossEvents]).toEqual([10, 2, 2]);
  });

  it('does not balance when the enumeration differs from the counts', () => {
    expect(reconcile({ ...account([range(1, 3, 5)]), missing: [range(1, 3, 4)] }, NO_SIDE_COUNTS).ledger.balanced).toBe(false);
  });

  it('calls pairs that a layer of scope process never crossed isolated', () => {
    const missing = [range(3, 0, 100), range(4, 0, 100), range(1, 7, 8)];
    const input = account(missing, { scope: 'process', crossed: [true, false, false, true] });
    expect(lossOf(input)).toEqual({ isolated: 200, unexplained: 1 });
    expect(lossOf({ ...input, scope: 'shared' })).toEqual({ unexplained: 201 });
    expect(lossOf({ ...input, crossed: [true, true, true, true] })).toEqual({ unexplained: 201 });
  });

  it('gives a crash what was due since it, and in the window before it', () => {
    const missing = [range(3, 10, 12), range(3, 40, 100), range(4, 45, 100)];
    expect(lossOf(account(missing, { crashes: [{ process: 1, atNs: 5 * SECOND_NS }] }))).toEqual({ processCrashed: 115, unexplained: 2 });
  });

  it('gives unsendable messages to the end of their socket', () => {
    const input = account([1, 2, 3, 4].map((socket) => range(socket, 80, 100)));
    const publishers = [{ ...input.publishers[0]!, unsendable: [{ from: 80, to: 100 }] }];
    const sockets = input.sockets.map((socket, i) =>
      i === 0 ? { ...socket, outages: [{ fromNs: 8 * SECOND_NS, toNs: Infinity }] } : socket,
    );
    expect(lossOf({ ...input, publishers, sockets })).toEqual({ disconnected: 80 });
    expect(lossOf({ ...input, publishers, sockets, crashes: [{ process: 0, atNs: 8 * SECOND_NS }] })).toEqual({ processCrashed: 80 });
  });

  it('has in flight what an unanswered request would have brought, unless something is known of it', () => {
    const input = account([range(1, 80, 90), range(2, 80, 90)]);
    const publisher = { ...input.publishers[0]!, unanswered: [{ from: 70, to: 88 }] };
    expect(lossOf({ ...input, publishers: [publisher] })).toEqual({ inFlight: 16, unexplained: 4 });
    expect(lossOf({ ...input, publishers: [{ ...publisher, refused: [{ from: 80, to: 90 }] }] })).toEqual({ refused: 20 });
  });

  it('gives a closed member what was due since its end', () => {
    const input = account([range(2, 5, 6), range(2, 55, 100)]);
    const sockets = input.sockets.map((socket, i) =>
      i === 2 ? { ...socket, outages: [{ fromNs: 6 * SECOND_NS, toNs: Infinity }] } : socket,
    );
    expect(lossOf({ ...input, sockets })).toEqual({ disconnected: 45, unexplained: 1 });
  });

  it('tells refused publishes, full queues and overflowed buffers by sender, sequence number and channel', () => {
    const missing = [...[1, 2, 3, 4].map((socket) => range(socket, 10, 12)), range(1, 20, 25), range(3, 30, 33)];
    const evidence = [[named('refused', 10, 12, null), named('overCapacity', 20, 24, 'q0!a')], [named('bufferOverflow', 30, 33, 'q1!a')]];
    expect(lossOf(account(missing, { evidence }))).toEqual({ refused: 8, overCapacity: 4, bufferOverflow: 3, unexplained: 1 });
  });

  it('matches counted full queues with messages that a whole process missed, and no more than counted', () => {
    const missing = [range(3, 10, 14), range(4, 10, 14), range(1, 10, 11)];
    const evidence = [[named('overCapacity', 10, 13, null, 1)], []];
    expect(lossOf(account(missing, { evidence }))).toEqual({ overCapacity: 6, unexplained: 3 });
  });

  it('takes what nobody read in time for expired, on that queue alone', () => {
    const unread = (name: string, fromNs: number, toNs: number): Evidence => ({ kind: 'unread', cause: 'expired', name, fromNs, toNs });
    const missing = [range(3, 0, 50), range(4, 0, 50), range(1, 0, 10), range(2, 0, 10)];
    const evidence = [[], [unread('q1!', 1e9, 4e9)]];
    // Due from 0 (a second before) to 2: those on process 1 are a whole expiry old by then.
    expect(lossOf(account(missing, { evidence, expiryNs: 2e9 }))).toEqual({ expired: 2 * 21, unexplained: 2 * 29 + 2 * 10 });
  });

  it('matches trimmed entries with the oldest messages of that queue, if they were old enough', () => {
    const missing = [range(3, 10, 20), range(4, 10, 20)];
    const evidence: readonly Evidence[][] = [[{ kind: 'count', cause: 'expired', name: 'q1!', count: 4, atNs: 9 * SECOND_NS }], []];
    expect(lossOf(account(missing, { evidence, expiryNs: 2 * SECOND_NS }))).toEqual({ expired: 8, unexplained: 12 });
    expect(lossOf(account(missing, { evidence, expiryNs: 8.9 * SECOND_NS }))).toEqual({ unexplained: 20 });
  });

  it('keeps frames that a process holds in flight, unless they have expired', () => {
    const held = [[], [12, 13].map((seq) => ({ sender: 0, seq, channel: 'q1!a', expired: seq === 13 }))];
    expect(lossOf(account([range(3, 12, 15)], { held }))).toEqual({ inFlight: 1, expired: 1, unexplained: 1 });
  });

  it('are in flight where the server of the publisher had not handed them to the layer', () => {
    const missing = [range(1, 40, MESSAGES), range(3, 10, 20)];
    expect(lossOf(account(missing, { published: [90] }))).toEqual({ inFlight: 10, unexplained: 60 });
    // It had read none; what is known of single messages goes before.
    const evidence = [[named('overCapacity', 15, 20, 'q1!a')], []];
    expect(lossOf(account(missing, { published: [0], evidence }))).toEqual({ inFlight: 65, overCapacity: 5 });
    expect(lossOf(account(missing, { published: [MESSAGES] }))).toEqual({ unexplained: 70 });
    expect(lossOf(account(missing, { published: [null] }))).toEqual({ unexplained: 70 });
  });

  it('gives an outage of the backend what was due around it', () => {
    const evidence: readonly Evidence[][] = [[], [{ kind: 'outage', cause: 'backendLost', fromNs: 3 * SECOND_NS, toNs: 4 * SECOND_NS }]];
    expect(lossOf(account([range(3, 10, 60)], { evidence }))).toEqual({ backendLost: 31, unexplained: 19 });
    expect(lossOf(account([range(1, 30, 31)], { evidence }))).toEqual({ unexplained: 1 });
  });

  it('knows what arrived after the deadline', () => {
    const lateArrivals = [range(3, 98, 100)];
    expect(lossOf(account([range(3, 97, 100)], { lateArrivals }))).toEqual({ lateAfterDrain: 2, unexplained: 1 });
  });

  it('ends as many memberships as were counted to have expired', () => {
    const evidence: readonly Evidence[][] = [[{ kind: 'count', cause: 'groupExpired', name: 'g0', count: 1, atNs: 6 * SECOND_NS }], []];
    expect(lossOf(account([range(3, 60, 100), range(1, 60, 100)], { evidence }))).toEqual({ groupExpired: 40, unexplained: 40 });
  });
});

describe('a member that comes and goes', () => {
  /** Away from 3 s to 6 s: messages are due every 0.1 s, so that seq 30 is due with the request to leave. */
  const absence = { leavingNs: 3e9, leftNs: 3.5e9, joiningNs: 5.5e9, joinedNs: 6e9 };
  const away = (missing: readonly MissingRange[], changes: Partial<Absence> = {}): AccountInput => {
    const input = account(missing, { guardNs: 0.2e9 });
    const sockets = input.sockets.map((socket, index) => (index === 1 ? { ...socket, absences: [{ ...absence, ...changes }] } : socket));
    return { ...input, sockets };
  };

  it('is owed what was due while it was surely there; the rest is uncertain, and outside', () => {
    // Uncertain: due in [2.8, 3.5) and [5.3, 6); it got none of what was due from 3 to 5.9.
    const { ledger, reach } = reconcile(away([range(1, 30, 59)]), NO_SIDE_COUNTS);
    expect(ledger).toMatchObject({ expected: 400 - 32, delivered: 400 - 32, uncertain: 14, strays: 0, lostTotal: 0, balanced: true });
    expect(reach.matrix[0]![0]).toBe(1);
  });

  it('has lost what it was owed and did not get', () => {
    const { ledger } = reconcile(away([range(1, 20, 70)]), NO_SIDE_COUNTS);
    expect(ledger).toMatchObject({ expected: 368, delivered: 368 - 18, lostTotal: 18, uncertain: 14, balanced: true });
    expect(ledger.lost.unexplained).toBe(18);
  });

  it('counts what arrives after it has left as strays', () => {
    const { ledger } = reconcile(away([range(1, 30, 40)]), NO_SIDE_COUNTS);
    expect(ledger).toMatchObject({ expected: 368, delivered: 368, strays: 13, uncertain: 14, lostTotal: 0, balanced: true });
  });

  it('is owed nothing more when it stays away', () => {
    const { ledger } = reconcile(away([range(1, 35, 100)], { joiningNs: Infinity, joinedNs: Infinity }), NO_SIDE_COUNTS);
    expect(ledger).toMatchObject({ expected: 300 + 28, delivered: 328, uncertain: 7, strays: 0, balanced: true });
  });
});

describe('a membership that expires', () => {
  /** All joined at 1 s and end 5 s later; messages are due every 0.1 s, and with the layer within 0.3 s. */
  const joinsNs = [1e9];
  const aged = (missing: readonly MissingRange[], changes: Partial<AccountInput> = {}): AccountInput => {
    const input = account(missing, { groupExpiryNs: 5e9, guardNs: 0.3e9, ...changes });
    return { ...input, sockets: input.sockets.map((socket) => ({ ...socket, joinsNs })) };
  };
  const counted = (count: number, atNs: number): readonly (readonly Evidence[])[] => [
    [],
    [{ kind: 'count', cause: 'groupExpired', name: 'g0', count, atNs }],
  ];

  it('gets nothing more, and nobody needs to have told', () => {
    expect(lossOf(aged([1, 2, 3, 4].map((socket) => range(socket, 61, 100))))).toEqual({ groupExpired: 4 * 39 });
    expect(lossOf(aged([range(1, 61, 100)], { groupExpiryNs: Infinity }))).toEqual({ unexplained: 39 });
  });

  it('has lost for another reason what was lost before it can have ended', () => {
    // With the layer by 6 s at the latest: what was due before 5.7 s.
    expect(lossOf(aged([range(1, 20, 30), range(1, 50, 100)]))).toEqual({ groupExpired: 43, unexplained: 10 + 7 });
    // It was a member still when it got the one that was due at 5.9 s.
    expect(lossOf(aged([range(1, 57, 59), range(1, 60, 100)]))).toEqual({ groupExpired: 40, unexplained: 2 });
    // It got what was due at 7 s, so that it cannot have ended before.
    expect(lossOf(aged([range(1, 62, 64), range(1, 71, 100)]))).toEqual({ groupExpired: 29, unexplained: 2 });
  });

  it('may have ended between two messages that overtook each other', () => {
    const input = aged([range(1, 55, 59), range(1, 60, 100)]);
    const publishers = input.publishers.map((publisher) => ({ ...publisher, overtakes: true }));
    expect(lossOf({ ...input, publishers })).toEqual({ groupExpired: 42, unexplained: 2 });
  });

  it('begins anew with every join', () => {
    const input = aged([range(1, 61, 70), range(1, 75, 80), range(2, 61, 100)]);
    const again = { ...input.sockets[1]!, joinsNs: [...joinsNs, 7e9] };
    const rejoined = { ...input, sockets: input.sockets.map((socket, i) => (i === 1 ? again : socket)) };
    expect(lossOf(rejoined)).toEqual({ groupExpired: 9 + 39, unexplained: 5 });
    const renewed = { ...again, joinsNs: [...joinsNs, 5e9] };
    expect(lossOf({ ...input, sockets: rejoined.sockets.map((socket, i) => (i === 1 ? renewed : socket)) })).toEqual({
      groupExpired: 39,
      unexplained: 14,
    });
  });

  it('is one of those that the layer counts, so that the count explains no other loss', () => {
    const missing = [range(1, 61, 100), range(3, 20, 25)];
    expect(lossOf(aged(missing, { evidence: counted(4, 6.1e9) }))).toEqual({ groupExpired: 39, unexplained: 5 });
    // One that ended before its time, as the layer says.
    expect(lossOf(aged([range(3, 20, 100)], { evidence: counted(1, 2e9) }))).toEqual({ groupExpired: 80 });
  });
});
