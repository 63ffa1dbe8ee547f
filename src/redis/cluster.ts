import { Cluster } from 'ioredis';
import { environmentError, messageOf } from '../core/errors.ts';
import { connectionName, DATA_OPTIONS, retryDelayMs } from './connection.ts';
import { clusterOptions } from './client-options.ts';
import type { HostSpec } from './hosts.ts';
import { describeHost } from './show-host.ts';

export type RedisCluster = Cluster;

const OLDEST = 'Sharded publish and subscribe needs Redis 7.0 or newer on every node.';

/** Connects to a Redis Cluster for sharded publish and subscribe. Throws an environment error. */
export async function connectCluster(host: HostSpec): Promise<RedisCluster> {
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
  try {
    await cluster.connect();
    await cluster.spublish('layerbench-probe', '');
    established = true;
    return cluster;
  } catch (error) {
    cluster.disconnect();
    throw environmentError(`the Redis Cluster at ${describeHost(host)} cannot be used: ${messageOf(lastError ?? error)}`, OLDEST, {
      cause: error,
    });
  }
}
