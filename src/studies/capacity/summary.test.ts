import { describe, expect, it } from 'vitest';
import { sampleRun } from '../../../test/sample-results.ts';
import { capacityCostOf, limitingResource } from './cost.ts';
import type { SearchAnswer } from './search.ts';
import { capacityPoint, failedTrial, recordTrial, scalabilitiesOf, type SearchRecord } from './summary.ts';
import { hasLossGoal, judgeTrial } from './trial.ts';
import { PROFILES } from './profile.ts';
import { parseLimit } from '../../result/limits.ts';
import { rateOf, stepOf, type SearchCourse } from './tried-loads.ts';
import type { ProcessHealth, RunResult } from '../../result/run-result.ts';
import type { Interval } from '../../ledger/timeline.ts';

const COURSE: SearchCourse = { ...PROFILES.quick, startPerSecond: 20, minPerSecond: 1, maxPerSecond: 1000, maxTrials: 60 };
const GOALS = { goals: ['p99<10ms', 'loss<1%'].map((text) => parseLimit(text)), ignoreIsolated: false };
const PARAMETERS = { rate: 'ratePerSecond', duration: 'durationMs', warmup: 'warmupMs' };

const health = (role: ProcessHealth['role'], cpuRatio: number): ProcessHealth => ({
  role,
  index: 0,
  cpuRatio,
  eventLoopUtilization: cpuRatio,
  eventLoopDelayP99Us: null,
  rssBytes: null,
});

/** A trial at a step. */
function trial(step: number, durationSeconds: number, choices: Parameters<typeof sampleRun>[0] = { id: 'x' }): RunResult {
  const run = sampleRun(choices);
  const parameters = { members: 80, ratePerSecond: rateOf(step, COURSE), durationMs: 1000 * durationSeconds, warmupMs: 0 };
  return { ...run, scenario: { ...run.scenario, parameters } };
}

describe('a trial', () => {
  it('is carried where it keeps every goal, and says which it missed', () => {
    expect(judgeTrial(sampleRun({ id: 'a' }), GOALS.goals, false)).toMatchObject({ verdict: 'ok', reasons: [] });
    const missed = judgeTrial(sampleRun({ id: 'a', p50Us: 6000 }), GOALS.goals, false);
    expect(missed).toMatchObject({ verdict: 'bad', reasons: ['p99 was 12 ms, not <10ms'] });
    expect(missed.goals.map(({ expression, value, ok }) => [expression, value, ok])).toEqual([
      ['p99<10ms', 12_000, false],
      ['loss<1%', 0, true],
    ]);
    expect(judgeTrial(sampleRun({ id: 'a', lost: 200 }), GOALS.goals, false).reasons).toEqual(['loss was 2 %, not <1%']);
  });

  it('is not carried where deliveries are still under way, or response grows, whatever its goals say', () => {
    const run = sampleRun({ id: 'a' });
    expect(judgeTrial({ ...run, ledger: { ...run.ledger, inFlight: 3 } }, GOALS.goals, false).verdict).toBe('bad');
    const intervals = Array.from({ length: 5 }, (_, i): Interval => ({
      startMs: 1000 * i,
      endMs: 1000 * (i + 1),
      offered: 100,
      sent: 100,
      delivered: 1000,
      lost: 0,
      pacerLagP99Us: null,
      response: { ...run.latency.response!, p50: 1000 * (i + 1), mean: 1000 * (i + 1) },
      transit: null,
    }));
    expect(judgeTrial({ ...run, intervals }, GOALS.goals, false).reasons).toEqual(['response grows from second to second']);
  });

  it('says nothing where it is invalid or was cut short', () => {
    const reasons = ['the generator fell behind: it sent 90 % of what was offered in the time'];
    const invalid = sampleRun({ id: 'a', reasons });
    const judgement = judgeTrial(invalid, GOALS.goals, false);
    expect(judgement).toEqual({ verdict: 'invalid', reasons, goals: [] });
    expect(limitingResource(invalid, judgement).kind).toBe('generator');
    const run = sampleRun({ id: 'a' });
    expect(judgeTrial({ ...run, run: { ...run.run, state: 'partial' } }, GOALS.goals, false).verdict).toBe('invalid');
  });

  it('owes no delivery between isolated processes, where that is asked for', () => {
    const run = sampleRun({ id: 'a', lost: 5000 });
    const isolated = { ...run, ledger: { ...run.ledger, lost: { ...run.ledger.lost, overCapacity: 0, isolated: 5000 } } };
    expect(judgeTrial(isolated, GOALS.goals, false).verdict).toBe('bad');
    expect(judgeTrial(isolated, GOALS.goals, true).verdict).toBe('ok');
    expect(hasLossGoal(GOALS.goals)).toBe(true);
    expect(hasLossGoal([parseLimit('p99<1ms')])).toBe(false);
  });
});

describe('what gave out', () => {
  const bad = { verdict: 'bad', reasons: [], goals: [] } as const;
  const busy = (...entries: readonly ProcessHealth[]): RunResult => ({ ...sampleRun({ id: 'a' }), health: entries });
  it.each([
    ['redisCpu', busy(health('redis', 0.95), health('server', 0.9))],
    ['serverCpu', busy(health('redis', 0.5), health('server', 0.9))],
    ['proxyCpu', busy(health('proxy', 0.95), health('server', 0.9))],
    ['generator', busy(health('server', 0.2), health('driver', 0.9))],
    ['machineCpu', busy(health('server', 0.8), health('redis', 0.5), health('driver', 0.6))],
    ['unknown', busy(health('server', 0.2))],
    ['lossByCapacity', sampleRun({ id: 'a', lost: 100 })],
  ] as const)('is %s', (kind, run) => {
    expect(limitingResource(run, bad)).toMatchObject({ kind, detail: expect.stringMatching(/\d/) as string });
  });

  it('costs CPU by role, over measure and drain', () => {
    const run = { ...busy(health('server', 0.5), health('redis', 0.25)), phases: [{ name: 'measure' as const, startMs: 0, endMs: 2000 }] };
    expect(capacityCostOf(run)).toMatchObject({
      serverCpuSecondsPer1000Deliveries: 0.1,
      redisCpuSecondsPer1000Deliveries: 0.05,
      driverCpuSecondsPer1000Deliveries: null,
      redisCeilingRatio: 0.25,
    });
  });
});

const IDENTITY = { scenario: { name: 'fanout', parameters: {} }, layer: { name: 'redis', scope: 'shared', options: {} } } as const;
const ANSWER: SearchAnswer = {
  lower: 100,
  upper: 103,
  end: 'found',
  confirmed: { lower: true, upper: true },
  irregular: null,
  contested: [],
};

function record(replicate: number, lower: number): SearchRecord {
  const trials = [
    recordTrial(trial(lower, 2, { id: 'short', deliveredPerSecond: 1 }), PARAMETERS, COURSE, GOALS),
    recordTrial(trial(lower, 15, { id: 'soak', deliveredPerSecond: 80 * rateOf(lower, COURSE) }), PARAMETERS, COURSE, GOALS),
    recordTrial(trial(lower + 3, 5, { id: 'bad', p50Us: 50_000 }), PARAMETERS, COURSE, GOALS),
  ];
  return { replicate, course: COURSE, trials, answer: { ...ANSWER, lower, upper: lower + 3 }, isInterrupted: false };
}

describe('a point', () => {
  const server = { kind: 'node', processes: 2 } as const;

  it('has the steps of its trials', () => {
    expect(record(0, 100).trials.map(({ step, durationSeconds, verdict }) => [step, durationSeconds, verdict])).toEqual([
      [100, 2, 'ok'],
      [100, 15, 'ok'],
      [103, 5, 'bad'],
    ]);
    const failed = failedTrial({ step: stepOf(20, COURSE), durationSeconds: 2 }, COURSE, 'a server ended');
    expect(failed).toMatchObject({ verdict: 'invalid', runId: null, reasons: ['a server ended'] });
  });

  it('has the answer of its middle search, and what its longest trials saw', () => {
    const point = capacityPoint({ ...IDENTITY, server }, [record(0, 110), record(1, 100), record(2, 90)]);
    expect(point).toMatchObject({ name: 'fanout/redis/node/p2', answer: 'interval', limitedBy: { kind: 'unknown' } });
    expect(point.lower).toEqual({
      ratePerSecond: rateOf(100, COURSE),
      deliveredPerSecond: 80 * rateOf(100, COURSE),
      deliverySeconds: 10,
      confirmed: true,
    });
    expect(point.upper!.ratePerSecond).toBe(rateOf(103, COURSE));
    expect(point.searches).toHaveLength(3);
  });

  it.each([
    ['isolated', 'isolated'],
    [{ ...ANSWER, upper: null }, 'atLeast'],
    [{ ...ANSWER, lower: null }, 'below'],
    [{ ...ANSWER, lower: null, upper: null }, 'unknown'],
  ] as const)('with %j answers %s', (answer, expected) => {
    expect(capacityPoint({ ...IDENTITY, server }, [{ ...record(0, 100), answer }]).answer).toBe(expected);
  });

  it('has what an interrupted search had found', () => {
    const point = capacityPoint({ ...IDENTITY, server }, [{ ...record(0, 100), isInterrupted: true }]);
    expect(point).toMatchObject({ answer: 'interval', searches: [{ end: 'interrupted', lower: { ratePerSecond: rateOf(100, COURSE) } }] });
  });

  it('counts for the law by the middle of its interval, in deliveries', () => {
    const points = [1, 2, 3, 4].map((processes) =>
      capacityPoint({ ...IDENTITY, server: { kind: 'node', processes } }, [record(0, stepOf(100 * processes, COURSE))]),
    );
    const [law] = scalabilitiesOf(points, { cores: 2, seed: 1, drivers: 1 });
    expect(law!.lambda.value / (8000 * 2 ** (1.5 / 24))).toBeCloseTo(1, 1);
    expect(law).toMatchObject({ layer: 'redis', server: 'node', knee: null, isContention: true });
    expect(scalabilitiesOf(points.slice(0, 2), { cores: 2, seed: 1, drivers: 1 })).toEqual([]);
  });
});
