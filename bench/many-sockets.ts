import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { RunResult } from '../src/result/run-result.ts';
import { printTable } from './measuring.ts';

/* 10,000 sockets on 4 servers: all connected, everything delivered, memory per socket; and the time from drain to the written file. */
const BENCH = new URL('../src/cli/main.js', import.meta.url).pathname;
const folder = await mkdtemp(join(tmpdir(), 'layerbench-sockets-'));

interface Outcome {
  readonly result: RunResult;
  readonly writtenAfterDrainMs: number;
}

async function run(name: string, ...args: readonly string[]): Promise<Outcome> {
  const out = join(folder, name);
  const flags = ['run', 'fanout', '--processes', '4', '--layer', 'redis', '--duration', '5s', '--quiet', '--out', out, ...args];
  await promisify(execFile)(process.execPath, [BENCH, ...flags]).catch(() => undefined);
  const [file] = await readdir(out);
  const path = join(out, file!);
  const result = JSON.parse(await readFile(path, 'utf8')) as RunResult;
  const drained = result.phases.find((phase) => phase.name === 'drain')!;
  const written = (await stat(path)).mtimeMs - Date.parse(result.run.startedAt);
  return { result, writtenAfterDrainMs: written - drained.endMs };
}

const rss = (result: RunResult, role: string): number =>
  result.health.filter((entry) => entry.role === role).reduce((sum, entry) => sum + (entry.rssBytes ?? 0), 0);

const few = await run('few', '--groups', '1', '--members', '99', '--rate', '1/s');
const many = await run('many', '--groups', '100', '--members', '99', '--rate', '1/s');
const sockets = ({ result }: Outcome): number => Number(result.scenario.parameters['groups']) * 100;
const rows = [few, many].map((outcome) => {
  const { result } = outcome;
  return [
    String(sockets(outcome)),
    `${result.ledger.delivered} of ${result.ledger.expected}`,
    (rss(result, 'server') / 2 ** 20).toFixed(0),
    (rss(result, 'driver') / 2 ** 20).toFixed(0),
    outcome.writtenAfterDrainMs.toFixed(0),
  ];
});
printTable(['sockets', 'delivered', 'servers RSS MiB', 'drivers RSS MiB', 'file written after drain, ms'], rows);
const perSocket = (role: string): string =>
  ((rss(many.result, role) - rss(few.result, role)) / (sockets(many) - sockets(few)) / 1024).toFixed(1);
console.log(`\nPer socket: ${perSocket('server')} KiB in its server, ${perSocket('driver')} KiB in its driver.`);
await rm(folder, { recursive: true });
