import { usageError } from '../model/errors.ts';
import type { RedisConnection } from '../redis/connection.ts';
import { isCluster } from '../redis/hosts.ts';
import { probeCore } from '../redis/probe.ts';
import { Backend } from './backend.ts';
import type { LayerCounters, LayerEvent, LayerSettings } from './layer.ts';
import { nonLocalName } from '../model/channel-names.ts';
import { ringIndex } from './ring.ts';

/** One host of a layer: its connections, and the one for commands. */
export interface Shard {
  readonly backend: Backend;
  readonly commands: RedisConnection;
}

/** The hosts of a layer, and which of them a name belongs to. */
export class Shards implements Iterable<Shard> {
  private readonly shards: readonly Shard[];
  private nextPlain = 0;

  private constructor(shards: readonly Shard[]) {
    this.shards = shards;
  }

  /** Connects to all hosts. Throws a usage error for a cluster, and an environment error for a host that cannot be used or is too old. */
  static async open(settings: LayerSettings, counters: LayerCounters, onEvent: (event: LayerEvent) => void): Promise<Shards> {
    const opened = settings.hosts.map((host) => {
      if (isCluster(host))
        throw usageError(
          'the core wire cannot use a Redis Cluster: a group_send touches keys of many slots in one script',
          'Use redis-pubsub, or several hosts without a cluster.',
        );
      return { host, backend: new Backend(host, counters, onEvent) };
    });
    try {
      return new Shards(
        await Promise.all(
          opened.map(async ({ host, backend }) => {
            const commands = await backend.connect();
            await probeCore(commands, host, settings.prefix);
            return { backend, commands };
          }),
        ),
      );
    } catch (error) {
      for (const { backend } of opened) backend.close();
      throw error;
    }
  }

  get count(): number {
    return this.shards.length;
  }

  /** Where a group's members are kept. */
  ofGroup(group: string): Shard {
    return this.shards[ringIndex(group, this.shards.length)]!;
  }

  /** Where the queue of a channel with `!` is: its non-local name decides, so that sender and receiver agree. */
  ofQueue(channel: string): Shard {
    return this.shards[ringIndex(nonLocalName(channel), this.shards.length)]!;
  }

  /** The host of the next message to a plain channel: its queue is on all of them, in turn. */
  next(): Shard {
    const shard = this.shards[this.nextPlain]!;
    this.nextPlain = (this.nextPlain + 1) % this.shards.length;
    return shard;
  }

  /** The hosts that hold the queue of a channel. */
  holding(name: string): readonly Shard[] {
    return name.includes('!') ? [this.ofQueue(name)] : this.shards;
  }

  [Symbol.iterator](): Iterator<Shard> {
    return this.shards[Symbol.iterator]();
  }

  close(): void {
    for (const { backend } of this.shards) backend.close();
  }
}
