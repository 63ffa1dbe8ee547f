import type { Command } from 'commander';
import { BenchError, messageOf } from '../../model/errors.ts';
import { formatBytes, formatCount, formatUs } from '../../model/units.ts';
import { hostFacts, openFileLimit } from '../../platform/host.ts';
import { clockSelfCheck } from '../../platform/clock-self-check.ts';
import { findPython, type PythonPackage } from '../../run/systems/python.ts';
import { describeHost } from '../../redis/show-host.ts';
import { connectToAsk } from '../../redis/connection.ts';
import { findRedisServer } from '../../redis/find-server.ts';
import { readInfo } from '../../redis/info.ts';
import { paragraph } from '../../report/paragraph.ts';
import { renderTable } from '../../report/table.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { ProgramContext } from '../program-context.ts';
import { redisOption } from '../redis-option.ts';
import type { Output } from '../terminal.ts';

/** One thing that a run needs: how it is, and what to do where that is not enough. */
interface Check {
  readonly name: string;
  readonly state: 'good' | 'warn' | 'bad';
  readonly found: string;
  readonly remedy?: string;
}

const FILES_WANTED = 4096;
const MARKS = { good: '✓', warn: '!', bad: '✗' } as const;

/** `bench doctor`: what this machine offers to a run, and what to fix. */
export function addDoctorCommand(command: Command, { output, onExit }: ProgramContext): void {
  command
    .addOption(redisOption('a Redis of yours to look at'))
    .action(async (options: { readonly redis?: string }) => onExit(await doctorCommand(options.redis, output)));
}

async function doctorCommand(redisUrl: string | undefined, { show, outStyle }: Output): Promise<ExitCode> {
  const checks = [
    await cores(),
    await files(),
    await redisServer().catch((error: unknown) => unanswered('Redis', error, 'bad')),
    ...(redisUrl === undefined ? [] : [await ownRedis(redisUrl)]),
    await python().catch((error: unknown) => unanswered('Python', error, 'warn')),
    await clock().catch((error: unknown) => unanswered('clock', error, 'bad')),
  ];
  const rows = checks.map((check) => [outStyle[check.state](MARKS[check.state]), check.name, check.found]);
  show(renderTable(rows, ['left', 'left', 'left'], outStyle, { wraps: [2] }));
  for (const check of checks)
    if (check.remedy !== undefined) show(`\n${paragraph('  ', `${outStyle[check.state](check.name)}: ${check.remedy}`, outStyle)}`);
  return checks.some((check) => check.state === 'bad') ? EXIT.environment : EXIT.ok;
}

/** What a check says that found something which does not answer. */
function unanswered(name: string, error: unknown, state: Check['state']): Check {
  if (!(error instanceof BenchError)) throw error;
  return { name, state, found: error.message, remedy: error.hint };
}

async function python(): Promise<Check> {
  const found = await findPython(null);
  if (found === null)
    return {
      name: 'Python',
      state: 'warn',
      found: 'none with Django Channels: --server daphne and uvicorn cannot run',
      remedy:
        'Debian, Ubuntu: `sudo apt-get install python3-django-channels python3-channels-redis daphne python3-uvicorn python3-websockets`',
    };
  const { python: version, ...packages } = found.versions;
  const names = (Object.keys(packages) as PythonPackage[]).map((name) => `${name} ${packages[name] ?? '–'}`);
  return { name: 'Python', state: 'good', found: `${found.command} ${version}: ${names.join(', ')}` };
}

async function cores(): Promise<Check> {
  const host = await hostFacts();
  const found = `${host.cores} × ${host.cpuModel}, ${formatBytes(host.memoryBytes)}, ${host.kernel}, Node ${process.version}`;
  if (host.cores > 2) return { name: 'machine', state: 'good', found };
  return {
    name: 'machine',
    state: 'warn',
    found,
    remedy: 'servers, Redis and drivers share few cores: compare layers here, but do not read absolute capacity.',
  };
}

async function files(): Promise<Check> {
  const limit = await openFileLimit();
  if (limit === null) return { name: 'open files', state: 'good', found: 'not limited, as far as can be told' };
  const found = `${formatCount(limit)} in one process`;
  if (limit >= FILES_WANTED) return { name: 'open files', state: 'good', found };
  return { name: 'open files', state: 'warn', found, remedy: `large plans need more: raise it with \`ulimit -n ${FILES_WANTED * 4}\`.` };
}

async function redisServer(): Promise<Check> {
  const program = await findRedisServer();
  if (program !== null) return { name: 'Redis', state: 'good', found: `${program.version} (${program.command}), started for each run` };
  const remedy =
    'install redis-server (Debian, Ubuntu: `sudo apt-get install redis-server`; macOS: `brew install redis`), or pass --redis URL to each run.';
  return { name: 'Redis', state: 'bad', found: 'no redis-server or valkey-server', remedy };
}

async function ownRedis(url: string): Promise<Check> {
  try {
    const connection = await connectToAsk(url);
    const info = await readInfo(connection);
    connection.disconnect();
    return { name: 'your Redis', state: 'good', found: `${info.version} at ${describeHost(url)}` };
  } catch (error) {
    return {
      name: 'your Redis',
      state: 'bad',
      found: messageOf(error),
      remedy: error instanceof Error && 'hint' in error ? String(error.hint) : 'check the URL.',
    };
  }
}

async function clock(): Promise<Check> {
  const { checks, violations, maxRttUs } = await clockSelfCheck();
  const found = `${checks} pings to another process, slowest ${formatUs(maxRttUs)}, ${violations === 0 ? 'clocks agree' : `${violations} out of order`}`;
  if (violations === 0) return { name: 'clock', state: 'good', found };
  return {
    name: 'clock',
    state: 'bad',
    found,
    remedy: 'the monotonic clocks of two processes differ: run bench outside containers with time namespaces.',
  };
}
