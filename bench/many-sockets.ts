import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { RunResult } from '../src/result/run-result.ts';
import { printTable } from './measuring.ts';

/*
 * Many sockets: all connected, everything delivered, memory per socket; and the time from drain to the written file. Beyond the 28,000
 * ports that a machine has for one address and port, sockets need more servers. `node dist/bench/many-sockets.js [groups ...]`: groups of
 * 100 sockets, by default 1 and 100; 1000 of them, 100,000 sockets, take some minutes and 4 GiB of memory.
 */
const BENCH = new URL('../src/cli/main.js', import.meta.url).pathname;
const folder = await mkdtemp(join(tmpdir(), 'layerbench-sockets-'));

interface Outcome {
  readonly result: RunResult;
  readonly writtenAfterDrainMs: number;
}

const MEMBERS = 99;
const DELIVERIES_PER_SECOND = 9900;
const SOCKETS_PER_SERVER = 12_500;

async function run(groups: number): Promise<Outcome> {
  const out = join(folder, String(groups));
  const processes = Math.max(4, Math.ceil((groups * (MEMBERS + 1)) / SOCKETS_PER_SERVER));
  const rate = Math.min(1, DELIVERIES_PER_SECOND / MEMBERS / groups);
  const flags = ['run', 'fanout', '--processes', String(processes), '--layer', 'redis', '--duration', '5s', '--quiet', '--out', out];
  const sizes = ['--groups', String(groups), '--members', String(MEMBERS), '--rate', `${rate}/s`];
  const said = await promisify(execFile)(process.execPath, [BENCH, ...flags, ...sizes]).catch((error: unknown) => ({
    stderr: String(error),
  }));
  const [file] = await readdir(out).catch(() => []);
  if (file === undefined) throw new Error(`${groups} groups have no result: ${said.stderr}`);
  const path = join(out, file);
  const result = JSON.parse(await readFile(path, 'utf8')) as RunResult;
  const drained = result.phases.find((phase) => phase.name === 'drain')!;
  const written = (await stat(path)).mtimeMs - Date.parse(result.run.startedAt);
  return { result, writtenAfterDrainMs: written - drained.endMs };
}

const rss = (result: RunResult, role: string): number =>
  result.health.filter((entry) => entry.role === role).reduce((sum, entry) => sum + (entry.rssBytes ?? 0), 0);

const sizes = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [1, 100];
const outcomes: Outcome[] = [];
for (const groups of sizes) outcomes.push(await run(groups));
const [few, many] = [outcomes[0]!, outcomes.at(-1)!];
const sockets = ({ result }: Outcome): number => Number(result.scenario.parameters['groups']) * (MEMBERS + 1);
const rows = outcomes.map((outcome) => {
  const { result } = outcome;
  const connected = result.phases.find((phase) => phase.name === 'connect')!;
  return [
    String(sockets(outcome)),
    `${result.server.processes} and ${result.drivers}`,
    ((connected.endMs - connected.startMs) / 1000).toFixed(1),
    `${result.ledger.delivered} of ${result.ledger.expected}`,
    (rss(result, 'server') / 2 ** 20).toFixed(0),
    (rss(result, 'driver') / 2 ** 20).toFixed(0),
    outcome.writtenAfterDrainMs.toFixed(0),
  ];
});
printTable(
  ['sockets', 'servers and drivers', 'connected in s', 'delivered', 'servers RSS MiB', 'drivers RSS MiB', 'file written after drain, ms'],
  rows,
);
const perSocket = (role: string): string =>
  ((rss(many.result, role) - rss(few.result, role)) / (sockets(many) - sockets(few)) / 1024).toFixed(1);
console.log(`\nPer socket: ${perSocket('server')} KiB in its server, ${perSocket('driver')} KiB in its driver.`);
await rm(folder, { recursive: true });
