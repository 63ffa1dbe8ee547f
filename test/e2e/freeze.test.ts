import { describe, expect, it } from 'vitest';
import type { RunResult } from '../../src/result/run-result.ts';
import { BenchProcess } from '../bench-process.ts';

const RATE = 20;
const DURATION_S = 8;
const PROCESSES = 2;
const FREEZE_S = 2;

const nowS = (): number => Number(process.hrtime.bigint()) / 1e9;

interface Frozen {
  readonly result: RunResult;
  /** Seconds between the two signals. */
  readonly seconds: number;
}

/** Freezes one server for about two seconds in the middle of measure. Server 0 holds the publisher's socket. */
async function freeze(server: number): Promise<Frozen> {
  const flags = [
    '--processes',
    String(PROCESSES),
    '--members',
    '20',
    '--rate',
    `${RATE}/s`,
    '--duration',
    `${DURATION_S}s`,
    '--warmup',
    '500ms',
  ];
  using run = new BenchProcess(['run', 'fanout', '--layer', 'redis', ...flags]);
  await run.phase('connect');
  const servers = run.childrenOfRole('server').map((child) => child.pid);
  await run.phase('measure');
  await run.until('deliveries', () => /[1-9][\d,]*(\.\d+)?\/s/.test(run.stderr.slice(run.stderr.indexOf('measure'))));
  const pid = servers[server]!;
  const begin = nowS();
  process.kill(pid, 'SIGSTOP');
  await new Promise((resolve) => setTimeout(resolve, FREEZE_S * 1000));
  const end = nowS();
  process.kill(pid, 'SIGCONT');
  await run.exited;
  const result = run.results()[0];
  if (result === undefined) throw new Error(run.output);
  return { result, seconds: end - begin };
}

/** In an open loop, messages that are due in the freeze wait for its end: response is spread evenly over (0, F), and 1 % exceed p99. */
function expectedP99S(seconds: number): number {
  return seconds - 0.01 * DURATION_S;
}

/** By which p99 may stay below what is computed, for the width of a bucket and the time between two sends. */
const TOLERANCE = 0.05;

describe('a server that is frozen for F seconds', () => {
  it('shows in full in response where it is the one of the publisher', async () => {
    const { result, seconds } = await freeze(0);
    expect(result.ledger).toMatchObject({ balanced: true, lostTotal: 0, inFlight: 0, duplicates: 0 });
    const { p50, p99, max } = result.latency.response!;
    expect(max / 1e6).toBeGreaterThanOrEqual(seconds - 1 / RATE);
    // The server works off what has waited, one after another: above what is computed by the time that this takes.
    expect(p99 / 1e6).toBeGreaterThan(expectedP99S(seconds) * (1 - TOLERANCE));
    // Three quarters of the messages were due outside of it.
    expect(p50).toBeLessThan(p99 / 2);
  });
});
