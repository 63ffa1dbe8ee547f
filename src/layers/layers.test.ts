import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { layerOptions, LAYER_NAMES, type LayerName } from '../core/layer-catalog.ts';
import { connectRedis, type RedisConnection } from '../redis/connection.ts';
import { ManagedRedis } from '../redis/managed.ts';
import { BackendError, ChannelFull, InvalidName, type ChannelLayer, type LayerEvent, type Message } from './layer.ts';
import { openLayer } from './registry.ts';

const SHARED: readonly LayerName[] = ['redis', 'redis-pubsub'];
const QUEUED: readonly LayerName[] = ['memory', 'redis'];

let server: ManagedRedis;
let admin: RedisConnection;
let deployments = 0;

beforeAll(async () => {
  server = await ManagedRedis.start();
  admin = await connectRedis(server.url);
});
afterAll(async () => {
  admin.disconnect();
  await server[Symbol.asyncDispose]();
});

interface Opened extends AsyncDisposable {
  readonly layer: ChannelLayer;
  readonly events: LayerEvent[];
  readonly prefix: string;
}

/** One layer instance; those with the same prefix are processes of one deployment. */
async function open(name: LayerName, options: readonly string[] = [], prefix = `t${deployments++}`): Promise<Opened> {
  const events: LayerEvent[] = [];
  const layer = await openLayer(name, {
    prefix,
    options: layerOptions(name, options),
    hosts: [server.url],
    onEvent: (event) => events.push(event),
  });
  return { layer, events, prefix, [Symbol.asyncDispose]: () => layer.close() };
}

/** Waits until a condition holds; the test's own limit ends it. */
async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(5);
}

async function noMessage(layer: ChannelLayer, channel: string): Promise<void> {
  await expect(layer.receive(channel, AbortSignal.timeout(150))).rejects.toThrow();
}

const text = (n: number): Message => ({ type: 'test.message', text: `m${n}` });

describe.each(LAYER_NAMES)('%s', (name) => {
  it('gives a channel what was sent to it, whole and in order', async () => {
    await using opened = await open(name);
    const { layer } = opened;
    const channel = await layer.newChannel();
    const rich: Message = {
      type: 'x',
      bytes: Uint8Array.of(0, 1, 255),
      n: 1.5,
      big: 2 ** 40,
      nil: null,
      yes: true,
      list: ['é', { a: -1 }],
    };
    for (const message of [rich, text(1), text(2), text(3)]) await layer.send(channel, message);
    const received = [];
    for (let i = 0; i < 4; i++) received.push(await layer.receive(channel));
    expect({ ...received[0], bytes: [...(received[0]!['bytes'] as Uint8Array)] }).toEqual({ ...rich, bytes: [0, 1, 255] });
    expect(received.slice(1)).toEqual([text(1), text(2), text(3)]);
  });

  it('gives a group message to its members alone', async () => {
    await using opened = await open(name);
    const { layer } = opened;
    const channels = [await layer.newChannel(), await layer.newChannel(), await layer.newChannel()] as const;
    for (const channel of channels) await layer.groupAdd('g', channel);
    await layer.groupDiscard('g', channels[1]);
    await layer.groupDiscard('never-joined', channels[1]);
    await layer.groupSend('g', text(1));
    await layer.groupSend('nobody-here', text(2));
    expect(await layer.receive(channels[0])).toEqual(text(1));
    expect(await layer.receive(channels[2])).toEqual(text(1));
    await noMessage(layer, channels[1]);
  });

  it('loses nothing to a receive that was aborted', async () => {
    await using opened = await open(name);
    const { layer } = opened;
    const channel = await layer.newChannel();
    let received = 0;
    for (let i = 0; i < 100; i++) {
      const aborted = layer.receive(channel, AbortSignal.timeout(i % 4)).then(
        () => (received += 1),
        () => undefined,
      );
      await layer.send(channel, text(i));
      await aborted;
      if (received > i) continue;
      expect(await layer.receive(channel)).toEqual(text(i));
      received += 1;
    }
    expect(received).toBe(100);
  });

  it('hands a consumer one message after another, and none while it is paused', async () => {
    await using opened = await open(name);
    const { layer } = opened;
    const channel = await layer.newChannel();
    const seen: string[] = [];
    let release: () => void = () => undefined;
    const consumer = layer.consume(channel, (message) => {
      seen.push(String(message['text']));
      return new Promise((resolve) => (release = resolve));
    });
    for (let i = 0; i < 3; i++) await layer.send(channel, text(i));
    await until(() => seen.length === 1);
    await sleep(50);
    expect(seen).toEqual(['m0']);
    consumer.pause();
    release();
    await sleep(50);
    expect(seen).toEqual(['m0']);
    consumer.resume();
    await until(() => seen.length === 2);
    release();
    await until(() => seen.length === 3);
    expect(seen).toEqual(['m0', 'm1', 'm2']);
    await consumer.close();
  });
});

describe.each(SHARED)('%s between processes', (name) => {
  it('carries group and direct messages, 10,000 in order', async () => {
    await using one = await open(name, name === 'redis' ? ['capacity=20000'] : []);
    await using other = await open(name, name === 'redis' ? ['capacity=20000'] : [], one.prefix);
    const channel = await other.layer.newChannel();
    await other.layer.groupAdd('g', channel);
    const seen: number[] = [];
    other.layer.consume(channel, (message) => void seen.push(Number(message['n'])));
    await one.layer.send(channel, { type: 't', n: -1 });
    await until(() => seen.length === 1);
    for (let n = 0; n < 10_000; n += 500) {
      await Promise.all(Array.from({ length: 500 }, (_, i) => one.layer.groupSend('g', { type: 't', n: n + i })));
    }
    await until(() => seen.length === 10_001);
    expect(seen).toEqual(Array.from({ length: 10_001 }, (_, i) => i - 1));
  });

  it('tells of a lost connection, refuses while it is away, and works again', async () => {
    await using opened = await open(name);
    const { layer, events } = opened;
    const channel = await layer.newChannel();
    await layer.groupAdd('g', channel);
    const seen: Message[] = [];
    layer.consume(channel, (message) => void seen.push(message));
    await layer.groupSend('g', text(0));
    await until(() => seen.length === 1);
    await admin.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    await admin.call('CLIENT', 'KILL', 'TYPE', 'pubsub', 'SKIPME', 'yes');
    await until(() => events.some((event) => event.kind === 'backendUp'));
    expect(events[0]).toEqual({ kind: 'backendDown' });
    await until(async () => {
      await layer.groupSend('g', text(1)).catch((error: unknown) => expect(error).toBeInstanceOf(BackendError));
      return seen.length > 1;
    });
    expect(layer.counters.reconnects).toBeGreaterThan(0);
  });
});

describe.each(QUEUED)('%s has queues', (name) => {
  it('that refuse a message beyond their capacity', async () => {
    await using opened = await open(name, ['capacity=3']);
    const { layer, events } = opened;
    const channel = await layer.newChannel();
    const plain = 'plain';
    for (let i = 0; i < 3; i++) await layer.send(plain, text(i));
    await expect(layer.send(plain, text(3))).rejects.toThrow(ChannelFull);
    expect(layer.counters.refused).toBe(1);
    await layer.groupAdd('g', channel);
    for (let i = 0; i < 5; i++) await layer.groupSend('g', text(i));
    const full = events.filter((event) => event.kind === 'overCapacity');
    expect(full.map((event) => event.message)).toEqual([text(3), text(4)]);
    expect(full.map((event) => ('queues' in event ? event.queues : event.channels))).toEqual(
      name === 'redis' ? [1, 1] : [[channel], [channel]],
    );
    expect((await layer.held()).filter((held) => held.channels.includes(channel)).map((held) => held.message)).toEqual([
      text(0),
      text(1),
      text(2),
    ]);
    for (let i = 0; i < 3; i++) expect(await layer.receive(channel)).toEqual(text(i));
    await noMessage(layer, channel);
  });

  it('whose messages expire', async () => {
    await using opened = await open(name, ['expiry=1s']);
    const { layer, events } = opened;
    const channel = await layer.newChannel();
    for (let i = 0; i < 4; i++) await layer.send(channel, text(i));
    let later = 4;
    await until(async () => {
      // Each accepted message renews the time to live of the queue: the old ones are trimmed, not forgotten with it.
      await sleep(100);
      await layer.send(channel, text(later++));
      return layer.counters.expired >= 4;
    });
    const { expired } = layer.counters;
    if (name === 'memory') {
      expect(events.map((event) => (event.kind === 'expired' ? event.message : null))).toEqual(
        Array.from({ length: expired }, (_, i) => text(i)),
      );
    } else {
      const queue = channel.slice(0, channel.indexOf('!') + 1);
      for (const event of events) expect(event).toMatchObject({ kind: 'trimmed', queue });
      expect(events.reduce((sum, event) => sum + (event.kind === 'trimmed' ? event.count : 0), 0)).toBe(expired);
    }
    expect(await layer.receive(channel)).toEqual(text(expired));
  });

  it('whose memberships end by group expiry', async () => {
    await using opened = await open(name, ['group_expiry=1s', 'capacity=100000']);
    const { layer, events } = opened;
    const channel = await layer.newChannel();
    await layer.groupAdd('g', channel);
    // In Redis the whole group may lapse by its time to live before anybody trims it.
    await layer.groupAdd('g', await layer.newChannel());
    await until(async () => {
      await layer.groupSend('g', text(0));
      return events.length > 0 || (name === 'redis' && (await admin.exists(`${opened.prefix}:group:g`)) === 0);
    });
    for (const event of events) expect(event).toMatchObject({ kind: 'groupExpired', group: 'g' });
  });

  it('and refuses names that the specification does not allow', async () => {
    await using opened = await open(name);
    const { layer } = opened;
    for (const bad of ['¯\\_(ツ)_/¯', 'a b', 'a!b!c', '', '!x', 'x'.repeat(100), 'chat\n']) {
      await expect(layer.send(bad, text(0))).rejects.toThrow(InvalidName);
      await expect(layer.groupSend(bad, text(0))).rejects.toThrow(InvalidName);
      await expect(layer.groupAdd(bad, 'fine')).rejects.toThrow(InvalidName);
    }
  });
});

describe('memory', () => {
  it('gives every member a copy of its own', async () => {
    await using opened = await open('memory');
    const { layer } = opened;
    const channels = [await layer.newChannel(), await layer.newChannel()];
    for (const channel of channels) await layer.groupAdd('g', channel);
    await layer.groupSend('g', { type: 't', list: [1] });
    const [a, b] = [await layer.receive(channels[0]!), await layer.receive(channels[1]!)];
    expect(a).toEqual(b);
    expect(a).not.toBe(b);
    expect(a['list']).not.toBe(b['list']);
  });

  it('keeps two waiters of one channel apart when one of them gives up', async () => {
    await using opened = await open('memory');
    const { layer } = opened;
    const first = layer.receive('c', AbortSignal.timeout(20));
    const second = layer.receive('c');
    await expect(first).rejects.toThrow();
    await layer.send('c', text(1));
    expect(await second).toEqual(text(1));
  });
});

describe('redis on the wire', () => {
  it('uses the keys, the times to live and the envelope of channels_redis', async () => {
    await using opened = await open('redis');
    const { layer, prefix } = opened;
    const channel = await layer.newChannel();
    expect(channel).toMatch(/^specific\.[0-9a-f]{32}![0-9a-f]{32}$/);
    await layer.groupAdd('chat', channel);
    await layer.groupSend('chat', { type: 't' });
    await layer.send(channel, { type: 't' });
    await layer.send('plain', { type: 't' });
    const queue = `${prefix}${channel.slice(0, channel.indexOf('!') + 1)}`;
    expect(await admin.zrange(`${prefix}:group:chat`, 0, '-1')).toEqual([channel]);
    const bodies = (await admin.zrangeBuffer(queue, 0, '-1')).map((member) => member.subarray(12).toString('hex'));
    const address = Buffer.from('__asgi_channel__').toString('hex');
    const name = `d94a${Buffer.from(channel).toString('hex')}`;
    expect(bodies).toEqual([`82a474797065a174b0${address}91${name}`, `82a474797065a174b0${address}${name}`]);
    expect((await admin.zrangeBuffer(`${prefix}plain`, 0, '-1')).map((member) => member.subarray(12).toString('hex'))).toEqual([
      '81a474797065a174',
    ]);
    await layer.receive(channel);
    const keys = await admin.keys(`${prefix}*`);
    expect(keys.length).toBeGreaterThanOrEqual(3);
    for (const key of keys) expect(await admin.ttl(key), key).toBeGreaterThan(0);
  });

  it('counts capacity for the queue of a process, and one entry for all its members', async () => {
    await using opened = await open('redis', ['capacity=2']);
    const { layer } = opened;
    const channels = [await layer.newChannel(), await layer.newChannel(), await layer.newChannel()];
    for (const channel of channels) await layer.groupAdd('g', channel);
    await layer.groupSend('g', text(1));
    await layer.send(channels[0]!, text(2));
    await expect(layer.send(channels[1]!, text(3))).rejects.toThrow(ChannelFull);
  });

  it('drops the oldest messages of a paused consumer, tells which, and spares its neighbour', async () => {
    await using opened = await open('redis', ['capacity=10']);
    const { layer, events } = opened;
    const [slow, fast] = [await layer.newChannel(), await layer.newChannel()];
    for (const channel of [slow, fast]) await layer.groupAdd('g', channel);
    const seen: string[] = [];
    layer.consume(fast, (message) => void seen.push(String(message['text'])));
    const late: string[] = [];
    const paused = layer.consume(slow, (message) => void late.push(String(message['text'])));
    paused.pause();
    for (let i = 0; i < 25; i++) {
      await layer.groupSend('g', text(i));
      await until(() => seen.length === i + 1);
    }
    const dropped = events.filter((event) => event.kind === 'bufferOverflow');
    expect(dropped.map((event) => [event.channel, event.message['text']])).toEqual(Array.from({ length: 15 }, (_, i) => [slow, `m${i}`]));
    paused.resume();
    expect(late).toEqual(Array.from({ length: 10 }, (_, i) => `m${i + 15}`));
  });

  it('refuses to receive on a channel of another process', async () => {
    await using one = await open('redis');
    await using other = await open('redis', [], one.prefix);
    await expect(other.layer.receive(await one.layer.newChannel())).rejects.toThrow(InvalidName);
  });

  it('loses only a message that cannot be decoded', async () => {
    await using opened = await open('redis');
    const { layer, events, prefix } = opened;
    const channel = await layer.newChannel();
    await admin.zadd(`${prefix}${channel.slice(0, channel.indexOf('!') + 1)}`, Date.now() / 1000 - 5, 'poison');
    await layer.send(channel, text(1));
    expect(await layer.receive(channel)).toEqual(text(1));
    expect(events.map((event) => event.kind)).toEqual(['decodeError']);
  });

  it('issues 16 commands for a group_send and its receive, in 8 round trips', async () => {
    await using opened = await open('redis');
    const { layer } = opened;
    const channel = await layer.newChannel();
    await layer.groupAdd('g', channel);
    let received = 0;
    layer.consume(channel, () => void (received += 1));
    await layer.groupSend('g', text(0));
    await until(() => received === 1);
    const before = layer.counters.roundTrips;
    await admin.config('RESETSTAT');
    for (let i = 0; i < 50; i++) {
      await layer.groupSend('g', text(i));
      await until(() => received === i + 2);
    }
    const calls = (await admin.info('commandstats')).matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm);
    const total = [...calls].filter(([, command]) => !/config|info/.test(command!)).reduce((sum, [, , count]) => sum + Number(count), 0);
    expect(total / 50).toBeGreaterThan(15.5);
    expect(total / 50).toBeLessThan(16.5);
    expect((layer.counters.roundTrips - before) / 50).toBeCloseTo(8, 0);
  });
});

describe('redis-pubsub on the wire', () => {
  it('names its channels as channels_redis does', async () => {
    await using opened = await open('redis-pubsub');
    const { layer, prefix } = opened;
    const channel = await layer.newChannel();
    expect(channel).toMatch(new RegExp(`^${prefix}specific\\.[0-9a-f]{32}$`));
    await layer.groupAdd('chat', channel);
    expect(await admin.publish(`${prefix}__group__chat`, Buffer.from('83a161c3a162c0a16381a16490', 'hex'))).toBe(1);
    expect(await layer.receive(channel)).toEqual({ a: true, b: null, c: { d: [] } });
    await layer.groupDiscard('chat', channel);
    expect(await admin.publish(`${prefix}__group__chat`, 'x')).toBe(0);
    await expect(layer.groupAdd('chat', 'never-made-here')).rejects.toThrow(InvalidName);
  });
});
