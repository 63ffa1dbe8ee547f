import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CapacityResult } from '../src/result/capacity-result.ts';
import { notDelivered } from '../src/result/metrics.ts';
import type { RunResult } from '../src/result/run-result.ts';

/*
 * Long proofs, `npm run test:long`: what has to hold a hundred times, or for minutes. About half an hour. Each proof is
 * one line of the log, which is written to bench/long.log when all are done; the exit code is 1 when one fails.
 */

const BENCH = new URL('../src/cli/main.js', import.meta.url).pathname;
const LOG = new URL('../../bench/long.log', import.meta.url).pathname;
const SELFTESTS = 10;
const CYCLES = 100;
const folder = mkdtempSync(join(tmpdir(), 'layerbench-long-'));
const lines: string[] = [];
let failures = 0;

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function bench(...args: readonly string[]): Ended {
  const { status, stdout, stderr } = spawnSync(process.execPath, [BENCH, ...args], { encoding: 'utf8', cwd: folder, maxBuffer: 2 ** 28 });
  return { code: status, stdout, stderr };
}

function prove(name: string, work: () => string | null): void {
  const fromMs = performance.now();
  const problem = work();
  if (problem !== null) failures += 1;
  const line = `${problem === null ? 'holds' : 'FAILS'}  ${name}  ${((performance.now() - fromMs) / 1000).toFixed(0)} s${problem === null ? '' : `\n${problem}`}`;
  lines.push(line);
  console.log(line);
}

function selftest(): string | null {
  const { code, stdout, stderr } = bench('selftest', '--quiet');
  return code === 0 ? null : `${stdout}${stderr}`;
}

/** A run that loses nothing, and what it says. */
function lossless(...args: readonly string[]): string | null {
  const { stdout, stderr } = bench('run', ...args, '--json', '--quiet');
  if (stdout === '') return stderr;
  const { ledger } = JSON.parse(stdout) as RunResult;
  return notDelivered(ledger) === 0 && ledger.strays === 0 && ledger.balanced && ledger.delivered > 0 ? null : JSON.stringify(ledger);
}

function cycles(): string | null {
  for (let cycle = 0; cycle < CYCLES; cycle++) {
    const layer = ['memory', 'redis', 'redis-fast', 'redis-pubsub'][cycle % 4]!;
    const problem = lossless('fanout', '--layer', layer, '--processes', '1', '--members', '4', '--duration', '200ms', '--warmup', '100ms');
    if (problem !== null) return `cycle ${cycle}, ${layer}: ${problem}`;
  }
  const left = ownProcesses();
  return left.length === 0 ? null : `processes are left: ${left.join(', ')}`;
}

/** Processes of runs that work in the folder of these proofs. */
function ownProcesses(): readonly string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`PWD=${folder}`);
      } catch {
        return false;
      }
    });
}

/** One process serves a message in 10 ms, so it carries 100 a second; bursts of lateness are not what is asked about. */
function plantedCapacity(): string | null {
  const layer = new URL('served-layer.js', import.meta.url).pathname;
  const options = ['over=memory', 'serviceUs=10000', 'capacity=100', 'expiry=60s', 'group_expiry=86400s'].flatMap((option) => [
    '--layer-option',
    option,
  ]);
  const { stdout, stderr } = bench(
    'capacity',
    'fanout',
    '--layer',
    layer,
    ...options,
    '--processes',
    '1',
    '--members',
    '5',
    '--slo',
    'p99<500ms',
    '--profile',
    'quick',
    '--json',
  );
  if (stdout === '') return stderr;
  const { lower, upper } = (JSON.parse(stdout) as CapacityResult).points[0]!;
  if (lower === null || upper === null) return stderr;
  const found = Math.sqrt(lower.ratePerSecond * upper.ratePerSecond);
  return Math.abs(found / 100 - 1) <= 0.1 ? null : `found ${lower.ratePerSecond}/s to ${upper.ratePerSecond}/s\n${stderr}`;
}

for (let i = 1; i <= SELFTESTS; i++) prove(`self-test ${i} of ${SELFTESTS}`, selftest);
for (const layer of ['redis', 'redis-fast', 'redis-pubsub'])
  prove(`churn over ${layer} for a minute: nothing lost that was owed`, () => lossless('churn', '--layer', layer, '--duration', '60s'));
prove(`${CYCLES} runs one after another, nothing left`, cycles);
prove('calibration of one process', () => {
  const { code, stderr } = bench('calibrate', '--processes', '1', '--quiet');
  return code === 0 ? null : stderr;
});

prove('a capacity of 100 messages/s by arithmetic is found within 10 %', plantedCapacity);

rmSync(folder, { recursive: true });
const end = `${lines.length - failures} of ${lines.length} hold, on Node ${process.version}`;
console.log(end);
writeFileSync(LOG, `${lines.join('\n')}\n${end}\n`);
process.exitCode = failures === 0 ? 0 : 1;
