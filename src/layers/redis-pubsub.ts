import { randomUUID } from 'node:crypto';
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
import { openPubSubHost } from './pubsub-host.ts';
import type { PubSubHost } from './pubsub-port.ts';
import { ringIndex } from './ring.ts';
import { keysOf, WireFormat } from './wire-format.ts';

interface LocalChannel {
  readonly mailbox: Mailbox;
  /** Redis channels of the groups that it is in. */
  readonly topics: Set<string>;
}

/**
 * `channels_redis.pubsub.RedisPubSubChannelLayer`: a message is published to a Redis channel, and every process with a
 * subscriber gets it. Nothing is kept in Redis; no capacity, no expiry. A receiver is live when newChannel or groupAdd
 * has resolved. Like upstream it takes any name and any value for a message. A message is decoded once per process; its local members share it, and none writes to it.
 */
export class RedisPubSubLayer implements ChannelLayer {
  readonly counters: LayerCounters;
  private readonly prefix: string;
  private readonly onEvent: (event: LayerEvent) => void;
  private readonly wire: WireFormat;
  private readonly hosts: readonly PubSubHost[];
  private readonly channels = new Map<string, LocalChannel>();
  /** Local members of each group, by the group's Redis channel. */
  private readonly groups = new Map<string, Map<string, Mailbox>>();

  private constructor(settings: LayerSettings, hosts: readonly PubSubHost[], counters: LayerCounters) {
    const { options } = settings;
    this.prefix = settings.prefix;
    this.onEvent = settings.onEvent;
    this.hosts = hosts;
    this.counters = counters;
    this.wire = new WireFormat({
      serializer: options['serializer_format'] === 'json' ? 'json' : 'msgpack',
      secrets: keysOf(options),
      prefixBytes: 0,
      ttlSeconds: null,
    });
    for (const host of hosts) host.onMessage((topic, payload) => this.dispatch(topic, payload));
  }

  static async open(settings: LayerSettings): Promise<RedisPubSubLayer> {
    const counters = zeroCounters();
    const opened: { layer?: RedisPubSubLayer } = {};
    const onEvent = (event: LayerEvent): void => {
      settings.onEvent(event);
      if (event.kind === 'backendDown') opened.layer?.announce(String(settings.options['on_disconnect'] ?? ''));
      if (event.kind === 'backendUp') opened.layer?.announce(String(settings.options['on_reconnect'] ?? ''));
    };
    const hosts = await Promise.all(settings.hosts.map((host) => openPubSubHost(host, settings.prefix, counters, onEvent)));
    opened.layer = new RedisPubSubLayer(settings, hosts, counters);
    return opened.layer;
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
    const { mailbox } = await this.live(channel);
    return mailbox.receive(signal);
  }

  consume(channel: string, handler: Handler): Consumer {
    const isNew = !this.channels.has(channel);
    const { mailbox } = this.open(channel);
    if (isNew)
      void this.host(channel)
        .subscribe(channel)
        .catch(() => undefined);
    return mailbox.consume(handler, () => this.end(channel));
  }

  async groupAdd(group: string, channel: string): Promise<void> {
    const local = this.channels.get(channel);
    if (local === undefined) throw new InvalidName(`'${channel}' was not created by this process`);
    const topic = this.topic(group);
    let members = this.groups.get(topic);
    if (members === undefined) this.groups.set(topic, (members = new Map()));
    members.set(channel, local.mailbox);
    local.topics.add(topic);
    await this.host(topic).subscribe(topic);
  }

  async groupDiscard(group: string, channel: string): Promise<void> {
    const topic = this.topic(group);
    this.channels.get(channel)?.topics.delete(topic);
    await this.leave(topic, channel);
  }

  async groupSend(group: string, message: Message): Promise<void> {
    await this.publish(this.topic(group), message);
  }

  held(): Promise<readonly HeldMessage[]> {
    const held = [...this.channels.values()].flatMap(({ mailbox }) =>
      mailbox.held.map((message) => ({ message, channels: [mailbox.channel], expired: false })),
    );
    return Promise.resolve(held);
  }

  async flush(): Promise<void> {
    const topics = [...this.channels.keys(), ...this.groups.keys()];
    this.channels.clear();
    this.groups.clear();
    await Promise.all(topics.map((topic) => this.host(topic).unsubscribe(topic)));
  }

  async close(): Promise<void> {
    this.channels.clear();
    this.groups.clear();
    for (const host of this.hosts) host.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  private topic(group: string): string {
    return `${this.prefix}__group__${group}`;
  }

  private host(topic: string): PubSubHost {
    return this.hosts[ringIndex(topic, this.hosts.length)]!;
  }

  private async publish(topic: string, message: Message): Promise<void> {
    await this.host(topic).publish(topic, this.wire.sealValue(message));
    this.counters.sent += 1;
  }

  private open(channel: string): LocalChannel {
    let local = this.channels.get(channel);
    if (local === undefined) {
      const mailbox = new Mailbox(
        channel,
        Infinity,
        () => undefined,
        () => undefined,
      );
      this.channels.set(channel, (local = { mailbox, topics: new Set() }));
    }
    return local;
  }

  /** A channel that is subscribed to, made where there is none. */
  private async live(channel: string): Promise<LocalChannel> {
    const known = this.channels.get(channel);
    if (known !== undefined) return known;
    const local = this.open(channel);
    await this.host(channel).subscribe(channel);
    return local;
  }

  /** A channel that ends leaves its groups. */
  private async end(channel: string): Promise<void> {
    const topics = this.channels.get(channel)?.topics ?? [];
    this.channels.delete(channel);
    const left = [...topics].map((topic) => this.leave(topic, channel));
    await Promise.allSettled([...left, this.host(channel).unsubscribe(channel)]);
  }

  private async leave(topic: string, channel: string): Promise<void> {
    const members = this.groups.get(topic);
    if (members === undefined || !members.delete(channel) || members.size > 0) return;
    this.groups.delete(topic);
    await this.host(topic).unsubscribe(topic);
  }

  /** A message of the layer's own to every local channel; an empty type is none. */
  private announce(type: string): void {
    if (type === '') return;
    for (const { mailbox } of this.channels.values()) mailbox.put({ type });
  }

  /** A Redis channel is a channel of this process, or a group's: then every local member gets the message. */
  private dispatch(topic: string, payload: Buffer): void {
    const message = this.decode(payload);
    if (message === null) return;
    const own = this.channels.get(topic);
    const members = own === undefined ? this.groups.get(topic) : undefined;
    this.counters.received += own === undefined ? (members?.size ?? 0) : 1;
    own?.mailbox.put(message);
    if (members !== undefined) for (const mailbox of members.values()) mailbox.put(message);
  }

  private decode(payload: Buffer): Message | null {
    try {
      return this.wire.openValue(payload) as Message;
    } catch (error) {
      this.counters.decodeErrors += 1;
      this.onEvent({ kind: 'decodeError', reason: String(error) });
      return null;
    }
  }
}
