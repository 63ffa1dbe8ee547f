import { randomBytes } from 'node:crypto';
import { Capacities, capacitiesOf } from './capacities.ts';
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

/** The members of a group by channel, and a time before which none of them has joined. */
interface Group {
  readonly members: Map<string, Member>;
  oldestMs: number;
}

/** A channel in a group, with the time of its last group_add. */
interface Member {
  readonly joinedMs: number;
  /** Where its messages went last; another one where the channel was forgotten in between. */
  mailbox: Mailbox | null;
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
  private readonly groups = new Map<string, Group>();
  private kept: Kept[] = [];
  private keptHead = 0;

  constructor(settings: LayerSettings) {
    this.capacities = new Capacities(Number(settings.options['capacity'] ?? 100), capacitiesOf(settings.options));
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
    if (!this.put(this.mailbox(channel), message)) {
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
      if (mailbox.isUnused && mailbox.size === 0) this.forget(channel);
    }
  }

  consume(channel: string, handler: Handler): Consumer {
    checkChannelName(channel);
    const counted: Handler = (message) => {
      this.counters.received += 1;
      return handler(message);
    };
    const consumer = this.mailbox(channel).consume(counted, async () => this.forget(channel));
    return {
      ...consumer,
      // To resume is to receive again, and a receive drops what has expired first.
      resume: () => {
        this.sweep();
        consumer.resume();
      },
    };
  }

  async groupAdd(group: string, channel: string): Promise<void> {
    checkGroupName(group);
    checkChannelName(channel);
    const joinedMs = performance.now();
    let known = this.groups.get(group);
    if (known === undefined) this.groups.set(group, (known = { members: new Map(), oldestMs: joinedMs }));
    known.members.set(channel, { joinedMs, mailbox: null });
  }

  async groupDiscard(group: string, channel: string): Promise<void> {
    checkChannelName(channel);
    checkGroupName(group);
    const members = this.groups.get(group)?.members;
    members?.delete(channel);
    if (members?.size === 0) this.groups.delete(group);
  }

  async groupSend(group: string, message: Message): Promise<void> {
    checkGroupName(group);
    this.sweep();
    const known = this.groups.get(group);
    this.counters.sent += 1;
    if (known === undefined) return;
    this.expireMembers(group, known);
    const full: string[] = [];
    known.members.forEach((member, channel) => {
      if (member.mailbox === null || member.mailbox.isForgotten) member.mailbox = this.mailbox(channel);
      if (!this.put(member.mailbox, message)) full.push(channel);
    });
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
    for (const channel of this.mailboxes.keys()) this.forget(channel);
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
  private put(mailbox: Mailbox, message: Message): boolean {
    if (!mailbox.isWaiting && mailbox.size >= this.capacities.of(mailbox.channel)) return false;
    const copy = copyOf(message);
    if (mailbox.put(copy)) this.kept.push({ deadlineMs: performance.now() + this.expiryMs, mailbox, message: copy });
    return true;
  }

  private forget(channel: string): void {
    const mailbox = this.mailboxes.get(channel);
    if (mailbox !== undefined) mailbox.isForgotten = true;
    this.mailboxes.delete(channel);
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
      if (mailbox.isUnused && mailbox.size === 0) this.forget(mailbox.channel);
    }
    if (this.keptHead > 1024 && this.keptHead * 2 > this.kept.length) {
      this.kept = this.kept.slice(this.keptHead);
      this.keptHead = 0;
    }
  }

  /** Looks at the members only when one of them can have expired. */
  private expireMembers(name: string, group: Group): void {
    const expiredMs = performance.now() - this.groupExpiryMs;
    if (group.oldestMs >= expiredMs) return;
    let count = 0;
    let oldestMs = Infinity;
    for (const [channel, { joinedMs }] of group.members) {
      if (joinedMs >= expiredMs) oldestMs = Math.min(oldestMs, joinedMs);
      else {
        group.members.delete(channel);
        count += 1;
      }
    }
    group.oldestMs = oldestMs;
    if (count === 0) return;
    this.counters.groupExpired += count;
    this.onEvent({ kind: 'groupExpired', group: name, count });
  }
}

/** A deep copy; bytes are shared, because nobody writes to them. */
export function copyOf(message: Message): Message {
  const copy: Record<string, MessageValue> = { ...message };
  for (const key in copy) {
    const value = copy[key]!;
    if (typeof value === 'object' && value !== null && !(value instanceof Uint8Array)) copy[key] = copyOfValue(value);
  }
  return copy;
}

function copyOfValue(value: MessageValue): MessageValue {
  if (value === null || typeof value !== 'object' || value instanceof Uint8Array) return value;
  return Array.isArray(value) ? (value as readonly MessageValue[]).map(copyOfValue) : copyOf(value as Message);
}
