import type { Bed, ConformanceCase, Opened } from '../case.ts';
import {
  equal,
  gives,
  givesNothing,
  holds,
  numbered,
  numbers,
  range,
  redisOf,
  refused,
  refusedName,
  take,
  takeMany,
  withFrozenRandom,
} from '../expect.ts';
import { SAMPLE, SAMPLE_MSGPACK, members, tenHosts } from '../wire.ts';

/* 4.2: the wire of channels_redis core. Expiry and buffers are in core-time.ts. */

async function threeMembers(bed: Bed, opened: Opened, prefixes: readonly string[]): Promise<void> {
  const { layer } = opened;
  const channels: string[] = [];
  for (const prefix of prefixes) channels.push(await layer.newChannel(prefix));
  for (const channel of channels) await layer.groupAdd('test-group', channel);
  for (const n of [1, 2]) await layer.groupSend('test-group', numbered(n));
  for (const channel of channels) await gives(bed, opened, channel, [1, 2]);
  await layer.groupDiscard('test-group', channels[1]!);
  await layer.groupSend('test-group', numbered(3));
  await gives(bed, opened, channels[0]!, [3]);
  await gives(bed, opened, channels[2]!, [3]);
  for (const channel of channels) await givesNothing(bed, opened, channel);
}

const PREFIXES = ['test-gr-chan-1', 'test-gr-chan-2', 'test-gr-chan-3'];

async function reachesManyOverTenHosts(bed: Bed): Promise<void> {
  const opened = await bed.open([], { hosts: tenHosts(bed) });
  const { layer } = opened;
  let last = 0;
  for (const members of [1, 10, 100]) {
    const group = `of-${members}`;
    const channels: string[] = [];
    for (const n of range(0, members)) channels.push(await layer.newChannel(`perf-${members}-${n}`));
    await Promise.all(channels.map((channel) => layer.groupAdd(group, channel)));
    const startedMs = performance.now();
    await layer.groupSend(group, numbered((last += 1)));
    await Promise.all(channels.map((channel) => gives(bed, opened, channel, [last])));
    bed.note(`${members} members in ${Math.round(performance.now() - startedMs)} ms`);
  }
}

/** Queues that refused a message, for each event. */
function fullQueues(opened: Opened): readonly number[] {
  return opened.events.flatMap((event) => {
    if (event.kind !== 'overCapacity') return [];
    return ['queues' in event ? event.queues : event.channels.length];
  });
}

async function fullQueueOfOne(bed: Bed): Promise<void> {
  const opened = await bed.open(['capacity=3']);
  const channel = await opened.layer.newChannel();
  await opened.layer.groupAdd('test-group', channel);
  for (const n of range(0, 4)) await opened.layer.groupSend('test-group', numbered(n));
  equal(fullQueues(opened), [1], 'full queues of each event');
  await gives(bed, opened, channel, [0, 1, 2]);
  await givesNothing(bed, opened, channel);
}

async function fullQueueOfTwo(bed: Bed): Promise<void> {
  const opened = await bed.open(['capacity=3']);
  const { layer } = opened;
  const [one, two] = [await layer.newChannel('one'), await layer.newChannel('two')];
  for (const channel of [one, two]) await layer.groupAdd('test-group', channel);
  await layer.send(one, numbered(9));
  for (const n of [1, 2, 3]) await layer.groupSend('test-group', numbered(n));
  equal(fullQueues(opened), [1], 'full queues of each event');
  await gives(bed, opened, one, [9, 1, 2]);
  await gives(bed, opened, two, [1, 2, 3]);
}

async function abortedReceives(bed: Bed): Promise<void> {
  const opened = await bed.open(['capacity=30']);
  const { layer } = opened;
  const channel = await layer.newChannel();
  const seen: unknown[] = [];
  const total = 101;
  for (const n of range(0, total)) {
    const abort = new AbortController();
    const received = layer.receive(channel, AbortSignal.any([abort.signal, bed.signal])).then(
      (message) => void seen.push(...numbers([message])),
      () => undefined,
    );
    await layer.send(channel, numbered(n));
    if (n >= 10) await new Promise((resolve) => setTimeout(resolve, n / 10));
    abort.abort();
    await bed.within('an aborted receive', received);
  }
  bed.note(`${total - seen.length} of ${total} receives were aborted without a message`);
  const rest = numbers(await takeMany(bed, opened, channel, total - seen.length));
  equal([...seen, ...rest], range(0, total), 'messages');
}

async function plainMember(bed: Bed): Promise<void> {
  const opened = await bed.open(['capacity=3']);
  await opened.layer.groupAdd('test-group', 'plain');
  for (const n of range(0, 5)) await opened.layer.groupSend('test-group', numbered(n));
  equal(fullQueues(opened), [1, 1], 'full queues of each event');
  await gives(bed, opened, 'plain', [0, 1, 2]);
}

async function groupKeyOf(bed: Bed, prefix: string): Promise<void> {
  const { layer } = await bed.open([], { prefix });
  const channel = await layer.newChannel();
  await layer.groupAdd('test_group', channel);
  const key = `${prefix}:group:test_group`;
  equal(String(await redisOf(bed).call(0, 'TYPE', key)), 'zset', `type of ${key}`);
  equal((await members(bed, key)).map(String), [channel], `members of ${key}`);
}

export const CORE_CASES: readonly ConformanceCase[] = [
  {
    id: '4.2.1',
    behaviour: 'a plain channel gives what was sent to it',
    needs: ['core-wire'],
    run: async (bed) => {
      const opened = await bed.open();
      await opened.layer.send('test-channel-1', SAMPLE);
      equal(await take(bed, opened, 'test-channel-1'), SAMPLE, 'the message');
    },
  },
  { id: '4.2.2', behaviour: 'channels are received from two event loops, one after the other', skip: 'a Node process has one event loop' },
  {
    id: '4.2.3',
    behaviour: 'capacity 3: the fourth message to a plain channel is refused',
    needs: ['core-wire'],
    run: async (bed) => {
      const opened = await bed.open(['capacity=3']);
      for (const n of range(0, 3)) await opened.layer.send('plain', numbered(n));
      await refused('the fourth send', 'ChannelFull', () => opened.layer.send('plain', numbered(3)));
    },
  },
  {
    id: '4.2.4',
    behaviour: 'channel_capacity one:1: the second message to `one` is refused',
    needs: ['core-wire'],
    run: async (bed) => {
      const { layer } = await bed.open(['channel_capacity=one:1']);
      for (const channel of ['one', 'two', 'two']) await layer.send(channel, numbered(1));
      await refused('the second send to one', 'ChannelFull', () => layer.send('one', numbered(2)));
    },
  },
  {
    id: '4.2.5',
    behaviour: 'a specific channel gives what was sent to it, without its address',
    needs: ['core-wire'],
    run: async (bed) => {
      const opened = await bed.open();
      const channel = await opened.layer.newChannel();
      holds(/^specific\.[0-9a-f]{32}![0-9a-f]{32}$/.test(channel), `the name is ${channel}`);
      await opened.layer.send(channel, SAMPLE);
      equal(await take(bed, opened, channel), SAMPLE, 'the message');
    },
  },
  {
    id: '4.2.6',
    behaviour: 'three messages to a plain channel come in order',
    needs: ['core-wire'],
    run: async (bed) => {
      const opened = await bed.open();
      for (const n of range(0, 3)) await opened.layer.send('plain', numbered(n));
      await gives(bed, opened, 'plain', [0, 1, 2]);
    },
  },
  {
    id: '4.2.7',
    behaviour: 'a bad channel name is a TypeError on send and on receive',
    needs: ['core-wire'],
    run: async (bed) => {
      const { layer } = await bed.open();
      await refusedName('send', 'Channel', () => layer.send('¯\\_(ツ)_/¯', numbered(1)));
      await refusedName('receive', 'Channel', () => layer.receive('¯\\_(ツ)_/¯', bed.signal));
    },
  },
  {
    id: '4.2.8',
    behaviour: "another process' specific channel cannot be received",
    needs: ['core-wire'],
    run: async (bed) => {
      const [one, other] = [await bed.open(), await bed.open()];
      const channel = await one.layer.newChannel();
      await refused('receive', 'InvalidName', () => other.layer.receive(channel, bed.signal));
      await refused('receive', 'InvalidName', () => one.layer.receive(`specific.${'0'.repeat(32)}!x`, bed.signal));
    },
  },
  {
    id: '4.2.9',
    behaviour: 'group messages reach members with three prefixes, and no discarded one',
    needs: ['core-wire'],
    run: async (bed) => threeMembers(bed, await bed.open(), PREFIXES),
  },
  { id: '4.2.10', behaviour: 'group_send skips a full plain member without an error', needs: ['core-wire'], run: plainMember },
  {
    id: '4.2.11',
    behaviour: '10 hosts: group messages reach their members, and no discarded one',
    needs: ['core-wire'],
    run: async (bed) => threeMembers(bed, await bed.open([], { hosts: tenHosts(bed) }), PREFIXES),
  },
  {
    id: '4.2.12',
    behaviour: 'members that share a prefix, and so a queue, each get the message',
    needs: ['core-wire'],
    run: async (bed) => threeMembers(bed, await bed.open(), ['specific', 'specific', 'specific']),
  },
  {
    id: '4.2.13',
    behaviour: '10 hosts: a group message reaches 1, 10 and 100 members',
    needs: ['core-wire'],
    timeoutMs: 60_000,
    run: reachesManyOverTenHosts,
  },
  { id: '4.2.14', behaviour: 'capacity 3: the fourth group message is dropped, and told', needs: ['core-wire'], run: fullQueueOfOne },
  { id: '4.2.15', behaviour: 'only the full one of two queues drops the message, and is told', needs: ['core-wire'], run: fullQueueOfTwo },
  { id: '4.2.16', behaviour: 'group_send from a new event loop each time', skip: 'a Node process has one event loop' },
  {
    id: '4.2.17',
    behaviour: 'receives aborted after 0 to 10 ms neither block, nor pile up, nor lose',
    needs: ['core-wire'],
    timeoutMs: 60_000,
    run: abortedReceives,
  },
  {
    id: '4.2.18',
    behaviour: 'channel names do not repeat with the random seed',
    needs: ['core-wire'],
    run: async (bed) => {
      const { layer } = await bed.open();
      const names = [];
      for (let i = 0; i < 3; i++) names.push(await withFrozenRandom(() => layer.newChannel()));
      equal(new Set(names).size, 3, 'different names');
    },
  },
  {
    id: '4.2.19',
    behaviour: 'client prefixes do not repeat with the random seed',
    needs: ['core-wire'],
    run: async (bed) => {
      const prefixes = new Set<string>();
      for (let i = 0; i < 3; i++) {
        const { layer } = await withFrozenRandom(() => bed.open());
        prefixes.add((await layer.newChannel()).split('!', 1)[0]!);
      }
      equal(prefixes.size, 3, 'different prefixes');
    },
  },
  {
    id: '4.2.24',
    behaviour: 'the key of a group is `PREFIX:group:NAME`',
    needs: ['core-wire'],
    run: (bed) => groupKeyOf(bed, bed.prefix),
  },
  {
    id: '4.2.25',
    behaviour: 'so it is with a prefix of its own',
    needs: ['core-wire'],
    run: (bed) => groupKeyOf(bed, `${bed.prefix}-test_prefix`),
  },
  {
    id: '4.2.27',
    behaviour: 'a member is 12 random bytes and the msgpack of its message',
    needs: ['core-wire'],
    run: async (bed) => {
      const { layer } = await bed.open();
      for (let i = 0; i < 2; i++) await layer.send('plain', SAMPLE);
      const stored = await members(bed, `${bed.prefix}plain`);
      equal(
        stored.map((member) => member.subarray(12).toString('hex')),
        [SAMPLE_MSGPACK, SAMPLE_MSGPACK],
        'what follows 12 bytes',
      );
      holds(!stored[0]!.subarray(0, 12).equals(stored[1]!.subarray(0, 12)), 'two members begin with the same 12 bytes');
    },
  },
  {
    id: '4.2.28',
    behaviour: 'a member that another client has stored is read',
    needs: ['core-wire'],
    run: async (bed) => {
      const opened = await bed.open();
      const member = Buffer.from(`${'61'.repeat(12)}${SAMPLE_MSGPACK}`, 'hex');
      await redisOf(bed).call(0, 'ZADD', `${bed.prefix}plain`, '1700000000.5', member);
      equal(await take(bed, opened, 'plain'), SAMPLE, 'the message');
    },
  },
];
