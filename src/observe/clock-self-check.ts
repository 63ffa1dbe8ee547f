import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { ClockCheck } from '../core/result.ts';
import { nowNs } from './clock.ts';

const PINGS = 200;
/** Answers every line with its clock. */
const ECHO = `process.stdin.on('data', () => { const [s, ns] = process.hrtime(); process.stdout.write(String(s * 1e9 + ns) + '\\n'); });`;

/** Whether another process of this host reads the same monotonic clock: each of its stamps must lie between asking and answer. */
export async function clockSelfCheck(): Promise<Omit<ClockCheck, 'maxOffsetUs'>> {
  const child = spawn(process.execPath, ['-e', ECHO], { stdio: ['pipe', 'pipe', 'ignore'] });
  let violations = 0;
  let maxRttNs = 0;
  for (let ping = 0; ping <= PINGS; ping++) {
    const asked = nowNs();
    child.stdin.write('\n');
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    const answered = nowNs();
    const ns = Number(line.toString());
    // The first answer waits for the process to start.
    if (ping === 0) continue;
    maxRttNs = Math.max(maxRttNs, answered - asked);
    if (ns < asked || ns > answered) violations += 1;
  }
  child.kill();
  return { checks: PINGS, maxRttUs: maxRttNs / 1e3, violations };
}
