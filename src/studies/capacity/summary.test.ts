import { describe, expect, it } from 'vitest';
import { sampleRun } from '../../../test/sample-results.ts';
import { capacityCostOf, limitingResource } from './cost.ts';
import type { SearchAnswer, SearchCourse } from './search.ts';
import { capacityPoint, failedTrial, recordTrial, scalabilitiesOf, type RecordedTrial, type SearchRecord } from './summary.ts';
import { hasLossGoal, judgeTrial } from './trial.ts';
import { PROFILES } from './profile.ts';
import { parseLimit } from '../../result/limits.ts';
import type { ProcessHealth, RunResult } from '../../result/run-result.ts';
import type { Interval } from '../../ledger/timeline.ts';

const COURSE: SearchCourse = { ...PROFILES.quick, senders: 1, startPerSecond: 20, minPerSecond: 1, maxPerSecond: 1000 };
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

/** A trial at a rate. */
function trial(ratePerSecond: number, durationSeconds: number, choices: Parameters<typeof sampleRun>[0] = { id: 'x' }): RunResult {
  const run = sampleRun(choices);
  const parameters = { members: 80, ratePerSecond, durationMs: 1000 * durationSeconds, warmupMs: 0 };
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
const ANSWER: SearchAnswer = { lower: 95, upper: 105, end: 'found', confirmed: { lower: true, upper: true } };
const record = (replicate: number, perSecond: number): SearchRecord => {
  const recorded = (rate: number, seconds: number, choices: Parameters<typeof sampleRun>[0]): RecordedTrial =>
    recordTrial(trial(rate, seconds, { deliveredPerSecond: 80 * rate, ...choices }), PARAMETERS, GOALS);
  const trials = [
    ...[0.5, 0.8, 0.9, 0.95].map((share) => recorded(share * perSecond, 2, { id: `short-${share}` })),
    ...[1.05, 1.1, 1.2, 2].map((share) => recorded(share * perSecond, 2, { id: `bad-${share}`, p50Us: 50_000 })),
    recorded(perSecond, 15, { id: 'soak' }),
  ];
  return { replicate, course: COURSE, trials, answer: ANSWER, isInterrupted: false };
};

describe('a point', () => {
  const server = { kind: 'node', processes: 2 } as const;

  it('has what each trial offered, and how busy its busiest resource was', () => {
    const run = { ...trial(100, 2), health: [health('server', 0.4), health('driver', 0.2)] };
    expect(recordTrial(run, PARAMETERS, GOALS)).toMatchObject({ ratePerSecond: 100, durationSeconds: 2, verdict: 'ok', busyRatio: 0.4 });
    const failed = failedTrial({ ratePerSecond: 20, durationSeconds: 2 }, 'a server ended');
    expect(failed).toMatchObject({ verdict: 'invalid', runId: null, reasons: ['a server ended'] });
  });

  it('has the answer of all its trials together, and what its longest trial saw', () => {
    const point = capacityPoint({ ...IDENTITY, server }, [record(0, 100), record(1, 104)]);
    expect(point).toMatchObject({
      name: 'fanout/redis/node/p2',
      answer: 'interval',
      limitedBy: { kind: 'unknown' },
      soak: { ratePerSecond: 104, durationSeconds: 15, verdict: 'ok' },
      estimate: { isHidden: false },
    });
    const { half, nineInTen, curve } = point.estimate!;
    expect(nineInTen.interval).toEqual([point.lower!.ratePerSecond, point.upper!.ratePerSecond]);
    expect(nineInTen.ratePerSecond).toBeLessThan(half.ratePerSecond);
    expect(point.lower!.deliveredPerSecond / point.lower!.ratePerSecond).toBeCloseTo(80, 1);
    expect(point.lower).toMatchObject({ deliverySeconds: 10, confirmed: true });
    expect(curve.map(({ probability }) => probability)).toEqual(curve.map(({ probability }) => probability).toSorted((a, b) => b - a));
    // More trials know it better.
    const alone = capacityPoint({ ...IDENTITY, server }, [record(0, 100)]);
    const width = ({ lower, upper }: typeof point): number => upper!.ratePerSecond / lower!.ratePerSecond;
    expect(width(point)).toBeLessThan(width(alone));
    expect(point.searches).toHaveLength(2);
  });

  it('answers as its trials do', () => {
    const answered = (trials: readonly RecordedTrial[], answer: SearchRecord['answer'] = ANSWER): string =>
      capacityPoint({ ...IDENTITY, server }, [{ ...record(0, 100), trials, answer }]).answer;
    const { trials } = record(0, 100);
    const of = (verdict: RecordedTrial['verdict']): readonly RecordedTrial[] => trials.filter((each) => each.verdict === verdict);
    expect(answered(trials)).toBe('interval');
    expect(answered(of('ok'))).toBe('atLeast');
    expect(answered(of('bad'))).toBe('below');
    expect(answered([])).toBe('unknown');
    expect(answered([], 'isolated')).toBe('isolated');
  });

  it('has what an interrupted search had found', () => {
    const point = capacityPoint({ ...IDENTITY, server }, [{ ...record(0, 100), isInterrupted: true }]);
    expect(point).toMatchObject({ answer: 'interval', searches: [{ end: 'interrupted', lower: { ratePerSecond: 95 } }] });
  });

  it('counts for the law by what it sustains nine times in ten, in deliveries', () => {
    const points = [1, 2, 3, 4].map((processes) =>
      capacityPoint({ ...IDENTITY, server: { kind: 'node', processes } }, [record(0, 100 * processes)]),
    );
    const [law] = scalabilitiesOf(points, { cores: 2, seed: 1, drivers: 1 });
    expect(law!.lambda.value / points[0]!.estimate!.nineInTen.deliveredPerSecond).toBeCloseTo(1, 1);
    expect(law!.lambda.interval).not.toBeNull();
    expect(law).toMatchObject({ layer: 'redis', server: 'node', knee: null, isContention: true });
    expect(scalabilitiesOf(points.slice(0, 2), { cores: 2, seed: 1, drivers: 1 })).toEqual([]);
  });
});
