import { describe, expect, it } from 'vitest';
import type { RunResult } from '../../src/result/run-result.ts';
import { runHere } from '../bench-here.ts';
import { BenchProcess } from '../bench-process.ts';
import { freePorts, RedisProcess } from '../layers/redis-process.ts';

const FLAGS = ['--processes', '2', '--members', '10', '--rate', '50/s', '--warmup', '0s', '--seed', '1'];
const WHAT_OF_REDIS = /Redis|restarted|answer/;

/** Runs over a Redis of the test's own, which `act` is done to by hand once the declared time has come. */
async function run(
  flags: readonly string[],
  act: (restart: () => Promise<void>) => Promise<void>,
): Promise<RunResult & { stderr: string }> {
  const [port] = await freePorts(1);
  let redis = await RedisProcess.start([`port ${port}`]);
  try {
    using process = new BenchProcess(['run', 'fanout', '--redis', `redis://127.0.0.1:${port}`, ...FLAGS, ...flags]);
    await process.until('the declared time', () => /external at \S+: what befalls the backend from now on/.test(process.stderr));
    await act(async () => {
      await redis[Symbol.asyncDispose]();
      redis = await RedisProcess.start([`port ${port}`]);
    });
    await process.exited;
    const [result] = process.results();
    expect(result, process.output).toBeDefined();
    return { ...result!, stderr: process.output };
  } finally {
    await redis[Symbol.asyncDispose]();
  }
}

const restartOnce = (restart: () => Promise<void>): Promise<void> => restart();
const codes = ({ warnings }: RunResult): readonly string[] => warnings.map(({ code }) => code);

describe.concurrent("a fault that the user makes by hand in a Redis of the user's own", () => {
  it('leaves the run valid, is told as backendLost, and its recovery counts from when the servers lost Redis', async () => {
    const result = await run(['--layer', 'redis-pubsub', '--duration', '4s', '--fault', 'external at 500ms'], restartOnce);
    expect(result.validity.reasons.filter((reason) => WHAT_OF_REDIS.test(reason))).toEqual([]);
    const { lost, lostTotal, delivered, expected } = result.ledger;
    expect(lost.backendLost + lost.refused, JSON.stringify(result.ledger)).toBeGreaterThan(0);
    expect(lostTotal).toBe(lost.backendLost + lost.refused);
    expect(delivered + lostTotal).toBe(expected);
    const [fault] = result.faults;
    expect(fault).toMatchObject({ spec: 'external at 500ms', outcome: 'back' });
    expect(fault!.startMs).toBeGreaterThanOrEqual(500);
    expect(fault!.endMs).toBeGreaterThan(fault!.startMs);
    expect(fault!.recoveryMs).toBeGreaterThan(0);
    expect(codes(result)).not.toContain('noFault');
    expect(result.stderr).toMatch(/external at 500ms\s+away from \d.*there again/);
  });

  it('is a warning where nothing happened', async () => {
    const result = await run(['--layer', 'redis', '--duration', '1s', '--fault', 'external at 200ms'], () => Promise.resolve());
    expect(result.ledger.lostTotal).toBe(0);
    expect(result.faults).toEqual([expect.objectContaining({ spec: 'external at 200ms', outcome: 'nothing', recoveryMs: 0 })]);
    expect(codes(result)).toContain('noFault');
    expect(result.stderr).toMatch(/nothing was seen of it/);
  });

  it('cannot be of a layer without a backend', async () => {
    const { code, stderr, results } = await runHere(['fanout', '--layer', 'memory', ...FLAGS, '--fault', 'external at 1s']);
    expect([code, stderr, results]).toEqual([2, expect.stringMatching(/'external at 1s' needs a layer with a backend/), []]);
  });
});
