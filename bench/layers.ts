import { Redis } from 'ioredis';
import { ManagedRedis } from '../src/redis/managed.ts';
import { bareMemory, barePubSub, bareRedis, bareRedisFast } from './bare-loops.ts';
import { deliveriesPerSecond } from './layer-case.ts';
import { median, printTable, ratio } from './measuring.ts';
import { openCase, PAYLOAD_BYTES } from './open-case.ts';

/*
 * A layer alone, without sockets: deliveries per second against a bare ioredis loop that issues the same commands, on
 * the same Redis, interleaved. Goal: at least 0.85 times; for memory, against a loop over callbacks, 0.5 times.
 */
const ROUNDS = 7;
const SHAPES = [
  { members: 200, messages: 1500 },
  { members: 1, messages: 6000 },
] as const;
const IN_FLIGHT = [1, 64] as const;

await using redis = await ManagedRedis.start();
const connect = async (): Promise<Redis> => {
  const client = new Redis(redis.url, { lazyConnect: true, protocol: 2, replyMapping: 'legacy' });
  await client.connect();
  return client;
};

const bare = {
  // As large as the layer's envelope, with its list of channel names.
  redis: (members: number) => bareRedis(connect, members, Buffer.alloc(PAYLOAD_BYTES + 64 + 76 * members, 1)),
  'redis-fast': (members: number) => bareRedisFast(connect, members, Buffer.alloc(PAYLOAD_BYTES + 64, 1)),
  memory: (members: number) => bareMemory(members, PAYLOAD_BYTES),
  'redis-pubsub': (members: number) => barePubSub(connect, members, Buffer.alloc(PAYLOAD_BYTES + 40, 1)),
} as const;

const rows: string[][] = [];
const names = ['redis', 'redis-fast', 'redis-pubsub', 'memory'] as const;
// A name on the command line measures that layer alone.
for (const name of names.filter((each) => (process.argv[2] ?? each) === each)) {
  for (const { members, messages } of SHAPES) {
    for (const inFlight of IN_FLIGHT) {
      const cases = { layer: await openCase(name, members, redis.url), bare: await bare[name](members) };
      const pairs: { layer: number; bare: number }[] = [];
      for (let round = 0; round < ROUNDS + 1; round++) {
        const pair = { layer: 0, bare: 0 };
        for (const side of round % 2 === 0 ? (['layer', 'bare'] as const) : (['bare', 'layer'] as const)) {
          pair[side] = await deliveriesPerSecond(cases[side], messages, inFlight);
        }
        if (round > 0) pairs.push(pair);
      }
      await cases.layer.end();
      await cases.bare.end();
      const perSecond = (side: 'layer' | 'bare'): string => Math.round(median(pairs.map((pair) => pair[side]))).toLocaleString('en');
      rows.push([
        name,
        `${members}`,
        `${inFlight}`,
        perSecond('layer'),
        perSecond('bare'),
        ratio(median(pairs.map((pair) => pair.layer / pair.bare))),
      ]);
    }
  }
}
printTable(['layer', 'members', 'sends in flight', 'deliveries/s', 'bare ioredis', 'ratio (median of pairs)'], rows);
