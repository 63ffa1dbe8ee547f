import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { mkdtemp, readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { ProcessHealth, RunResult } from '../src/result/run-result.ts';

const BENCH = new URL('../src/cli/main.js', import.meta.url).pathname;

/** What `bench run fanout` measures, by a process of its own. */
export async function runFanout(flags: readonly string[]): Promise<RunResult> {
  const folder = await mkdtemp(join(tmpdir(), 'layerbench-bench-'));
  try {
    const args = [BENCH, 'run', 'fanout', '--quiet', '--out', folder, ...flags];
    // A machine that is too slow for a rate makes a run invalid; what a delivery costs stands all the same.
    await promisify(execFile)(process.execPath, args).catch(() => undefined);
    const [file] = await readdir(folder);
    return JSON.parse(await readFile(join(folder, file!), 'utf8')) as RunResult;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** CPU seconds of all processes of some roles, for each second of the measure phase. */
export function cpuPerSecond({ health }: RunResult, roles: readonly ProcessHealth['role'][]): number {
  return health.filter(({ role }) => roles.includes(role)).reduce((sum, { cpuRatio }) => sum + (cpuRatio ?? NaN), 0);
}

/** Length of the measure phase. */
export function measuredSeconds({ phases }: RunResult): number {
  const measured = phases.find(({ name }) => name === 'measure')!;
  return (measured.endMs - measured.startMs) / 1000;
}
