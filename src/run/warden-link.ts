import type { WardenCommand, WardenMessage, WatchList } from '../processes/warden-protocol.ts';
import { Child } from './child.ts';

const TIMEOUT_MS = 15_000;
/** Wardens that are started in place of one that died; what kills so many would kill the next. */
const REPLACEMENTS = 5;
const NOTHING: WatchList = { type: 'watch', pids: [], redis: null };

type WardenChild = Child<WardenCommand, WardenMessage>;

/**
 * The coordinator's side of the warden: keeps its list complete, and starts another when it dies. The list is with the
 * warden before anything on it does work.
 */
export class WardenLink implements AsyncDisposable {
  private warden: WardenChild;
  private pids = NOTHING.pids;
  private redis = NOTHING.redis;
  private released = false;
  private replacements = 0;

  private constructor(warden: WardenChild) {
    this.warden = warden;
    this.keepAlive(warden);
  }

  /** Starts a warden. On failure none is left, and none takes its place. */
  static async start(): Promise<WardenLink> {
    const warden = spawn();
    try {
      await warden.request(NOTHING, 'watching', 'start', TIMEOUT_MS);
      return new WardenLink(warden);
    } catch (error) {
      await warden.stop(0);
      throw error;
    }
  }

  get pid(): number {
    return this.warden.pid;
  }

  /** Adds process-group leaders to the list. */
  watchPids(pids: readonly number[]): void {
    this.pids = [...this.pids, ...pids];
    this.warden.send(this.list());
  }

  /** A Redis that is not ours, in which the run makes keys; null when they are removed. */
  async watchRedis(redis: WatchList['redis']): Promise<void> {
    this.redis = redis;
    await this.warden.request(this.list(), 'watching', 'start', TIMEOUT_MS).catch(() => undefined);
  }

  private list(): WatchList {
    return { type: 'watch', pids: this.pids, redis: this.redis };
  }

  private keepAlive(warden: WardenChild): void {
    void warden.exited.then(() => {
      if (this.released || this.replacements === REPLACEMENTS) return;
      this.replacements += 1;
      this.warden = spawn();
      this.warden.send(this.list());
      this.keepAlive(this.warden);
    });
  }

  /** Everything on the list is gone: the warden may go as well. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.released = true;
    this.warden.send({ type: 'release' });
    await this.warden.stop(TIMEOUT_MS);
  }
}

function spawn(): WardenChild {
  return new Child('warden', 0, Child.entry('warden'), { onMessage: () => undefined, onFailure: () => undefined });
}
