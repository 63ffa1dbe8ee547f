import type { RedisConnection } from '../redis/connection.ts';
import { messageOf } from '../model/errors.ts';
import type { Backend } from './backend.ts';

/** After an error that is not the connection's, the next try waits this long. */
const ERROR_PAUSE_MS = 100;

export interface ReaderOptions {
  readonly queue: string;
  readonly backend: Backend;
  /** A connection of its own: it blocks. */
  readonly connection: RedisConnection;
  /** Whether a local receiver waits: nothing is popped while none does. */
  readonly isWanted: () => boolean;
  readonly onMember: (member: Buffer) => void;
  /** Nobody has read the queue for so long. */
  readonly onUnread: (ms: number) => void;
}

/** The one reader of a queue: reads for as long as a local receiver waits, whatever becomes of the connection. */
export abstract class QueueReader {
  protected readonly options: ReaderOptions;
  private wake: () => void = () => undefined;

  constructor(options: ReaderOptions) {
    this.options = options;
  }

  /** A local receiver has begun to wait. */
  notify(): void {
    this.wake();
  }

  /** Pops what is there, or waits for one message, and hands it out; never aborted between the two. */
  protected abstract read(): Promise<void>;

  async run(): Promise<void> {
    const { backend, connection, isWanted } = this.options;
    while (await backend.whenReady(connection)) {
      if (!isWanted()) {
        const sinceMs = performance.now();
        await new Promise<void>((resolve) => (this.wake = resolve));
        this.options.onUnread(performance.now() - sinceMs);
        continue;
      }
      try {
        await this.read();
      } catch (error) {
        if (!/clos|ECONN|EPIPE|writeable/i.test(messageOf(error))) await new Promise((resolve) => setTimeout(resolve, ERROR_PAUSE_MS));
      }
    }
  }
}
