import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { nowNs } from '../src/platform/clock.ts';
import { ManagedRedis } from '../src/redis/managed.ts';
import { median, printTable, ratio } from './measuring.ts';
import { cpuPerSecond, measuredSeconds, runFanout } from './run-bench.ts';

/*
 * What idle processes cost, and what a message costs where processes are idle in between. Goal: a server and a driver take at most 2 ms of
 * CPU a second. The layers are held against a bare ioredis client at both paces: one round trip after another, as a message of the layer
 * `redis` needs them, with a pause between messages; and as many at once as at a high rate. `node dist/bench/idle-cost.js [rounds]`.
 */
const ROUNDS = Number(process.argv[2] ?? 1);
const MEMBERS = 10;
const DURATION_SECONDS = 10;
const LAYERS = [
  { layer: 'memory', processes: 1 },
  { layer: 'redis', processes: 8 },
  { layer: 'redis-fast', processes: 8 },
  { layer: 'redis-pubsub', processes: 8 },
] as const;
/** Round trips of a reader of `redis` for a message. */
const CHAIN = 4;
/** Round trips that share a wake-up at a high rate. */
const IN_FLIGHT = 16;
/** Messages a second. The least is one message in all; the most may be more than a machine carries: what is delivered costs what it costs then. */
const RATES = { idle: 1 / DURATION_SECONDS, low: 20, high: 200 } as const;

/** What one run used; CPU in seconds for each second. */
interface Use {
  readonly servers: number;
  readonly driver: number;
  readonly deliveriesPerSecond: number;
  readonly roundTripsPerDelivery: number;
}

async function use(layer: string, processes: number, rate: number): Promise<Use> {
  const sizes = ['--layer', layer, '--processes', String(processes), '--members', String(MEMBERS), '--drivers', '1'];
  const result = await runFanout([...sizes, '--rate', `${rate}/s`, '--warmup', '2s', '--duration', `${DURATION_SECONDS}s`]);
  return {
    servers: cpuPerSecond(result, ['server']),
    driver: cpuPerSecond(result, ['driver']),
    deliveriesPerSecond: result.ledger.delivered / measuredSeconds(result),
    roundTripsPerDelivery: (result.cost.redisRoundTripsPer1000Deliveries ?? 0) / 1000,
  };
}

/** CPU µs of a round trip of this process. */
async function roundTripUs(client: Redis, perSecond: number): Promise<number> {
  const before = process.cpuUsage();
  const endNs = nowNs() + 5e9;
  let trips = 0;
  while (nowNs() < endNs) {
    if (perSecond === Infinity) {
      await Promise.all(Array.from({ length: IN_FLIGHT }, () => client.ping()));
      trips += IN_FLIGHT;
    } else {
      for (let trip = 0; trip < CHAIN; trip++) await client.ping();
      trips += CHAIN;
      await sleep(1000 / perSecond);
    }
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / trips;
}

await using redis = await ManagedRedis.start();
const client = new Redis(redis.url);
const bare: { low: number; high: number }[] = [];
const uses = LAYERS.map(() => ({ idle: [] as Use[], low: [] as Use[], high: [] as Use[] }));
for (let round = 0; round < ROUNDS; round++) {
  bare.push({ low: await roundTripUs(client, RATES.low), high: await roundTripUs(client, Infinity) });
  for (const [l, { layer, processes }] of LAYERS.entries())
    for (const pace of ['idle', 'low', 'high'] as const) uses[l]![pace].push(await use(layer, processes, RATES[pace]));
}
client.disconnect();

const of = (list: readonly Use[], value: (use: Use) => number): number => median(list.map(value));

console.log('\nIdle\n');
printTable(
  ['layer', 'processes', 'a server, CPU ms a second', 'the driver, CPU ms a second'],
  LAYERS.map(({ layer, processes }, l) => [
    layer,
    String(processes),
    ((of(uses[l]!.idle, ({ servers }) => servers) * 1000) / processes).toFixed(1),
    (of(uses[l]!.idle, ({ driver }) => driver) * 1000).toFixed(1),
  ]),
);

/** CPU µs of the servers for a delivery, beyond what they cost idle. */
function deliveryUs(l: number, pace: 'low' | 'high'): number {
  const idle = of(uses[l]!.idle, ({ servers }) => servers);
  return of(uses[l]![pace], ({ servers, deliveriesPerSecond }) => ((servers - idle) * 1e6) / deliveriesPerSecond);
}

const bareUs = { low: median(bare.map(({ low }) => low)), high: median(bare.map(({ high }) => high)) };
console.log(`\nServers beyond idle, ${MEMBERS} members: at ${RATES.low} messages a second, and at ${RATES.high}\n`);
printTable(
  [
    'layer',
    'round trips of a message',
    `µs a delivery at ${RATES.low}/s`,
    `at ${RATES.high}/s`,
    'ratio',
    'µs a round trip, low',
    'to that of bare ioredis',
  ],
  [
    ...LAYERS.map(({ layer }, l) => {
      const trips = of(uses[l]!.low, ({ roundTripsPerDelivery }) => roundTripsPerDelivery) * MEMBERS;
      const [low, high] = [deliveryUs(l, 'low'), deliveryUs(l, 'high')];
      const ofTrip = trips === 0 ? null : (low * MEMBERS) / trips;
      return [
        layer,
        trips.toFixed(0),
        low.toFixed(0),
        high.toFixed(0),
        ratio(low / high),
        ofTrip === null ? '–' : ofTrip.toFixed(0),
        ofTrip === null ? '–' : ratio(ofTrip / bareUs.low),
      ];
    }),
    [
      'bare ioredis, a round trip',
      '1',
      bareUs.low.toFixed(0),
      bareUs.high.toFixed(0),
      ratio(bareUs.low / bareUs.high),
      bareUs.low.toFixed(0),
      '1.00',
    ],
  ],
);
