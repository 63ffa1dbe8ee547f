import { describe, expect, it } from 'vitest';
import { MESSAGES, NO_SIDE_COUNTS, NOTHING_KNOWN, sampleSocket, SECOND_NS } from '../../test/sample-account.ts';
import type { AccountInput, MissingRange, SocketOutage } from './account.ts';
import type { Evidence } from './evidence.ts';
import type { SequenceRange } from '../model/ranges.ts';
import { reconcile } from './reconciliation.ts';

const [ASKER, ANSWERER] = [0, 1];

interface Course {
  readonly questions?: readonly SequenceRange[];
  readonly replies?: readonly SequenceRange[];
  readonly refused?: readonly SequenceRange[];
  readonly crashes?: AccountInput['crashes'];
  readonly outages?: Readonly<Record<number, readonly SocketOutage[]>>;
  readonly evidence?: readonly Evidence[];
}

/** A socket on process 0 asks one on process 1, every 0.1 s. What is missing of questions and of replies, and what is known of it. */
function account({ questions = [], replies = [], refused = [], crashes = [], outages = {}, evidence = [] }: Course): AccountInput {
  const count = (ranges: readonly SequenceRange[]): number => ranges.reduce((sum, { from, to }) => sum + to - from, 0);
  const at = (socket: number, ranges: readonly SequenceRange[]): readonly MissingRange[] =>
    ranges.map((range) => ({ publisher: 0, socket, ...range }));
  return {
    ...NOTHING_KNOWN,
    publishers: [
      { group: 0, socket: ASKER, answeredBy: ANSWERER, overtakes: false, attempted: MESSAGES, unsendable: [], unanswered: [], refused },
    ],
    sockets: [ASKER, ANSWERER].map((socket) => ({ ...sampleSocket(socket, `channel ${socket}`), outages: outages[socket] ?? [] })),
    members: [[ASKER, ANSWERER]],
    delivered: 2 * MESSAGES - count(questions) - count(replies),
    missing: [...at(ANSWERER, questions), ...at(ASKER, replies)],
    crashes,
    evidence: [evidence, []],
  };
}

function lossOf(course: Course): object {
  const { ledger } = reconcile(account(course), NO_SIDE_COUNTS);
  expect(ledger).toMatchObject({ balanced: true, expected: 2 * MESSAGES });
  return Object.fromEntries(Object.entries(ledger.lost).filter(([, count]) => count > 0));
}

describe('a reply', () => {
  const crashes = [{ process: 1, atNs: 5 * SECOND_NS }];
  const outages = { [ANSWERER]: [{ fromNs: 5 * SECOND_NS, toNs: 7 * SECOND_NS }] };

  it('has the cause of its question', () => {
    const full: Evidence = { kind: 'message', cause: 'overCapacity', sender: 0, from: 10, to: 12, channel: null, queues: null };
    const range = [{ from: 10, to: 12 }];
    expect(lossOf({ questions: range, replies: range, evidence: [full] })).toEqual({ overCapacity: 4 });
    expect(lossOf({ questions: range, replies: range, refused: range })).toEqual({ refused: 4 });
  });

  it('of a process that died is lost with it, also where the question was there', () => {
    expect(lossOf({ questions: [{ from: 49, to: 71 }], replies: [{ from: 48, to: 71 }], crashes, outages })).toEqual({
      processCrashed: 22 + 23,
    });
  });

  it('to a question that was refused while nobody answered was lost with who was to answer', () => {
    const range = [{ from: 60, to: 70 }];
    const told: Evidence = { kind: 'message', cause: 'refused', sender: 0, from: 60, to: 70, channel: null, queues: null };
    const course = { questions: range, replies: range, refused: range, crashes, outages, evidence: [told] };
    expect(lossOf(course)).toEqual({ processCrashed: 20 });
  });

  it('of a socket that ended is lost with it, and so is one to a socket that ended', () => {
    expect(lossOf({ replies: [{ from: 49, to: 50 }], outages })).toEqual({ disconnected: 1 });
    const asker = { [ASKER]: [{ fromNs: 5 * SECOND_NS, toNs: 7 * SECOND_NS }] };
    expect(lossOf({ replies: [{ from: 49, to: 55 }], outages: asker })).toEqual({ disconnected: 6 });
  });

  it('that nothing explains is unexplained, after who was to answer is back', () => {
    const late = [{ from: 80, to: 81 }];
    expect(lossOf({ questions: late, replies: late, crashes, outages })).toEqual({ unexplained: 2 });
  });
});
