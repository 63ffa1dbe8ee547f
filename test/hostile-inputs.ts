import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hostileInput, leavesOfBench, type HostileInput } from './hostile/inputs.ts';
import { described, inFolder, problemOf, type Outcome } from './hostile/judged-input.ts';

/*
 * A thousand hostile inputs to the built binary, each in a process and a folder of its own: `npx tsx test/hostile-inputs.ts [seed]
 * [inputs]`, and a part of `npm run test:long`. The last log is bench/hostile-inputs.log; the exit code is 1 where one fails.
 */

const ROOT = join(import.meta.dirname, '..');
const BENCH = join(ROOT, 'dist/src/cli/main.js');
const LOG = join(ROOT, 'bench/hostile-inputs.log');
const [seed = 1, inputs = 1000] = process.argv.slice(2).map(Number);
/** Of its CPU time: how long it waits for a core is a matter of the machine. */
const LIMIT_MS = 5000;
/** After that it is ended, whatever it waits for. */
const GIVEN_UP_MS = 60_000;
const AT_ONCE = 4;
/** Tells, when the command has ended, how much CPU it took. */
const TIMED = '"$@"; code=$?; times >&3; exit $code';

function run({ args, env }: HostileInput, cwd: string): Promise<Outcome> {
  return new Promise((resolve) => {
    // Without --, Node reads an --env-file itself.
    const child = spawn('sh', ['-c', TIMED, 'sh', process.execPath, '--', BENCH, ...args], {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
      detached: true,
    });
    const timer = setTimeout(() => process.kill(-child.pid!, 'SIGKILL'), GIVEN_UP_MS);
    let [text, times] = ['', ''];
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => (text += chunk.toString()));
    child.stdio[3]?.on('data', (chunk: Buffer) => (times += chunk.toString()));
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({ code, text, ms: cpuMs(times) });
    });
  });
}

/** "0m0.35s 0m0.04s", user and system, on the line of the shell's children. */
function cpuMs(times: string): number {
  const children = times.split('\n')[1] ?? '';
  return [...children.matchAll(/(\d+)m([\d.]+)s/g)].reduce(
    (sum, [, minutes, seconds]) => sum + Number(minutes) * 60_000 + Number(seconds) * 1000,
    0,
  );
}

const leaves = await leavesOfBench();
const failed: string[] = [];
const codes = new Map<number | null, number>();
let [next, slowestMs] = [0, 0];

async function work(): Promise<void> {
  for (let index = next++; index < inputs; index = next++) {
    const input = hostileInput(seed, index, leaves);
    const outcome = await inFolder(input, (folder) => run(input, folder));
    codes.set(outcome.code, (codes.get(outcome.code) ?? 0) + 1);
    slowestMs = Math.max(slowestMs, outcome.ms);
    const problem = problemOf(outcome, LIMIT_MS);
    if (problem === null) continue;
    failed.push(`${described(input, seed, index)}\n${problem}:\n${outcome.text.slice(0, 2000)}`);
    console.log(failed.at(-1));
  }
}

await Promise.all(Array.from({ length: AT_ONCE }, work));
const ended = [...codes].toSorted(([a], [b]) => Number(a) - Number(b)).map(([code, count]) => `${count} with ${code}`);
const last = `${inputs - failed.length} of ${inputs} hostile inputs of seed ${seed} hold, on Node ${process.version}; they ended ${ended.join(', ')}; the slowest took ${(slowestMs / 1000).toFixed(1)} s of CPU`;
console.log(last);
writeFileSync(LOG, `${[...failed, last].join('\n\n')}\n`);
process.exitCode = failed.length === 0 ? 0 : 1;
