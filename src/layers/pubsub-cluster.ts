import { messageOf } from '../model/errors.ts';
import { connectCluster, type RedisCluster } from '../redis/cluster.ts';
import type { HostSpec } from '../redis/hosts.ts';
import { BackendError, type LayerCounters, type LayerEvent } from './layer.ts';
import type { PubSubHost } from './pubsub-port.ts';

/**
 * Sharded publish and subscribe on a Redis Cluster (SPUBLISH, SSUBSCRIBE: Redis 7 or newer). Throws an environment
 * error where it cannot be used.
 */
export async function openPubSubCluster(
  host: HostSpec,
  prefix: string,
  counters: LayerCounters,
  onEvent: (event: LayerEvent) => void,
): Promise<PubSubHost> {
  return new ClusterPubSub(await connectCluster(host, prefix), counters, onEvent);
}

class ClusterPubSub implements PubSubHost {
  private readonly cluster: RedisCluster;
  private readonly counters: LayerCounters;
  private isDown = false;

  constructor(cluster: RedisCluster, counters: LayerCounters, onEvent: (event: LayerEvent) => void) {
    this.cluster = cluster;
    this.counters = counters;
    const down = (reason?: string): void => {
      if (this.isDown) return;
      this.isDown = true;
      onEvent({ kind: 'backendDown', ...(reason !== undefined && { reason }) });
    };
    cluster.on('-node', () => down());
    cluster.on('node error', (error: unknown) => down(messageOf(error)));
    cluster.on('+node', () => {
      if (!this.isDown) return;
      this.isDown = false;
      counters.reconnects += 1;
      onEvent({ kind: 'backendUp' });
    });
  }

  async publish(topic: string, payload: Buffer): Promise<void> {
    await this.reply(this.cluster.spublish(topic, payload));
  }

  async subscribe(topic: string): Promise<void> {
    await this.reply(this.cluster.ssubscribe(topic));
  }

  async unsubscribe(topic: string): Promise<void> {
    await this.reply(this.cluster.sunsubscribe(topic));
  }

  onMessage(listener: (topic: string, payload: Buffer) => void): void {
    this.cluster.on('smessageBuffer', (topic: Buffer, payload: Buffer) => listener(topic.toString(), payload));
  }

  close(): void {
    this.cluster.disconnect();
  }

  private async reply<T>(reply: Promise<T>): Promise<T> {
    this.counters.roundTrips += 1;
    try {
      return await reply;
    } catch (error) {
      throw new BackendError(messageOf(error), { cause: error });
    }
  }
}
