import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { Redis } from 'ioredis';
import type { LayerName } from '../src/model/layers.ts';
import { nowNs } from '../src/platform/clock.ts';
import { ManagedRedis } from '../src/redis/managed.ts';
import { deliveriesPerSecond } from './layer-case.ts';
import { median, printTable, ratio } from './measuring.ts';
import { openCase } from './open-case.ts';

/*
 * Our layers beside the Python layers of the same wire, on the same Redis, interleaved; each side with its best of 1 and 64
 * sends in flight. Then what a group_send and its receive cost Redis, and how long they take at a low rate.
 */
const ROUNDS = 3;
const IN_FLIGHT = [1, 64] as const;
const PYTHON_ROOT = new URL('../../.python/root/usr/lib/python3/dist-packages', import.meta.url).pathname;
const SCRIPT = new URL('../../bench/python-layers.py', import.meta.url).pathname;

await using redis = await ManagedRedis.start();
const admin = new Redis(redis.url, { protocol: 2, replyMapping: 'legacy' });

let started = 0;

/** A process of Python's layer, which measures when it is asked. */
class PythonLayer {
  private readonly child;
  private readonly lines: AsyncIterator<string>;

  constructor(name: string) {
    this.child = spawn('/usr/bin/python3', [SCRIPT, name, redis.url, `python-${started++}`], {
      env: { ...process.env, PYTHONPATH: PYTHON_ROOT },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.lines = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
  }

  async deliveriesPerSecond(members: number, messages: number, inFlight: number): Promise<number> {
    this.child.stdin.write(`${members} ${messages} ${inFlight}\n`);
    const line = await this.lines.next();
    if (line.done === true) throw new Error('the Python process has ended');
    return Number(line.value);
  }

  async end(): Promise<void> {
    this.child.stdin.end();
    await once(this.child, 'exit');
  }
}

interface Shape {
  readonly layer: LayerName;
  readonly upstream: string;
  readonly members: number;
  readonly goal: number;
  /** Messages of one measurement: Python's, and ours. */
  readonly messages: readonly [python: number, ours: number];
}

const SHAPES: readonly Shape[] = [
  { layer: 'redis-fast', upstream: 'core', members: 200, goal: 15, messages: [300, 4000] },
  { layer: 'redis-fast', upstream: 'core', members: 1, goal: 15, messages: [1500, 20_000] },
  { layer: 'redis', upstream: 'core', members: 200, goal: 5, messages: [300, 2000] },
  { layer: 'redis', upstream: 'core', members: 1, goal: 2, messages: [1500, 5000] },
  { layer: 'redis-pubsub', upstream: 'pubsub', members: 200, goal: 2, messages: [500, 3000] },
  { layer: 'memory', upstream: 'memory', members: 200, goal: 20, messages: [100, 4000] },
];
const NAMES: Readonly<Record<string, string>> = { core: 'redis', pubsub: 'redis-pubsub', memory: 'memory' };

async function best(measure: (inFlight: number) => Promise<number>): Promise<number> {
  const values: number[] = [];
  for (const inFlight of IN_FLIGHT) values.push(await measure(inFlight));
  return Math.max(...values);
}

async function compare(shape: Shape): Promise<readonly string[]> {
  const python = new PythonLayer(NAMES[shape.upstream]!);
  const ours = await openCase(shape.layer, shape.members, redis.url);
  const [theirMessages, ourMessages] = shape.messages;
  const pairs: { python: number; ours: number }[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    const pair = { python: 0, ours: 0 };
    for (const side of round % 2 === 0 ? (['ours', 'python'] as const) : (['python', 'ours'] as const)) {
      pair[side] =
        side === 'ours'
          ? await best((inFlight) => deliveriesPerSecond(ours, ourMessages, inFlight))
          : await best((inFlight) => python.deliveriesPerSecond(shape.members, theirMessages, inFlight));
    }
    // The first round warms both sides up.
    if (round > 0) pairs.push(pair);
  }
  await python.end();
  await ours.end();
  const perSecond = (side: 'python' | 'ours'): string => Math.round(median(pairs.map((pair) => pair[side]))).toLocaleString('en');
  const found = ratio(median(pairs.map((pair) => pair.ours / pair.python)));
  return [shape.layer, shape.upstream, `${shape.members}`, perSecond('ours'), perSecond('python'), found, `≥ ${shape.goal}`];
}

/** Calls of each command since the server started, scripts' own ones included. */
async function calls(): Promise<number> {
  const text = String(await admin.info('commandstats'));
  return [...text.matchAll(/^cmdstat_([a-z|]+):calls=(\d+)/gm)]
    .filter(([, command]) => command !== 'info')
    .reduce((total, [, , count]) => total + Number(count), 0);
}

/** Commands in Redis, and client round trips, for one group_send to one member and its receive. */
async function costs(layer: 'redis' | 'redis-fast' | 'python'): Promise<readonly string[]> {
  const messages = 1000;
  if (layer === 'python') {
    const python = new PythonLayer('redis');
    await python.deliveriesPerSecond(1, messages, 1);
    const before = await calls();
    await python.deliveriesPerSecond(1, messages, 1);
    const commands = (await calls()) - before;
    await python.end();
    return ['channels_redis core', (commands / messages).toFixed(2), '8 (by its source)'];
  }
  const ours = await openCase(layer, 1, redis.url);
  await deliveriesPerSecond(ours, messages, 1);
  const [before, roundTrips] = [await calls(), ours.roundTrips()];
  await deliveriesPerSecond(ours, messages, 1);
  const [commands, waits] = [(await calls()) - before, ours.roundTrips() - roundTrips];
  await ours.end();
  return [layer, (commands / messages).toFixed(2), (waits / messages).toFixed(2)];
}

/** Time from `start` to its answer, p50 in microseconds, at 100 a second; the two interleaved. */
async function transit(): Promise<readonly (readonly string[])[]> {
  const ours = await openCase('redis-fast', 1, redis.url);
  const [sender, popper] = [admin.duplicate(), admin.duplicate()];
  const script = "redis.call('ZADD', KEYS[1], ARGV[1], ARGV[2]) redis.call('EXPIRE', KEYS[1], 60)";
  const sha = String(await sender.script('LOAD', script));
  const bare = async (n: number): Promise<void> => {
    const popped = popper.bzpopmin('bare-queue', 5);
    await sender.evalsha(sha, 1, 'bare-queue', n, Buffer.alloc(200, n));
    await popped;
  };
  const layer = (n: number): Promise<void> =>
    new Promise((resolve, reject) => {
      ours.onDelivery(() => resolve());
      ours.send(n).catch(reject);
    });
  const times = { layer: [] as number[], bare: [] as number[] };
  for (let n = 0; n < 1200; n++) {
    for (const [name, once] of [['layer', layer] as const, ['bare', bare] as const]) {
      const startNs = nowNs();
      await once(n);
      if (n >= 200) times[name].push((nowNs() - startNs) / 1000);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
  await ours.end();
  for (const client of [sender, popper]) client.disconnect();
  const [own, base] = [median(times.layer), median(times.bare)];
  return [
    ['EVALSHA, then BZPOPMIN, by ioredis', base.toFixed(0), '1.00'],
    ['redis-fast, group_send to receive', own.toFixed(0), ratio(own / base)],
  ];
}

const rows: (readonly string[])[] = [];
for (const shape of SHAPES) rows.push(await compare(shape));
printTable(['layer', 'Python layer', 'members', 'deliveries/s', 'Python', 'ratio (median of pairs)', 'goal'], rows);
console.log('');
printTable(
  ['group_send and receive, 1 member', 'commands in Redis', 'client round trips'],
  [await costs('python'), await costs('redis'), await costs('redis-fast')],
);
console.log('');
printTable(['at 100 messages/s', 'p50 µs', 'ratio'], await transit());
admin.disconnect();
