import { describe, expect, it } from 'vitest';
import type { RunResult } from '../../src/result/run-result.ts';
import { runHere } from '../bench-here.ts';
import { inOneLine } from '../bench-process.ts';
import { HostileServer, type Client, type Delivery, type Mischief, type Truth } from './hostile-server.ts';

/** One run against a server that does wrong, and what that server has really done. */
interface Outcome {
  readonly code: number | null;
  readonly stderr: string;
  /** undefined where the run has left none. */
  readonly result: RunResult | undefined;
  readonly truth: Truth;
}

const MEMBERS = 4;
const MESSAGES = 200;

async function against(mischief: Mischief, ...more: readonly string[]): Promise<Outcome> {
  await using server = await HostileServer.start(mischief);
  const load = ['--members', `${MEMBERS}`, '--rate', '200/s', '--warmup', '0s', '--duration', '1s', '--limit', 'loss<100%'];
  const ended = await runHere(['fanout', '--layer', 'memory', '--url', server.url, ...load, ...more]);
  expect(ended.stderr, 'no bug in bench').not.toMatch(/a bug in bench|^\s+at /m);
  expect(hasControls(ended.stderr + ended.stdout) || /(?<!\\)\\u00/.test(JSON.stringify(ended.results)), 'a control code').toBe(false);
  return { code: ended.code, stderr: inOneLine(ended.stderr), result: ended.results[0], truth: server.truth };
}

/** Lines aside. */
function hasControls(text: string): boolean {
  return /\p{Cc}/u.test(text.replaceAll('\n', ''));
}

/** The account is what the server has really done, to the unit. */
function expectTrueAccount({ result, truth }: Outcome): void {
  const { ledger } = result!;
  expect(ledger.balanced).toBe(true);
  expect(ledger.expected).toBe(MEMBERS * MESSAGES);
  expect({ ...pick(ledger) }).toEqual({
    delivered: truth.delivered,
    duplicates: truth.duplicates,
    corrupt: truth.corrupt,
    strays: truth.strays,
  });
  expect(ledger.lostTotal + ledger.inFlight).toBe(ledger.expected - truth.delivered);
}

function pick({
  delivered,
  duplicates,
  corrupt,
  strays,
}: RunResult['ledger']): Pick<Truth, 'delivered' | 'duplicates' | 'corrupt' | 'strays'> {
  return { delivered, duplicates, corrupt, strays };
}

const warning = ({ result }: Outcome, code: string): string | undefined => result!.warnings.find((entry) => entry.code === code)?.message;
const AT = 50;

describe.concurrent('a server that says nonsense on one socket', () => {
  const nonsense: readonly (readonly [string, (client: Client) => void, RegExp])[] = [
    [
      'no JSON',
      ({ socket }) => socket.send('\u001b[31m<html>'),
      /server 0 broke .*1 socket was closed.*socket \d+: a text message is no JSON: \\u001b\[31m<html>/,
    ],
    ['an answer to nothing', ({ socket }) => socket.send('{"op":"joined","group":"g0"}'), /'joined' without being asked/],
  ];
  it.each(nonsense)('%s: that socket is closed, and the run goes on', async (_, say, told) => {
    const outcome = await against({
      deliver: (delivery) => {
        if (delivery.to.index === 1 && delivery.turn === AT) say(delivery.to);
        if (delivery.to.index !== 1 || delivery.turn < AT) delivery.server.hand(delivery);
      },
    });
    expect(outcome.result!.run.state).toBe('completed');
    expect(warning(outcome, 'brokenProtocol')).toMatch(told);
    expectTrueAccount(outcome);
    const { lost } = outcome.result!.ledger;
    expect(lost.disconnected).toBe(outcome.result!.ledger.lostTotal);
    expect(lost.disconnected).toBeGreaterThanOrEqual(MESSAGES - AT - 1);
  });
});

describe.concurrent('a server that stamps', () => {
  const wrong: readonly (readonly [string, Mischief, RegExp])[] = [
    [
      'wall time',
      { sendStamp: () => Date.now() * 1e6, recvStamp: () => Date.now() * 1e6 },
      /800 of 800 frames .* recv → arrived goes back in time/,
    ],
    [
      'µs for ns',
      { sendStamp: (now) => Math.round(now / 1000), recvStamp: (now) => Math.round(now / 1000) },
      /800 of 800 frames .* issued → send goes back/,
    ],
    ['garbage', { sendStamp: garbage, recvStamp: garbage }, /of 800 frames have stamps that cannot be/],
    ['nothing in every other frame', { recvStamp: everyOther }, /400 of 800 frames came without the stamps/],
  ];
  it.each(wrong)('%s is not believed; response and the account stand', async (_, mischief, told) => {
    const outcome = await against(mischief);
    expectTrueAccount(outcome);
    expect(warning(outcome, 'noServerStamps')).toMatch(told);
    const { transit, ingress, edge, response } = outcome.result!.latency;
    expect([transit, ingress, edge]).toEqual([null, null, null]);
    expect(response?.count).toBe(MEMBERS * MESSAGES);
    expect(outcome.result!.placement.sameProcess.transit).toBeNull();
  });
});

/** A network, and a client, that do what they may: none of it is a loss, nor a reason against the run. */
describe.concurrent('a server that', () => {
  const STALL_AT = 20;
  const held: Delivery[] = [];
  const modes: readonly (readonly [string, Mischief, (outcome: Outcome) => void])[] = [
    [
      'stalls, and sends all in one burst',
      {
        deliver: (delivery) => {
          const { server, turn } = delivery;
          if (turn < STALL_AT) return server.hand(delivery);
          if (held.push(delivery) === 1) server.later(400, () => held.splice(0).forEach((one) => server.hand(one)));
        },
      },
      ({ result }) => expect(result!.ledger.lostTotal).toBe(0),
    ],
    [
      'swaps each tenth message with the next',
      {
        deliver: (delivery) => {
          const { server, to, turn } = delivery;
          if (turn % 10 === 0) return void swapped.set(to.index, delivery);
          server.hand(delivery);
          const first = swapped.get(to.index);
          if (first !== undefined) server.hand(first);
          swapped.delete(to.index);
        },
      },
      ({ result }) => {
        expect(result!.ledger.reordered).toBe((MEMBERS * MESSAGES) / 10);
        expect(result!.ledger.lostTotal).toBe(0);
      },
    ],
    [
      'hands every tenth copy to another member',
      {
        deliver: (delivery) => {
          const { server, to, turn } = delivery;
          const other = server.clients.find(({ index, groups }) => index !== to.index && groups.has('g0'))!;
          server.hand(turn % 10 === 0 ? { ...delivery, to: other } : delivery);
        },
      },
      ({ result, truth }) => expect(result!.ledger.lost.unexplained).toBe(MEMBERS * MESSAGES - truth.delivered),
    ],
    [
      'flips a bit in every tenth copy',
      { deliver: (delivery) => (delivery.turn % 10 === 0 ? delivery.server.handDamaged(delivery) : delivery.server.hand(delivery)) },
      ({ result, truth }) => {
        expect(truth.corrupt).toBe((MEMBERS * MESSAGES) / 10);
        expect(result!.ledger.lost.unexplained).toBe(truth.corrupt);
      },
    ],
    [
      'sends frames that are none',
      {
        deliver: (delivery) => {
          delivery.server.hand(delivery);
          if (delivery.turn === 7) for (const size of [0, 1, 56, 5000]) delivery.server.handStray(delivery, Buffer.alloc(size, 7));
        },
      },
      ({ result }) => {
        expect(result!.ledger.strays).toBe(4 * MEMBERS);
        expect(result!.ledger.lostTotal).toBe(0);
      },
    ],
    [
      'refuses every tenth message',
      { refuses: (seq) => seq % 10 === 0 },
      ({ result, truth }) => {
        expect(result!.ledger.lost.refused).toBe(truth.refused * MEMBERS);
        expect(result!.errors).toMatchObject([{ cause: 'refused', count: truth.refused }]);
      },
    ],
    [
      'closes a socket with a code of its own',
      {
        deliver: (delivery) =>
          isVictim(delivery) ? delivery.server.hangUp(delivery.to, 4321, 'no\u001b[2J') : delivery.server.hand(delivery),
      },
      ({ result }) => {
        expect(result!.ledger.lost.disconnected).toBe(result!.ledger.lostTotal);
        expect(result!.errors).toMatchObject([{ cause: 'disconnected', text: 'closed with code 4321: no\\u001b[2J', count: 1 }]);
      },
    ],
    [
      'is slow to report',
      { http: async (path, answer) => (path === 'report' ? new Promise((resolve) => setTimeout(() => resolve(answer), 300)) : answer) },
      ({ result }) => expect(result!.ledger.lostTotal).toBe(0),
    ],
    [
      'tells of 4 billion messages that it refused',
      { http: (path, answer) => (path === 'report' ? { ...answer, evidence: [FOUR_BILLION], evidenceCount: 1 } : answer) },
      (outcome) => expect(warning(outcome, 'strangeEvidence')).toMatch(/server 0 told of messages that were never sent, in 1 entry/),
    ],
  ];
  it.each(modes)('%s: the account is the truth', async (_, mischief, holds) => {
    const outcome = await against(mischief);
    expect(outcome.result!.run.state).toBe('completed');
    expectTrueAccount(outcome);
    holds(outcome);
  });
});

const FOUR_BILLION = {
  kind: 'message',
  cause: 'refused',
  sender: 0,
  from: MESSAGES - 1,
  to: 2 ** 32,
  channel: null,
  queues: null,
};
const swapped = new Map<number, Delivery>();

/** The socket that is closed, once it has had some messages. */
function isVictim({ to, turn }: Delivery): boolean {
  return to.index === 1 && turn >= AT;
}

describe.concurrent('what a server says wrong', () => {
  const inReport =
    (wrong: (answer: Readonly<Record<string, unknown>>, server: HostileServer) => object | string): NonNullable<Mischief['http']> =>
    (path, answer, server) =>
      path === 'report' ? wrong(answer, server) : answer;
  const hasMeasured = (server: HostileServer): boolean => server.truth.published > 0;

  const early: readonly (readonly [string, Mischief, RegExp])[] = [
    ['hello of process 5 of 1', { hello: (hello) => ({ ...hello, processIndex: 5 }) }, /hello: field 'processIndex' is 5, of 1 processes/],
    ['hello without a channel', { hello: (hello) => ({ ...hello, channel: undefined }) }, /hello: field 'channel' is missing/],
    [
      'health of no process',
      { http: (path, answer) => (path === 'health' ? { ...answer, processIndex: null } : answer) },
      /field 'processIndex' must be integer/,
    ],
    [
      'a clock that is a text',
      { http: (path, answer) => (path === 'clock' ? { ns: '\u001b[31m' } : answer) },
      /GET clock: field 'ns' must be number/,
    ],
    [
      'a report without counters',
      { http: inReport((answer) => ({ ...answer, counters: undefined })) },
      /GET report: field 'counters' is missing/,
    ],
    ['a report that is no JSON', { http: inReport(() => '\u001b]0;title\u0007') }, /GET report: the answer is no JSON: \\u001b\]0;title/],
    [
      'a join that failed',
      { answer: () => ({ op: 'failed', reason: '\u001b[31mno' }) },
      /socket \d+ could not be opened: ws:\/\/\S+ failed to join g0: \\u001b\[31mno/,
    ],
    ['nothing to a join', { answer: () => null }, /socket \d+ could not be opened: no answer to join g0 from ws:\/\/127\S+ within 10 s/],
  ];
  it.each(early)('%s, at the start: exit 3, with the server and the field', async (_, mischief, told) => {
    const { code, stderr, result } = await against(mischief);
    expect(stderr).toMatch(told);
    expect(stderr).toMatch(/127\.0\.0\.1:\d+/);
    expect([code, result]).toEqual([3, undefined]);
  });

  const late: readonly (readonly [string, Mischief, RegExp])[] = [
    [
      'no counters',
      { http: inReport(({ counters, ...rest }, server) => (hasMeasured(server) ? rest : { counters, ...rest })) },
      /field 'counters' is missing/,
    ],
    [
      'null among its evidence',
      { http: inReport((answer, server) => (hasMeasured(server) ? { ...answer, evidence: [null], evidenceCount: 1 } : answer)) },
      /field 'evidence\/0' must be object/,
    ],
    [
      'evidence of another kind',
      {
        http: inReport((answer, server) =>
          hasMeasured(server) ? { ...answer, evidence: [{ kind: '\u001b[1m' }], evidenceCount: 1 } : answer,
        ),
      },
      /field 'evidence\/0\/kind' must be equal to one of/,
    ],
    [
      'evidence that does not come',
      { http: inReport((answer, server) => (hasMeasured(server) ? { ...answer, evidenceCount: 4e9 } : answer)) },
      /'evidenceCount' is 4000000000, and 0 entries came/,
    ],
    [
      'of another process',
      { http: inReport((answer, server) => (hasMeasured(server) ? { ...answer, processIndex: 1 } : answer)) },
      /'processIndex' is 1/,
    ],
  ];
  it.each(late)('a report with %s, at the end: exit 4, and the result is kept', async (_, mischief, told) => {
    const outcome = await against(mischief);
    expect(outcome.code).toBe(4);
    expect(outcome.result!.validity.reasons.join('; ')).toMatch(/server 0 gave no report: /);
    expect(outcome.result!.validity.reasons.join('; ')).toMatch(told);
    expect(outcome.result!.ledger.delivered).toBe(outcome.truth.delivered);
  });

  it('a clock that is none any more, at the end: its stamps are not believed', async () => {
    const outcome = await against({ http: (path, answer, server) => (path === 'clock' && hasMeasured(server) ? { ns: null } : answer) });
    expect(warning(outcome, 'noServerStamps')).toMatch(/the clock of server 0 could not be read at the end: .*field 'ns' must be number/);
    expect(outcome.result!.latency.transit).toBeNull();
    expectTrueAccount(outcome);
  });
});

/** Numbers of every size, none of which is a time of now. */
function garbage(now: number): number {
  return (now * 2654435761) % 2 ** 53;
}

let stamps = 0;
function everyOther(now: number): number {
  return stamps++ % 2 === 0 ? 0 : now;
}
