import { randomUUID } from 'node:crypto';
import type { RedisConnection } from '../redis/connection.ts';
import { Backend } from './backend.ts';
import {
  BackendError,
  ChannelFull,
  InvalidName,
  zeroCounters,
  type ChannelLayer,
  type Consumer,
  type Handler,
  type HeldMessage,
  type LayerCounters,
  type LayerEvent,
  type LayerSettings,
  type Message,
} from './layer.ts';
import { LocalChannels } from './local-channels.ts';
import { checkChannelName, checkGroupName, nonLocalName } from './names.ts';
import { openEnvelope, sealEnvelope } from './redis-envelope.ts';
import { groupKey, queueKey } from './redis-keys.ts';
import { QueueReader } from './redis-reader.ts';
import { GROUP_SEND_SCRIPT } from './redis-scripts.ts';
import { ScoreClock } from './score-clock.ts';

/**
 * `channels_redis.core.RedisChannelLayer`, command for command: sorted sets in Redis, one queue per process and
 * prefix, which all its channels share, and whose capacity is counted as one. Messages are addressed in an envelope
 * and handed out by the one reader of the queue.
 */
export class RedisLayer implements ChannelLayer {
  readonly counters: LayerCounters;
  private readonly prefix: string;
  private readonly capacity: number;
  private readonly expirySeconds: number;
  private readonly groupExpirySeconds: number;
  private readonly onEvent: (event: LayerEvent) => void;
  private readonly clock = new ScoreClock();
  private readonly clientPrefix = randomUUID().replaceAll('-', '');
  private readonly backend: Backend;
  private readonly commands: RedisConnection;
  /** By non-local name: the channels of this process, and who reads their queue. */
  private readonly local: LocalChannels;
  private readonly readers = new Map<string, Promise<QueueReader>>();

  private constructor(settings: LayerSettings, backend: Backend, commands: RedisConnection, counters: LayerCounters) {
    this.prefix = settings.prefix;
    this.capacity = Number(settings.options['capacity'] ?? 100);
    this.expirySeconds = Number(settings.options['expiry'] ?? 60_000) / 1000;
    this.groupExpirySeconds = Number(settings.options['group_expiry'] ?? 86_400_000) / 1000;
    this.onEvent = settings.onEvent;
    this.backend = backend;
    this.commands = commands;
    this.counters = counters;
    this.local = new LocalChannels(this.capacity, counters, settings.onEvent, (queue) => this.wake(queue));
  }

  static async open(settings: LayerSettings): Promise<RedisLayer> {
    const counters = zeroCounters();
    const backend = new Backend(settings.hosts[0]!, counters, settings.onEvent);
    return new RedisLayer(settings, backend, await backend.connect(), counters);
  }

  async newChannel(prefix = 'specific'): Promise<string> {
    const channel = `${prefix}.${this.clientPrefix}!${randomUUID().replaceAll('-', '')}`;
    checkChannelName(channel);
    this.local.open(channel);
    await this.reader(nonLocalName(channel));
    return channel;
  }

  async send(channel: string, message: Message): Promise<void> {
    checkChannelName(channel);
    const { commands, backend } = this;
    const key = queueKey(this.prefix, channel);
    await this.trim(key);
    const waiting = await backend.reply(commands.zcount(key, '-inf', '+inf'));
    if (waiting >= this.capacity) {
      this.counters.refused += 1;
      throw new ChannelFull(channel);
    }
    await backend.reply(commands.zadd(key, this.clock.next(), sealEnvelope(message, channel.includes('!') ? channel : null)));
    await backend.reply(commands.expire(key, this.expirySeconds));
    this.counters.sent += 1;
  }

  async receive(channel: string, signal?: AbortSignal): Promise<Message> {
    this.checkReceivable(channel);
    signal?.throwIfAborted();
    const received = this.local.open(channel).receive(signal);
    // The reader may fail to start; the receive then fails with it.
    return Promise.race([received, this.reader(nonLocalName(channel)).then(() => received)]);
  }

  consume(channel: string, handler: Handler): Consumer {
    this.checkReceivable(channel);
    this.reader(nonLocalName(channel)).catch(() => undefined);
    return this.local.open(channel).consume(handler, async () => this.local.close(channel));
  }

  async groupAdd(group: string, channel: string): Promise<void> {
    checkGroupName(group);
    checkChannelName(channel);
    const key = groupKey(this.prefix, group);
    await this.backend.reply(this.commands.zadd(key, this.clock.next(), channel));
    await this.backend.reply(this.commands.expire(key, this.groupExpirySeconds));
  }

  async groupDiscard(group: string, channel: string): Promise<void> {
    checkGroupName(group);
    checkChannelName(channel);
    await this.backend.reply(this.commands.zrem(groupKey(this.prefix, group), channel));
  }

  async groupSend(group: string, message: Message): Promise<void> {
    checkGroupName(group);
    const members = await this.members(group);
    this.counters.sent += 1;
    if (members.length === 0) return;
    const queues = new Map<string, string[]>();
    for (const member of members) {
      const key = queueKey(this.prefix, member);
      const bucket = queues.get(key);
      if (bucket === undefined) queues.set(key, [member]);
      else bucket.push(member);
    }
    const keys = [...queues.keys()];
    await this.trimAll(keys);
    const envelopes = keys.map((key) => sealEnvelope(message, queues.get(key)!));
    const args = [...keys, ...envelopes, ...keys.map(() => this.capacity), this.clock.next(), this.expirySeconds];
    const full = (await this.backend.reply(this.commands.eval(GROUP_SEND_SCRIPT, keys.length, ...args))) as number;
    if (full === 0) return;
    this.counters.overCapacity += full;
    this.onEvent({ kind: 'overCapacity', message, queues: full });
  }

  async held(): Promise<readonly HeldMessage[]> {
    const oldest = this.clock.seconds() - this.expirySeconds;
    const inQueues = await Promise.all([...this.readers.keys()].map((name) => this.heldInQueue(name, oldest)));
    return [...this.local.held(), ...inQueues.flat()];
  }

  async flush(): Promise<void> {
    this.local.clear();
    for (const name of this.readers.keys()) await this.backend.reply(this.commands.del(queueKey(this.prefix, name)));
  }

  async close(): Promise<void> {
    this.local.clear();
    this.backend.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  private async members(group: string): Promise<readonly string[]> {
    const key = groupKey(this.prefix, group);
    const oldest = this.clock.seconds() - this.groupExpirySeconds;
    const ended = await this.backend.reply(this.commands.zremrangebyscore(key, 0, oldest));
    if (ended > 0) {
      this.counters.groupExpired += ended;
      this.onEvent({ kind: 'groupExpired', group, count: ended });
    }
    return this.backend.reply(this.commands.zrange(key, 0, '-1'));
  }

  private async trim(key: string): Promise<void> {
    this.trimmed(key, await this.backend.reply(this.commands.zremrangebyscore(key, 0, this.clock.seconds() - this.expirySeconds)));
  }

  /** One MULTI … EXEC, sent as one pipeline. */
  private async trimAll(keys: readonly string[]): Promise<void> {
    const transaction = this.commands.multi();
    const oldest = this.clock.seconds() - this.expirySeconds;
    for (const key of keys) transaction.zremrangebyscore(key, 0, oldest);
    const replies = await this.backend.reply(transaction.exec());
    replies?.forEach(([error, count], i) => {
      if (error !== null) throw new BackendError(error.message, { cause: error });
      this.trimmed(keys[i]!, Number(count));
    });
  }

  private trimmed(key: string, count: number): void {
    if (count === 0) return;
    this.counters.expired += count;
    this.onEvent({ kind: 'trimmed', queue: key.slice(this.prefix.length), count });
  }

  private checkReceivable(channel: string): void {
    checkChannelName(channel);
    const name = nonLocalName(channel);
    if (name.endsWith('!') && !name.endsWith(`.${this.clientPrefix}!`))
      throw new InvalidName(`Wrong client prefix: '${channel}' belongs to another process`);
  }

  private reader(name: string): Promise<QueueReader> {
    let reader = this.readers.get(name);
    if (reader === undefined) this.readers.set(name, (reader = this.startReader(name)));
    return reader;
  }

  private async startReader(name: string): Promise<QueueReader> {
    const connection = await this.backend.connect();
    return new QueueReader({
      queue: queueKey(this.prefix, name),
      backend: this.backend,
      connection,
      isWanted: () => this.local.isWaiting(name),
      onMember: (member) => this.dispatch(name, member),
    });
  }

  private wake(name: string): void {
    void this.readers.get(name)?.then(
      (reader) => reader.notify(),
      () => undefined,
    );
  }

  private dispatch(name: string, member: Buffer): void {
    try {
      const { message, channels } = openEnvelope(member);
      for (const channel of channels ?? [name]) this.local.deliver(channel, message);
    } catch (error) {
      this.counters.decodeErrors += 1;
      this.onEvent({ kind: 'decodeError', reason: String(error) });
    }
  }

  private async heldInQueue(name: string, oldest: number): Promise<readonly HeldMessage[]> {
    const entries = await this.backend.reply(this.commands.zrangeBuffer(queueKey(this.prefix, name), 0, '-1', 'WITHSCORES'));
    return entries.flatMap((entry, i) => {
      if (i % 2 === 1) return [];
      try {
        const { message, channels } = openEnvelope(entry);
        return [{ message, channels: channels ?? [name], expired: Number(entries[i + 1]!.toString()) <= oldest }];
      } catch {
        return [];
      }
    });
  }
}
