import { QueueReader, type ReaderOptions } from './queue-reader.ts';
import { POP_SECONDS } from './redis-reader.ts';

/** Messages that one pop takes at most: enough to make the round trip cheap. */
const BATCH = 256;

export interface BatchReaderOptions extends ReaderOptions {
  /** Messages that every local buffer can take. */
  readonly room: () => number;
}

/**
 * Reads the queue that only this process reads: what is waiting in one batch, then the next message when it comes, both
 * asked for together. A batch is never larger than the room of the fullest local buffer, so that it drops nothing that
 * single pops would have delivered. There is no backup: nobody else could restore it.
 */
export class BatchReader extends QueueReader {
  private readonly room: () => number;
  /** Whether the last pop found a message, so that more may be waiting. */
  private hasBacklog = true;

  constructor(options: BatchReaderOptions) {
    super(options);
    this.room = options.room;
  }

  protected async read(): Promise<void> {
    const { backend, connection, queue, onMember } = this.options;
    const room = this.hasBacklog ? Math.min(BATCH, this.room() - 1) : 0;
    const batch = room > 0 ? connection.zpopminBuffer(queue, room) : null;
    const next = connection.bzpopminBuffer(queue, POP_SECONDS) as Promise<[Buffer, Buffer, Buffer] | null>;
    next.catch(() => undefined);
    if (batch !== null) {
      const members = await batch;
      for (let i = 0; i < members.length; i += 2) onMember(members[i]!);
    }
    const popped = await backend.reply(next);
    this.hasBacklog = popped !== null;
    if (popped !== null) onMember(popped[1]);
  }
}
