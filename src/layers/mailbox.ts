import type { Consumer, Handler, Message } from './layer.ts';

/** A receive that waits for its message. */
interface Waiter {
  readonly take: (message: Message) => void;
}

/**
 * The receiving end of one channel in this process: whoever waits (a receive, or an idle consumer), and a bounded
 * buffer for what comes while nobody does. Semantics are those of a loop over `receive`: one handler at a time.
 */
export class Mailbox {
  readonly channel: string;
  /** Set once its owner has put another in its place, or none. */
  isForgotten = false;
  private readonly capacity: number;
  private readonly onDrop: (message: Message) => void;
  private readonly onWait: () => void;
  private buffer: Message[] = [];
  private head = 0;
  private readonly waiters: Waiter[] = [];
  private handler: Handler | null = null;
  private paused = false;
  private busy = false;

  /** When full, the oldest message is dropped and told to `onDrop`; `onWait` is called when somebody begins to wait. */
  constructor(channel: string, capacity: number, onDrop: (message: Message) => void, onWait: () => void) {
    this.channel = channel;
    this.capacity = capacity;
    this.onDrop = onDrop;
    this.onWait = onWait;
  }

  /** Whether somebody would take a message now. */
  get isWaiting(): boolean {
    return this.waiters.length > 0 || (this.handler !== null && !this.paused && !this.busy);
  }

  /** Whether nobody uses it: no receiver, no consumer. */
  get isUnused(): boolean {
    return this.waiters.length === 0 && this.handler === null;
  }

  get size(): number {
    return this.buffer.length - this.head;
  }

  /** Drops a message if it is the oldest one kept. */
  dropOldest(message: Message): boolean {
    if (this.buffer[this.head] !== message) return false;
    this.shift();
    return true;
  }

  get held(): readonly Message[] {
    return this.buffer.slice(this.head);
  }

  /** Hands a message to whoever waits, or keeps it; answers whether it is kept. */
  put(message: Message): boolean {
    if (this.isWaiting) {
      this.hand(message);
      return false;
    }
    if (this.size >= this.capacity) this.onDrop(this.shift()!);
    this.buffer.push(message);
    return true;
  }

  receive(signal?: AbortSignal): Promise<Message> {
    if (signal?.aborted === true) return Promise.reject(signal.reason as Error);
    const kept = this.shift();
    if (kept !== undefined) return Promise.resolve(kept);
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        take: (message) => {
          signal?.removeEventListener('abort', onAbort);
          resolve(message);
        },
      };
      const onAbort = (): void => {
        this.waiters.splice(this.waiters.indexOf(waiter), 1);
        reject(signal?.reason as Error);
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      this.waiters.push(waiter);
      this.onWait();
    });
  }

  /** Attaches the one consumer of the channel; `onClose` runs when it ends. */
  consume(handler: Handler, onClose: () => Promise<void>): Consumer {
    if (this.handler !== null) throw new Error(`channel '${this.channel}' has a consumer already`);
    this.handler = handler;
    this.drain();
    return {
      pause: () => (this.paused = true),
      resume: () => {
        this.paused = false;
        this.drain();
      },
      close: () => {
        this.handler = null;
        return onClose();
      },
    };
  }

  private shift(): Message | undefined {
    const message = this.buffer[this.head];
    if (message === undefined) return undefined;
    this.head += 1;
    if (this.head > 64 && this.head * 2 > this.buffer.length) {
      this.buffer = this.buffer.slice(this.head);
      this.head = 0;
    }
    return message;
  }

  private hand(message: Message): void {
    if (this.waiters.length > 0) return this.waiters.shift()!.take(message);
    const done = this.handler!(message);
    if (done === undefined) return;
    this.busy = true;
    void done
      .catch(() => undefined)
      .then(() => {
        this.busy = false;
        this.drain();
      });
  }

  /** Hands out what is kept while somebody takes it. */
  private drain(): void {
    while (this.isWaiting) {
      const message = this.shift();
      if (message === undefined) return this.onWait();
      this.hand(message);
    }
  }
}
