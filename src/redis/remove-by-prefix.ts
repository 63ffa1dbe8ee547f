import { escapedPattern } from '../model/redis-pattern.ts';
import { connectToAsk, type RedisConnection } from './connection.ts';
import { isCluster, type HostSpec } from './hosts.ts';

const BATCH = 500;
/** Writes of a process that was killed may still be on their way into Redis: a clean pass is wanted after the last find. */
const PASSES_MAX = 20;

/**
 * Removes every key that begins with a prefix, and no other, by SCAN and DEL. Passes again until one finds nothing.
 * Answers how many were removed. Rejects when Redis cannot be reached, or does not answer. On a cluster there is nothing to remove: what runs
 * there publishes, and keeps no key.
 */
export async function removeByPrefix(host: HostSpec, prefix: string): Promise<number> {
  if (isCluster(host)) return 0;
  const client = await connectToAsk(host);
  try {
    let removed = 0;
    for (let pass = 0; pass < PASSES_MAX; pass++) {
      const found = await removePass(client, prefix);
      removed += found;
      if (found === 0) break;
    }
    return removed;
  } finally {
    client.disconnect();
  }
}

async function removePass(client: RedisConnection, prefix: string): Promise<number> {
  const pattern = `${escapedPattern(prefix)}*`;
  let removed = 0;
  let cursor = '0';
  do {
    const [next, keys] = await client.scan(cursor, 'MATCH', pattern, 'COUNT', BATCH);
    cursor = next;
    if (keys.length > 0) removed += await client.del(...keys);
  } while (cursor !== '0');
  return removed;
}
