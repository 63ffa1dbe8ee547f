import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { environmentError } from '../model/errors.ts';
import type { ClockCheck } from '../model/environment.ts';
import { nowNs } from './clock.ts';

const PINGS = 200;
/** For all of them. */
const DEADLINE_MS = 10_000;
/** Answers every line with its clock. */
const ECHO = `process.stdin.on('data', () => { const [s, ns] = process.hrtime(); process.stdout.write(String(s * 1e9 + ns) + '\\n'); });`;

/**
 * Whether another process of this host reads the same monotonic clock: each of its stamps must lie between asking and answer. Throws an
 * environment error where it does not answer.
 */
export async function clockSelfCheck(): Promise<Omit<ClockCheck, 'maxOffsetUs'>> {
  const child = spawn(process.execPath, ['-e', ECHO], { stdio: ['pipe', 'pipe', 'ignore'] });
  const deadline = AbortSignal.timeout(DEADLINE_MS);
  child.stdin.on('error', () => undefined);
  let violations = 0;
  let maxRttNs = 0;
  try {
    for (let ping = 0; ping <= PINGS; ping++) {
      const asked = nowNs();
      child.stdin.write('\n');
      const [line] = (await once(child.stdout, 'data', { signal: deadline })) as [Buffer];
      const answered = nowNs();
      const ns = Number(line.toString());
      // The first answer waits for the process to start.
      if (ping === 0) continue;
      maxRttNs = Math.max(maxRttNs, answered - asked);
      if (ns < asked || ns > answered) violations += 1;
    }
  } catch (error) {
    throw environmentError(
      `a second ${process.execPath} did not tell its clock within ${DEADLINE_MS / 1000} s`,
      'Free a core, and try again.',
      { cause: error },
    );
  } finally {
    child.kill('SIGKILL');
  }
  return { checks: PINGS, maxRttUs: maxRttNs / 1e3, violations };
}
