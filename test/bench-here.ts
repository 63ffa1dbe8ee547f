import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { runCommandLine as Run } from '../src/cli/command-line.ts';
import type { terminalOutput as OutputOf } from '../src/cli/terminal.ts';
import { BENCH, environmentOf, resultsIn, type Finished } from './bench-process.ts';

/*
 * Command lines in this process, by the modules of the built binary: to start a process for each would take most of the
 * time of the tests. `BenchProcess` is for signals, terminals, environments of runs, and modules of users.
 */

const load = <T>(module: string): Promise<T> => import(/* @vite-ignore */ join(BENCH, '..', module)) as Promise<T>;
const { runCommandLine } = await load<{ readonly runCommandLine: typeof Run }>('command-line.js');
const { terminalOutput } = await load<{ readonly terminalOutput: typeof OutputOf }>('terminal.js');

/** Runs a scenario beside other runs; it leaves its results below a folder, by default one of its own. */
export async function runHere(args: readonly string[], dir?: string): Promise<Finished> {
  return inFolder(dir, (folder) => finish(['run', ...args, '--out', join(folder, 'results')], process.env, folder));
}

/** One command at a time: each has the folder and the environment of this process for itself. */
let before: Promise<unknown> = Promise.resolve();

/** Runs a command in a folder and an environment of its own, or in those that are given; its results go to a folder of their own. */
export function benchHere(
  args: readonly string[],
  { env = {}, cwd }: { readonly env?: Readonly<Record<string, string>>; readonly cwd?: string } = {},
): Promise<Finished> {
  const done = before.then(() => inFolder(undefined, (folder) => alone(args, cwd ?? folder, environmentOf(env, folder), folder)));
  before = done.catch(() => undefined);
  return done;
}

async function alone(args: readonly string[], cwd: string, env: NodeJS.ProcessEnv, folder: string): Promise<Finished> {
  const [previousFolder, previousEnv] = [process.cwd(), process.env];
  process.chdir(cwd);
  process.env = env;
  try {
    return await finish(args, env, folder);
  } finally {
    process.chdir(previousFolder);
    process.env = previousEnv;
  }
}

async function finish(args: readonly string[], env: NodeJS.ProcessEnv, folder: string): Promise<Finished> {
  const said = { stdout: '', stderr: '' };
  const output = terminalOutput(env, args, {
    stdout: { isTTY: false, write: (text) => (said.stdout += text) },
    stderr: { isTTY: false, write: (text) => (said.stderr += text) },
  });
  const code = await runCommandLine(args, output, { signal: new AbortController().signal, exitCode: null });
  return { code, signal: null, ...said, results: resultsIn(folder) };
}

async function inFolder<T>(folder: string | undefined, work: (folder: string) => Promise<T>): Promise<T> {
  if (folder !== undefined) return work(folder);
  const own = mkdtempSync(join(tmpdir(), 'layerbench-here-'));
  try {
    return await work(own);
  } finally {
    rmSync(own, { recursive: true, force: true });
  }
}
