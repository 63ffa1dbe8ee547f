import { setTimeout as sleep } from 'node:timers/promises';
import type { Bed, ConformanceCase, Opened } from '../case.ts';
import { equal, gives, givesNothing, holds, numbered, numbers, range, redisOf, refused, rejection } from '../expect.ts';
import { keysOf, members, put } from '../wire.ts';

/* 4.5: what upstream does not test, on one layer instance or by its keys. Several processes and lost connections are in not-upstream-shared.ts. */

async function tightLoop(bed: Bed): Promise<void> {
  const total = 10_000;
  const { layer } = await bed.open([`capacity=${total}`]);
  const channel = await layer.newChannel();
  const seen: unknown[] = [];
  const sent = Promise.all(range(0, total).map((n) => layer.send(channel, numbered(n))));
  const consumer = layer.consume(channel, (message) => void seen.push(...numbers([message])));
  await bed.within('the sends', sent);
  await bed.until(`${total} messages`, () => seen.length >= total);
  const wrong = seen.findIndex((n, i) => n !== i);
  holds(wrong < 0, `message ${wrong} is ${String(seen[wrong])}`);
  await consumer.close();
}

async function slowAndFast(bed: Bed): Promise<void> {
  const { layer } = await bed.open(['capacity=10']);
  const [slow, fast] = [await layer.newChannel(), await layer.newChannel()];
  for (const channel of [slow, fast]) await layer.groupAdd('g', channel);
  const late: unknown[] = [];
  const paused = layer.consume(slow, (message) => void late.push(...numbers([message])));
  paused.pause();
  const seen: unknown[] = [];
  const consumer = layer.consume(fast, (message) => void seen.push(...numbers([message])));
  const total = 40;
  for (const n of range(0, total)) {
    await layer.groupSend('g', numbered(n));
    await bed.until('the fast consumer', () => seen.length > n);
  }
  equal(seen, range(0, total), 'messages of the fast consumer');
  // Core drops the oldest of the process' buffer, memory refuses the newest, pub/sub keeps all.
  const kept = bed.has('core-wire') ? range(total - 10, total) : bed.has('channel-queues') ? range(0, 10) : range(0, total);
  paused.resume();
  if (bed.has('wire') || bed.has('queues')) {
    await bed.until('what was kept for the slow consumer', () => late.length >= kept.length);
    equal(late, kept, 'messages of the slow consumer');
  }
  await Promise.all([paused.close(), consumer.close()]);
}

async function churn(bed: Bed): Promise<void> {
  const { layer } = await bed.open(['capacity=1000']);
  const total = 200;
  const seen: unknown[][] = [];
  for (const _ of range(0, 3)) {
    const channel = await layer.newChannel();
    await layer.groupAdd('g', channel);
    const got: unknown[] = [];
    seen.push(got);
    layer.consume(channel, (message) => void got.push(...numbers([message])));
  }
  let over = false;
  let visits = 0;
  const visitor = async (): Promise<void> => {
    while (!over) {
      const channel = await layer.newChannel();
      await layer.groupAdd('g', channel);
      const leave = AbortSignal.any([bed.signal, AbortSignal.timeout(visits++ % 5)]);
      await layer.receive(channel, leave).catch(() => undefined);
      await layer.groupDiscard('g', channel);
      const consumer = layer.consume(channel, () => undefined);
      await consumer.close();
    }
  };
  const visitors = Promise.all(range(0, 4).map(visitor));
  for (const n of range(0, total)) {
    await layer.groupSend('g', numbered(n));
    await sleep(1, undefined, { signal: bed.signal });
  }
  over = true;
  await bed.within('the visitors', visitors);
  await bed.until('the stable members', () => seen.every((got) => got.length >= total));
  for (const got of seen) equal(got, range(0, total), 'messages of a stable member');
  bed.note(`${visits} visits`);
}

async function twoPrefixes(bed: Bed): Promise<void> {
  const opened = await bed.open();
  const [idle, busy] = [await opened.layer.newChannel('idle'), await opened.layer.newChannel('busy')];
  const abort = new AbortController();
  const waiting = rejection('the idle receive', () => opened.layer.receive(idle, AbortSignal.any([bed.signal, abort.signal])));
  for (const n of range(0, 5)) {
    await opened.layer.send(busy, numbered(n));
    await gives(bed, opened, busy, [n]);
  }
  abort.abort();
  await waiting;
}

async function oneOfTwoWaiters(bed: Bed): Promise<void> {
  const { layer } = await bed.open();
  const channel = await layer.newChannel();
  const abort = new AbortController();
  const leaves = rejection('the aborted receive', () => layer.receive(channel, AbortSignal.any([bed.signal, abort.signal])));
  const stays = layer.receive(channel, bed.signal);
  abort.abort();
  await leaves;
  await layer.send(channel, numbered(1));
  equal(await bed.within('the other receive', stays), numbered(1), 'the message');
}

async function capacitiesByName(bed: Bed): Promise<void> {
  const { layer } = await bed.open(['capacity=2', 'channel_capacity=specific.*:5,tin?:1']);
  const wanted = { 'specific.ab!cd': 5, tiny: 1, tinyy: 2, other: 2 };
  for (const [channel, capacity] of Object.entries(wanted)) {
    for (const n of range(0, capacity)) await layer.send(channel, numbered(n));
    await refused(`message ${capacity + 1} to ${channel}`, 'ChannelFull', () => layer.send(channel, numbered(capacity)));
  }
}

async function idleChannels(bed: Bed): Promise<void> {
  const measure = async (idle: number): Promise<number> => {
    const opened = await bed.open();
    for (const n of range(0, idle)) await opened.layer.send(`idle-${n}`, numbered(n));
    let bestMs = Infinity;
    for (let attempt = 0; attempt < 5; attempt++) {
      const startedMs = performance.now();
      for (let i = 0; i < 300; i++) {
        await opened.layer.send('busy', numbered(i));
        await opened.layer.receive('busy', bed.signal);
      }
      bestMs = Math.min(bestMs, performance.now() - startedMs);
    }
    return bestMs;
  };
  await measure(10);
  const [few, many] = [await measure(10), await measure(5000)];
  bed.note(`${(many / few).toFixed(1)} times as long`);
  holds(many < 20 * few, `300 messages take ${(many / few).toFixed(0)} times as long beside 5,000 idle channels as beside 10`);
}

async function processQueueCapacity(bed: Bed): Promise<void> {
  const opened = await bed.open(['capacity=2']);
  const { layer } = opened;
  const [one, two, other] = [await layer.newChannel(), await layer.newChannel(), await layer.newChannel('other')];
  for (const channel of [one, two]) await layer.groupAdd('g', channel);
  await layer.groupSend('g', numbered(1));
  await layer.send(one, numbered(2));
  await refused('a third message to the queue', 'ChannelFull', () => layer.send(two, numbered(3)));
  await layer.send(other, numbered(4));
}

async function envelopes(bed: Bed): Promise<void> {
  const [here, there] = [await bed.open(), await bed.open()];
  const [one, two, far] = [await here.layer.newChannel(), await here.layer.newChannel(), await there.layer.newChannel()];
  for (const channel of [one, two, far]) await here.layer.groupAdd('g', channel);
  await here.layer.groupSend('g', { type: 't' });
  await here.layer.send(one, { type: 't' });
  const name = (channel: string): string => `d94a${Buffer.from(channel).toString('hex')}`;
  const body = `82a474797065a174b0${Buffer.from('__asgi_channel__').toString('hex')}`;
  const bodies = async (channel: string): Promise<readonly string[]> =>
    (await members(bed, `${bed.prefix}${channel.slice(0, channel.indexOf('!') + 1)}`)).map((member) => member.subarray(12).toString('hex'));
  equal(await bodies(one), [`${body}92${name(one)}${name(two)}`, `${body}${name(one)}`], 'members of the one queue');
  equal(await bodies(far), [`${body}91${name(far)}`], 'members of the other queue');
}

async function isolation(bed: Bed): Promise<void> {
  const prefixes = [`${bed.prefix}-a`, `${bed.prefix}-b`] as const;
  const [first, second] = [await bed.open([], { prefix: prefixes[0] }), await bed.open([], { prefix: prefixes[1] })];
  const join = async ({ layer }: Opened): Promise<string> => {
    const channel = await layer.newChannel();
    await layer.groupAdd('g', channel);
    return channel;
  };
  const [mine, theirs] = [await join(first), await join(second)];
  await second.layer.send(theirs, numbered(1));
  await first.layer.groupSend('g', numbered(2));
  const before = await keysOf(bed, prefixes[1]);
  await gives(bed, first, mine, [2]);
  await first.layer.flush();
  equal(await keysOf(bed, prefixes[1]), before, 'keys of the other layer after a flush');
  await second.layer.groupSend('g', numbered(3));
  await gives(bed, second, theirs, [1, 3]);
  await givesNothing(bed, second, theirs);
}

async function poison(bed: Bed): Promise<void> {
  const opened = await bed.open();
  const { layer, events } = opened;
  const [one, two] = [await layer.newChannel(), await layer.newChannel()];
  for (const channel of [one, two]) await layer.groupAdd('g', channel);
  const both = Promise.all([one, two].map((channel) => layer.receive(channel, bed.signal)));
  if (bed.has('core-wire'))
    await redisOf(bed).call(0, 'ZADD', `${bed.prefix}${one.slice(0, one.indexOf('!') + 1)}`, 1_700_000_000, 'poison');
  else await put(bed, `${bed.prefix}__group__g`, Buffer.from('poison'));
  await bed.until('the poison to be told', () => events.length > 0);
  await layer.groupSend('g', numbered(1));
  equal(numbers(await bed.within('both receives', both)), [1, 1], 'messages after the poison');
  equal(
    events.map((event) => event.kind),
    ['decodeError'],
    'events',
  );
}

export const NOT_UPSTREAM_CASES: readonly ConformanceCase[] = [
  { id: '4.5.a', behaviour: 'messages go to and come from Python processes', needs: ['wire'], coveredBy: 'test/interop' },
  { id: '4.5.b', behaviour: 'an envelope names one channel, or a list: one for each queue', needs: ['core-wire'], run: envelopes },
  { id: '4.5.c', behaviour: '10,000 messages of one tight loop come in order', needs: [], timeoutMs: 300_000, run: tightLoop },
  { id: '4.5.d', behaviour: 'capacity is that of a process queue', needs: ['core-wire'], run: processQueueCapacity },
  { id: '4.5.e', behaviour: 'a slow consumer loses its own messages and no others', needs: [], timeoutMs: 60_000, run: slowAndFast },
  { id: '4.5.h', behaviour: 'stable members lose nothing while others come and go', needs: [], timeoutMs: 120_000, run: churn },
  { id: '4.5.j', behaviour: 'a receive on one prefix does not starve another', needs: [], run: twoPrefixes },
  { id: '4.5.k', behaviour: 'of a message that cannot be decoded, only that is lost', needs: ['wire'], run: poison },
  { id: '4.5.m', behaviour: 'layers with different prefixes are apart, also for flush', needs: ['wire'], run: isolation },
  { id: '4.5.n1', behaviour: 'channel_capacity decides by glob, the first that fits', needs: ['queues'], run: capacitiesByName },
  { id: '4.5.n2', behaviour: 'of two receives on one channel, one aborted, the other works', needs: [], run: oneOfTwoWaiters },
  {
    id: '4.5.n3',
    behaviour: '5,000 idle channels do not slow a receive',
    needs: ['channel-queues'],
    timeoutMs: 60_000,
    run: idleChannels,
  },
];
