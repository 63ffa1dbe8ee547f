import { createHash } from 'node:crypto';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { choicesKey } from '../result/benchmark.ts';
import { groupBy } from '../model/group-by.ts';
import type { RunResult } from '../result/run-result.ts';
import { readResult } from './read.ts';
import { writeResult } from './write.ts';

/** Results that later ones are compared with: runs of one benchmark, with the same choices, on one kind of machine. */
export interface Baseline {
  readonly key: string;
  /** In the order of their names, which is by time; at least one. */
  readonly runs: readonly RunResult[];
}

/** What a result's baseline is kept under: `fanout-redis-node-p4-1f0c93ab-d41d8cd98f00`, of its choices and of its machine. */
export function baselineKey(result: RunResult): string {
  const { scenario, layer, server, environment } = result;
  const choices = createHash('sha256').update(choicesKey(result)).digest('hex').slice(0, 8);
  const words = [scenario.name, layer.name, server.kind, `p${server.processes}`, choices, environment.fingerprint];
  return words.map((word) => word.replaceAll(/[^\w.-]/g, '_')).join('-');
}

/**
 * Keeps results as the baselines of their keys below `<dir>/baselines`, in place of the ones before; answers the keys.
 * The new files are there before the old ones go; where they cannot be written, the old ones stay alone. Throws as
 * `writeResult` does.
 */
export async function saveBaselines(dir: string, results: readonly RunResult[]): Promise<readonly string[]> {
  const groups = groupBy(results, baselineKey);
  for (const [key, runs] of groups) await replaceBaseline(folderOf(dir, key), runs);
  return [...groups.keys()];
}

async function replaceBaseline(folder: string, runs: readonly RunResult[]): Promise<void> {
  const before = await jsonFiles(folder);
  const written: string[] = [];
  try {
    for (const run of runs) written.push(await writeResult(folder, run));
  } catch (error) {
    await removeFiles(written.filter((path) => !before.includes(path)));
    throw error;
  }
  await removeFiles(before.filter((path) => !written.includes(path)));
}

/**
 * The baseline that a result is to be compared with, below `<dir>/baselines`: of the same key; null where there is none.
 * Throws a usage error for a file that is no run.
 */
export async function findBaseline(dir: string, result: RunResult): Promise<readonly RunResult[] | null> {
  const runs = await readRuns(folderOf(dir, baselineKey(result)));
  return runs.length === 0 ? null : runs;
}

/** All baselines below `<dir>/baselines`, by key. Throws a usage error for a file that is no run. */
export async function listBaselines(dir: string): Promise<readonly Baseline[]> {
  const entries = await readdir(join(dir, 'baselines'), { withFileTypes: true }).catch(() => []);
  const keys = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  const found: Baseline[] = [];
  for (const key of keys.toSorted()) {
    const runs = await readRuns(folderOf(dir, key));
    if (runs.length > 0) found.push({ key, runs });
  }
  return found;
}

function folderOf(dir: string, key: string): string {
  return join(dir, 'baselines', key);
}

async function readRuns(folder: string): Promise<readonly RunResult[]> {
  const runs: RunResult[] = [];
  for (const path of await jsonFiles(folder)) runs.push(await readResult(path));
  return runs;
}

/** Paths, by name; none of a folder that is not there. */
async function jsonFiles(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch(() => []);
  return names
    .filter((name) => name.endsWith('.json'))
    .toSorted()
    .map((name) => join(folder, name));
}

async function removeFiles(paths: readonly string[]): Promise<void> {
  for (const path of paths) await rm(path, { force: true });
}
