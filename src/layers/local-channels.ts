import type { HeldMessage, LayerCounters, LayerEvent, Message } from './layer.ts';
import { Mailbox } from './mailbox.ts';
import { nonLocalName } from '../model/channel-names.ts';

/**
 * The channels that this process receives on, by the queue that they share. Each has a bounded buffer that drops its
 * oldest message; it goes with its channel.
 */
export class LocalChannels {
  private readonly queues = new Map<string, Map<string, Mailbox>>();
  private readonly channels = new Map<string, Mailbox>();
  private readonly capacity: number;
  private readonly counters: LayerCounters;
  private readonly onEvent: (event: LayerEvent) => void;
  private readonly onWait: (queue: string) => void;

  /** `onWait` is told the non-local name of a channel for which somebody has begun to wait. */
  constructor(capacity: number, counters: LayerCounters, onEvent: (event: LayerEvent) => void, onWait: (queue: string) => void) {
    this.capacity = capacity;
    this.counters = counters;
    this.onEvent = onEvent;
    this.onWait = onWait;
  }

  /** The mailbox of a channel, made where there is none. */
  open(channel: string): Mailbox {
    let mailbox = this.channels.get(channel);
    if (mailbox === undefined) {
      const queue = nonLocalName(channel);
      const onDrop = (message: Message): void => {
        this.counters.bufferOverflow += 1;
        this.onEvent({ kind: 'bufferOverflow', message, channel });
      };
      mailbox = new Mailbox(channel, this.capacity, onDrop, () => this.onWait(queue));
      this.channels.set(channel, mailbox);
      const channels = this.queues.get(queue);
      if (channels === undefined) this.queues.set(queue, new Map([[channel, mailbox]]));
      else channels.set(channel, mailbox);
    }
    return mailbox;
  }

  /** Hands a message to a channel of this process; one that has ended gets nothing. */
  deliver(channel: string, message: Message): void {
    const mailbox = this.channels.get(channel);
    if (mailbox === undefined) return;
    this.counters.received += 1;
    mailbox.put(message);
  }

  /** Whether somebody waits on a channel of a queue. */
  isWaiting(queue: string): boolean {
    const channels = this.queues.get(queue);
    if (channels === undefined) return false;
    for (const mailbox of channels.values()) if (mailbox.isWaiting) return true;
    return false;
  }

  /** Messages that the fullest buffer of a queue's channels can still take. */
  room(queue: string): number {
    let fullest = 0;
    for (const mailbox of this.queues.get(queue)?.values() ?? []) fullest = Math.max(fullest, mailbox.size);
    return this.capacity - fullest;
  }

  held(): readonly HeldMessage[] {
    return [...this.channels.values()].flatMap((mailbox) =>
      mailbox.held.map((message) => ({ message, channels: [mailbox.channel], expired: false })),
    );
  }

  close(channel: string): void {
    const queue = nonLocalName(channel);
    this.channels.delete(channel);
    const channels = this.queues.get(queue);
    channels?.delete(channel);
    if (channels?.size === 0) this.queues.delete(queue);
  }

  clear(): void {
    this.channels.clear();
    this.queues.clear();
  }
}
