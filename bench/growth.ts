import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { mkdtemp, readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { RunResult } from '../src/result/run-result.ts';
import { median, printTable, ratio } from './measuring.ts';

/*
 * CPU of a delivery as groups grow, and as they become many: of the driver, and of servers and Redis beside it. Every run has as many
 * deliveries a second. Goal: drivers within 1.25 times of their least. `node dist/bench/growth.js [rounds]`.
 */
const BENCH = new URL('../src/cli/main.js', import.meta.url).pathname;
const ROUNDS = Number(process.argv[2] ?? 3);
const DELIVERIES_PER_SECOND = 5000;
const DURATION_SECONDS = 8;
const MOST_TRIES = 3;

interface Size {
  readonly groups: number;
  /** Of each group, beside its publisher. */
  readonly members: number;
}

const SIZES: readonly Size[] = [
  { groups: 1, members: 10 },
  { groups: 1, members: 100 },
  { groups: 1, members: 1000 },
  { groups: 1, members: 10_000 },
  { groups: 10, members: 10 },
  { groups: 100, members: 10 },
  { groups: 1000, members: 10 },
];
const LAYERS = [
  { layer: 'memory', processes: 1 },
  { layer: 'redis', processes: 2 },
] as const;

/** CPU µs of a delivery, by role; and how many messages there were for each. */
interface Cost {
  readonly driver: number;
  readonly layer: number;
  readonly messages: number;
}

/** What a message costs, and what each of its deliveries costs beside that. */
interface Fit {
  readonly message: number;
  readonly delivery: number;
}

/** The least squares of relative errors: cost = message × messages + delivery. */
function fitCosts(costs: readonly number[], messages: readonly number[]): Fit {
  let [one, x, xx, y, xy] = [0, 0, 0, 0, 0];
  costs.forEach((cost, i) => {
    const [weight, each] = [1 / cost ** 2, messages[i]!];
    one += weight;
    x += weight * each;
    xx += weight * each * each;
    y += weight * cost;
    xy += weight * each * cost;
  });
  const message = (one * xy - x * y) / (one * xx - x * x);
  return { message, delivery: (y - message * x) / one };
}

const folder = await mkdtemp(join(tmpdir(), 'layerbench-growth-'));
process.once('exit', () => rmSync(folder, { recursive: true }));

async function cost({ groups, members }: Size, { layer, processes }: (typeof LAYERS)[number], attempt: string): Promise<Cost> {
  const out = join(folder, `${layer}-${groups}-${members}-${attempt}`);
  const rate = DELIVERIES_PER_SECOND / groups / members;
  const sizes = ['--groups', String(groups), '--members', String(members), '--rate', `${rate}/s`, '--processes', String(processes)];
  const times = ['--duration', `${DURATION_SECONDS}s`, '--warmup', '2s'];
  const flags = ['run', 'fanout', '--layer', layer, '--drivers', '1', '--quiet', '--out', out];
  // A machine that is too slow for a rate makes a run invalid; what a delivery costs stands all the same.
  await promisify(execFile)(process.execPath, [BENCH, ...flags, ...sizes, ...times]).catch(() => undefined);
  const [file] = await readdir(out);
  const result = JSON.parse(await readFile(join(out, file!), 'utf8')) as RunResult;
  const { delivered, expected } = result.ledger;
  const sent = result.intervals.reduce((sum, interval) => sum + interval.sent, 0);
  if (delivered !== expected) throw new Error(`${layer}, ${groups} × ${members}: ${delivered} of ${expected} delivered`);
  const measured = result.phases.find(({ name }) => name === 'measure')!;
  const seconds = (measured.endMs - measured.startMs) / 1000;
  const of = (roles: readonly string[]): number =>
    (result.health.filter(({ role }) => roles.includes(role)).reduce((sum, { cpuRatio }) => sum + (cpuRatio ?? NaN), 0) * seconds * 1e6) /
    delivered;
  return { driver: of(['driver']), layer: of(['server', 'redis']), messages: sent / delivered };
}

/** A run that lost deliveries, since the machine had other work, is made anew. */
async function costOf(size: Size, layer: (typeof LAYERS)[number], round: number): Promise<Cost> {
  for (let tries = 1; ; tries++) {
    try {
      return await cost(size, layer, `${round}-${tries}`);
    } catch (error) {
      if (tries === MOST_TRIES) throw error;
    }
  }
}

const costs = LAYERS.map(() => SIZES.map((): Cost[] => []));
for (let round = 0; round < ROUNDS; round++)
  for (const [l, layer] of LAYERS.entries()) for (const [s, size] of SIZES.entries()) costs[l]![s]!.push(await costOf(size, layer, round));

for (const [l, { layer, processes }] of LAYERS.entries()) {
  const of = (role: keyof Cost): readonly number[] => costs[l]!.map((rounds) => median(rounds.map((entry) => entry[role])));
  const [drivers, servers, messages] = [of('driver'), of('layer'), of('messages')];
  const fits = { drivers: fitCosts(drivers, messages), servers: fitCosts(servers, messages) };
  const timesLeast = (values: readonly number[], i: number): string => ratio(values[i]! / Math.min(...values));
  console.log(`\n${layer}, ${processes} ${processes === 1 ? 'process' : 'processes'}, ${DELIVERIES_PER_SECOND} deliveries a second\n`);
  printTable(
    ['groups', 'members', 'driver, µs', '× least', 'of it for messages, µs', 'servers and Redis, µs', '× least'],
    SIZES.map(({ groups, members }, i) => [
      String(groups),
      String(members),
      drivers[i]!.toFixed(1),
      timesLeast(drivers, i),
      (fits.drivers.message * messages[i]!).toFixed(1),
      servers[i]!.toFixed(1),
      timesLeast(servers, i),
    ]),
  );
  for (const [name, { message, delivery }] of Object.entries(fits))
    console.log(`\n${name}: ${message.toFixed(0)} µs a message and ${delivery.toFixed(1)} µs a delivery`);
}
