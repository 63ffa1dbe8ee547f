import { describe, expect, it } from 'vitest';
import type { RunResult } from '../../src/core/result.ts';
import { bench, inOneLine } from '../bench-process.ts';
import { HostileServer, type Client, type Mischief, type Truth } from './hostile-server.ts';

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
  const ended = await bench(['run', 'fanout', '--layer', 'memory', '--url', server.url, ...load, ...more]);
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

/** Numbers of every size, none of which is a time of now. */
function garbage(now: number): number {
  return (now * 2654435761) % 2 ** 53;
}

let stamps = 0;
function everyOther(now: number): number {
  return stamps++ % 2 === 0 ? 0 : now;
}
