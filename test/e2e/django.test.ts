import { describe, expect, it } from 'vitest';
import type { RunResult } from '../../src/result/run-result.ts';
import { runHere } from '../bench-here.ts';
import { inOneLine } from '../bench-process.ts';

/* Real ASGI processes of Django Channels, as Debian has them. */

const SHORT = ['--duration', '1s', '--warmup', '300ms'] as const;

const run = (scenario: string, ...args: readonly string[]): Promise<RunResult> => runWhole(scenario, ...SHORT, ...args);

async function runWhole(...args: readonly string[]): Promise<RunResult> {
  const { results, stderr } = await runHere([...args, '--json', '--quiet']);
  expect(results, stderr).toHaveLength(1);
  expect(results[0]!.ledger.balanced).toBe(true);
  expect(results[0]!.ledger.lost.unexplained).toBe(0);
  return results[0]!;
}

const losses = ({ ledger }: RunResult): Readonly<Record<string, number>> =>
  Object.fromEntries(Object.entries(ledger.lost).filter(([, count]) => count > 0));

describe.concurrent('Daphne', () => {
  it('over redis-pubsub loses nothing, and its stamps are those of one clock', async () => {
    const result = await run('fanout', '--server', 'daphne', '--processes', '2', '--layer', 'redis-pubsub', '--members', '10');
    expect(losses(result)).toEqual({});
    expect(result.ledger.delivered).toBe(result.ledger.expected);
    expect(result.server).toMatchObject({ kind: 'daphne', processes: 2 });
    expect(result.server.members[1]!.version).toMatch(/^daphne [\d.]+, channels [\d.]+, channels_redis [\d.]+, Python [\d.]+$/);
    // Its clock is the same, and every frame carries its stamps.
    expect(result.clock.violations).toBe(0);
    expect(result.latency.transit!.count).toBe(result.ledger.delivered);
  });

  it('tells what its in-memory layer swallows, and what a full local buffer drops', async () => {
    // One burst, to consumers that are paused for the whole phase: more than ten times what its publishes take.
    const burst = ['--server', 'daphne', '--processes', '1', '--members', '4', '--burst', '120', '--rate', '15/s'];
    const args = [...burst, '--duration', '8s', '--warmup', '0s'];
    const [memory, redis] = await Promise.all([
      runWhole('burst', ...args, '--layer', 'memory'),
      runWhole('burst', ...args, '--layer', 'redis', '--paused', 'one'),
    ]);
    // Of 120 messages, 100 are kept, and one is in the hand of a consumer that was receiving when it paused.
    expect(losses(memory)).toEqual({ overCapacity: 19 * 4 });
    expect(losses(redis)).toEqual({ bufferOverflow: 19 });
  });

  it('tells which messages found its queues full', async () => {
    // Many requests at once, and room for one message.
    const flood = ['--connections', '32', '--requests', '300', '--warmup-requests', '20', '--layer-option', 'capacity=1'];
    const result = await runWhole('http-trigger', '--server', 'daphne', '--processes', '1', '--layer', 'redis', '--members', '4', ...flood);
    expect(Object.keys(losses(result)).filter((cause) => !['overCapacity', 'bufferOverflow'].includes(cause))).toEqual([]);
    expect(result.ledger.lost.overCapacity).toBeGreaterThan(0);
  });

  it('is killed and started again, and its clients come back', async () => {
    const result = await run(
      'fanout',
      '--server',
      'daphne',
      '--processes',
      '2',
      '--layer',
      'redis',
      '--members',
      '8',
      '--fault',
      'kill server 1 at 300ms',
      '--duration',
      '16s',
    );
    expect(Object.keys(losses(result))).toEqual(['processCrashed']);
    expect(result.faults[0]!.recoveryMs).toBeGreaterThan(0);
  });
});

describe.concurrent('Uvicorn, and mixtures', () => {
  it('delivers across the border of the languages', async () => {
    const result = await run('fanout', '--server', 'node:1+daphne:1+uvicorn:1', '--layer', 'redis', '--members', '9', '--publishers', '3');
    expect(losses(result)).toEqual({});
    expect(result.reach.matrix).toEqual([
      [1, 1, 1],
      [1, 1, 1],
      [1, 1, 1],
    ]);
    expect(result.server.members.map(({ kind }) => kind)).toEqual(['node', 'daphne', 'uvicorn']);
  });
});

describe.concurrent('behind nginx', () => {
  it('a sticky one keeps a page and its socket together', async () => {
    const pages = ['--processes', '2', '--layer', 'memory', '--pages', '32', '--duration', '1s'];
    const { measures } = await runWhole('session-affinity', '--server', 'daphne', '--proxy', 'sticky-nginx', ...pages);
    // Of two processes, half would fail by chance.
    expect(measures.find(({ name }) => name === 'sessionsFailedRatio')?.value).toBe(0);
  });
});

describe.concurrent('processes that inherit one socket', () => {
  it('share its connections, also behind a proxy', async () => {
    const shared = [
      '--server',
      'daphne',
      '--shared-socket',
      '--proxy',
      'nginx',
      '--processes',
      '2',
      '--members',
      '12',
      '--publishers',
      '2',
    ];
    const result = await run('fanout', '--layer', 'redis', ...shared);
    expect(losses(result)).toEqual({});
    expect(result.ledger.delivered).toBe(result.ledger.expected);
  });
});

describe.concurrent('what cannot be', () => {
  it.each([
    [['--server', 'daphne', '--layer', 'redis-fast'], 2, "Django Channels has no layer 'redis-fast'"],
    [['--server', 'daphne', '--layer-option', 'serializer_format=json'], 2, "has no option 'serializer_format'"],
    [['--server', 'gunicorn'], 2, "unknown kind of server 'gunicorn'"],
    [['--server', 'node:2+daphne:2', '--processes', '4'], 2, 'Leave out --processes'],
    [['--server', 'node:2+daphne'], 2, 'no mixture of servers'],
    [['--server', 'daphne', '--python', '/nowhere/python'], 3, '/nowhere/python cannot be run as a Python'],
    [['--app', 'a:b'], 2, 'which no Node server runs'],
    [['--app', 'nonsense', '--server', 'daphne'], 2, 'is not module:name'],
    [['--url', 'localhost:80'], 2, 'is not ws://host:port'],
    [['--url', 'ws://127.0.0.1:1', '--layer', 'memory'], 3, 'does not answer'],
    [['--shared-socket'], 2, 'is for daphne alone'],
    [['--shared-socket', '--server', 'daphne', '--fault', 'kill server 0 at 500ms'], 2, 'cannot inherit the shared socket again'],
    [['--proxy', 'apache'], 2, "unknown kind of proxy 'apache'"],
    [['--layer-scope', 'shared'], 2, 'for layers that bench does not open'],
  ])('%j is said', async (args, exit, message) => {
    const { code, stderr } = await runHere(['fanout', '--quiet', '--duration', '1s', ...args]);
    expect([code, inOneLine(stderr)]).toEqual([exit, expect.stringContaining(message)]);
  });

  it('an application that does not start says its error', async () => {
    const { code, stderr } = await runHere([
      'fanout',
      '--quiet',
      '--server',
      'daphne',
      '--app',
      'nowhere:application',
      '--layer',
      'memory',
    ]);
    expect([code, inOneLine(stderr)]).toEqual([3, expect.stringContaining("No module named 'nowhere'")]);
  });
});
