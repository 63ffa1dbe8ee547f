import type { Redis } from 'ioredis';
import { groupKey, inflightKey, queueKey } from '../src/layers/redis-keys.ts';
import { copyOf } from '../src/layers/memory.ts';
import { GROUP_SEND } from '../src/layers/redis-fast-scripts.ts';
import { MSGPACK_KEY } from '../src/layers/wire-format.ts';
import { GROUP_SEND_SCRIPT, RESTORE_SCRIPT } from '../src/layers/redis-scripts.ts';
import type { LayerCase } from './layer-case.ts';

/*
 * What a layer is measured against: loops over ioredis that issue the layer's commands with ready-made bytes, look at
 * no reply that they need not, and call a function per delivery, which counts.
 */
const POP_SECONDS = 5;
const BATCH = 256;
const CAPACITY = 1_000_000;
const EXPIRY_SECONDS = 60;
const PREFIX = 'bare';

/** The commands of `redis`: a group_send in 4 round trips, a receive in 4. */
export async function bareRedis(connect: () => Promise<Redis>, members: number, payload: Buffer): Promise<LayerCase> {
  const [sender, reader] = [await connect(), await connect()];
  const names = Array.from({ length: members }, (_, i) => `specific.${'0'.repeat(32)}!${String(i).padStart(32, '0')}`);
  const queue = queueKey(PREFIX, names[0]!);
  const inflight = inflightKey(queue);
  const group = groupKey(PREFIX, 'g');
  await sender.zadd(group, ...names.flatMap((name) => [1, name]));
  let n = 0;
  const callbacks = names.map(() => (): void => onDelivery(1));
  let ended = false;
  let onDelivery: (count: number) => void = () => undefined;
  const read = async (): Promise<void> => {
    await reader.eval(RESTORE_SCRIPT, 0, queue, inflight);
    const popped = await reader.bzpopminBuffer(queue, POP_SECONDS);
    if (popped === null) return;
    const [, member, score] = popped;
    const stored = reader.zadd(inflight, score!, member!);
    void reader.expire(inflight, EXPIRY_SECONDS);
    await stored;
    await reader.zpopmin(inflight);
    for (const callback of callbacks) callback();
  };
  const loop = (async (): Promise<void> => {
    while (!ended) await read().catch(() => (ended = true));
  })();
  return {
    members,
    send: async () => {
      n += 1;
      const envelope = Buffer.from(payload);
      envelope.writeUInt32BE(n, 0);
      await sender.zremrangebyscore(group, 0, 0);
      await sender.zrange(group, 0, '-1');
      await sender.multi().zremrangebyscore(queue, 0, 0).exec();
      await sender.eval(GROUP_SEND_SCRIPT, 1, queue, envelope, CAPACITY, n, EXPIRY_SECONDS);
    },
    onDelivery: (listener) => (onDelivery = listener),
    end: async () => {
      ended = true;
      reader.disconnect();
      await loop;
      sender.disconnect();
    },
  };
}

/** The commands of `redis-fast`: one script a group_send; a batch and a blocking pop a receive. */
export async function bareRedisFast(connect: () => Promise<Redis>, members: number, payload: Buffer): Promise<LayerCase> {
  const [sender, reader] = [await connect(), await connect()];
  const prefix = 'bare-fast';
  const names = Array.from({ length: members }, (_, i) => `specific.${'0'.repeat(32)}!${String(i).padStart(32, '0')}`);
  const queue = queueKey(prefix, names[0]!);
  const group = groupKey(prefix, 'g');
  await sender.zadd(group, ...names.flatMap((name) => [1, name]));
  const digest = (await sender.script('LOAD', GROUP_SEND)) as string;
  let n = 0;
  let ended = false;
  let onDelivery: (count: number) => void = () => undefined;
  const callbacks = names.map(() => (): void => onDelivery(1));
  const deliver = (): void => {
    for (const callback of callbacks) callback();
  };
  const loop = (async (): Promise<void> => {
    while (!ended) {
      const batch = reader.zpopminBuffer(queue, BATCH);
      const next = reader.bzpopminBuffer(queue, POP_SECONDS).catch(() => null);
      const popped = await batch.catch(() => []);
      for (let i = 0; i < popped.length; i += 2) deliver();
      if ((await next) !== null) deliver();
    }
  })();
  return {
    members,
    send: async () => {
      n += 1;
      const head = Buffer.from(payload);
      head.writeUInt32BE(n, 0);
      await sender.evalsha(digest, 1, group, 0, prefix, head, MSGPACK_KEY, CAPACITY, n, EXPIRY_SECONDS, 0);
    },
    onDelivery: (listener) => (onDelivery = listener),
    end: async () => {
      ended = true;
      reader.disconnect();
      await loop;
      sender.disconnect();
    },
  };
}

/** A loop over callbacks, each with a copy of its own. */
export async function bareMemory(members: number, bytes: number): Promise<LayerCase> {
  let onDelivery: (count: number) => void = () => undefined;
  const callbacks = Array.from(
    { length: members },
    () =>
      (message: unknown): void =>
        onDelivery(message === undefined ? 0 : 1),
  );
  const payload = new Uint8Array(bytes);
  return {
    members,
    send: async (n) => {
      const message = { type: 'bench.message', n, bytes: payload };
      for (const callback of callbacks) callback(copyOf(message));
    },
    onDelivery: (listener) => (onDelivery = listener),
    end: async () => undefined,
  };
}

/** The commands of `redis-pubsub`: PUBLISH, and a subscription. */
export async function barePubSub(connect: () => Promise<Redis>, members: number, payload: Buffer): Promise<LayerCase> {
  const [sender, subscriber] = [await connect(), await connect()];
  let onDelivery: (count: number) => void = () => undefined;
  const callbacks = Array.from({ length: members }, () => (): void => onDelivery(1));
  await subscriber.subscribe(`${PREFIX}__group__g`);
  subscriber.on('messageBuffer', () => {
    for (const callback of callbacks) callback();
  });
  return {
    members,
    send: async () => void (await sender.publish(`${PREFIX}__group__g`, payload)),
    onDelivery: (listener) => (onDelivery = listener),
    end: async () => {
      sender.disconnect();
      subscriber.disconnect();
    },
  };
}
