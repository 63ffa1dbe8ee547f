import { describe, expect, it } from 'vitest';
import { SCENARIOS } from '../../scenarios/registry.ts';
import { sampleRequest } from '../../test/sample-request.ts';
import { LatencyRecorder, type EncodedLatency } from '../stats/histogram.ts';
import { LiveRun } from './live-run.ts';
import { planNumbers } from '../model/plan.ts';
import { NS_PER_MS, NS_PER_SECOND } from '../model/units.ts';

const REQUEST = sampleRequest(SCENARIOS.fanout);
const MEMBERS = planNumbers(REQUEST.plan).deliveries / planNumbers(REQUEST.plan).messages;

function latencies(...ms: readonly number[]): EncodedLatency {
  using recorder = new LatencyRecorder();
  for (const value of ms) recorder.record(value * NS_PER_MS);
  return recorder.encode();
}

function measuring(): LiveRun {
  const run = new LiveRun(REQUEST);
  run.onEvent({ kind: 'phase', phase: 'measure', runId: 'a' });
  return run;
}

describe('a run that goes on', () => {
  it('adds up what drivers say of each second, and takes their latest word', () => {
    const run = measuring();
    run.onEvent({ kind: 'seconds', driver: 0, seconds: [{ second: 0, attempted: 4, delivered: 1, arrived: 0 }] });
    run.onEvent({ kind: 'seconds', driver: 1, seconds: [{ second: 0, attempted: 6, delivered: 6 * MEMBERS, arrived: 0 }] });
    run.onEvent({
      kind: 'seconds',
      driver: 0,
      seconds: [
        { second: 0, attempted: 4, delivered: 4 * MEMBERS - 3, arrived: 0 },
        { second: 1, attempted: 1, delivered: 0, arrived: 0 },
      ],
    });
    expect(run.seconds()).toMatchObject([{ startMs: 0, endMs: 1000, offered: 10, sent: 10, delivered: 10 * MEMBERS - 3, lost: 0 }]);
  });

  it('counts what is missing of a second as lost once the second is over for as long again', () => {
    const run = measuring();
    const seconds = [0, 1, 2].map((second) => ({ second, attempted: 10, delivered: 10 * MEMBERS - second - 1, arrived: 0 }));
    run.onEvent({ kind: 'seconds', driver: 0, seconds });
    expect(run.seconds().map(({ lost }) => lost)).toEqual([1, 0]);
    run.onEvent({ kind: 'seconds', driver: 0, seconds: [{ second: 3, attempted: 1, delivered: 0, arrived: 0 }] });
    expect(run.seconds().map(({ lost }) => lost)).toEqual([1, 2, 0]);
    expect(run.seconds().map(({ pending }) => pending)).toEqual([0, 0, 3]);
    expect(run.seconds().map(({ isSettled }) => isSettled)).toEqual([true, true, false]);
  });

  it('waits for the last seconds while the drain does, and counts all that is missing after it', () => {
    const run = measuring();
    run.onEvent({ kind: 'seconds', driver: 0, seconds: [{ second: 0, attempted: 10, delivered: 0, arrived: 0 }] });
    run.onEvent({ kind: 'phase', phase: 'drain', runId: 'a' });
    expect(run.seconds()).toMatchObject([{ delivered: 0, lost: 0, pending: 10 * MEMBERS, isSettled: false }]);
    run.onEvent({ kind: 'seconds', driver: 0, seconds: [{ second: 0, attempted: 10, delivered: 4, arrived: 0 }] });
    for (const phase of ['collect', 'stop'] as const) {
      run.onEvent({ kind: 'phase', phase, runId: 'a' });
      expect(run.seconds()).toMatchObject([{ delivered: 4, lost: 10 * MEMBERS - 4, pending: 0, isSettled: true }]);
    }
  });

  it('ends with the measure phase, where that is no whole number of seconds', () => {
    const run = new LiveRun({ ...REQUEST, plan: { ...REQUEST.plan, durationMs: 1250 } });
    run.onEvent({ kind: 'phase', phase: 'drain', runId: 'a' });
    run.onEvent({ kind: 'seconds', driver: 0, seconds: [0, 1].map((second) => ({ second, attempted: 1, delivered: 1, arrived: 0 })) });
    expect(run.seconds().map(({ startMs, endMs }) => [startMs, endMs])).toEqual([
      [0, 1000],
      [1000, 1250],
    ]);
  });

  it('tells a long run by the intervals of its result, and its last minute by the second', () => {
    const run = new LiveRun({ ...REQUEST, plan: { ...REQUEST.plan, durationMs: 86_400_000 } });
    run.onEvent({ kind: 'phase', phase: 'measure', runId: 'a' });
    const deliveredIn = (second: number): number => 10 * MEMBERS - (second % 100 === 0 ? 1 : 0);
    for (let second = 0; second <= 1000; second++) {
      run.onEvent({ kind: 'seconds', driver: 0, seconds: [{ second, attempted: 10, delivered: deliveredIn(second), arrived: 7 }] });
      run.onEvent({ kind: 'latencies', second, response: [latencies(second === 20 ? 9 : 2)], pacerLag: latencies(1) });
    }
    const seconds = run.seconds();
    expect(seconds.length).toBe(3 + 100);
    expect(seconds.slice(0, 4)).toMatchObject([
      { startMs: 0, endMs: 300_000, offered: 3000, arrived: 2100, lost: 3, isSettled: true },
      { startMs: 300_000, endMs: 600_000, lost: 3 },
      { startMs: 600_000, endMs: 900_000, lost: 3 },
      { startMs: 900_000, endMs: 901_000, lost: 1 },
    ]);
    expect(seconds[0]!.response!.p99 / 9000).toBeCloseTo(1, 2);
    expect(seconds.at(-1)).toMatchObject({ startMs: 999_000, endMs: 1_000_000, isSettled: false });
  });

  it('knows percentiles of all parts of a second together', () => {
    const run = measuring();
    run.onEvent({ kind: 'seconds', driver: 0, seconds: [0, 1].map((second) => ({ second, attempted: 1, delivered: 1, arrived: 0 })) });
    expect(run.seconds()[0]).toMatchObject({ response: null, pacerLagP99Us: null });
    run.onEvent({ kind: 'latencies', second: 0, response: [latencies(1, 1), latencies()], pacerLag: latencies(2) });
    run.onEvent({ kind: 'latencies', second: 0, response: [latencies(1), latencies(50)], pacerLag: latencies(1) });
    const [{ response, pacerLagP99Us }] = run.seconds() as [ReturnType<typeof run.seconds>[number]];
    // 3 significant digits.
    expect(response!.p50 / 1000).toBeCloseTo(1, 2);
    expect(response!.p99 / 50_000).toBeCloseTo(1, 2);
    expect(pacerLagP99Us! / 2000).toBeCloseTo(1, 2);
  });

  it('tells what servers use between two readings, and nothing over a restart', () => {
    const run = measuring();
    const use = (seconds: number, cpuSeconds: number): void =>
      run.onEvent({ kind: 'server', use: { index: 0, atNs: seconds * NS_PER_SECOND, cpuSeconds, rssBytes: 1000 } });
    use(1, 0.2);
    expect(run.servers).toEqual([{ index: 0, cpuRatio: null, rssBytes: 1000 }]);
    use(3, 1.2);
    expect(run.servers[0]!.cpuRatio).toBe(0.5);
    use(4, 0.1);
    expect(run.servers[0]!.cpuRatio).toBeNull();
  });

  it('has a fault once, from its beginning to its end', () => {
    const run = measuring();
    run.onEvent({ kind: 'fault', spec: 'kill server 1 at 2s', startMs: 2001, endMs: null });
    expect(run.faults).toMatchObject([{ startMs: 2001, endMs: 2001 }]);
    run.onEvent({ kind: 'fault', spec: 'kill server 1 at 2s', startMs: 2001, endMs: 2500 });
    expect(run.faults).toEqual([{ spec: 'kill server 1 at 2s', startMs: 2001, endMs: 2500, recoveryMs: null }]);
  });
});
