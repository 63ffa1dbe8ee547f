import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CompareResult } from '../src/result/comparison-result.ts';
import type { RunResult } from '../src/result/run-result.ts';
import { median } from './measuring.ts';

/*
 * The gate on this machine, for real: 12 comparisons of equal code must report no regression; of 5 with a head that works
 * 20 % more on every delivery, 4 must report it. `node dist/bench/gate-proof.js` takes about an hour; what is done is in
 * bench/gate-proof/, with every block, and is not done again: remove a file to have it made anew.
 */

const BENCH = new URL('../src/cli/main.js', import.meta.url).pathname;
const LAYER = new URL('slowed-layer.js', import.meta.url).pathname;
const ROOT = new URL('../../', import.meta.url).pathname;
const FOLDER = join(ROOT, 'bench/gate-proof/');
const EQUAL = 12;
const SLOWED = 5;
const SLOWED_FOUND = 4;
const MEASURED_BLOCKS = 8;
/** What the application of base does for each delivery, and that of head. */
const BASE_NS = 30_000;
const HEAD_NS = 40_000;

const LOAD = ['--processes', '1', '--groups', '1', '--members', '400', '--rate', '10/s', '--duration', '2s', '--warmup', '1s'];
const OPTIONS = ['capacity=100', 'expiry=60s', 'group_expiry=86400s'].flatMap((option) => ['--layer-option', option]);
const SUBJECT = ['--layer', LAYER, '--layer-option', 'over=memory', ...OPTIONS];
const busy = (ns: number): string => `--layer-option busyNs=${ns}`;

const scratch = mkdtempSync(join(tmpdir(), 'layerbench-proof-'));
mkdirSync(FOLDER, { recursive: true });

function bench(args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [BENCH, ...args, '--json', '--quiet'], {
    encoding: 'utf8',
    cwd: scratch,
    maxBuffer: 2 ** 28,
  });
  if (stdout === '') throw new Error(`bench ${args.join(' ')} ended with ${status}: ${stderr}`);
  return stdout;
}

/** Done once, and kept. */
function kept<T>(name: string, make: () => string): T {
  const path = join(FOLDER, `${name}.json`);
  // The folder of this checkout says nothing to others.
  if (!existsSync(path)) writeFileSync(path, make().replaceAll(ROOT, ''));
  return JSON.parse(readFileSync(path, 'utf8')) as T;
}

interface Measured {
  readonly cpu: number;
  readonly p50: number;
}

/** How much more head costs, by runs of its own: nothing of `compare` is in it. */
function measureHead(): string {
  const block = (ns: number): Measured => {
    const { cost, latency } = JSON.parse(bench(['run', 'fanout', ...LOAD, ...SUBJECT, ...busy(ns).split(' ')])) as RunResult;
    return { cpu: cost.cpuSecondsPer1000Deliveries!, p50: latency.response!.p50 };
  };
  const pairs = Array.from({ length: MEASURED_BLOCKS }, () => ({ base: block(BASE_NS), head: block(HEAD_NS) }));
  return `${JSON.stringify({ baseNs: BASE_NS, headNs: HEAD_NS, pairs }, null, 2)}\n`;
}

function compare(...args: readonly string[]): string {
  return bench(['compare', '--interleave', 'fanout', '--pairs', '10', '--max-pairs', '10', ...args]);
}

const said = ({ verdict, benchmarks }: CompareResult): string => {
  const changes = benchmarks[0]!.metrics.map(
    ({ name, change, confirmed }) =>
      `${name} ${change === null ? '–' : `${(100 * change).toFixed(1)} %`}${confirmed === true ? ' (confirmed)' : ''}`,
  );
  return `${verdict}: ${changes.join(', ')}`;
};

const lines: string[] = [];
const say = (line: string): void => {
  lines.push(line);
  console.log(line);
};

const { pairs } = kept<{ readonly pairs: readonly { readonly base: Measured; readonly head: Measured }[] }>('head-measured', measureHead);
const up = (key: keyof Measured): number => 100 * (median(pairs.map(({ base, head }) => head[key] / base[key])) - 1);
say(
  `head, measured by ${MEASURED_BLOCKS} pairs of runs: CPU per delivery +${up('cpu').toFixed(0)} %, response p50 +${up('p50').toFixed(0)} %`,
);

let alarms = 0;
for (let i = 1; i <= EQUAL; i++) {
  // In turn: the load of the slowed head, and the default load over Redis with two processes.
  const args = i % 2 === 1 ? [...LOAD, ...SUBJECT, ...busy(BASE_NS).split(' ')] : ['--layer', 'redis', '--processes', '2'];
  const result = kept<CompareResult>(`equal-${i}`, () => compare('--base-args', '', '--head-args', '', '--seed', String(i), ...args));
  if (result.verdict === 'regression') alarms += 1;
  say(`equal ${i}: ${said(result)}`);
}
let found = 0;
for (let i = 1; i <= SLOWED; i++) {
  const result = kept<CompareResult>(`slowed-${i}`, () =>
    compare(...LOAD, ...SUBJECT, '--seed', String(100 + i), '--base-args', busy(BASE_NS), '--head-args', busy(HEAD_NS)),
  );
  if (result.verdict === 'regression') found += 1;
  say(`slowed ${i}: ${said(result)}`);
}
rmSync(scratch, { recursive: true });
const holds = alarms === 0 && found >= SLOWED_FOUND;
say(`${alarms} false alarms in ${EQUAL}; ${found} of ${SLOWED} regressions found: ${holds ? 'holds' : 'FAILS'}`);
writeFileSync(join(FOLDER, 'log.txt'), `${lines.join('\n')}\n`);
process.exitCode = holds ? 0 : 1;
