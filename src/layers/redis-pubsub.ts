import { randomUUID } from 'node:crypto';
import type { RedisConnection } from '../redis/connection.ts';
import { Backend } from './backend.ts';
import {
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
import { Mailbox } from './mailbox.ts';
import { decodeMessage, encodeMessage } from './message-codec.ts';

/**
 * `channels_redis.pubsub.RedisPubSubChannelLayer`: a message is published to a Redis channel, and every process with a
 * subscriber gets it. Nothing is kept in Redis; no capacity, no expiry. A receiver is live when newChannel or groupAdd
 * has resolved. A message is decoded once per process; its local members share it, and none writes to it.
 */
export class RedisPubSubLayer implements ChannelLayer {
  readonly counters: LayerCounters;
  private readonly prefix: string;
  private readonly onEvent: (event: LayerEvent) => void;
  private readonly backend: Backend;
  private readonly publisher: RedisConnection;
  private readonly subscriber: RedisConnection;
  private readonly mailboxes = new Map<string, Mailbox>();
  /** Local members of each group, by the group's Redis channel. */
  private readonly groups = new Map<string, Set<string>>();

  private constructor(
    settings: LayerSettings,
    backend: Backend,
    publisher: RedisConnection,
    subscriber: RedisConnection,
    counters: LayerCounters,
  ) {
    this.prefix = settings.prefix;
    this.onEvent = settings.onEvent;
    this.backend = backend;
    this.publisher = publisher;
    this.subscriber = subscriber;
    this.counters = counters;
    subscriber.on('messageBuffer', (channel: Buffer, payload: Buffer) => this.dispatch(channel.toString(), payload));
  }

  static async open(settings: LayerSettings): Promise<RedisPubSubLayer> {
    const counters = zeroCounters();
    const backend = new Backend(settings.hosts[0]!, counters, settings.onEvent);
    const [publisher, subscriber] = await Promise.all([backend.connect(), backend.connect()]);
    return new RedisPubSubLayer(settings, backend, publisher, subscriber, counters);
  }

  async newChannel(prefix = 'specific.'): Promise<string> {
    const channel = `${this.prefix}${prefix}${randomUUID().replaceAll('-', '')}`;
    await this.live(channel);
    return channel;
  }

  async send(channel: string, message: Message): Promise<void> {
    await this.publish(channel, message);
  }

  async receive(channel: string, signal?: AbortSignal): Promise<Message> {
    signal?.throwIfAborted();
    const mailbox = await this.live(channel);
    const message = await mailbox.receive(signal);
    this.counters.received += 1;
    return message;
  }

  consume(channel: string, handler: Handler): Consumer {
    const mailbox = this.mailbox(channel);
    const counted: Handler = (message) => {
      this.counters.received += 1;
      return handler(message);
    };
    return mailbox.consume(counted, () => this.end(channel));
  }

  async groupAdd(group: string, channel: string): Promise<void> {
    if (!this.mailboxes.has(channel)) throw new InvalidName(`'${channel}' was not created by this process`);
    const topic = this.topic(group);
    let members = this.groups.get(topic);
    if (members === undefined) this.groups.set(topic, (members = new Set()));
    members.add(channel);
    await this.backend.reply(this.subscriber.subscribe(topic));
  }

  async groupDiscard(group: string, channel: string): Promise<void> {
    const topic = this.topic(group);
    const members = this.groups.get(topic);
    if (members === undefined || !members.delete(channel) || members.size > 0) return;
    this.groups.delete(topic);
    await this.backend.reply(this.subscriber.unsubscribe(topic));
  }

  async groupSend(group: string, message: Message): Promise<void> {
    await this.publish(this.topic(group), message);
  }

  held(): Promise<readonly HeldMessage[]> {
    const held = [...this.mailboxes.values()].flatMap((mailbox) =>
      mailbox.held.map((message) => ({ message, channels: [mailbox.channel], expired: false })),
    );
    return Promise.resolve(held);
  }

  async flush(): Promise<void> {
    this.mailboxes.clear();
    this.groups.clear();
    await this.backend.reply(this.subscriber.unsubscribe());
  }

  async close(): Promise<void> {
    this.mailboxes.clear();
    this.groups.clear();
    this.backend.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  private topic(group: string): string {
    return `${this.prefix}__group__${group}`;
  }

  private async publish(topic: string, message: Message): Promise<void> {
    await this.backend.reply(this.publisher.publish(topic, Buffer.from(encodeMessage(message))));
    this.counters.sent += 1;
  }

  private mailbox(channel: string): Mailbox {
    let mailbox = this.mailboxes.get(channel);
    if (mailbox === undefined) {
      mailbox = new Mailbox(
        channel,
        Infinity,
        () => undefined,
        () => undefined,
      );
      this.mailboxes.set(channel, mailbox);
    }
    return mailbox;
  }

  /** The mailbox of a channel that is subscribed to, made where there is none. */
  private async live(channel: string): Promise<Mailbox> {
    const known = this.mailboxes.get(channel);
    if (known !== undefined) return known;
    const mailbox = this.mailbox(channel);
    await this.backend.reply(this.subscriber.subscribe(channel));
    return mailbox;
  }

  private async end(channel: string): Promise<void> {
    this.mailboxes.delete(channel);
    await this.backend.reply(this.subscriber.unsubscribe(channel)).catch(() => undefined);
  }

  /** A Redis channel is a channel of this process, or a group's: then every local member gets the message. */
  private dispatch(topic: string, payload: Buffer): void {
    const message = this.decode(payload);
    if (message === null) return;
    const own = this.mailboxes.get(topic);
    if (own !== undefined) own.put(message);
    else for (const member of this.groups.get(topic) ?? []) this.mailboxes.get(member)?.put(message);
  }

  private decode(payload: Buffer): Message | null {
    try {
      return decodeMessage(payload, 0);
    } catch (error) {
      this.counters.decodeErrors += 1;
      this.onEvent({ kind: 'decodeError', reason: String(error) });
      return null;
    }
  }
}
