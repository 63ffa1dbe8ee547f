import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis, type RedisOptions } from 'ioredis';
import { knownError } from '../model/error-remedies.ts';
import { messageOf } from '../model/errors.ts';
import { hostOptions } from './client-options.ts';
import { greetingOf } from './greeting.ts';
import type { HostSpec } from './hosts.ts';
import { redisError } from './redis-error.ts';

const CONNECT_TIMEOUT_MS = 5000;
const LOADING_LOOK_MS = 100;
/** For one answer, of connections that ask and do not wait for messages. */
const ANSWER_MS = 10_000;
const RETRY_STEP_MS = 25;
const RETRY_MAX_MS = 200;

/**
 * Options of a data connection: a command whose reply was lost is not sent again, and a command while Redis is down
 * fails at once, as in channels_redis. The connection itself comes back by itself, soon after Redis does.
 */
export const DATA_OPTIONS: Omit<RedisOptions, 'replyMapping'> & { readonly replyMapping: 'legacy' } = {
  // RESP2 is understood by every server from Redis 5 on.
  protocol: 2,
  replyMapping: 'legacy',
  disableClientInfo: true,
  autoResendUnfulfilledCommands: false,
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
  // ioredis leaves the promise of its own subscribing to nobody: subscribers do it themselves.
  autoResubscribe: false,
  connectTimeout: CONNECT_TIMEOUT_MS,
  retryStrategy: retryDelayMs,
};

/** What a process of bench on this host calls its connections: whoever looks at a Redis sees whose they are. */
export function connectionName(pid: number): string {
  return `layerbench-${hostname().replaceAll(/[^\w.-]+/g, '')}-${pid}`;
}

export function retryDelayMs(times: number): number {
  return Math.min(times * RETRY_STEP_MS, RETRY_MAX_MS);
}

/** Looks at the words of each command before it is sent, and throws for one that must not be. */
export type CommandGuard = (words: readonly string[]) => void;

/** A connection that sends the commands of one turn of the event loop in one write: a write each would be a system call each. */
export class RedisConnection extends Redis {
  /** Since it was made, over all times that it was opened. */
  commandsSent = 0;
  /** Whether its user may ask INFO. */
  mayInfo = true;
  guard: CommandGuard | null = null;
  private isGathering = false;

  override sendCommand(...[command, stream]: Parameters<Redis['sendCommand']>): unknown {
    this.guard?.([command.name, ...command.args.map(String)]);
    this.commandsSent += 1;
    if (!this.isGathering && this.status === 'ready') {
      this.isGathering = true;
      const socket = this.stream;
      socket.cork();
      process.nextTick(() => {
        this.isGathering = false;
        socket.uncork();
      });
    }
    return super.sendCommand(command, stream);
  }
}

/**
 * Opens a connection and resolves when it can be used for writing. Throws an environment error that tells an
 * unreachable server, a silent one, a wrong password, something that is no Redis and a read-only replica apart.
 * Of one `isToAsk`, a command without an answer fails. A `guard` sees every command, those of the connection itself too.
 */
export async function connectRedis(host: HostSpec, isToAsk: boolean = false, guard: CommandGuard | null = null): Promise<RedisConnection> {
  let established = false;
  const options = hostOptions(host);
  const client = new RedisConnection({
    ...DATA_OPTIONS,
    ...options,
    ...(isToAsk ? { commandTimeout: ANSWER_MS } : {}),
    lazyConnect: true,
    // It asks INFO, which a user may not; by sentinels, it is what finds the primary.
    enableReadyCheck: options.sentinels !== undefined,
    retryStrategy: (times) => (established ? retryDelayMs(times) : null),
  });
  client.guard = guard;
  // Not as an option: of what is said before it is ready, ioredis passes over what Redis answers.
  client.on('ready', () => void client.client('SETNAME', connectionName(process.pid)).catch(() => undefined));
  let lastError: unknown;
  // What comes after the first failure of an attempt follows from it.
  client.on('error', (error: unknown) => (lastError ??= error));
  let timer: NodeJS.Timeout | undefined;
  // Not by disconnecting alone: who waits for a sentinel goes on.
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      lastError ??= new Error(`it gave no answer within ${CONNECT_TIMEOUT_MS / 1000} s`);
      reject(lastError as Error);
    }, CONNECT_TIMEOUT_MS);
  });
  try {
    await Promise.race([makeReady(client, (error) => (lastError ??= error)), silence]);
    established = true;
    return client;
  } catch (error) {
    client.disconnect();
    throw redisError(host, await firstCause(host, lastError ?? error));
  } finally {
    clearTimeout(timer);
  }
}

/** The same for one that asks, and does not wait for messages. */
export function connectToAsk(host: HostSpec, guard: CommandGuard | null = null): Promise<RedisConnection> {
  return connectRedis(host, true, guard);
}

/** Connects, and waits while it loads its data. Rejects for a read-only replica. */
async function makeReady(client: RedisConnection, onLoading: (error: Error) => void): Promise<void> {
  await client.connect();
  for (let info = await askInfo(client); info !== null; info = await askInfo(client)) {
    client.options.enableReadyCheck = true;
    refuseReplica(info);
    if (!/^loading:1/m.test(info)) return;
    onLoading(new Error('LOADING Redis is loading the dataset in memory'));
    await sleep(LOADING_LOOK_MS);
  }
}

/** What a Redis has said before it ended a connection, where it said something. */
async function firstCause(host: HostSpec, error: unknown): Promise<unknown> {
  if (!/EPIPE|ECONNRESET|closed/.test(messageOf(error))) return error;
  const said = await greetingOf(host);
  return said === '' ? error : new Error(said);
}

/** null where it is not permitted. */
async function askInfo(client: RedisConnection): Promise<string | null> {
  try {
    return await client.info();
  } catch (error) {
    if (knownError(messageOf(error))?.code !== 'commandNotPermitted') throw error;
    client.mayInfo = false;
    return null;
  }
}

/** Where INFO is not permitted, the first write tells. */
function refuseReplica(info: string): void {
  if (/^role:slave/m.test(info) && /^slave_read_only:1/m.test(info))
    throw new Error("READONLY You can't write against a read only replica.");
}
