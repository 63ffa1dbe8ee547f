import type { Message } from '../../layers/layer.ts';
import type { Bed, ConformanceCase, Opened } from '../case.ts';
import { equal, gives, givesNothing, holds, numbered, numbers, range, redisOf, rejection, take, withFrozenRandom } from '../expect.ts';
import { SAMPLE, SAMPLE_MSGPACK, bytesOf, put } from '../wire.ts';

/* 4.3: channels_redis pub/sub. */

const ONE_LOOP = 'a Node process has one event loop';

async function groupBasics(bed: Bed, prefixes: readonly string[]): Promise<void> {
  const opened = await bed.open();
  const { layer } = opened;
  const channels: string[] = [];
  for (const prefix of prefixes) channels.push(await layer.newChannel(prefix));
  for (const channel of channels) await layer.groupAdd('test-group', channel);
  await layer.groupSend('test-group', numbered(1));
  for (const channel of channels) await gives(bed, opened, channel, [1]);
  await layer.groupDiscard('test-group', channels[1]!);
  await layer.groupSend('test-group', numbered(2));
  await gives(bed, opened, channels[0]!, [2]);
  await gives(bed, opened, channels[2]!, [2]);
  for (const channel of channels) await givesNothing(bed, opened, channel);
}

async function plainChannel(bed: Bed, message: Message): Promise<void> {
  const opened = await bed.open();
  const channel = `${bed.prefix}-general`;
  const waiting = take(bed, opened, channel);
  let arrived = false;
  void waiting.then(
    () => (arrived = true),
    () => undefined,
  );
  // Nobody says when a receive has subscribed.
  await bed.until('the message on a plain channel', async () => {
    if (!arrived) await opened.layer.send(channel, message);
    return arrived;
  });
  equal(await waiting, message, 'the message');
}

/** Every member gets a message again, after a connection was lost. */
async function reaches(bed: Bed, opened: Opened, seen: ReadonlyMap<string, unknown[]>, from: number): Promise<void> {
  let n = from;
  await bed.until('group messages to reach all members again', async () => {
    await opened.layer.groupSend('test-group', numbered((n += 1))).catch(() => undefined);
    return [...seen.values()].every((got) => got.some((value) => Number(value) > from));
  });
}

async function cutTwice(bed: Bed): Promise<void> {
  const proxy = await bed.proxy();
  const opened = await bed.open([], { hosts: [proxy.url] });
  const { layer } = opened;
  const [one, two, three] = [await layer.newChannel(), await layer.newChannel(), await layer.newChannel()];
  const seen = new Map<string, unknown[]>([one, three].map((channel) => [channel, []]));
  const unwanted: unknown[] = [];
  for (const [channel, got] of [...seen, [two, unwanted] as const]) {
    layer.consume(channel, (message) => void got.push(...numbers([message])));
    await layer.groupAdd('test-group', channel);
  }
  const cut = async (): Promise<void> => {
    const before = opened.events.filter((event) => event.kind === 'backendUp').length;
    proxy.cut();
    await bed.until('the connection to be back', () => opened.events.filter((event) => event.kind === 'backendUp').length > before);
  };
  await cut();
  await reaches(bed, opened, seen, 0);
  await layer.groupDiscard('test-group', two);
  await cut();
  const before = unwanted.length;
  await reaches(bed, opened, seen, 100_000);
  await bed.until('the discarded channel to work', async () => {
    await layer.send(two, numbered(999_999)).catch(() => undefined);
    return unwanted.at(-1) === 999_999;
  });
  equal(
    unwanted.slice(before).filter((n) => n !== 999_999),
    [],
    'group messages of the discarded channel',
  );
}

export const PUBSUB_CASES: readonly ConformanceCase[] = [
  { id: '4.3.1', behaviour: 'a layer used in a short-lived event loop closes cleanly', skip: ONE_LOOP },
  {
    id: '4.3.2',
    behaviour: 'a new channel, prefixed by the layer, gives what is sent to it',
    needs: ['pubsub-wire'],
    run: async (bed) => {
      const opened = await bed.open();
      const channel = await opened.layer.newChannel();
      holds(channel.startsWith(`${bed.prefix}specific.`) && /\.[0-9a-f]{32}$/.test(channel), `the name is ${channel}`);
      await opened.layer.send(channel, SAMPLE);
      equal(await take(bed, opened, channel), SAMPLE, 'the message');
    },
  },
  { id: '4.3.3', behaviour: 'a send from a temporary event loop reaches another', skip: ONE_LOOP },
  {
    id: '4.3.4',
    behaviour: 'three messages from another process come in order',
    needs: ['pubsub-wire'],
    run: async (bed) => {
      const [one, other] = [await bed.open(), await bed.open()];
      const channel = await one.layer.newChannel();
      for (const n of range(0, 3)) await other.layer.send(channel, numbered(n));
      await gives(bed, one, channel, [0, 1, 2]);
    },
  },
  {
    id: '4.3.5',
    behaviour: 'three messages sent without waiting come in order',
    needs: ['pubsub-wire'],
    run: async (bed) => {
      const opened = await bed.open();
      const channel = await opened.layer.newChannel();
      await Promise.all(range(0, 3).map((n) => opened.layer.send(channel, numbered(n))));
      await gives(bed, opened, channel, [0, 1, 2]);
    },
  },
  {
    id: '4.3.6',
    behaviour: 'group messages reach members with three prefixes, and no discarded one',
    needs: ['pubsub-wire'],
    run: (bed) => groupBasics(bed, ['test-gr-chan-1', 'test-gr-chan-2', 'test-gr-chan-3']),
  },
  {
    id: '4.3.7',
    behaviour: 'members with the same prefix each get the message',
    needs: ['pubsub-wire'],
    run: (bed) => groupBasics(bed, ['same', 'same', 'same']),
  },
  {
    id: '4.3.8',
    behaviour: 'a plain channel that this layer never made can be received',
    needs: ['pubsub-wire'],
    run: (bed) => plainChannel(bed, SAMPLE),
  },
  {
    id: '4.3.8b',
    behaviour: 'a bare string as message is delivered unchanged',
    needs: ['pubsub-wire'],
    run: (bed) => plainChannel(bed, 'message from no map' as unknown as Message),
  },
  {
    id: '4.3.9',
    behaviour: 'channel names do not repeat with the random seed',
    needs: ['pubsub-wire'],
    run: async (bed) => {
      const { layer } = await bed.open();
      const names = [];
      for (let i = 0; i < 3; i++) names.push(await withFrozenRandom(() => layer.newChannel()));
      equal(new Set(names).size, 3, 'different names');
    },
  },
  { id: '4.3.10', behaviour: 'the layer of an event loop points back to the whole', skip: ONE_LOOP },
  {
    id: '4.3.11',
    behaviour: 'what is published is the msgpack of the message and nothing else',
    needs: ['pubsub-wire'],
    run: async (bed) => {
      const published = await bytesOf(bed, await bed.open(), `${bed.prefix}-plain`, SAMPLE);
      equal(published.toString('hex'), SAMPLE_MSGPACK, 'what is published');
    },
  },
  {
    id: '4.3.12',
    behaviour: 'what another client publishes is read, for channels and groups',
    needs: ['pubsub-wire'],
    run: async (bed) => {
      const opened = await bed.open();
      const channel = await opened.layer.newChannel();
      await put(bed, channel, Buffer.from(SAMPLE_MSGPACK, 'hex'));
      equal(await take(bed, opened, channel), SAMPLE, 'the message to the channel');
      await opened.layer.groupAdd('chat', channel);
      await put(bed, `${bed.prefix}__group__chat`, Buffer.from(SAMPLE_MSGPACK, 'hex'));
      equal(await take(bed, opened, channel), SAMPLE, 'the message to the group');
      await opened.layer.groupDiscard('chat', channel);
      equal(await redisOf(bed).call(0, 'PUBLISH', `${bed.prefix}__group__chat`, 'x'), 0, 'subscribers of a group without members');
    },
  },
  { id: '4.3.13', behaviour: 'no layer is kept for an event loop that has ended', skip: ONE_LOOP },
  { id: '4.3.14', behaviour: 'methods of the proxy are recognised as coroutines', skip: 'types say it here: every method gives a promise' },
  {
    id: '4.3.15',
    behaviour: 'a receive with nothing to get can be aborted, and the channel still works',
    needs: ['pubsub-wire'],
    run: async (bed) => {
      const opened = await bed.open();
      const channel = await opened.layer.newChannel();
      await rejection('the receive', () => opened.layer.receive(channel, AbortSignal.timeout(50)));
      await opened.layer.send(channel, numbered(1));
      await gives(bed, opened, channel, [1]);
    },
  },
  {
    id: '4.3.16',
    behaviour: 'connections cut twice come back with their subscriptions',
    needs: ['pubsub-wire'],
    timeoutMs: 60_000,
    run: cutTwice,
  },
  {
    id: '4.3.17',
    behaviour: 'discarding a channel from a group that it never joined is no error',
    needs: ['pubsub-wire'],
    run: async (bed) => {
      const { layer } = await bed.open();
      await layer.groupDiscard('never-joined', await layer.newChannel());
      await layer.groupDiscard('never-joined', 'never-made');
    },
  },
];
