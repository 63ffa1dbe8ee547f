import { describe, expect, it } from 'vitest';
import { ChannelFull, InvalidName } from '../../src/layers/layer.ts';
import { LayerBed, numbered, textOf, until } from './layer-bed.ts';

const bed = new LayerBed();

describe('redis on the wire', () => {
  it('uses the keys, the times to live and the envelope of channels_redis', async () => {
    await using opened = await bed.open('redis');
    const { layer, prefix } = opened;
    const channel = await layer.newChannel();
    expect(channel).toMatch(/^specific\.[0-9a-f]{32}![0-9a-f]{32}$/);
    await layer.groupAdd('chat', channel);
    await layer.groupSend('chat', { type: 't' });
    await layer.send(channel, { type: 't' });
    await layer.send('plain', { type: 't' });
    const queue = `${prefix}${channel.slice(0, channel.indexOf('!') + 1)}`;
    expect(await bed.admin.zrange(`${prefix}:group:chat`, 0, '-1')).toEqual([channel]);
    const bodies = (await bed.admin.zrangeBuffer(queue, 0, '-1')).map((member) => member.subarray(12).toString('hex'));
    const address = Buffer.from('__asgi_channel__').toString('hex');
    const name = `d94a${Buffer.from(channel).toString('hex')}`;
    expect(bodies).toEqual([`82a474797065a174b0${address}91${name}`, `82a474797065a174b0${address}${name}`]);
    expect((await bed.admin.zrangeBuffer(`${prefix}plain`, 0, '-1')).map((member) => member.subarray(12).toString('hex'))).toEqual([
      '81a474797065a174',
    ]);
    await layer.receive(channel);
    const keys = await bed.admin.keys(`${prefix}*`);
    expect(keys.length).toBeGreaterThanOrEqual(3);
    for (const key of keys) expect(await bed.admin.ttl(key), key).toBeGreaterThan(0);
  });

  it('counts capacity for the queue of a process, and one entry for all its members', async () => {
    await using opened = await bed.open('redis', ['capacity=2']);
    const { layer } = opened;
    const channels = [await layer.newChannel(), await layer.newChannel(), await layer.newChannel()];
    for (const channel of channels) await layer.groupAdd('g', channel);
    await layer.groupSend('g', numbered(1));
    await layer.send(channels[0]!, numbered(2));
    await expect(layer.send(channels[1]!, numbered(3))).rejects.toThrow(ChannelFull);
  });

  it('drops the oldest messages of a paused consumer, tells which, and spares its neighbour', async () => {
    await using opened = await bed.open('redis', ['capacity=10']);
    const { layer, events } = opened;
    const [slow, fast] = [await layer.newChannel(), await layer.newChannel()];
    for (const channel of [slow, fast]) await layer.groupAdd('g', channel);
    const seen: string[] = [];
    layer.consume(fast, (message) => void seen.push(textOf(message)));
    const late: string[] = [];
    const paused = layer.consume(slow, (message) => void late.push(textOf(message)));
    paused.pause();
    for (let i = 0; i < 25; i++) {
      await layer.groupSend('g', numbered(i));
      await until(() => seen.length === i + 1);
    }
    const dropped = events.filter((event) => event.kind === 'bufferOverflow');
    expect(dropped.map((event) => [event.channel, event.message['text']])).toEqual(Array.from({ length: 15 }, (_, i) => [slow, `m${i}`]));
    paused.resume();
    expect(late).toEqual(Array.from({ length: 10 }, (_, i) => `m${i + 15}`));
  });

  it('refuses to receive on a channel of another process', async () => {
    await using one = await bed.open('redis');
    await using other = await bed.open('redis', [], one.prefix);
    await expect(other.layer.receive(await one.layer.newChannel())).rejects.toThrow(InvalidName);
  });

  it('loses only a message that cannot be decoded', async () => {
    await using opened = await bed.open('redis');
    const { layer, events, prefix } = opened;
    const channel = await layer.newChannel();
    await bed.admin.zadd(`${prefix}${channel.slice(0, channel.indexOf('!') + 1)}`, Date.now() / 1000 - 5, 'poison');
    await layer.send(channel, numbered(1));
    expect(await layer.receive(channel)).toEqual(numbered(1));
    expect(events.map((event) => event.kind)).toEqual(['decodeError']);
  });

  it('issues 16 commands for a group_send and its receive, in 8 round trips', async () => {
    await using opened = await bed.open('redis');
    const { layer } = opened;
    const channel = await layer.newChannel();
    await layer.groupAdd('g', channel);
    let received = 0;
    layer.consume(channel, () => void (received += 1));
    await layer.groupSend('g', numbered(0));
    await until(() => received === 1);
    const before = layer.counters.roundTrips;
    await bed.admin.config('RESETSTAT');
    for (let i = 0; i < 50; i++) {
      await layer.groupSend('g', numbered(i));
      await until(() => received === i + 2);
    }
    const calls = (await bed.admin.info('commandstats')).matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm);
    const total = [...calls].filter(([, command]) => !/config|info/.test(command!)).reduce((sum, [, , count]) => sum + Number(count), 0);
    expect(total / 50).toBeGreaterThan(15.5);
    expect(total / 50).toBeLessThan(16.5);
    expect((layer.counters.roundTrips - before) / 50).toBeCloseTo(8, 0);
  });
});

describe('redis-pubsub on the wire', () => {
  it('names its channels as channels_redis does', async () => {
    await using opened = await bed.open('redis-pubsub');
    const { layer, prefix } = opened;
    const channel = await layer.newChannel();
    expect(channel).toMatch(new RegExp(`^${prefix}specific\\.[0-9a-f]{32}$`));
    await layer.groupAdd('chat', channel);
    expect(await bed.admin.publish(`${prefix}__group__chat`, Buffer.from('83a161c3a162c0a16381a16490', 'hex'))).toBe(1);
    expect(await layer.receive(channel)).toEqual({ a: true, b: null, c: { d: [] } });
    await layer.groupDiscard('chat', channel);
    expect(await bed.admin.publish(`${prefix}__group__chat`, 'x')).toBe(0);
    await expect(layer.groupAdd('chat', 'never-made-here')).rejects.toThrow(InvalidName);
  });
});
