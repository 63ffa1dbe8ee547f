import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Calibration } from '../../src/result/calibration-result.ts';
import type { RunResult } from '../../src/result/run-result.ts';
import { hostFacts } from '../../src/platform/host.ts';
import { environmentOf } from '../../src/run/assembly/environment.ts';
import { hostOf, writeCalibration } from '../../src/store/calibrations.ts';
import { benchHere, runHere } from '../bench-here.ts';
import { inOneLine } from '../bench-process.ts';

/* Scenarios, short, by real processes: what they report is what their Plans make necessary. What is only another Plan has its test in scenarios/. */

async function run(scenario: string, ...args: readonly string[]): Promise<RunResult> {
  const done = await runHere([scenario, '--json', '--quiet', ...args]);
  expect(done.results, done.stderr).toHaveLength(1);
  const result = done.results[0]!;
  expect(result.ledger.balanced).toBe(true);
  expect(result.ledger.lost.unexplained).toBe(0);
  return result;
}

/** The causes that something was lost by. */
const losses = ({ ledger }: RunResult): Readonly<Record<string, number>> =>
  Object.fromEntries(Object.entries(ledger.lost).filter(([, count]) => count > 0));
const measure = ({ measures }: RunResult, name: string): number | undefined => measures.find((entry) => entry.name === name)?.value;
const SHORT = ['--duration', '2s', '--warmup', '300ms'] as const;

describe.concurrent('scenarios that lose nothing', () => {
  /** Beside what it must deliver, what a scenario measures: more than this. */
  it.each<[string, readonly string[], string?, ((result: RunResult) => number)?]>([
    ['ramp', ['--layer', 'memory', '--processes', '1', '--members', '10', '--rate', '50/s', '--steps', '2', ...SHORT], 'heldPerSecond'],
    ['direct', ['--layer', 'redis', '--pairs', '4', '--rate', '10/s', ...SHORT], 'roundTripP50Us', ({ latency }) => latency.transit!.p50],
  ])('%s', async (scenario, args, measured, least = () => 0) => {
    const result = await run(scenario, ...args);
    expect(losses(result)).toEqual({});
    expect(result.ledger.delivered).toBe(result.ledger.expected);
    expect(result.ledger.delivered).toBeGreaterThan(0);
    if (measured !== undefined) expect(measure(result, measured)).toBeGreaterThan(least(result));
  });
});

describe.concurrent('churn', () => {
  // The self-test has it over Redis.
  it('over memory loses nothing that members were owed', async () => {
    // Away for ten times what leaving takes on a busy machine, and back before the end.
    const absences = ['--every', '4s', '--away', '2500ms', '--duration', '4s', '--warmup', '300ms'];
    const result = await run('churn', '--layer', 'memory', '--processes', '1', '--members', '12', ...absences);
    expect(losses(result)).toEqual({});
    expect(result.ledger.strays).toBe(0);
    // 10 members go away and come back; what is due in the moments before and between counts for nobody.
    expect(result.ledger.uncertain).toBeGreaterThan(0);
    expect(result.ledger.expected + result.ledger.uncertain).toBeLessThan(200 * 12);
    for (const step of ['join', 'leave', 'reconnect']) expect(measure(result, `${step}P50Us`), step).toBeGreaterThan(0);
  });
});

describe.concurrent('http-trigger', () => {
  it('publishes as many messages as the Plan says, at the pace of the answers', async () => {
    const result = await run(
      'http-trigger',
      '--layer',
      'memory',
      '--processes',
      '1',
      '--requests',
      '500',
      '--members',
      '4',
      '--warmup-requests',
      '50',
    );
    expect(result.ledger).toMatchObject({ expected: 2000, delivered: 2000 });
    expect(measure(result, 'requestsPerSecond')).toBeGreaterThan(0);
    // From the first request to the last answer, both.
    expect(result.throughput.sentPerSecond).toBeCloseTo(measure(result, 'requestsPerSecond')!, 6);
    expect(result.run.durationSeconds).toBeCloseTo(500 / result.throughput.offeredPerSecond, 6);
    expect(measure(result, 'requestsFailed')).toBe(0);
    expect(result.warnings.map(({ code }) => code)).toContain('selfPaced');
    expect(result.latency.pacerLag).toBeNull();
  });

  it('that is given up is invalid, and has in flight, and not unsendable, what a request that was never answered did not bring', async () => {
    const flood = ['--requests', '1000000', '--connections', '50', '--warmup-requests', '0', '--duration', '500ms', '--members', '4'];
    // A queue that holds them all: nothing is lost for another reason.
    const roomy = ['--layer', 'redis', '--layer-option', 'capacity=100000'];
    const result = await run('http-trigger', ...roomy, '--processes', '1', ...flood);
    expect(result.validity.reasons.join()).toMatch(/given up after 500 ms: [\d,]+ of 1,000,000 were made/);
    const { ledger } = result;
    expect(losses(result)).toEqual({});
    expect([ledger.expected > 0, ledger.delivered + ledger.inFlight]).toEqual([true, ledger.expected]);
    // One request of each connection was under way when they were given up.
    expect([measure(result, 'requestsUnanswered'), measure(result, 'requestsFailed')]).toEqual([50, 0]);
    expect(result.throughput.offeredPerSecond).toBeCloseTo(ledger.expected / 4 / result.run.durationSeconds, 6);
  });

  it('refuses a limit on what a schedule would have to say', async () => {
    const { code, stderr } = await benchHere(['run', 'http-trigger', '--limit', 'p99<50ms']);
    expect(code).toBe(2);
    expect(inOneLine(stderr)).toContain("limit 'p99<50ms' is about a schedule");
  });
});

describe.concurrent('direct over memory', () => {
  it('loses question and answer where the pair is on two processes', async () => {
    const result = await run('direct', '--layer', 'memory', '--pairs', '4', ...SHORT);
    expect(losses(result)).toEqual({ isolated: result.ledger.expected / 2 });
    expect(result.reach.matrix).toEqual([
      [1, 0],
      [0, 1],
    ]);
  });
});

describe.concurrent('direct, where a server is killed', () => {
  it('goes on to whoever is back, under its new name', async () => {
    // So few that no queue is full when the server is back.
    const args = ['--pairs', '4', '--rate', '5/s', '--fault', 'kill server 1 at 1s', '--duration', '10s', '--warmup', '300ms'];
    const result = await run('direct', '--layer', 'redis', ...args);
    expect(Object.keys(losses(result))).toEqual(['processCrashed']);
    expect(result.faults[0]!.recoveryMs).toBeGreaterThan(0);
  });
});

describe.concurrent('slow-consumer', () => {
  it('loses beyond the capacity, of its slow members alone', async () => {
    // Eight messages in the pause, of which a capacity of two keeps two; none is due within half a second of its end.
    const slow = ['--members', '6', '--slow', '2', '--pause', '7500ms', '--every', '9s', '--rate', '1/s', '--duration', '9s'];
    const result = await run('slow-consumer', '--layer', 'memory', '--processes', '1', '--layer-option', 'capacity=2', ...slow);
    expect(losses(result)).toEqual({ overCapacity: 2 * (8 - 2) });
  });

  it('closes a client that does not read, and tells what it lost', async () => {
    const slow = ['--variant', 'client', '--members', '2', '--slow', '1', '--pause', '2900ms', '--every', '3s', '--payload', '128KiB'];
    const result = await run('slow-consumer', '--layer', 'memory', '--processes', '1', ...slow, '--duration', '3s', '--warmup', '0s');
    expect(Object.keys(losses(result))).toEqual(['backpressureClosed']);
  });
});

describe.concurrent('session-affinity', () => {
  it('loses the session of whoever comes back to another process', async () => {
    const result = await run('session-affinity', '--layer', 'memory', '--sticky', 'no', '--duration', '1s');
    expect(result.validity).toEqual({ valid: true, reasons: [] });
    expect([measure(result, 'sessions'), measure(result, 'sessionsFailedRatio')]).toEqual([160, 0.5]);
  });
});

describe.concurrent('failover', () => {
  /** Room for ten times what a Redis and a server need to be back. */
  const ARGS = ['--duration', '10s', '--warmup', '300ms', '--members', '6'] as const;
  /** What was lost in seconds that began after the recovery; `startMs` of a fault is rounded. */
  const lostAfterwards = ({ faults, intervals }: RunResult): number =>
    intervals.filter(({ startMs }) => startMs > faults[0]!.startMs + faults[0]!.recoveryMs! + 1).reduce((sum, { lost }) => sum + lost, 0);
  const planned = (result: RunResult): void => {
    // Lag on a shared core is no defect of the code; a death that no fault had planned would be.
    expect(result.validity.reasons.filter((reason) => !/generator fell behind/.test(reason))).toEqual([]);
    expect(result.run.state).toBe('completed');
    expect(result.faults).toHaveLength(1);
  };

  it('of a restarted Redis: core does not recover, and every loss is that of the backend', async () => {
    const result = await run('failover', '--layer', 'redis', '--fault', 'restart redis at 1s', ...ARGS);
    planned(result);
    expect(result.faults[0]).toMatchObject({ spec: 'restart redis at 1s', recoveryMs: null });
    expect(Object.keys(losses(result)).filter((cause) => cause !== 'backendLost' && cause !== 'refused')).toEqual([]);
    expect(result.ledger.lost.backendLost).toBeGreaterThan(0);
    // Its cost is that of both of its processes, or not known.
    expect(result.health.map(({ role }) => role)).toContain('redis');
    const reason = result.unknown?.find(({ figure }) => figure === 'cost.redisCommandsPer1000Deliveries')?.reason;
    if (reason === undefined) expect(result.cost.redisCommandsPer1000Deliveries).toBeGreaterThan(0);
    else expect(reason).toMatch(/Redis ended .* after its last report/);
  });

  it('of a restarted Redis recovers where the layer joins again, and says after what time', async () => {
    const rejoin = ['--layer-option', 'on_reconnect=rejoin'];
    const result = await run('failover', '--layer', 'redis', '--fault', 'restart redis at 1s', ...rejoin, ...ARGS);
    planned(result);
    expect(result.faults[0]!.recoveryMs).not.toBeNull();
    expect(lostAfterwards(result)).toBe(0);
  });

  it('of a killed server recovers when its clients are back', async () => {
    const result = await run('failover', '--layer', 'redis', '--fault', 'kill server 1 at 1s', ...ARGS);
    planned(result);
    expect(Object.keys(losses(result))).toEqual(['processCrashed']);
    expect(result.faults[0]!.recoveryMs).toBeGreaterThan(0);
    expect(lostAfterwards(result)).toBe(0);
  });

  it('of a Redis that pauses loses nothing, and the wait shows', async () => {
    const result = await run('failover', '--layer', 'redis', '--fault', 'pause redis 1s at 1s', ...ARGS, '--duration', '4s');
    planned(result);
    expect(losses(result)).toEqual({});
    expect(result.latency.response!.max).toBeGreaterThan(900_000);
    expect(result.faults[0]!.recoveryMs).toBe(0);
  });

  it.each([
    [['--fault', 'kill redis at 1s'], /'kill redis at 1s' is not a fault/, /Write 'kill server/],
    [['--fault', 'kill server 9 at 1s'], /names a server that does not exist/, /numbered from 0 to 1/],
    [['--fault', 'restart redis at 1s', '--layer', 'memory'], /needs a layer that uses Redis/, /--layer redis/],
    [['--fault', 'pause redis 1s at 1s', '--redis', 'redis://127.0.0.1:1'], /would hit everybody/, /--allow-faults-on-my-redis/],
    [
      ['--fault', 'restart redis at 1s', '--redis', 'redis://127.0.0.1:1', '--allow-faults-on-my-redis'],
      /cannot restart/,
      /Leave out --redis/,
    ],
  ])('refuses %j', async (args, message, hint) => {
    const done = await benchHere(['run', 'failover', ...args]);
    expect(done.code).toBe(2);
    expect(inOneLine(done.stderr)).toMatch(message);
    expect(inOneLine(done.stderr)).toMatch(hint);
  });
});

describe.concurrent('headroom', () => {
  it('is shown beside results of the machine and the number of processes that were calibrated', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'layerbench-headroom-'));
    const calibration: Calibration = {
      schemaVersion: 1,
      kind: 'calibration',
      host: hostOf(environmentOf(await hostFacts(), null)),
      startedAt: '2026-01-01T00:00:00Z',
      processes: 1,
      membersPerProcess: 4,
      payloadBytes: 128,
      ceiling: { carriedPerSecond: 8000, failedPerSecond: null },
      trials: [],
    };
    await writeCalibration(join(folder, 'results'), calibration);
    const { results } = await runHere(['fanout', '--layer', 'memory', '--members', '4', ...SHORT, '--processes', '1', '--quiet'], folder);
    rmSync(folder, { recursive: true });
    expect(results.map((result) => measure(result, 'headroom'))).toEqual([100]);
  });
});
