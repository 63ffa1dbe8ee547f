import { NO_LOSS } from '../src/model/causes.ts';
import { PROFILES } from '../src/studies/capacity/profile.ts';
import type { CapacityBound, CapacityResult, PointSearch, TrialSummary } from '../src/result/capacity-result.ts';
import type { CompareResult } from '../src/result/comparison-result.ts';
import { chooseDeployment, demandOf } from '../src/studies/deployment/deployment.ts';
import type { DeploymentPlan } from '../src/result/deployment-result.ts';
import { LatencyRecorder, summarize, type LatencySummary } from '../src/stats/histogram.ts';
import type { RunResult } from '../src/result/run-result.ts';
import type { Ledger } from '../src/ledger/ledger.ts';

/* Results as `bench run` and `bench compare` write them, made up. */

/** A name that breaks whatever does not escape it. */
export const HOSTILE = `a|b\n\`c\` <script>alert("x")</script> 'q' \\ =1+1,2 _e_ *f* [g](h) & \u0000\u001b #`;

/** What tests vary; the rest is the same for all. */
export interface SampleChoices {
  /** Tells runs apart. */
  readonly id: string;
  readonly startedAt?: string;
  readonly git?: RunResult['environment']['git'];
  readonly fingerprint?: string;
  readonly layer?: string;
  readonly processes?: number;
  readonly ratePerSecond?: number;
  /** Of the response; p99 is twice as much. */
  readonly p50Us?: number;
  readonly deliveredPerSecond?: number;
  /** Whether deliveries per second are of the phase, as they were counted before. */
  readonly isOlder?: boolean;
  /** Of 10,000 expected deliveries. */
  readonly lost?: number;
  readonly reasons?: readonly string[];
  readonly measures?: RunResult['measures'];
}

export function sampleRun(choices: SampleChoices): RunResult {
  const { layer = 'redis', processes = 4, p50Us = 1000, lost = 0, deliveredPerSecond = 10_000, reasons = [] } = choices;
  return {
    schemaVersion: 1,
    kind: 'run',
    tool: { name: 'layerbench', version: '0.1.0' },
    run: identity(choices),
    environment: environment(choices),
    scenario: { name: 'fanout', parameters: { ratePerSecond: choices.ratePerSecond ?? 50, members: 80 } },
    layer: { name: layer, scope: 'shared', options: { capacity: 100 } },
    server: {
      kind: 'node',
      processes,
      members: Array.from({ length: processes }, (_, index) => ({
        index,
        kind: 'node',
        version: '20.20.2',
        address: `127.0.0.1:${4000 + index}`,
      })),
    },
    drivers: 1,
    phases: [{ name: 'measure', startMs: 1000, endMs: 2000 }],
    throughput: { offeredPerSecond: 125, sentPerSecond: 125, deliveredPerSecond, ...(choices.isOlder !== true && { deliverySeconds: 10 }) },
    intervals: [],
    latency: { ...NO_LATENCIES, response: latency(p50Us) },
    placement: { sameProcess: { response: null, transit: null }, crossProcess: { response: null, transit: null } },
    reach: { ratio: (10_000 - lost) / 10_000, matrix: [] },
    ledger: ledger(lost),
    faults: [],
    clock: { checks: 0, maxRttUs: 0, violations: 0, maxOffsetUs: 0 },
    measures: choices.measures ?? [],
    health: [],
    cost: {
      cpuSecondsPer1000Deliveries: 0.05,
      redisCommandsPer1000Deliveries: null,
      redisRoundTripsPer1000Deliveries: null,
      redisBytesPer1000Deliveries: null,
    },
    limits: [],
    warnings: [],
    validity: { valid: reasons.length === 0, reasons },
  };
}

/** Distributions as they were recorded, in ns: a second for each list. The layer takes half of each, and one process is all. */
export function measured(...seconds: readonly (readonly number[])[]): Pick<RunResult, 'latency' | 'intervals' | 'placement'> {
  const halves = seconds.map((values) => values.map((ns) => Math.round(ns / 2)));
  const [response, transit] = [summaryOf(seconds.flat()), summaryOf(halves.flat())];
  return {
    latency: { ...NO_LATENCIES, response, transit },
    placement: { sameProcess: { response, transit }, crossProcess: { response: null, transit: null } },
    intervals: seconds.map((values, i) => ({
      startMs: 1000 * i,
      endMs: 1000 * (i + 1),
      offered: values.length,
      sent: values.length,
      delivered: values.length,
      lost: 0,
      pacerLagP99Us: null,
      response: summaryOf(values),
      transit: summaryOf(halves[i]!),
    })),
  };
}

function summaryOf(values: readonly number[]): LatencySummary | null {
  using recorder = new LatencyRecorder();
  for (const ns of values) recorder.record(ns);
  return summarize([recorder.encode()]);
}

export interface SampleComparison extends SampleChoices {
  /** Of the response's p50: head ÷ base − 1. */
  readonly change: number;
  readonly baseGit: RunResult['environment']['git'];
}

export function sampleComparison(choices: SampleComparison): CompareResult {
  const { change, baseGit, layer = 'redis', processes = 4, lost = 0 } = choices;
  const of = { pValue: 0.5, minEffect: 0.05, noise: null, verdict: 'pass', confirmed: null, interval: null } as const;
  return {
    schemaVersion: 1,
    kind: 'compare',
    tool: { name: 'layerbench', version: '0.1.0' },
    run: identity(choices),
    environment: environment(choices),
    design: { interleaved: true, pairs: 10, maxPairs: 20, alpha: 0.01 },
    base: { label: '../reference', git: baseGit },
    head: { label: '.', git: choices.git ?? null },
    benchmarks: [
      {
        name: `fanout/${layer}/node/p${processes}`,
        scenario: { name: 'fanout', parameters: { ratePerSecond: 50, members: 80 } },
        layer: { name: layer, scope: 'shared' },
        server: { kind: 'node', processes },
        metrics: [
          { ...of, name: 'response.p50', unit: 'duration', direction: 'lowerIsBetter', base: 1000, head: 1000 * (1 + change), change },
        ],
        loss: {
          base: { expected: 10_000, lost: 0, events: 0, unexplained: 0 },
          head: { expected: 10_000, lost, events: lost, unexplained: 0 },
          pValue: 1,
          verdict: 'pass',
          confirmed: null,
        },
        verdict: 'pass',
        blocks: [],
      },
    ],
    vanished: [],
    verdict: 'pass',
    warnings: [],
  };
}

/** Of one point, 4 processes over Redis, that carries 20,000 deliveries a second in groups of 50. */
export function sampleCapacity(id = 'a'): CapacityResult {
  const { warmupSeconds: _, ...quick } = PROFILES.quick;
  const bound = (deliveredPerSecond: number): CapacityBound => ({
    ratePerSecond: deliveredPerSecond / 400,
    deliveredPerSecond,
    deliverySeconds: 10,
    confirmed: true,
  });
  return {
    schemaVersion: 1,
    kind: 'capacity',
    tool: { name: 'layerbench', version: '0.1.0' },
    run: identity({ id }),
    environment: environment({ id }),
    scenario: { name: 'fanout', parameters: { members: 50, groups: 8, payloadBytes: 128 } },
    goal: {
      slo: ['p99<100ms', 'loss<0.01%'],
      ignoreIsolated: false,
      profile: 'quick',
      ...quick,
      timeBudgetSeconds: null,
    },
    points: [
      {
        name: 'fanout/redis/node/p4',
        layer: { name: 'redis', scope: 'shared' },
        server: { kind: 'node', processes: 4 },
        answer: 'interval',
        lower: bound(20_000),
        upper: bound(22_000),
        estimate: {
          half: { ratePerSecond: 54, deliveredPerSecond: 21_600, interval: [52, 57] },
          nineInTen: { ratePerSecond: 52, deliveredPerSecond: 20_800, interval: [50, 55] },
          noiseRatio: 0.03,
          curve: [40, 45, 50, 55, 60].map((ratePerSecond, i) => ({ ratePerSecond, probability: 0.98 - 0.24 * i })),
          isHidden: false,
        },
        soak: { ratePerSecond: 52, durationSeconds: 15, verdict: 'ok', reasons: [] },
        limitedBy: { kind: 'serverCpu', detail: 'the busiest server used 97 % of a core' },
        cost: {
          serverCpuSecondsPer1000Deliveries: 0.05,
          redisCpuSecondsPer1000Deliveries: 0.01,
          driverCpuSecondsPer1000Deliveries: 0.03,
          redisCommandsPer1000Deliveries: 400,
          redisBytesPer1000Deliveries: 90_000,
          serverBytesPerConnection: 20_000,
          redisCeilingRatio: 0.5,
        },
        latency: { responseP99Us: 80_000, transitP999Us: 50_000, transitMaxUs: 120_000 },
        searches: [],
      },
    ],
    scalability: [],
    warnings: [],
  };
}

/** A search of that point: carried at 40/s and 50/s, missed at 55/s, and not valid at 110/s. */
export function sampleSearch(): PointSearch {
  const trial = (ratePerSecond: number, p99Us: number, verdict: TrialSummary['verdict'], reasons: readonly string[]): TrialSummary => ({
    runId: `t${ratePerSecond}`,
    ratePerSecond,
    durationSeconds: 2,
    verdict,
    reasons,
    goals:
      verdict === 'invalid'
        ? []
        : [
            { expression: 'p99<100ms', value: p99Us, ok: verdict === 'ok', noData: false, weak: false },
            { expression: 'loss<0.01%', value: 0, ok: true, noData: false, weak: false },
          ],
  });
  const trials = [
    trial(40, 8000, 'ok', []),
    trial(50, 80_000, 'ok', []),
    trial(55, 150_000, 'bad', ['p99 was 150 ms, not <100ms']),
    trial(110, 0, 'invalid', ['the generator fell behind']),
  ];
  return { replicate: 0, end: 'found', lower: null, upper: null, trials };
}

/** For 5,000 connections in groups of 50, each with 2/s, which the sample of a capacity carries twice over. */
export function samplePlan(id = 'p', capacity: CapacityResult = sampleCapacity(), headroom = 1.5): DeploymentPlan {
  const demand = demandOf({ connections: 5000, groupSize: 50, ratePerSecond: 2, slo: ['p99<100ms'], headroom });
  return {
    schemaVersion: 1,
    kind: 'plan',
    tool: { name: 'layerbench', version: '0.1.0' },
    run: identity({ id }),
    environment: environment({ id }),
    demand,
    ...chooseDeployment(demand, [{ path: 'results/capacity.json', result: capacity }]),
  };
}

function identity({ id, startedAt = '2026-01-14T08:30:00.000Z' }: SampleChoices): RunResult['run'] {
  return { id, startedAt, durationSeconds: 1, command: 'bench run fanout', seed: 1, tags: {}, state: 'completed' };
}

function environment({ git = null, fingerprint = 'aaaaaaaaaaaa' }: SampleChoices): RunResult['environment'] {
  return {
    host: { cpuModel: 'Sample CPU', cores: 2, memoryBytes: 4e9, kernel: 'Linux 6.8' },
    node: 'v20.20.2',
    redis: { version: '7.2.0', url: 'redis://127.0.0.1:6379' },
    git,
    fingerprint,
  };
}

const NO_LATENCIES: RunResult['latency'] = {
  response: null,
  transit: null,
  ingress: null,
  edge: null,
  pacerLag: null,
  firstDelivery: null,
  lastDelivery: null,
};

function latency(p50: number): LatencySummary {
  const [min, mean, p90, p99, p999, max] = [0.5, 1.1, 1.5, 2, 3, 4].map((times) => times * p50);
  return {
    unit: 'us',
    count: 10_000,
    min: min!,
    mean: mean!,
    p50,
    p90: p90!,
    p99: p99!,
    p999: p999!,
    max: max!,
    negatives: 0,
    histogram: '',
  };
}

function ledger(lost: number): Ledger {
  return {
    expected: 10_000,
    delivered: 10_000 - lost,
    lost: { ...NO_LOSS, overCapacity: lost },
    lostTotal: lost,
    inFlight: 0,
    uncertain: 0,
    duplicates: 0,
    reordered: 0,
    reorderExtentMax: 0,
    late: 0,
    strays: 0,
    corrupt: 0,
    lossEvents: lost === 0 ? 0 : 1,
    balanced: true,
  };
}
