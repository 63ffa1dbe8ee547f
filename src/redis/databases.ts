import { connectRedis, type RedisConnection } from './connection.ts';
import { removeByPrefix } from './remove-by-prefix.ts';

/** What a server has unless it was configured otherwise. */
const DATABASES = 16;

/** Several databases of one server, counted from that of its URL. */
export class RedisDatabases implements AsyncDisposable {
  private readonly base: string;
  private readonly connections = new Map<number, Promise<RedisConnection>>();
  private readonly subscribers: RedisConnection[] = [];
  private readonly used = new Set<number>();

  private constructor(base: string) {
    this.base = base;
  }

  /** Throws an environment error where Redis cannot be used. */
  static async open(url: string): Promise<RedisDatabases> {
    const databases = new RedisDatabases(url);
    await databases.connection(0);
    return databases;
  }

  url(database = 0): string {
    this.used.add(database);
    const url = new URL(this.base);
    const isUnix = url.protocol === 'unix:';
    const first = Number((isUnix ? url.searchParams.get('db') : url.pathname.slice(1)) ?? 0);
    const number = String((first + database) % DATABASES);
    if (isUnix) url.searchParams.set('db', number);
    else url.pathname = `/${number}`;
    return url.href;
  }

  async call(database: number, command: string, ...args: readonly (string | number | Buffer)[]): Promise<unknown> {
    const connection = await this.connection(database);
    return connection.callBuffer(command, [...args]);
  }

  async listen(channel: string): Promise<readonly Buffer[]> {
    const published: Buffer[] = [];
    const subscriber = await connectRedis(this.url());
    this.subscribers.push(subscriber);
    subscriber.on('messageBuffer', (_: Buffer, payload: Buffer) => published.push(payload));
    await subscriber.subscribe(channel);
    return published;
  }

  /** Removes the keys of a prefix from every database whose URL was asked for. */
  async removeByPrefix(prefix: string): Promise<void> {
    for (const database of this.used) await removeByPrefix(this.url(database), prefix);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const connection of await Promise.allSettled(this.connections.values())) {
      if (connection.status === 'fulfilled') connection.value.disconnect();
    }
    for (const subscriber of this.subscribers) subscriber.disconnect();
  }

  private connection(database: number): Promise<RedisConnection> {
    let connection = this.connections.get(database);
    if (connection === undefined) this.connections.set(database, (connection = connectRedis(this.url(database))));
    return connection;
  }
}
