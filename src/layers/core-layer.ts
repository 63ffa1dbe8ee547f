import { randomUUID } from 'node:crypto';
import { Addressing } from './addressing.ts';
import { Capacities, capacitiesOf } from './capacities.ts';
import {
  ChannelFull,
  InvalidMessage,
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
import { Memberships } from './memberships.ts';
import { nonLocalName } from '../model/channel-names.ts';
import { checkChannelName, checkGroupName } from './names.ts';
import { queueKey } from './redis-keys.ts';
import type { QueueReader } from './queue-reader.ts';
import { ScoreClock } from './score-clock.ts';
import { Shards, type Shard } from './shards.ts';
import { ADDRESS, keysOf, WireFormat } from './wire-format.ts';

/** Encrypted messages are accepted for this much longer than they are kept. */
const TOKEN_GRACE_SECONDS = 10;

/** What both layers of the core wire are opened with, and share. */
export interface CoreParts {
  readonly settings: LayerSettings;
  readonly shards: Shards;
  readonly counters: LayerCounters;
  readonly memberships: Memberships | null;
}

/** Connects to the hosts. Throws a BenchError. */
export async function openCore(settings: LayerSettings): Promise<CoreParts> {
  const counters = zeroCounters();
  const memberships = settings.options['on_reconnect'] === 'rejoin' ? new Memberships() : null;
  const onEvent = (event: LayerEvent): void => {
    settings.onEvent(event);
    if (event.kind === 'backendUp') void memberships?.renew();
  };
  return { settings, counters, memberships, shards: await Shards.open(settings, counters, onEvent) };
}

/**
 * What `redis` and `redis-fast` have in common: the wire of `channels_redis.core.RedisChannelLayer`. Sorted sets in
 * Redis, one queue per process and prefix, which all its channels share, and whose capacity is counted as one. Messages
 * are addressed in an envelope and handed out by the one reader of the queue.
 */
export abstract class CoreLayer implements ChannelLayer {
  readonly counters: LayerCounters;
  protected readonly prefix: string;
  protected readonly capacities: Capacities;
  protected readonly expirySeconds: number;
  protected readonly groupExpirySeconds: number;
  protected readonly onEvent: (event: LayerEvent) => void;
  protected readonly clock: ScoreClock = new ScoreClock();
  protected readonly wire: WireFormat;
  protected readonly shards: Shards;
  protected readonly addressing: Addressing;
  /** By non-local name: the channels of this process, and who reads their queue. */
  protected readonly local: LocalChannels;
  private readonly readers = new Map<string, Promise<readonly QueueReader[]>>();
  private readonly memberships: Memberships | null;
  private readonly clientPrefix = randomUUID().replaceAll('-', '');

  constructor({ settings, shards, counters, memberships }: CoreParts) {
    const { options, prefix } = settings;
    const capacity = Number(options['capacity'] ?? 100);
    this.prefix = prefix;
    this.capacities = new Capacities(capacity, capacitiesOf(options));
    this.expirySeconds = Number(options['expiry'] ?? 60_000) / 1000;
    this.groupExpirySeconds = Number(options['group_expiry'] ?? 86_400_000) / 1000;
    this.onEvent = settings.onEvent;
    this.counters = counters;
    this.shards = shards;
    this.memberships = memberships;
    memberships?.onRenew((group, channel) => this.join(group, channel));
    this.wire = new WireFormat({
      serializer: options['serializer_format'] === 'json' ? 'json' : 'msgpack',
      secrets: keysOf(options),
      prefixBytes: Number(options['random_prefix_length'] ?? 12),
      ttlSeconds: this.expirySeconds + TOKEN_GRACE_SECONDS,
    });
    this.addressing = new Addressing(prefix, shards, this.wire, this.capacities);
    this.local = new LocalChannels(capacity, counters, settings.onEvent, (queue) => this.wake(queue));
  }

  async newChannel(prefix = 'specific'): Promise<string> {
    const channel = `${prefix}.${this.clientPrefix}!${randomUUID().replaceAll('-', '')}`;
    checkChannelName(channel);
    this.local.open(channel);
    await this.readersOf(nonLocalName(channel));
    return channel;
  }

  async send(channel: string, message: Message): Promise<void> {
    checkChannelName(channel);
    if (ADDRESS in message) throw new InvalidMessage(`a message must not hold the key ${ADDRESS}`);
    const isLocal = channel.includes('!');
    const envelope = this.wire.seal(message, isLocal ? this.wire.address(channel) : null);
    const accepted = await this.add(isLocal ? this.shards.ofQueue(channel) : this.shards.next(), channel, envelope);
    if (!accepted) {
      this.counters.refused += 1;
      throw new ChannelFull(channel);
    }
    this.counters.sent += 1;
  }

  async receive(channel: string, signal?: AbortSignal): Promise<Message> {
    this.checkReceivable(channel);
    signal?.throwIfAborted();
    const received = this.local.open(channel).receive(signal);
    // The reader may fail to start; the receive then fails with it.
    return Promise.race([received, this.readersOf(nonLocalName(channel)).then(() => received)]);
  }

  consume(channel: string, handler: Handler): Consumer {
    this.checkReceivable(channel);
    this.readersOf(nonLocalName(channel)).catch(() => undefined);
    return this.local.open(channel).consume(handler, async () => this.local.close(channel));
  }

  async groupAdd(group: string, channel: string): Promise<void> {
    checkGroupName(group);
    checkChannelName(channel);
    await this.join(group, channel);
    this.memberships?.add(group, channel);
  }

  async groupDiscard(group: string, channel: string): Promise<void> {
    checkGroupName(group);
    checkChannelName(channel);
    this.memberships?.remove(group, channel);
    await this.leave(group, channel);
  }

  async groupSend(group: string, message: Message): Promise<void> {
    checkGroupName(group);
    await this.sendToGroup(group, message);
    this.counters.sent += 1;
  }

  async held(): Promise<readonly HeldMessage[]> {
    const oldest = this.clock.seconds() - this.expirySeconds;
    const queues = [...this.readers.keys()].flatMap((name) => this.shards.holding(name).map((shard) => ({ name, shard })));
    const inQueues = await Promise.all(queues.map(({ name, shard }) => this.heldInQueue(shard, name, oldest)));
    return [...this.local.held(), ...inQueues.flat()];
  }

  async flush(): Promise<void> {
    this.local.clear();
    this.memberships?.clear();
    await Promise.all([...this.shards].map(({ backend, commands }) => backend.reply(removeKeys(commands, this.prefix))));
  }

  async close(): Promise<void> {
    this.local.clear();
    this.shards.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Adds an envelope to the queue of a channel; false where it is full. */
  protected abstract add(shard: Shard, channel: string, envelope: Buffer): Promise<boolean>;
  protected abstract join(group: string, channel: string): Promise<void>;
  protected abstract leave(group: string, channel: string): Promise<void>;
  protected abstract sendToGroup(group: string, message: Message): Promise<void>;
  /** Starts to read a queue on one of its hosts. */
  protected abstract startReader(shard: Shard, name: string): Promise<QueueReader>;

  /** `count` messages of a queue had expired. */
  protected trimmed(key: string, count: number): void {
    if (count === 0) return;
    this.counters.expired += count;
    this.onEvent({ kind: 'trimmed', queue: key.slice(this.prefix.length), count });
  }

  /** Nobody has read a queue for so long: what it held may have expired, and its key with it, of which Redis tells nobody. */
  protected unread(queue: string, ms: number): void {
    if (ms >= this.expirySeconds * 1000) this.onEvent({ kind: 'unread', queue, ms });
  }

  protected membersExpired(group: string, count: number): void {
    if (count === 0) return;
    this.counters.groupExpired += count;
    this.onEvent({ kind: 'groupExpired', group, count });
  }

  /** Hands out what was popped from a queue. A message that cannot be decoded concerns nobody else. */
  protected dispatch(name: string, member: Buffer): void {
    if (!this.local.isWaiting(name)) this.counters.poppedUnwanted += 1;
    try {
      const { message, channels } = this.wire.open(member);
      if (channels === null) this.local.deliver(name, message);
      else for (const channel of channels) this.local.deliver(channel, message);
    } catch (error) {
      this.counters.decodeErrors += 1;
      this.onEvent({ kind: 'decodeError', reason: String(error) });
    }
  }

  private checkReceivable(channel: string): void {
    checkChannelName(channel);
    const name = nonLocalName(channel);
    if (name.endsWith('!') && !name.endsWith(`${this.clientPrefix}!`))
      throw new InvalidName(`Wrong client prefix: '${channel}' belongs to another process`);
  }

  private readersOf(name: string): Promise<readonly QueueReader[]> {
    let readers = this.readers.get(name);
    if (readers === undefined) {
      readers = Promise.all(this.shards.holding(name).map((shard) => this.startReader(shard, name)));
      this.readers.set(name, readers);
    }
    return readers;
  }

  private wake(name: string): void {
    void this.readers.get(name)?.then(
      (readers) => readers.forEach((reader) => reader.notify()),
      () => undefined,
    );
  }

  private async heldInQueue({ backend, commands }: Shard, name: string, oldest: number): Promise<readonly HeldMessage[]> {
    const entries = await backend.reply(commands.zrangeBuffer(queueKey(this.prefix, name), 0, '-1', 'WITHSCORES'));
    return entries.flatMap((entry, i) => {
      if (i % 2 === 1) return [];
      try {
        const { message, channels } = this.wire.open(entry);
        return [{ message, channels: channels ?? [name], expired: Number(entries[i + 1]!.toString()) <= oldest }];
      } catch {
        return [];
      }
    });
  }
}

/** Removes the keys of a layer: those that begin with its prefix, and no others. */
async function removeKeys(commands: Shard['commands'], prefix: string): Promise<void> {
  const pattern = `${prefix.replaceAll(/[*?[\]\\^]/g, String.raw`\$&`)}*`;
  for await (const keys of commands.scanStream({ match: pattern, count: 1000 }) as AsyncIterable<string[]>) {
    if (keys.length > 0) await commands.del(...keys);
  }
}
