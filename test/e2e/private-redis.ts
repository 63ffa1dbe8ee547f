import { ManagedRedis } from '../../src/redis/managed.ts';
import { connectRedis } from '../../src/redis/connection.ts';

/** A Redis that stands for the user's own: bench must leave nothing in it. */
export async function ownRedis(): Promise<AsyncDisposable & { readonly url: string; keys: () => Promise<readonly string[]> }> {
  const server = await ManagedRedis.start();
  const connection = await connectRedis(server.url);
  return {
    url: server.url,
    keys: () => connection.keys('*'),
    [Symbol.asyncDispose]: async () => {
      connection.disconnect();
      await server[Symbol.asyncDispose]();
    },
  };
}
