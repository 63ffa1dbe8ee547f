import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import type { RunResult } from '../src/result/run-result.ts';
import { median, printTable, ratio } from './measuring.ts';

/* What `--live` costs a run that somebody watches, beside the same run without it, interleaved: bench itself, and what is measured. */
const ROUNDS = 8;
const BENCH = new URL('../src/cli/main.js', import.meta.url).pathname;
const RUN = [
  'run',
  'fanout',
  '--layer',
  'redis',
  '--members',
  '100',
  '--rate',
  '50/s',
  '--duration',
  '10s',
  '--warmup',
  '1s',
  '--no-progress',
];
const folder = await mkdtemp(join(tmpdir(), 'layerbench-live-'));

/** One run; with a viewer, one who reads everything. */
async function run(name: string, processes: number, isLive: boolean): Promise<RunResult> {
  const out = join(folder, name);
  const args = [BENCH, ...RUN, '--processes', String(processes), '--out', out, ...(isLive ? ['--live'] : [])];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  let viewer: WebSocket | null = null;
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString();
    const url = /live page: http(:\S+)\n/.exec(said)?.[1];
    if (url !== undefined) viewer ??= new WebSocket(`ws${url}events`).on('error', () => undefined).on('message', load);
  });
  /** As a browser does, so that bench need not wait for it. */
  const load = (data: Buffer): void => {
    if (!data.toString().includes('"next"')) return;
    void fetch(/live page: (\S+)\n/.exec(said)![1]!).catch(() => undefined);
  };
  await once(child, 'close');
  const [file] = await readdir(out);
  return JSON.parse(await readFile(join(out, file!), 'utf8')) as RunResult;
}

const busy = (result: RunResult): number => result.health.find(({ role }) => role === 'coordinator')!.eventLoopUtilization!;
const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

try {
  const rows: string[][] = [];
  for (const processes of [2, 8]) {
    const pairs: { plain: RunResult; live: RunResult }[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const first = await run(`${processes}-${round}-a`, processes, round % 2 === 1);
      const second = await run(`${processes}-${round}-b`, processes, round % 2 === 0);
      pairs.push(round % 2 === 0 ? { plain: first, live: second } : { plain: second, live: first });
    }
    const of = (value: (result: RunResult) => number): string => ratio(median(pairs.map(({ plain, live }) => value(live) / value(plain))));
    rows.push([
      String(processes),
      percent(median(pairs.map(({ plain }) => busy(plain)))),
      percent(median(pairs.map(({ live }) => busy(live)))),
      percent(Math.max(...pairs.map(({ live }) => busy(live)))),
      of(({ throughput }) => throughput.deliveredPerSecond),
      of(({ cost }) => cost.cpuSecondsPer1000Deliveries!),
      of(({ latency }) => latency.response!.p50),
      of(({ latency }) => latency.response!.p99),
    ]);
  }
  printTable(
    [
      'processes',
      'loop of bench in use',
      'with --live',
      'at most',
      'delivered',
      'CPU of servers and Redis',
      'response p50',
      'response p99',
    ],
    rows,
  );
} finally {
  await rm(folder, { recursive: true });
}
