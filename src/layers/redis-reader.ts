import { inflightKey } from './redis-keys.ts';
import { QueueReader, type ReaderOptions } from './queue-reader.ts';
import { RESTORE_SCRIPT } from './redis-scripts.ts';

/** How long a pop waits in Redis. */
export const POP_SECONDS = 5;
/** Time to live of the in-flight key: it is needed for as long as a reader is between pop and backup. */
const INFLIGHT_SECONDS = 60;

/**
 * Reads one message after another, as channels_redis core does. Round trips a message: restore, pop, backup, and the
 * drop of the backup.
 */
export class RedisReader extends QueueReader {
  private readonly inflight: string;
  /** Members that were handed out while their backup may remain: they are skipped when they are restored. */
  private readonly undropped = new Set<string>();

  constructor(options: ReaderOptions) {
    super(options);
    this.inflight = inflightKey(options.queue);
  }

  protected async read(): Promise<void> {
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
