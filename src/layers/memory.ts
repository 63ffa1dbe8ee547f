import { randomBytes } from 'node:crypto';
import { Capacities } from './capacities.ts';
import {
  ChannelFull,
  zeroCounters,
  type ChannelLayer,
  type Consumer,
  type Handler,
  type HeldMessage,
  type LayerCounters,
  type LayerEvent,
  type LayerSettings,
  type Message,
  type MessageValue,
} from './layer.ts';
import { Mailbox } from './mailbox.ts';
import { checkChannelName, checkGroupName } from './names.ts';

/** A message that is kept, in order of deadline: one expiry for all makes that the order of sending. */
interface Kept {
  readonly deadlineMs: number;
  readonly mailbox: Mailbox;
  readonly message: Message;
}

/**
 * `InMemoryChannelLayer`: queues in the memory of one process. Nothing crosses processes. Every channel has a queue
 * and a capacity of its own; a full one refuses the newest message. Expiry costs O(1) a message, however many channels
 * there are.
 */
export class MemoryLayer implements ChannelLayer {
  readonly counters: LayerCounters = zeroCounters();
  private readonly capacities: Capacities;
  private readonly expiryMs: number;
  private readonly groupExpiryMs: number;
  private readonly onEvent: (event: LayerEvent) => void;
  private readonly mailboxes = new Map<string, Mailbox>();
  /** Members of each group, with the time of their last group_add. */
  private readonly groups = new Map<string, Map<string, number>>();
  private kept: Kept[] = [];
  private keptHead = 0;

  constructor(settings: LayerSettings) {
    this.capacities = new Capacities(Number(settings.options['capacity'] ?? 100), String(settings.options['channel_capacity'] ?? ''));
    this.expiryMs = Number(settings.options['expiry'] ?? 60_000);
    this.groupExpiryMs = Number(settings.options['group_expiry'] ?? 86_400_000);
    this.onEvent = settings.onEvent;
  }

  newChannel(prefix = 'specific.'): Promise<string> {
    return Promise.resolve(`${prefix}.inmemory!${randomBytes(9).toString('base64url').replaceAll(/[-_]/g, 'x')}`);
  }

  async send(channel: string, message: Message): Promise<void> {
    checkChannelName(channel);
    this.sweep();
    if (!this.put(channel, message)) {
      this.counters.refused += 1;
      throw new ChannelFull(channel);
    }
    this.counters.sent += 1;
  }

  async receive(channel: string, signal?: AbortSignal): Promise<Message> {
    checkChannelName(channel);
    signal?.throwIfAborted();
    this.sweep();
    const mailbox = this.mailbox(channel);
    try {
      const message = await mailbox.receive(signal);
      this.counters.received += 1;
      return message;
    } finally {
      if (mailbox.isUnused && mailbox.size === 0) this.mailboxes.delete(channel);
    }
  }

  consume(channel: string, handler: Handler): Consumer {
    checkChannelName(channel);
    const counted: Handler = (message) => {
      this.counters.received += 1;
      return handler(message);
    };
    return this.mailbox(channel).consume(counted, async () => void this.mailboxes.delete(channel));
  }

  async groupAdd(group: string, channel: string): Promise<void> {
    checkGroupName(group);
    checkChannelName(channel);
    let members = this.groups.get(group);
    if (members === undefined) this.groups.set(group, (members = new Map()));
    members.set(channel, performance.now());
  }

  async groupDiscard(group: string, channel: string): Promise<void> {
    checkChannelName(channel);
    checkGroupName(group);
    const members = this.groups.get(group);
    members?.delete(channel);
    if (members?.size === 0) this.groups.delete(group);
  }

  async groupSend(group: string, message: Message): Promise<void> {
    checkGroupName(group);
    this.sweep();
    const members = this.groups.get(group);
    this.counters.sent += 1;
    if (members === undefined) return;
    this.expireMembers(group, members);
    const full: string[] = [];
    for (const channel of members.keys()) if (!this.put(channel, message)) full.push(channel);
    if (full.length === 0) return;
    this.counters.overCapacity += full.length;
    this.onEvent({ kind: 'overCapacity', message, channels: full });
  }

  held(): Promise<readonly HeldMessage[]> {
    this.sweep();
    const held = [...this.mailboxes.values()].flatMap((mailbox) =>
      mailbox.held.map((message) => ({ message, channels: [mailbox.channel], expired: false })),
    );
    return Promise.resolve(held);
  }

  async flush(): Promise<void> {
    this.mailboxes.clear();
    this.groups.clear();
    this.kept = [];
    this.keptHead = 0;
  }

  close(): Promise<void> {
    return this.flush();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Every receiver gets a copy of its own. False where the channel is full. */
  private put(channel: string, message: Message): boolean {
    const mailbox = this.mailbox(channel);
    if (!mailbox.isWaiting && mailbox.size >= this.capacities.of(channel)) return false;
    const copy = copyOf(message) as Message;
    if (mailbox.put(copy)) this.kept.push({ deadlineMs: performance.now() + this.expiryMs, mailbox, message: copy });
    return true;
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

  /** Drops what has expired, oldest first: each kept message is looked at once. */
  private sweep(): void {
    const now = performance.now();
    for (let kept = this.kept[this.keptHead]; kept !== undefined && kept.deadlineMs < now; kept = this.kept[this.keptHead]) {
      this.keptHead += 1;
      const { mailbox, message } = kept;
      if (this.mailboxes.get(mailbox.channel) !== mailbox || !mailbox.dropOldest(message)) continue;
      this.counters.expired += 1;
      this.onEvent({ kind: 'expired', message, channel: mailbox.channel });
      if (mailbox.isUnused && mailbox.size === 0) this.mailboxes.delete(mailbox.channel);
    }
    if (this.keptHead > 1024 && this.keptHead * 2 > this.kept.length) {
      this.kept = this.kept.slice(this.keptHead);
      this.keptHead = 0;
    }
  }

  /** Members in order of their last group_add would be cheaper to end; a group is small, and looked at when it is used. */
  private expireMembers(group: string, members: Map<string, number>): void {
    const oldest = performance.now() - this.groupExpiryMs;
    let count = 0;
    for (const [channel, joinedMs] of members) {
      if (joinedMs >= oldest) continue;
      members.delete(channel);
      count += 1;
    }
    if (count === 0) return;
    this.counters.groupExpired += count;
    this.onEvent({ kind: 'groupExpired', group, count });
  }
}

/** A deep copy; bytes are shared, because nobody writes to them. */
function copyOf(value: MessageValue): MessageValue {
  if (value === null || typeof value !== 'object' || value instanceof Uint8Array) return value;
  if (Array.isArray(value)) return (value as readonly MessageValue[]).map(copyOf);
  const copy: Record<string, MessageValue> = {};
  for (const key of Object.keys(value)) copy[key] = copyOf((value as Message)[key]!);
  return copy;
}
