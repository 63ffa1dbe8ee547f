import { createHash } from 'node:crypto';
import { messageOf } from '../model/errors.ts';
import { byShard, type Bucket } from './addressing.ts';
import { BatchReader } from './batch-reader.ts';
import { CoreLayer, openCore } from './core-layer.ts';
import type { LayerSettings, Message } from './layer.ts';
import type { QueueReader } from './queue-reader.ts';
import { GROUP_SEND, SEND, SEND_ALL } from './redis-fast-scripts.ts';
import { groupKey, queueKey } from './redis-keys.ts';
import { RedisReader } from './redis-reader.ts';
import type { Shard } from './shards.ts';
import { MSGPACK_KEY } from './wire-format.ts';

type Argument = string | number | Buffer;

/** The wire of channels_redis core with the fewest round trips: one script a send, one a group_send, receives in batches. */
export class RedisFastLayer extends CoreLayer {
  static async open(settings: LayerSettings): Promise<RedisFastLayer> {
    return new RedisFastLayer(await openCore(settings));
  }

  protected async add(shard: Shard, channel: string, envelope: Buffer): Promise<boolean> {
    const key = queueKey(this.prefix, channel);
    const args = [envelope, this.capacities.of(channel), this.clock.next(), this.expirySeconds, this.oldest()];
    const [expired, full] = (await run(shard, SEND, [key], args)) as [number, number];
    this.trimmed(key, expired);
    return full === 0;
  }

  protected async join(group: string, channel: string): Promise<void> {
    const { backend, commands } = this.shards.ofGroup(group);
    const key = groupKey(this.prefix, group);
    const joined = commands.zadd(key, this.clock.next(), channel);
    commands.expire(key, this.groupExpirySeconds).catch(() => undefined);
    await backend.reply(joined);
  }

  protected async leave(group: string, channel: string): Promise<void> {
    const { backend, commands } = this.shards.ofGroup(group);
    await backend.reply(commands.zrem(groupKey(this.prefix, group), channel));
  }

  /** One step where Redis can put the envelopes together and one capacity is that of all; else the members first. */
  protected sendToGroup(group: string, message: Message): Promise<void> {
    const oneStep = this.wire.isOpen && this.shards.count === 1 && !this.capacities.vary;
    return oneStep ? this.sendInOneStep(group, message) : this.sendInTwoSteps(group, message);
  }

  private async sendInOneStep(group: string, message: Message): Promise<void> {
    const shard = this.shards.ofGroup(group);
    const answer = (await run(
      shard,
      GROUP_SEND,
      [groupKey(this.prefix, group)],
      [
        this.clock.seconds() - this.groupExpirySeconds,
        this.prefix,
        this.wire.finish(this.wire.head(message, true), null),
        MSGPACK_KEY,
        this.capacities.of(''),
        this.clock.next(),
        this.expirySeconds,
        this.oldest(),
      ],
    )) as [number, number, ...(string | number)[]];
    this.membersExpired(group, answer[0]);
    let full = 0;
    for (let at = 2; at < answer.length; at += 3) {
      this.trimmed(queueKey(this.prefix, String(answer[at])), Number(answer[at + 1]));
      full += Number(answer[at + 2]);
    }
    this.overCapacity(message, full);
  }

  private async sendInTwoSteps(group: string, message: Message): Promise<void> {
    const { backend, commands } = this.shards.ofGroup(group);
    const key = groupKey(this.prefix, group);
    const ended = commands.zremrangebyscore(key, 0, this.clock.seconds() - this.groupExpirySeconds);
    ended.catch(() => undefined);
    const members = await backend.reply(commands.zrange(key, 0, '-1'));
    this.membersExpired(group, await ended);
    if (members.length === 0) return;
    const head = this.wire.head(message, true);
    const perShard = [...byShard(this.addressing.buckets(group, members))];
    const full = await Promise.all(perShard.map(([shard, buckets]) => this.addAll(shard, buckets, head)));
    this.overCapacity(
      message,
      full.reduce((sum, count) => sum + count, 0),
    );
  }

  private async addAll(shard: Shard, buckets: readonly Bucket[], head: Buffer): Promise<number> {
    const keys = buckets.map(({ key }) => key);
    const envelopes = buckets.map(({ address }) => this.wire.finish(head, address));
    const capacities = buckets.map(({ capacity }) => capacity);
    const answer = (await run(shard, SEND_ALL, keys, [
      ...envelopes,
      ...capacities,
      this.clock.next(),
      this.expirySeconds,
      this.oldest(),
    ])) as readonly number[];
    buckets.forEach(({ key }, i) => this.trimmed(key, answer[2 * i]!));
    return buckets.reduce((full, _, i) => full + answer[2 * i + 1]!, 0);
  }

  private overCapacity(message: Message, full: number): void {
    if (full === 0) return;
    this.counters.overCapacity += full;
    this.onEvent({ kind: 'overCapacity', message, queues: full });
  }

  /** A queue that other processes may read too keeps the backup of core. */
  protected async startReader({ backend }: Shard, name: string): Promise<QueueReader> {
    const options = {
      queue: queueKey(this.prefix, name),
      backend,
      connection: await backend.connect(),
      isWanted: () => this.local.isWaiting(name),
      onMember: (member: Buffer) => this.dispatch(name, member),
      onUnread: (ms: number) => this.unread(name, ms),
    };
    const reader = name.includes('!') ? new BatchReader({ ...options, room: () => this.local.room(name) }) : new RedisReader(options);
    void reader.run();
    return reader;
  }

  private oldest(): number {
    return this.clock.seconds() - this.expirySeconds;
  }
}

const digests = new Map<string, string>();

/** Runs a script by its digest; sends it whole where Redis does not know it, as after a restart. */
async function run({ backend, commands }: Shard, script: string, keys: readonly string[], args: readonly Argument[]): Promise<unknown> {
  let digest = digests.get(script);
  if (digest === undefined) digests.set(script, (digest = createHash('sha1').update(script).digest('hex')));
  try {
    return await backend.reply(commands.evalsha(digest, keys.length, ...keys, ...args));
  } catch (error) {
    if (!messageOf(error).startsWith('NOSCRIPT')) throw error;
    return backend.reply(commands.eval(script, keys.length, ...keys, ...args));
  }
}
