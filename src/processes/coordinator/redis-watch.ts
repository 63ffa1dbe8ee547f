import { UseAccount } from '../../core/use-account.ts';
import type { RedisBackend } from './redis-backend.ts';

const READ_EVERY_MS = 1000;

/** Reads what the Redis of a run has used, once a second. */
export class RedisWatch implements Disposable {
  readonly use: UseAccount = new UseAccount('Redis');
  private readonly redis: RedisBackend;
  private readonly timer: NodeJS.Timeout;
  private busy = false;

  constructor(redis: RedisBackend) {
    this.redis = redis;
    this.timer = setInterval(() => void this.read(), READ_EVERY_MS);
  }

  /** Everything counts from here, if it answers. */
  async mark(): Promise<void> {
    const reading = await this.redis.use();
    if (reading !== null) this.use.mark(reading);
  }

  /** Reads it now, unless it is being read: one that is paused answers late. */
  async read(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    const reading = await this.redis.use();
    this.busy = false;
    if (reading !== null) this.use.add(reading);
  }

  /** The last reading. */
  async finish(): Promise<void> {
    clearInterval(this.timer);
    this.use.finish(await this.redis.use());
  }

  [Symbol.dispose](): void {
    clearInterval(this.timer);
  }
}
