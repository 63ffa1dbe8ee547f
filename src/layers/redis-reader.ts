import { messageOf } from '../core/errors.ts';
import type { RedisConnection } from '../redis/connection.ts';
import type { Backend } from './backend.ts';
import { inflightKey } from './redis-keys.ts';
import { RESTORE_SCRIPT } from './redis-scripts.ts';

/** How long a pop waits in Redis. */
const POP_SECONDS = 5;
/** Time to live of the in-flight key: it is needed for as long as a reader is between pop and backup. */
const INFLIGHT_SECONDS = 60;
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
}

/**
 * The reader of one queue: pops one message after another, as channels_redis core does, and is never aborted between
 * a pop and its hand-over. Round trips a message: restore, pop, backup, and the drop of the backup.
 */
export class QueueReader {
  private readonly options: ReaderOptions;
  private readonly inflight: string;
  private wake: () => void = () => undefined;
  /** Members that were handed out while their backup may remain: they are skipped when they are restored. */
  private readonly undropped = new Set<string>();

  constructor(options: ReaderOptions) {
    this.options = options;
    this.inflight = inflightKey(options.queue);
    void this.run();
  }

  /** A local receiver has begun to wait. */
  notify(): void {
    this.wake();
  }

  private async run(): Promise<void> {
    const { backend, connection, isWanted } = this.options;
    while (await backend.whenReady(connection)) {
      if (!isWanted()) {
        await new Promise<void>((resolve) => (this.wake = resolve));
        continue;
      }
      try {
        await this.readOne();
      } catch (error) {
        if (!/clos|ECONN|EPIPE|writeable/i.test(messageOf(error))) await new Promise((resolve) => setTimeout(resolve, ERROR_PAUSE_MS));
      }
    }
  }

  private async readOne(): Promise<void> {
    const { backend, connection, queue, onMember } = this.options;
    await backend.reply(connection.eval(RESTORE_SCRIPT, 0, queue, this.inflight));
    const popped = (await backend.reply(connection.bzpopminBuffer(queue, POP_SECONDS))) as [Buffer, Buffer, Buffer] | null;
    if (popped === null) return;
    const [, member, score] = popped;
    const id = this.undropped.size > 0 ? member.toString('latin1') : '';
    const known = id !== '' && this.undropped.delete(id);
    const backedUp = await this.backUp(member, score);
    if (!known) onMember(member);
    if (!backedUp || !(await this.dropBackup())) this.undropped.add(member.toString('latin1'));
  }

  /** Whether the backup is known to be there. The message is in hand, so it is handed out either way. */
  private async backUp(member: Buffer, score: Buffer): Promise<boolean> {
    const { backend, connection } = this.options;
    const stored = connection.zadd(this.inflight, score, member);
    connection.expire(this.inflight, INFLIGHT_SECONDS).catch(() => undefined);
    return backend.reply(stored).then(
      () => true,
      () => false,
    );
  }

  private async dropBackup(): Promise<boolean> {
    const { backend, connection } = this.options;
    return backend.reply(connection.zpopmin(this.inflight)).then(
      () => true,
      () => false,
    );
  }
}
