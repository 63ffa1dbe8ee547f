import { setTimeout as sleep } from 'node:timers/promises';
import type { Bed, ConformanceCase } from '../case.ts';
import { equal, gives, holds, numbered, numbers, range, redisOf } from '../expect.ts';
import { keysOf } from '../wire.ts';

/* 4.5: several processes, several hosts, and lost connections. */

/** Seconds that each key has to live; -1 for ever. */
async function lifetimes(bed: Bed): Promise<ReadonlyMap<string, number>> {
  const found = new Map<string, number>();
  for (const key of await keysOf(bed, bed.prefix)) found.set(key, Number(await redisOf(bed).call(0, 'TTL', key)));
  return found;
}

async function keysEnd(bed: Bed): Promise<void> {
  const proxy = await bed.proxy();
  const options = ['expiry=60s', 'group_expiry=1h', 'capacity=1000'];
  const [dying, sender] = [await bed.open(options, { hosts: [proxy.url] }), await bed.open(options)];
  const channel = await dying.layer.newChannel();
  await dying.layer.groupAdd('g', channel);
  await sender.layer.groupSend('g', numbered(0));
  const queue = `${bed.prefix}${channel.slice(0, channel.indexOf('!') + 1)}`;
  const alive = await lifetimes(bed);
  const within = (key: string, from: number, to: number): void => {
    const seconds = alive.get(key) ?? Number.NaN;
    holds(seconds > from && seconds <= to, `${key} lives for ${seconds} s, wanted ${from} to ${to}`);
  };
  within(queue, 30, 60);
  within(`${bed.prefix}:group:g`, 1800, 3600);
  let received = 0;
  dying.layer.consume(channel, () => void (received += 1));
  let over = false;
  const traffic = (async () => {
    for (let n = 1; !over && n < 900; n++) await sender.layer.groupSend('g', numbered(n));
  })();
  await bed.until('messages to flow', () => received > 20);
  await proxy.refuse();
  over = true;
  await bed.within('the sender', traffic);
  const forever = [...(await lifetimes(bed))].filter(([, seconds]) => seconds === -1).map(([key]) => key);
  equal(forever, [], 'keys without an end, after a process was killed');
}

async function readersOfPlain(bed: Bed): Promise<void> {
  const [one, two, sender] = [await bed.open(['capacity=1000']), await bed.open(['capacity=1000']), await bed.open(['capacity=1000'])];
  const total = 300;
  const channel = `${bed.prefix}-work`;
  const seen: readonly unknown[][] = [[], []];
  const consumers = [one, two].map(({ layer }, i) => layer.consume(channel, (message) => void seen[i]!.push(...numbers([message]))));
  if (bed.has('pubsub-wire')) {
    await bed.until('both to have subscribed', async () => {
      await sender.layer.send(channel, numbered(-0));
      return seen.every((got) => got.length > 0);
    });
  }
  for (const n of range(1, total)) await sender.layer.send(channel, numbered(n));
  const all = range(bed.has('pubsub-wire') ? 1 : 1, total);
  const has = (got: ReadonlySet<unknown>): boolean => all.every((n) => got.has(n));
  // Pub/sub is a broadcast: each reader gets each message. A queue gives each message to one, or to both.
  await bed.until('every message to arrive', () =>
    bed.has('pubsub-wire') ? seen.every((got) => has(new Set(got))) : has(new Set(seen.flat())),
  );
  const count = seen.flat().filter((n) => n !== 0).length;
  if (bed.has('pubsub-wire')) equal(count, 2 * all.length, 'messages that both readers got');
  else bed.note(`${count - all.length} duplicates of ${all.length} messages with 2 readers`);
  await Promise.all(consumers.map((consumer) => consumer.close()));
}

async function idle(bed: Bed): Promise<void> {
  const [one, other] = [await bed.open(), await bed.open()];
  const channel = await one.layer.newChannel();
  const seen: unknown[] = [];
  one.layer.consume(channel, (message) => void seen.push(...numbers([message])));
  await sleep(12_000, undefined, { signal: bed.signal });
  await other.layer.send(channel, numbered(1));
  await bed.until('the message after 12 idle seconds', () => seen.length > 0);
  equal([seen, one.events], [[1], []], 'messages and events');
}

async function shardedSends(bed: Bed): Promise<void> {
  const hosts = range(0, 4).map((database) => redisOf(bed).url(database));
  const [one, other] = [await bed.open([], { hosts }), await bed.open([], { hosts })];
  for (const n of range(0, 40)) {
    const channel = await one.layer.newChannel(`shard${n}`);
    await other.layer.send(channel, numbered(n));
    await gives(bed, one, channel, [n]);
  }
}

async function tellsOfOutage(bed: Bed): Promise<void> {
  const proxy = await bed.proxy();
  const { layer, events } = await bed.open(['on_disconnect=redis.disconnect', 'on_reconnect=redis.reconnect'], { hosts: [proxy.url] });
  const seen = new Map<string, unknown[]>();
  for (const _ of range(0, 2)) {
    const channel = await layer.newChannel();
    const got: unknown[] = [];
    seen.set(channel, got);
    layer.consume(channel, (message) => void got.push(message['type']));
  }
  const all = (types: readonly string[]): boolean => [...seen.values()].every((got) => got.join() === types.join());
  await proxy.refuse();
  await bed.until('redis.disconnect in every channel', () => all(['redis.disconnect']));
  await proxy.accept();
  await bed.until('redis.reconnect in every channel', () => all(['redis.disconnect', 'redis.reconnect']));
  equal(
    events.map((event) => event.kind),
    ['backendDown', 'backendUp'],
    'events',
  );
}

async function rejoins(bed: Bed): Promise<void> {
  const proxy = await bed.proxy();
  const [member, sender] = [await bed.open(['on_reconnect=rejoin'], { hosts: [proxy.url] }), await bed.open()];
  const [stays, leaves] = [await member.layer.newChannel(), await member.layer.newChannel()];
  const seen: unknown[] = [];
  const unwanted: unknown[] = [];
  member.layer.consume(stays, (message) => void seen.push(...numbers([message])));
  member.layer.consume(leaves, (message) => void unwanted.push(...numbers([message])));
  for (const channel of [stays, leaves]) await member.layer.groupAdd('g', channel);
  await member.layer.groupDiscard('g', leaves);
  await proxy.refuse();
  await redisOf(bed).call(0, 'DEL', `${bed.prefix}:group:g`);
  await proxy.accept();
  let n = 0;
  await bed.until('a group message to the member that has joined again', async () => {
    await sender.layer.groupSend('g', numbered((n += 1)));
    return seen.length > 0;
  });
  equal(unwanted, [], 'messages of the discarded channel');
}

async function refusesWhileAway(bed: Bed): Promise<void> {
  const proxy = await bed.proxy();
  const { layer, events } = await bed.open([], { hosts: [proxy.url] });
  const channel = await layer.newChannel();
  const seen: unknown[] = [];
  layer.consume(channel, (message) => void seen.push(...numbers([message])));
  await proxy.refuse();
  await bed.until('the loss to be told', () => events.length > 0);
  let error: unknown = null;
  await layer.send(channel, numbered(1)).catch((reason: unknown) => (error = reason));
  equal(error instanceof Error ? error.name : error, 'BackendError', 'what a send gave while Redis was away');
  await proxy.accept();
  await bed.until('a message after Redis was back', async () => {
    await layer.send(channel, numbered(2)).catch(() => undefined);
    return seen.length > 0;
  });
  equal(new Set(seen), new Set([2]), 'messages');
}

export const NOT_UPSTREAM_SHARED_CASES: readonly ConformanceCase[] = [
  {
    id: '4.5.f',
    behaviour: 'every key has an end, also after a process was killed',
    needs: ['core-wire'],
    timeoutMs: 60_000,
    run: keysEnd,
  },
  { id: '4.5.g', behaviour: 'two readers of a plain channel miss nothing', needs: ['wire'], timeoutMs: 60_000, run: readersOfPlain },
  { id: '4.5.i', behaviour: 'after 12 idle seconds a message arrives', needs: ['shared'], timeoutMs: 60_000, run: idle },
  { id: '4.5.l', behaviour: 'with 4 hosts, direct messages reach another process', needs: ['wire'], timeoutMs: 60_000, run: shardedSends },
  { id: '4.5.o', behaviour: 'a lost and found Redis is told to every local channel', needs: ['pubsub-wire'], run: tellsOfOutage },
  { id: '4.5.p', behaviour: 'memberships that Redis lost while it was away are renewed', needs: ['core-wire'], run: rejoins },
  { id: '4.5.q', behaviour: 'while Redis is away a send fails, and is not made up for later', needs: ['wire'], run: refusesWhileAway },
];
