import { fork } from 'node:child_process';
import { once } from 'node:events';
import { builtInLayer } from '../src/model/chosen-layer.ts';
import { nowNs } from '../src/platform/clock.ts';
import { NodeServers } from '../src/run/systems/node-servers.ts';
import { ManagedRedis } from '../src/redis/managed.ts';
import { median, printTable, ratio } from './measuring.ts';

/* Time until 8 servers are ready, against as many bare forks that import ws and ioredis. Goal: at most 1.5 times. */
const PROCESSES = 8;
const ROUNDS = 7;

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
    layer: { ...builtInLayer('redis', []), prefix: `bench${round}`, hosts: [url] },
    onExit: () => undefined,
    onFailure: () => undefined,
    onSpawned: () => undefined,
    preload: () => [],
  });
  return started.members.length === PROCESSES ? (nowNs() - begin) / 1e9 : NaN;
}

await using redis = await ManagedRedis.start();
const pairs: { bare: number; servers: number }[] = [];
for (let round = 0; round < ROUNDS; round++) pairs.push({ bare: await bareForks(), servers: await servers(redis.url, round) });
printTable(
  ['started', 'seconds (median)', 'ratio (median of pairs)'],
  [
    ['8 bare forks with ws and ioredis', median(pairs.map((pair) => pair.bare)).toFixed(2), '1.00'],
    [
      '8 servers, ready',
      median(pairs.map((pair) => pair.servers)).toFixed(2),
      ratio(median(pairs.map((pair) => pair.servers / pair.bare))),
    ],
  ],
);
