import { fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { builtInLayer } from '../src/model/chosen-layer.ts';
import { nowNs } from '../src/platform/clock.ts';
import { NodeServers } from '../src/run/systems/node-servers.ts';
import { ManagedRedis } from '../src/redis/managed.ts';
import { median, printTable, ratio } from './measuring.ts';

/*
 * Time until 8 servers are ready, against as many bare forks that import ws and ioredis (goal: at most 1.5 times); of a command that only
 * says its version, against Node with the package that it needs (goal: at most 1.3 times); and what a run of 8 servers takes beyond its
 * warm-up and its duration (goal: at most 2 s), against the bare forks.
 */
const PROCESSES = 8;
const ROUNDS = 7;
const BENCH = new URL('../src/cli/main.js', import.meta.url).pathname;

async function bareForks(): Promise<number> {
  const begin = nowNs();
  const children = Array.from({ length: PROCESSES }, () => fork(new URL('./bare-fork.js', import.meta.url), { serialization: 'advanced' }));
  await Promise.all(children.map((child) => once(child, 'message')));
  const seconds = (nowNs() - begin) / 1e9;
  for (const child of children) child.disconnect();
  await Promise.all(children.map((child) => once(child, 'exit')));
  return seconds;
}

async function servers(url: string, round: number): Promise<number> {
  const begin = nowNs();
  await using started = await NodeServers.start({
    runId: `bench${round}`,
    firstIndex: 0,
    processes: PROCESSES,
    layer: { ...builtInLayer('redis', []), prefix: `bench${round}` },
    hosts: Promise.resolve([url]),
    onExit: () => undefined,
    onFailure: () => undefined,
    onSpawned: () => undefined,
    preload: () => [],
  });
  return started.members.length === PROCESSES ? (nowNs() - begin) / 1e9 : NaN;
}

/** Seconds that a command takes from start to exit. */
function secondsOf(args: readonly string[]): number {
  const begin = nowNs();
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${String(status)}: ${stderr}`);
  return (nowNs() - begin) / 1e9;
}

const WARMUP_SECONDS = 1;
const DURATION_SECONDS = 2;

/** Seconds of a whole run beyond its warm-up and its duration: processes, sockets, probes, drain, result, clean-up. */
function overheadOfRun(): number {
  const folder = mkdtempSync(join(tmpdir(), 'layerbench-start-time-'));
  try {
    const times = ['--warmup', `${WARMUP_SECONDS}s`, '--duration', `${DURATION_SECONDS}s`];
    const args = [BENCH, 'run', 'fanout', '--layer', 'redis', '--processes', String(PROCESSES), ...times, '--quiet', '--out', folder];
    return secondsOf(args) - WARMUP_SECONDS - DURATION_SECONDS;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

await using redis = await ManagedRedis.start();
const pairs: { bare: number; servers: number; node: number; version: number; run: number }[] = [];
for (let round = 0; round < ROUNDS; round++)
  pairs.push({
    bare: await bareForks(),
    servers: await servers(redis.url, round),
    node: secondsOf(['--input-type=module', '-e', "import 'commander'"]),
    version: secondsOf([BENCH, '--version']),
    run: overheadOfRun(),
  });
printTable(
  ['started', 'seconds (median)', 'ratio (median of pairs)'],
  [
    ['8 bare forks with ws and ioredis', median(pairs.map((pair) => pair.bare)).toFixed(2), '1.00'],
    [
      '8 servers, ready',
      median(pairs.map((pair) => pair.servers)).toFixed(2),
      ratio(median(pairs.map((pair) => pair.servers / pair.bare))),
    ],
    ['Node with commander', median(pairs.map((pair) => pair.node)).toFixed(2), '1.00'],
    ['bench --version', median(pairs.map((pair) => pair.version)).toFixed(2), ratio(median(pairs.map((pair) => pair.version / pair.node)))],
    [
      'bench run, 8 servers, beyond warm-up and duration',
      median(pairs.map((pair) => pair.run)).toFixed(2),
      `${ratio(median(pairs.map((pair) => pair.run / pair.bare)))} of the forks`,
    ],
  ],
);
