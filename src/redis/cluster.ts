import { Cluster } from 'ioredis';
import { connectionName, DATA_OPTIONS, retryDelayMs } from './connection.ts';
import { clusterOptions } from './client-options.ts';
import type { HostSpec } from './hosts.ts';
import { redisError } from './redis-error.ts';

export type RedisCluster = Cluster;

const CONNECT_TIMEOUT_MS = 15_000;

/** Connects to a Redis Cluster for sharded publish and subscribe, and tries it within a prefix. Throws an environment error. */
export async function connectCluster(host: HostSpec, prefix: string): Promise<RedisCluster> {
  const { nodes, login } = clusterOptions(host);
  const { retryStrategy: _, enableOfflineQueue: __, ...redisOptions } = DATA_OPTIONS;
  let established = false;
  const cluster = new Cluster(nodes, {
    redisOptions: { ...redisOptions, connectionName: connectionName(process.pid), ...login },
    shardedSubscribers: true,
    enableOfflineQueue: false,
    lazyConnect: true,
    maxRedirections: 3,
    clusterRetryStrategy: (times) => (established ? retryDelayMs(times) : null),
  });
  let lastError: unknown;
  cluster.on('error', (error: unknown) => (lastError = error));
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject((lastError = new Error(`it gave no answer within ${CONNECT_TIMEOUT_MS / 1000} s`))),
      CONNECT_TIMEOUT_MS,
    );
  });
  try {
    await Promise.race([cluster.connect().then(() => cluster.spublish(`${prefix}:probe`, '')), silence]);
    established = true;
    return cluster;
  } catch (error) {
    cluster.disconnect();
    throw redisError(host, lastError ?? error, prefix);
  } finally {
    clearTimeout(timer);
  }
}
