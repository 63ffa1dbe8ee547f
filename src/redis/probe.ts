import type { RedisConnection } from './connection.ts';
import type { HostSpec } from './hosts.ts';
import { redisError } from './redis-error.ts';

/*
 * What a layer needs of its Redis, tried before a run rests on it. Nothing is written, and every name begins with the prefix of the run:
 * a user may be permitted that alone.
 */

/** The script over several keys and the newest command of the core wire. Throws an environment error. */
export async function probeCore(connection: RedisConnection, host: HostSpec, prefix: string): Promise<void> {
  const key = `${prefix}:probe`;
  try {
    await connection.eval('return 0', 2, key, `${key}:2`);
    await connection.zpopmin(key);
  } catch (error) {
    throw redisError(host, error, prefix);
  }
}

/** A message to a channel that nobody hears. Throws an environment error. */
export async function probePubSub(connection: RedisConnection, host: HostSpec, prefix: string): Promise<void> {
  try {
    await connection.publish(`${prefix}:probe`, '');
  } catch (error) {
    throw redisError(host, error, prefix);
  }
}
