import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { LAYER_NAMES, type LayerName } from '../../src/model/layers.ts';
import { BackendError, ChannelFull, InvalidName, type Message } from '../../src/layers/layer.ts';
import { LayerBed, noMessage, numbered, textOf, until } from './layer-bed.ts';

const SHARED: readonly LayerName[] = ['redis', 'redis-fast', 'redis-pubsub'];
const QUEUED: readonly LayerName[] = ['memory', 'redis', 'redis-fast'];

/** In batches of 500 at once; the conformance cases have 10,000 of a loop. */
const MESSAGES = 2500;

const bed = new LayerBed();

describe.each(LAYER_NAMES)('%s', (name) => {
  it('gives a channel what was sent to it, whole and in order', async () => {
    await using opened = await bed.open(name);
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
    for (const message of [rich, numbered(1), numbered(2), numbered(3)]) await layer.send(channel, message);
    const received = [];
    for (let i = 0; i < 4; i++) received.push(await layer.receive(channel));
    expect({ ...received[0], bytes: [...(received[0]!['bytes'] as Uint8Array)] }).toEqual({ ...rich, bytes: [0, 1, 255] });
    expect(received.slice(1)).toEqual([numbered(1), numbered(2), numbered(3)]);
  });

  it('gives a group message to its members alone', async () => {
    await using opened = await bed.open(name);
    const { layer } = opened;
    const channels = [await layer.newChannel(), await layer.newChannel(), await layer.newChannel()] as const;
    for (const channel of channels) await layer.groupAdd('g', channel);
    await layer.groupDiscard('g', channels[1]);
    await layer.groupDiscard('never-joined', channels[1]);
    await layer.groupSend('g', numbered(1));
    await layer.groupSend('nobody-here', numbered(2));
    expect(await layer.receive(channels[0])).toEqual(numbered(1));
    expect(await layer.receive(channels[2])).toEqual(numbered(1));
    await noMessage(layer, channels[1]);
  });

  it('loses nothing to a receive that was aborted', async () => {
    await using opened = await bed.open(name);
    const { layer } = opened;
    const channel = await layer.newChannel();
    let received = 0;
    for (let i = 0; i < 100; i++) {
      const aborted = layer.receive(channel, AbortSignal.timeout(i % 4)).then(
        () => (received += 1),
        () => undefined,
      );
      await layer.send(channel, numbered(i));
      await aborted;
      if (received > i) continue;
      expect(await layer.receive(channel)).toEqual(numbered(i));
      received += 1;
    }
    expect(received).toBe(100);
  });

  it('hands a consumer one message after another, and none while it is paused', async () => {
    await using opened = await bed.open(name);
    const { layer } = opened;
    const channel = await layer.newChannel();
    const seen: string[] = [];
    let release: () => void = () => undefined;
    const consumer = layer.consume(channel, (message) => {
      seen.push(textOf(message));
      return new Promise((resolve) => (release = resolve));
    });
    for (let i = 0; i < 3; i++) await layer.send(channel, numbered(i));
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
  it('carries group and direct messages, thousands in order', async () => {
    await using one = await bed.open(name, name === 'redis-pubsub' ? [] : ['capacity=20000']);
    await using other = await bed.open(name, name === 'redis-pubsub' ? [] : ['capacity=20000'], one.prefix);
    const channel = await other.layer.newChannel();
    await other.layer.groupAdd('g', channel);
    const seen: number[] = [];
    other.layer.consume(channel, (message) => void seen.push(Number(message['n'])));
    await one.layer.send(channel, { type: 't', n: -1 });
    await until(() => seen.length === 1);
    for (let n = 0; n < MESSAGES; n += 500) {
      await Promise.all(Array.from({ length: 500 }, (_, i) => one.layer.groupSend('g', { type: 't', n: n + i })));
    }
    await until(() => seen.length === MESSAGES + 1);
    expect(seen).toEqual(Array.from({ length: MESSAGES + 1 }, (_, i) => i - 1));
  });

  it('tells of a lost connection, refuses while it is away, and works again', async () => {
    await using opened = await bed.open(name);
    const { layer, events } = opened;
    const channel = await layer.newChannel();
    await layer.groupAdd('g', channel);
    const seen: Message[] = [];
    layer.consume(channel, (message) => void seen.push(message));
    await layer.groupSend('g', numbered(0));
    await until(() => seen.length === 1);
    await bed.admin.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    await bed.admin.call('CLIENT', 'KILL', 'TYPE', 'pubsub', 'SKIPME', 'yes');
    await until(() => events.some((event) => event.kind === 'backendUp'));
    expect(events[0]).toEqual({ kind: 'backendDown' });
    await until(async () => {
      await layer.groupSend('g', numbered(1)).catch((error: unknown) => expect(error).toBeInstanceOf(BackendError));
      return seen.length > 1;
    });
    expect(layer.counters.reconnects).toBeGreaterThan(0);
  });
});

describe.each(QUEUED)('%s has queues', (name) => {
  it('that refuse a message beyond their capacity', async () => {
    await using opened = await bed.open(name, ['capacity=3']);
    const { layer, events } = opened;
    const channel = await layer.newChannel();
    const plain = 'plain';
    for (let i = 0; i < 3; i++) await layer.send(plain, numbered(i));
    await expect(layer.send(plain, numbered(3))).rejects.toThrow(ChannelFull);
    expect(layer.counters.refused).toBe(1);
    await layer.groupAdd('g', channel);
    for (let i = 0; i < 5; i++) await layer.groupSend('g', numbered(i));
    const full = events.filter((event) => event.kind === 'overCapacity');
    expect(full.map((event) => event.message)).toEqual([numbered(3), numbered(4)]);
    expect(full.map((event) => ('queues' in event ? event.queues : event.channels))).toEqual(
      name !== 'memory' ? [1, 1] : [[channel], [channel]],
    );
    expect((await layer.held()).filter((held) => held.channels.includes(channel)).map((held) => held.message)).toEqual([
      numbered(0),
      numbered(1),
      numbered(2),
    ]);
    for (let i = 0; i < 3; i++) expect(await layer.receive(channel)).toEqual(numbered(i));
    await noMessage(layer, channel);
  });

  it('whose messages expire', async () => {
    await using opened = await bed.open(name, ['expiry=1s']);
    const { layer, events } = opened;
    const channel = await layer.newChannel();
    for (let i = 0; i < 4; i++) await layer.send(channel, numbered(i));
    let later = 4;
    await until(async () => {
      // Each accepted message renews the time to live of the queue: the old ones are trimmed, not forgotten with it.
      await sleep(100);
      await layer.send(channel, numbered(later++));
      return layer.counters.expired >= 4;
    });
    const { expired } = layer.counters;
    if (name === 'memory') {
      expect(events.map((event) => (event.kind === 'expired' ? event.message : null))).toEqual(
        Array.from({ length: expired }, (_, i) => numbered(i)),
      );
    } else {
      const queue = channel.slice(0, channel.indexOf('!') + 1);
      for (const event of events) expect(event).toMatchObject({ kind: 'trimmed', queue });
      expect(events.reduce((sum, event) => sum + (event.kind === 'trimmed' ? event.count : 0), 0)).toBe(expired);
    }
    expect(await layer.receive(channel)).toEqual(numbered(expired));
  });

  it('whose memberships end by group expiry', async () => {
    await using opened = await bed.open(name, ['group_expiry=1s', 'capacity=100000']);
    const { layer, events } = opened;
    const channel = await layer.newChannel();
    await layer.groupAdd('g', channel);
    // In Redis the whole group may lapse by its time to live before anybody trims it.
    await layer.groupAdd('g', await layer.newChannel());
    await until(async () => {
      await layer.groupSend('g', numbered(0));
      return events.length > 0 || (name !== 'memory' && (await bed.admin.exists(`${opened.prefix}:group:g`)) === 0);
    });
    for (const event of events) expect(event).toMatchObject({ kind: 'groupExpired', group: 'g' });
  });

  it('and refuses names that the specification does not allow', async () => {
    await using opened = await bed.open(name);
    const { layer } = opened;
    for (const bad of ['¯\\_(ツ)_/¯', 'a b', 'a!b!c', '', '!x', 'x'.repeat(100), 'chat\n']) {
      await expect(layer.send(bad, numbered(0))).rejects.toThrow(InvalidName);
      await expect(layer.groupSend(bad, numbered(0))).rejects.toThrow(InvalidName);
      await expect(layer.groupAdd(bad, 'fine')).rejects.toThrow(InvalidName);
    }
  });
});

describe('memory', () => {
  it('gives every member a copy of its own', async () => {
    await using opened = await bed.open('memory');
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
    await using opened = await bed.open('memory');
    const { layer } = opened;
    const first = layer.receive('c', AbortSignal.timeout(20));
    const second = layer.receive('c');
    await expect(first).rejects.toThrow();
    await layer.send('c', numbered(1));
    expect(await second).toEqual(numbered(1));
  });
});
