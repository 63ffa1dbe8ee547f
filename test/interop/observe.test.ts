import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RedisProxy } from '../../src/conformance/redis-proxy.ts';
import { aclCommand, type ObservedLayer } from '../../src/observe/allowed-commands.ts';
import type { Observation } from '../../src/observe/observation.ts';
import { observeDeployment } from '../../src/observe/redis/observe-deployment.ts';
import { connectRedis, type RedisConnection } from '../../src/redis/connection.ts';
import { ManagedRedis } from '../../src/redis/managed.ts';
import { PythonPortal, type Send } from './python-portal.ts';

/*
 * A portal of the real channels_redis whose load is known, and an observer that sees it through Redis alone, as the user that
 * `--print-acl` makes.
 */

/** Members of each group in three processes. */
const GROUPS: Readonly<Record<string, readonly [number, number, number]>> = {
  ...Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`pair-${i}`, [1, 1, 0]] as const)),
  ...Object.fromEntries(Array.from({ length: 5 }, (_, i) => [`room-${i}`, [3, 3, 3 + i]] as const)),
  hall: [14, 13, 13],
};
const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0);
const MEMBERS = sum(Object.values(GROUPS).map(sum));

/** To every group in turn, to the hall more often. */
const SENDS: readonly Send[] = Array.from({ length: 12 }, () => [...Object.keys(GROUPS), 'hall']).flatMap((round) =>
  round.map((group): Send => [group, sum(GROUPS[group]!), GROUPS[group]!.filter((count) => count > 0).length]),
);

let redis: ManagedRedis;
let admin: RedisConnection;
beforeAll(async () => {
  redis = await ManagedRedis.start();
  admin = await connectRedis(redis.url);
  await admin.call('ACL', ...aclWords('redis', 'asgi'));
});
afterAll(async () => {
  admin.disconnect();
  await redis[Symbol.asyncDispose]();
});

/** The printed command, with a name and a password; a selector in brackets is one word. */
function aclWords(layer: ObservedLayer, name: string): readonly string[] {
  const text = aclCommand(layer, 'asgi').replace('layerbench', name).replace('PASSWORD', 'pw');
  return [...text.matchAll(/\([^)]*\)|\S+/g)].map(([word]) => word).slice(1);
}

const config = (prefix: string): Readonly<Record<string, unknown>> => ({ hosts: [redis.url], prefix });

/** Observes while the work is done, from the first reading to the last. */
async function observeWhile(
  layer: ObservedLayer,
  url: string,
  prefix: string,
  work: (looks: () => number) => Promise<void>,
): Promise<Observation> {
  const stop = new AbortController();
  let looks = 0;
  let wake = (): void => undefined;
  const observed = observeDeployment(
    { layer, hosts: [url], prefix, forMs: 600_000, commandsPerSecond: 1000, configured: {} },
    stop.signal,
    () => {
      looks += 1;
      wake();
    },
  );
  const nextLook = (): Promise<unknown> => Promise.race([observed, new Promise<void>((resolve) => (wake = resolve))]);
  await nextLook();
  await work(() => looks);
  await nextLook();
  stop.abort();
  return observed;
}

/** Commands that a proxy saw. */
const commandsIn = (seen: string): ReadonlySet<string> =>
  new Set([...seen.matchAll(/\*\d+\r\n\$\d+\r\n([^\r\n]+)\r\n/g)].map(([, name]) => name!.toLowerCase()));

describe.concurrent('a portal of channels_redis core, observed', () => {
  it('shows its groups, members, processes and sends exactly, and deliveries and bytes within 5 %; nothing else is asked', async () => {
    await using portal = new PythonPortal('core', config('asgi'), 3);
    await portal.join(GROUPS);
    const proxy = await RedisProxy.start(redis.url.replace('//', '//asgi:pw@'));
    await admin.call('ACL', 'LOG', 'RESET');
    let truth = { deliveries: 0, meanBytes: 0 };
    const { figures, findings, seconds, rows } = await observeWhile('redis', proxy.url, 'asgi', async () => {
      truth = await portal.send(SENDS, 0.003);
      await portal.churn('hall', 25);
    });
    await proxy.refuse();
    const total = (name: keyof typeof figures): number => figures[name].value! * seconds;
    expect(figures).toMatchObject({
      processes: { value: 3, basis: 'counted' },
      connections: { value: MEMBERS, basis: 'counted' },
      groups: { value: 15, basis: 'counted' },
      memberships: { value: MEMBERS, basis: 'counted' },
      groupSizeP50: { value: 2 },
      groupSizeMax: { value: 40 },
      groupExpirySeconds: { value: 86_400 },
      lostPerSecond: { value: 0 },
    });
    expect(total('sendsPerSecond')).toBeCloseTo(SENDS.length, 6);
    expect(total('entriesPerSecond')).toBeCloseTo(sum(SENDS.map(([, , entries]) => entries)), 6);
    expect([total('joinsPerSecond'), total('leavesPerSecond')]).toEqual([expect.closeTo(25, 6), expect.closeTo(25, 6)]);
    expect(truth.deliveries).toBe(sum(SENDS.map(([, deliveries]) => deliveries)));
    expect(Math.abs(total('deliveriesPerSecond') / truth.deliveries - 1)).toBeLessThan(0.05);
    expect(Math.abs(figures.messageBytes.value! / truth.meanBytes - 1)).toBeLessThan(0.05);
    expect(figures.deliveriesPerSecond.basis).toBe('reckoned');
    expect(rows.map(({ groups, members }) => [groups, members])).toEqual([
      [9, 18],
      [5, MEMBERS - 18 - 40],
      [1, 40],
    ]);
    expect(findings).toEqual([]);
    expect([...commandsIn(proxy.seen)].toSorted()).toEqual(['auth', 'client', 'info', 'pttl', 'scan', 'time', 'zcard', 'zcount', 'zrange']);
    expect(await admin.call('ACL', 'LOG')).toEqual([]);
  });

  it('beside other applications and with a killed process keeps what is exact, finds both, and guesses nothing', async () => {
    await using other = await ManagedRedis.start();
    const busy = await connectRedis(other.url);
    const layer = { hosts: [other.url], prefix: 'asgi', capacity: 5 };
    await using portal = new PythonPortal('core', layer, 2);
    await using victim = new PythonPortal('core', layer, 1);
    await Promise.all([portal.join({ hall: [4, 3], pair: [1, 1] }), victim.join({ hall: [5], lost: [2] })]);
    await victim.kill();
    const round: readonly Send[] = [
      ['hall', 7, 2],
      ['pair', 2, 2],
      ['lost', 0, 0],
    ];
    await portal.send(Array.from({ length: 5 }, () => round).flat(), 0);
    let sends = 0;
    const { figures, findings, seconds, options } = await observeWhile('redis', other.url, 'asgi', async (looks) => {
      while (looks() < 4) {
        const some = Array.from({ length: 10 }, () => round).flat();
        await portal.send(some, 0.002);
        sends += some.length;
        for (let i = 0; i < 50; i += 1) await Promise.all([busy.set('cache', 'x'.repeat(300)), busy.zadd('unacked', i, `${i}`)]);
      }
    });
    busy.disconnect();
    expect(figures.sendsPerSecond.value! * seconds).toBeCloseTo(sends, 6);
    expect(figures).toMatchObject({
      processes: { value: 2 },
      connections: { value: 9 },
      groups: { value: 2 },
      memberships: { value: 9 },
      capacity: { value: 5 },
      messageBytes: { value: null, reason: expect.stringContaining('other applications') },
      joinsPerSecond: { value: null },
    });
    // Two of three sends reach the full queue of the killed process.
    expect(figures.lostPerSecond.value! * seconds).toBeCloseTo((2 * sends) / 3, 0);
    expect(options.capacity).toBe(5);
    expect(findings.map(({ id }) => id)).toEqual(['queuesFull', 'deadProcesses', 'foreignTraffic']);
    expect(findings[1]!.message).toContain('1 server process takes nothing from its queue and still has 7 memberships');
  });
});

describe('a portal of channels_redis pub/sub, observed', () => {
  it('shows its groups, connections, processes and sends exactly, and does not guess its members', async () => {
    await using other = await ManagedRedis.start();
    const owner = await connectRedis(other.url);
    await owner.call('ACL', ...aclWords('redis-pubsub', 'viewer'));
    await using portal = new PythonPortal('pubsub', { hosts: [other.url], prefix: 'asgi' }, 2);
    await portal.join({ hall: [4, 3], pair: [1, 1] });
    const sends: readonly Send[] = Array.from(
      { length: 60 },
      () =>
        [
          ['hall', 7, 1],
          ['pair', 2, 1],
        ] as const,
    ).flat();
    let truth = { deliveries: 0, meanBytes: 0 };
    const url = other.url.replace('//', '//viewer:pw@');
    const { figures, findings, seconds } = await observeWhile('redis-pubsub', url, 'asgi', async () => {
      truth = await portal.send(sends, 0.003);
    });
    expect(await owner.call('ACL', 'LOG')).toEqual([]);
    owner.disconnect();
    expect(truth.deliveries).toBe(60 * 9);
    expect(figures).toMatchObject({
      processes: { value: 2, low: 2, high: 2 },
      connections: { value: 9, basis: 'counted' },
      groups: { value: 2, basis: 'counted' },
      memberships: { value: null, reason: expect.stringContaining('in the server processes') },
      deliveriesPerSecond: { value: null },
      messageBytes: { basis: 'reckoned' },
    });
    expect(figures.sendsPerSecond.value! * seconds).toBeCloseTo(120, 6);
    expect(Math.abs(figures.messageBytes.value! / truth.meanBytes - 1)).toBeLessThan(0.05);
    expect(findings).toEqual([]);
  });
});
