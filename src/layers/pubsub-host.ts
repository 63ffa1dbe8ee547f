import type { PubSubHost } from './pubsub-port.ts';
import type { RedisConnection } from '../redis/connection.ts';
import { isCluster, type HostSpec } from '../redis/hosts.ts';
import { probePubSub } from '../redis/probe.ts';
import { Backend } from './backend.ts';
import { openPubSubCluster } from './pubsub-cluster.ts';
import type { LayerCounters, LayerEvent } from './layer.ts';

/** Opens a single server, or a cluster, for channels that begin with a prefix. Throws a BenchError. */
export function openPubSubHost(
  host: HostSpec,
  prefix: string,
  counters: LayerCounters,
  onEvent: (event: LayerEvent) => void,
): Promise<PubSubHost> {
  return isCluster(host) ? openPubSubCluster(host, prefix, counters, onEvent) : SingleHost.open(host, prefix, counters, onEvent);
}

/** Topics of one SUBSCRIBE when many are to be restored. */
const TOPICS_AT_ONCE = 1000;

class SingleHost implements PubSubHost {
  private readonly backend: Backend;
  private readonly publisher: RedisConnection;
  private readonly subscriber: RedisConnection;
  /** What is subscribed to, and again after an outage. */
  private readonly topics: Set<string>;

  private constructor(backend: Backend, publisher: RedisConnection, subscriber: RedisConnection, topics: Set<string>) {
    this.backend = backend;
    this.publisher = publisher;
    this.subscriber = subscriber;
    this.topics = topics;
  }

  static async open(host: HostSpec, prefix: string, counters: LayerCounters, onEvent: (event: LayerEvent) => void): Promise<SingleHost> {
    const backend = new Backend(host, counters, onEvent);
    try {
      const topics = new Set<string>();
      const subscribeAgain = (connection: RedisConnection): Promise<unknown> => {
        const all = [...topics];
        const batches = Array.from({ length: Math.ceil(all.length / TOPICS_AT_ONCE) }, (_, i) =>
          all.slice(i * TOPICS_AT_ONCE, (i + 1) * TOPICS_AT_ONCE),
        );
        return Promise.all(batches.map((batch) => connection.subscribe(...batch)));
      };
      const [publisher, subscriber] = await Promise.all([backend.connect(), backend.connect(subscribeAgain)]);
      await probePubSub(publisher, host, prefix);
      return new SingleHost(backend, publisher, subscriber, topics);
    } catch (error) {
      backend.close();
      throw error;
    }
  }

  async publish(topic: string, payload: Buffer): Promise<void> {
    await this.backend.reply(this.publisher.publish(topic, payload));
  }

  async subscribe(topic: string): Promise<void> {
    await this.backend.reply(this.subscriber.subscribe(topic));
    this.topics.add(topic);
  }

  async unsubscribe(topic: string): Promise<void> {
    this.topics.delete(topic);
    await this.backend.reply(this.subscriber.unsubscribe(topic));
  }

  onMessage(listener: (topic: string, payload: Buffer) => void): void {
    this.subscriber.on('messageBuffer', (topic: Buffer, payload: Buffer) => listener(topic.toString(), payload));
  }

  close(): void {
    this.backend.close();
  }
}
