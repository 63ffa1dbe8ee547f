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
import { openPubSubHost, type PubSubHost } from './pubsub-host.ts';
import { ringIndex } from './ring.ts';
import { WireFormat } from './wire-format.ts';

/**
 * `channels_redis.pubsub.RedisPubSubChannelLayer`: a message is published to a Redis channel, and every process with a
 * subscriber gets it. Nothing is kept in Redis; no capacity, no expiry. A receiver is live when newChannel or groupAdd
 * has resolved. A message is decoded once per process; its local members share it, and none writes to it.
 */
export class RedisPubSubLayer implements ChannelLayer {
  readonly counters: LayerCounters;
  private readonly prefix: string;
  private readonly onEvent: (event: LayerEvent) => void;
  private readonly wire: WireFormat;
  private readonly hosts: readonly PubSubHost[];
  private readonly mailboxes = new Map<string, Mailbox>();
  /** Local members of each group, by the group's Redis channel. */
  private readonly groups = new Map<string, Set<string>>();

  private constructor(settings: LayerSettings, hosts: readonly PubSubHost[], counters: LayerCounters) {
    const { options } = settings;
    this.prefix = settings.prefix;
    this.onEvent = settings.onEvent;
    this.hosts = hosts;
    this.counters = counters;
    const secrets = String(options['symmetric_encryption_keys'] ?? '');
    this.wire = new WireFormat({
      serializer: options['serializer_format'] === 'json' ? 'json' : 'msgpack',
      secrets: secrets === '' ? [] : secrets.split(','),
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
    const hosts = await Promise.all(settings.hosts.map((host) => openPubSubHost(host, counters, onEvent)));
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
    const mailbox = await this.live(channel);
    const message = await mailbox.receive(signal);
    this.counters.received += 1;
    return message;
  }

  consume(channel: string, handler: Handler): Consumer {
    const isNew = !this.mailboxes.has(channel);
    const mailbox = this.mailbox(channel);
    if (isNew)
      void this.host(channel)
        .subscribe(channel)
        .catch(() => undefined);
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
    await this.host(topic).subscribe(topic);
  }

  async groupDiscard(group: string, channel: string): Promise<void> {
    const topic = this.topic(group);
    const members = this.groups.get(topic);
    if (members === undefined || !members.delete(channel) || members.size > 0) return;
    this.groups.delete(topic);
    await this.host(topic).unsubscribe(topic);
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
    const topics = [...this.mailboxes.keys(), ...this.groups.keys()];
    this.mailboxes.clear();
    this.groups.clear();
    await Promise.all(topics.map((topic) => this.host(topic).unsubscribe(topic)));
  }

  async close(): Promise<void> {
    this.mailboxes.clear();
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
    await this.host(topic).publish(topic, this.wire.seal(message, null));
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
    await this.host(channel).subscribe(channel);
    return mailbox;
  }

  /** A closed channel is in no group any more. */
  private async end(channel: string): Promise<void> {
    this.mailboxes.delete(channel);
    await this.host(channel)
      .unsubscribe(channel)
      .catch(() => undefined);
  }

  /** A message of the layer's own to every local channel; an empty type is none. */
  private announce(type: string): void {
    if (type === '') return;
    for (const mailbox of this.mailboxes.values()) mailbox.put({ type });
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
      return this.wire.openPlain(payload);
    } catch (error) {
      this.counters.decodeErrors += 1;
      this.onEvent({ kind: 'decodeError', reason: String(error) });
      return null;
    }
  }
}
