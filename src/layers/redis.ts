import { byShard, type Bucket } from './addressing.ts';
import { CoreLayer, openCore } from './core-layer.ts';
import { BackendError, type LayerSettings, type Message } from './layer.ts';
import type { QueueReader } from './queue-reader.ts';
import { groupKey, queueKey } from './redis-keys.ts';
import { RedisReader } from './redis-reader.ts';
import { GROUP_SEND_SCRIPT } from './redis-scripts.ts';
import type { Shard } from './shards.ts';

/** `channels_redis.core.RedisChannelLayer`, command for command and round trip for round trip. */
export class RedisLayer extends CoreLayer {
  static async open(settings: LayerSettings): Promise<RedisLayer> {
    return new RedisLayer(await openCore(settings));
  }

  protected async add({ backend, commands }: Shard, channel: string, envelope: Buffer): Promise<boolean> {
    const key = queueKey(this.prefix, channel);
    this.trimmed(key, await backend.reply(commands.zremrangebyscore(key, 0, this.oldest())));
    if ((await backend.reply(commands.zcount(key, '-inf', '+inf'))) >= this.capacities.of(channel)) return false;
    await backend.reply(commands.zadd(key, this.clock.next(), envelope));
    await backend.reply(commands.expire(key, this.expirySeconds));
    return true;
  }

  protected async join(group: string, channel: string): Promise<void> {
    const { backend, commands } = this.shards.ofGroup(group);
    const key = groupKey(this.prefix, group);
    await backend.reply(commands.zadd(key, this.clock.next(), channel));
    await backend.reply(commands.expire(key, this.groupExpirySeconds));
  }

  protected async leave(group: string, channel: string): Promise<void> {
    const { backend, commands } = this.shards.ofGroup(group);
    await backend.reply(commands.zrem(groupKey(this.prefix, group), channel));
  }

  protected async sendToGroup(group: string, message: Message): Promise<void> {
    const { backend, commands } = this.shards.ofGroup(group);
    const key = groupKey(this.prefix, group);
    const oldest = this.clock.seconds() - this.groupExpirySeconds;
    this.membersExpired(group, await backend.reply(commands.zremrangebyscore(key, 0, oldest)));
    const members = await backend.reply(commands.zrange(key, 0, '-1'));
    if (members.length === 0) return;
    const head = this.wire.head(message, true);
    for (const [shard, buckets] of byShard(this.addressing.buckets(group, members))) {
      await this.trimAll(shard, buckets);
      await this.addAll(shard, buckets, head, message);
    }
  }

  protected async startReader({ backend }: Shard, name: string): Promise<QueueReader> {
    const reader = new RedisReader({
      queue: queueKey(this.prefix, name),
      backend,
      connection: await backend.connect(),
      isWanted: () => this.local.isWaiting(name),
      onMember: (member) => this.dispatch(name, member),
      onUnread: (ms) => this.unread(name, ms),
    });
    void reader.run();
    return reader;
  }

  /** One MULTI … EXEC, sent as one pipeline. */
  private async trimAll({ backend, commands }: Shard, buckets: readonly Bucket[]): Promise<void> {
    const transaction = commands.multi();
    for (const { key } of buckets) transaction.zremrangebyscore(key, 0, this.oldest());
    const replies = await backend.reply(transaction.exec());
    replies?.forEach(([error, count], i) => {
      if (error !== null) throw new BackendError(error.message, { cause: error });
      this.trimmed(buckets[i]!.key, Number(count));
    });
  }

  private async addAll({ backend, commands }: Shard, buckets: readonly Bucket[], head: Buffer, message: Message): Promise<void> {
    const envelopes = buckets.map(({ address }) => this.wire.finish(head, address));
    const capacities = buckets.map(({ capacity }) => capacity);
    const args = [...buckets.map(({ key }) => key), ...envelopes, ...capacities, this.clock.next(), this.expirySeconds];
    const full = (await backend.reply(commands.eval(GROUP_SEND_SCRIPT, buckets.length, ...args))) as number;
    if (full === 0) return;
    this.counters.overCapacity += full;
    this.onEvent({ kind: 'overCapacity', message, queues: full });
  }

  private oldest(): number {
    return this.clock.seconds() - this.expirySeconds;
  }
}
