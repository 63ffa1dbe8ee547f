import { ClientTally, othersAtWork } from '../../redis/clients.ts';
import type { OtherClients } from '../../model/environment.ts';
import { UseAccount } from '../assembly/use-account.ts';
import { nowNs } from '../../platform/clock.ts';
import { socketAddresses } from '../../platform/process-sockets.ts';
import type { RedisBackend } from './redis-backend.ts';

const READ_EVERY_MS = 1000;
/** Longer lists of connections take a Redis too long to make once a second: they are read at the end only. */
const MOST_CLIENTS = 1000;

/** Reads what the Redis of a run has used, once a second, and who else uses it. */
export class RedisWatch implements Disposable {
  readonly use: UseAccount = new UseAccount('Redis');
  private readonly redis: RedisBackend;
  private readonly pids: () => readonly number[];
  private readonly tally = new ClientTally();
  private readonly timer: NodeJS.Timeout;
  private busy = false;
  private isCrowded = false;

  /** `pids`: of the server processes that run now. */
  constructor(redis: RedisBackend, pids: () => readonly number[]) {
    this.redis = redis;
    this.pids = pids;
    this.timer = setInterval(() => void this.read(), READ_EVERY_MS);
  }

  /** null where nobody else was at work, or hardly anybody. */
  get others(): OtherClients | null {
    return this.redis.isOwn ? null : this.tally.others;
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
    const askedNs = nowNs();
    const reading = await this.redis.use();
    if (reading === null) this.use.missed(askedNs);
    else this.use.add(reading);
    if (reading !== null && !this.isCrowded) await this.count();
    this.busy = false;
  }

  /** The last reading. */
  async finish(): Promise<void> {
    clearInterval(this.timer);
    const askedNs = nowNs();
    const reading = await this.redis.use();
    if (reading === null) this.use.missed(askedNs);
    this.use.finish(reading);
    await this.count();
  }

  private async count(): Promise<void> {
    if (this.redis.isOwn) return;
    const clients = await this.redis.clients();
    const own = this.redis.nameOf(process.pid);
    const named = [...this.pids().map((pid) => new Set([this.redis.nameOf(pid)])), new Set([own])];
    const isNamed = (name: string): boolean => named.some((names) => names.has(name));
    const unnamed = othersAtWork(clients ?? []).some(({ name }) => !isNamed(name));
    const processes = unnamed ? await Promise.all(this.pids().map((pid) => this.connectionsOf(pid))) : named;
    this.tally.add(clients, { processes: [...processes, new Set([own])], oldestId: clients?.find(({ name }) => name === own)?.id ?? 0 });
    this.isCrowded = (clients?.length ?? 0) > MOST_CLIENTS;
  }

  /** By name; or by address, of a process that gives them none, such as one in Python. */
  private async connectionsOf(pid: number): Promise<ReadonlySet<string>> {
    return new Set([this.redis.nameOf(pid), ...(await socketAddresses(pid))]);
  }

  [Symbol.dispose](): void {
    clearInterval(this.timer);
  }
}
