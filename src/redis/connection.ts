import { hostname } from 'node:os';
import { Redis, type RedisOptions } from 'ioredis';
import { environmentError, messageOf, type BenchError } from '../core/errors.ts';
import { hostOptions } from './client-options.ts';
import type { HostSpec } from './hosts.ts';
import { describeHost } from './show-host.ts';

const CONNECT_TIMEOUT_MS = 5000;
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

/** A connection that sends the commands of one turn of the event loop in one write: a write each would be a system call each. */
export class RedisConnection extends Redis {
  /** Since it was made, over all times that it was opened. */
  commandsSent = 0;
  private isGathering = false;

  override sendCommand(...[command, stream]: Parameters<Redis['sendCommand']>): unknown {
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
 * unreachable server, a wrong password, something that is no Redis and a read-only replica apart.
 */
export async function connectRedis(host: HostSpec): Promise<RedisConnection> {
  let established = false;
  const client = new RedisConnection({
    ...DATA_OPTIONS,
    ...hostOptions(host),
    connectionName: connectionName(process.pid),
    lazyConnect: true,
    retryStrategy: (times) => (established ? retryDelayMs(times) : null),
  });
  let lastError: unknown;
  // What comes after the first failure of an attempt follows from it.
  client.on('error', (error: unknown) => (lastError ??= error));
  const silence = setTimeout(() => {
    lastError = new Error(`it gave no answer within ${CONNECT_TIMEOUT_MS / 1000} s`);
    client.disconnect();
  }, CONNECT_TIMEOUT_MS);
  try {
    await client.connect();
    await refuseReplica(client, host);
    established = true;
    return client;
  } catch (error) {
    client.disconnect();
    throw isBenchError(error) ? error : connectError(host, lastError ?? error);
  } finally {
    clearTimeout(silence);
  }
}

function isBenchError(error: unknown): error is BenchError {
  return error instanceof Error && error.name === 'BenchError';
}

async function refuseReplica(client: Redis, host: HostSpec): Promise<void> {
  const replication = await client.info('replication');
  if (!/^role:slave/m.test(replication) || !/^slave_read_only:1/m.test(replication)) return;
  throw environmentError(`the Redis at ${describeHost(host)} is a read-only replica`, 'Give --redis the URL of its primary.');
}

function connectError(host: HostSpec, cause: unknown): BenchError {
  const where = describeHost(host);
  const text = messageOf(cause);
  if (/NOAUTH|WRONGPASS|invalid (username-)?password|without any password/i.test(text)) {
    return environmentError(
      `the Redis at ${where} refuses the login`,
      'Put the right user and password into the URL: redis://user:password@host:port.',
      { cause },
    );
  }
  if (/NOPERM/.test(text)) {
    return environmentError(
      `the Redis at ${where} does not permit what bench needs`,
      'Use a user that may run all commands on the keys of a run (layerbench-*).',
      { cause },
    );
  }
  if (/Unknown RESP|Protocol error|parser/i.test(text)) {
    return environmentError(`what answers at ${where} is not a Redis`, 'Check host and port.', { cause });
  }
  return environmentError(
    `no Redis can be reached at ${where}: ${text}`,
    'Start it, or check host and port. Bench starts one of its own where neither --redis (LAYERBENCH_REDIS_URL) nor a configuration (--config, --env-file) names one.',
    { cause },
  );
}
