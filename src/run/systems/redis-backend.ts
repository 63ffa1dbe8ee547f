import { environmentError, messageOf } from '../../model/errors.ts';
import { connectionName, connectToAsk, type RedisConnection } from '../../redis/connection.ts';
import { firstNode, isCluster, parseHost, type HostSpec } from '../../redis/hosts.ts';
import { describeHost } from '../../redis/show-host.ts';
import type { SettingValue } from '../../model/layer-setting.ts';
import { readInfo } from '../../redis/info.ts';
import { ManagedRedis } from '../../redis/managed.ts';
import { OwnTraffic } from '../../redis/own-traffic.ts';
import { parseClientList, type RedisClient } from '../../redis/clients.ts';
import { removeByPrefix } from '../../redis/remove-by-prefix.ts';
import type { UseReading } from '../assembly/use-account.ts';
import { nowNs } from '../../platform/clock.ts';
import type { ExitListener } from './server-under-test.ts';
import type { WardenLink } from '../warden-link.ts';

export interface RedisBackendOptions {
  /** null: start one for this run. */
  readonly hosts: readonly SettingValue[] | null;
  /** Where that one listens; null for any free port. */
  readonly port: number | null;
  readonly prefix: string;
  /** Tries what the layer needs; null where that is not known. */
  readonly probe: ((connection: RedisConnection, host: HostSpec, prefix: string) => Promise<void>) | null;
  readonly warden: WardenLink;
  readonly onExit: ExitListener;
}

/** What an observer needs: it keeps nothing in Redis. */
type ObserverOptions = Pick<RedisBackendOptions, 'warden' | 'onExit'>;

/** The Redis of one run: one of bench's own; the user's, of which only the run's prefix is touched; or an application's, which is only read. */
export class RedisBackend implements AsyncDisposable {
  readonly hosts: readonly HostSpec[];
  readonly version: string;
  private readonly connection: RedisConnection;
  private readonly own: OwnTraffic;
  private readonly managed: ManagedRedis | null;
  /** Of the keys that are to be removed; null for none. */
  private readonly prefix: string | null;
  private readonly warden: WardenLink;
  private readonly onExit: ExitListener;
  private stopping = false;
  private restarting = false;

  private constructor(
    options: ObserverOptions & { readonly prefix: string | null },
    hosts: readonly HostSpec[],
    version: string,
    connection: RedisConnection,
    managed: ManagedRedis | null,
  ) {
    this.hosts = hosts;
    this.version = version;
    this.connection = connection;
    this.own = new OwnTraffic(connection);
    this.managed = managed;
    this.prefix = options.prefix;
    this.warden = options.warden;
    this.onExit = options.onExit;
    this.watch();
  }

  /** Connects, and refuses a server that the run could not use. Errors name what is wrong, without the password. */
  static async open(options: RedisBackendOptions): Promise<RedisBackend> {
    const managed = options.hosts === null ? await ManagedRedis.start(options.port) : null;
    try {
      if (managed !== null) options.warden.watchPids([managed.pid]);
      const hosts: readonly SettingValue[] = options.hosts ?? [managed!.url];
      const parsed = hosts.map((host) => parseHost(host));
      const connection = await connectToAsk(firstServer(parsed));
      if (managed === null && !isCluster(parsed[0]!)) await probe(options, connection, parsed[0]!);
      if (managed === null) await options.warden.watchRedis({ hosts, prefix: options.prefix });
      return new RedisBackend(options, parsed, await versionOf(connection), connection, managed);
    } catch (error) {
      await managed?.[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Connects to the Redis of an application, to read what it uses. Throws an environment error where it cannot. */
  static async observe(url: string, options: ObserverOptions): Promise<RedisBackend> {
    const host = parseHost(url);
    const connection = await connectToAsk(firstServer([host]));
    try {
      if (!connection.mayInfo) throw new Error('its user may not ask INFO');
      const version = await versionOf(connection);
      return new RedisBackend({ warden: options.warden, onExit: options.onExit, prefix: null }, [host], version, connection, null);
    } catch (error) {
      connection.disconnect();
      throw environmentError(`${describeHost(host)} does not tell what it has used: ${messageOf(error)}`, 'Its figures are left out.', {
        cause: error,
      });
    }
  }

  /** Whether all that the run uses is one server: the counters of others are not read. */
  get isOneServer(): boolean {
    return this.hosts.length === 1 && !this.hosts.some(isCluster);
  }

  /** Whether bench has started it for this run alone. */
  get isOwn(): boolean {
    return this.managed !== null;
  }

  /** Whether it tells what it has used: its user may ask INFO. */
  get tellsUse(): boolean {
    return this.connection.mayInfo;
  }

  /** URL of the one of bench's own. */
  get address(): string {
    return this.managed!.url;
  }

  /** For results and messages: without the password. */
  get publicUrl(): string {
    return this.hosts.map(describeHost).join(',');
  }

  /**
   * What Redis says of itself now; null where it does not answer. `commands` are those inside scripts too, as INFO counts them.
   * What these readings cost is left out.
   */
  async use(): Promise<UseReading | null> {
    try {
      const atNs = nowNs();
      const before = this.own.read();
      const { runId, usedCpuSeconds, usedMemoryRssBytes, commandCalls, netBytes } = await readInfo(this.connection);
      const own = this.own.since(runId, before);
      const counters = {
        ...(commandCalls !== null && { commands: commandCalls - own.commands }),
        ...(netBytes !== null && { bytes: netBytes - own.bytes }),
      };
      return { atNs, identity: runId, cpuSeconds: usedCpuSeconds, rssBytes: usedMemoryRssBytes, counters };
    } catch {
      return null;
    }
  }

  /** Who is connected; null where that may not be asked. Of a Redis of bench's own nobody else is. */
  async clients(): Promise<readonly RedisClient[] | null> {
    try {
      return parseClientList(String(await this.connection.call('CLIENT', 'LIST')));
    } catch {
      return null;
    }
  }

  /** What a process of the run calls its connections. */
  nameOf(pid: number): string {
    return connectionName(pid);
  }

  /** Answers nothing for a while. */
  async pause(forMs: number): Promise<void> {
    if (this.managed === null) {
      await this.connection.call('CLIENT', 'PAUSE', forMs, 'ALL');
      return elapse(forMs);
    }
    this.managed.pause();
    await elapse(forMs);
    this.managed.resume();
  }

  /** Ends and starts anew, empty. Only a Redis of bench's own. */
  async restart(): Promise<void> {
    if (this.managed === null) throw new Error('it is not a Redis that bench has started');
    this.restarting = true;
    await this.managed.restart();
    this.restarting = false;
    this.watch();
    this.warden.watchPids([this.managed.pid]);
  }

  /** Ends the connections of everybody else. */
  async dropConnections(): Promise<void> {
    for (const type of ['normal', 'pubsub']) await this.connection.call('CLIENT', 'KILL', 'TYPE', type, 'SKIPME', 'yes');
  }

  private watch(): void {
    void this.managed?.exited.then((exit) => {
      if (!this.stopping && !this.restarting) this.onExit('Redis', 0, exit);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stopping = true;
    this.connection.disconnect();
    if (this.managed !== null) {
      await this.managed[Symbol.asyncDispose]();
    } else if (this.prefix !== null) {
      const { prefix } = this;
      await Promise.all(this.hosts.map((host) => removeKeys(host, prefix)));
      await this.warden.watchRedis(null);
    }
  }
}

async function probe({ probe: tryLayer, prefix }: RedisBackendOptions, connection: RedisConnection, host: HostSpec): Promise<void> {
  try {
    await tryLayer?.(connection, host, prefix);
  } catch (error) {
    connection.disconnect();
    throw error;
  }
}

async function removeKeys(host: HostSpec, prefix: string): Promise<void> {
  try {
    await removeByPrefix(host, prefix);
  } catch (error) {
    throw environmentError(`keys that begin with '${prefix}' may be left: ${messageOf(error)}`, 'Remove them by hand.', { cause: error });
  }
}

async function versionOf(connection: RedisConnection): Promise<string> {
  return connection.mayInfo ? (await readInfo(connection)).version : 'unknown';
}

/** The host whose counters stand for all: the first; of a cluster, its first node. */
function firstServer(hosts: readonly HostSpec[]): HostSpec {
  const [first] = hosts;
  if (first === undefined) throw new Error('a layer that uses Redis has no host');
  return firstNode(first);
}

function elapse(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
