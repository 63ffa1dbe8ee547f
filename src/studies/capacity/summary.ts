import { benchmarkName, type BenchmarkIdentity } from '../../result/benchmark.ts';
import { hasBackend } from '../../model/layers.ts';
import { groupBy } from '../../model/group-by.ts';
import type {
  CapacityBound,
  CapacityCost,
  CapacityEstimate,
  CapacityLatency,
  CapacityPoint,
  LayerScalability,
  LimitingResource,
  PointSearch,
  RateEstimate,
  TrialSummary,
} from '../../result/capacity-result.ts';
import { busiestOf, capacityCostOf, limitingResource } from './cost.ts';
import {
  answerSoFar,
  countedTrials,
  estimateOf,
  type CurveEstimate,
  type RateInterval,
  type SearchAnswer,
  type SearchCourse,
  type Trial,
} from './search.ts';
import { judgeTrial } from './trial.ts';
import { isCensored } from '../../stats/censoring.ts';
import type { Limit } from '../../result/limits.ts';
import type { RunResult } from '../../result/run-result.ts';
import { scalabilityOf, type UncertainPoint } from './scalability.ts';
import type { SearchParameters } from './searchable-scenario.ts';

/** What a search keeps of a trial. */
export interface RecordedTrial extends Trial, TrialSummary {
  readonly deliveredPerSecond: number;
  readonly deliverySeconds?: number;
  /** No probe and no delivery crossed some pair of processes. It is so whether or not the generator was on time. */
  readonly isIsolated: boolean;
  /** null for a run that could not be completed. */
  readonly cost: CapacityCost | null;
  readonly latency: CapacityLatency | null;
  /** null for a trial that was sustained. */
  readonly limitedBy: LimitingResource | null;
}

/** A search as far as it has come. */
export interface SearchRecord {
  readonly replicate: number;
  readonly course: SearchCourse;
  readonly trials: readonly RecordedTrial[];
  readonly answer: SearchAnswer | 'isolated';
  readonly isInterrupted: boolean;
}

/** What trials are judged by. */
export interface TrialGoals {
  readonly goals: readonly Limit[];
  readonly ignoreIsolated: boolean;
}

/** What a run says to a search. */
export function recordTrial(result: RunResult, parameters: SearchParameters, { goals, ignoreIsolated }: TrialGoals): RecordedTrial {
  const given = result.scenario.parameters;
  const judgement = judgeTrial(result, goals, ignoreIsolated);
  const busyRatio = busiestOf(result);
  return {
    ...judgement,
    runId: result.run.id,
    ratePerSecond: Number(given[parameters.rate]),
    durationSeconds: Number(given[parameters.duration]) / 1000,
    ...(busyRatio !== null && { busyRatio }),
    deliveredPerSecond: result.throughput.deliveredPerSecond,
    ...(result.throughput.deliverySeconds !== undefined && { deliverySeconds: result.throughput.deliverySeconds }),
    isIsolated: result.ledger.lost.isolated > 0 && result.ledger.balanced,
    cost: capacityCostOf(result),
    latency: latencyOf(result),
    limitedBy: judgement.verdict === 'ok' ? null : limitingResource(result, judgement),
  };
}

/** A run that could not be completed says nothing of its load. */
export function failedTrial(trial: Pick<Trial, 'ratePerSecond' | 'durationSeconds'>, reason: string): RecordedTrial {
  return {
    ...trial,
    verdict: 'invalid',
    reasons: [reason],
    goals: [],
    runId: null,
    deliveredPerSecond: 0,
    isIsolated: false,
    cost: null,
    latency: null,
    limitedBy: { kind: 'invalidTrials', detail: reason },
  };
}

/** The searches of one layer with one number of processes as its answer: that of all their trials together. */
export function capacityPoint(identity: BenchmarkIdentity, records: readonly SearchRecord[]): CapacityPoint {
  const answered = records.filter(({ answer }) => answer !== 'isolated');
  const trials = answered.flatMap((record) => record.trials);
  const course = records[0]!.course;
  const answer = trials.length === 0 ? null : answerSoFar(course, trials);
  const estimate = estimateOf(course, countedTrials(course, trials));
  const { lower, upper } = boundsOf(answer, trials);
  const sustained = sustainedTrial(trials, upper);
  const soak = trials.findLast(({ durationSeconds }) => durationSeconds >= course.soakSeconds);
  const isIsolated = records.some((record) => record.answer === 'isolated');
  const { layer, server } = identity;
  return {
    name: benchmarkName(identity),
    layer: { name: layer.name, scope: layer.scope },
    server: { kind: server.kind, processes: server.processes },
    answer: isIsolated ? 'isolated' : lower !== null ? (upper === null ? 'atLeast' : 'interval') : upper === null ? 'unknown' : 'below',
    lower,
    upper,
    estimate: estimate === null ? null : reportedEstimate(estimate, trials),
    soak: soak === undefined ? null : { ...rateAndVerdict(soak), reasons: soak.reasons },
    limitedBy: answer === null ? null : limitOf(answer, trials),
    cost: sustained?.cost ?? null,
    latency: sustained?.latency ?? null,
    searches: records.map(searchOf),
  };
}

/** Rates of the curve that a chart draws. */
const CURVE_POINTS = 33;

function reportedEstimate(
  { half, nineInTen, noiseRatio, isHidden, curve: estimated }: CurveEstimate,
  trials: readonly RecordedTrial[],
): CapacityEstimate {
  const perMessage = deliveriesPerMessage(trials)?.perMessage ?? 0;
  const reported = ({ perSecond, interval }: RateInterval): RateEstimate => ({
    ratePerSecond: rounded(perSecond),
    deliveredPerSecond: rounded(perSecond * perMessage),
    interval: [rounded(interval[0]), rounded(interval[1])],
  });
  const [from, to] = [nineInTen.interval[0] / 1.5, half.interval[1] * 1.5];
  const curve = Array.from({ length: CURVE_POINTS }, (_, i) => {
    const ratePerSecond = from * (to / from) ** (i / (CURVE_POINTS - 1));
    return { ratePerSecond: rounded(ratePerSecond), probability: rounded(estimated.probabilityAt(Math.log(ratePerSecond))) };
  });
  return { half: reported(half), nineInTen: reported(nineInTen), noiseRatio, curve, isHidden };
}

/** No estimate is known better than to four digits. */
function rounded(value: number): number {
  return Number(value.toPrecision(4));
}

function searchOf(record: SearchRecord): PointSearch {
  const { replicate, course, answer, trials, isInterrupted } = record;
  const counted = new Set(countedTrials(course, trials));
  return {
    replicate,
    end: isInterrupted ? 'interrupted' : answer === 'isolated' ? 'isolated' : answer.end,
    ...boundsOf(answer === 'isolated' ? null : answer, trials),
    trials: trials.map((trial) => ({
      runId: trial.runId,
      ...rateAndVerdict(trial),
      ...(trial.verdict === 'bad' && !counted.has(trial) && { isWarmup: true }),
      reasons: trial.reasons,
      goals: trial.goals ?? [],
    })),
  };
}

function rateAndVerdict({
  ratePerSecond,
  durationSeconds,
  verdict,
}: RecordedTrial): Pick<TrialSummary, 'ratePerSecond' | 'durationSeconds' | 'verdict'> {
  return { ratePerSecond, durationSeconds, verdict };
}

interface Bounds {
  readonly lower: CapacityBound | null;
  readonly upper: CapacityBound | null;
}

function boundsOf(answer: SearchAnswer | null, trials: readonly RecordedTrial[]): Bounds {
  if (answer === null) return { lower: null, upper: null };
  const known = deliveriesPerMessage(trials);
  const bound = (ratePerSecond: number | null, confirmed: boolean): CapacityBound | null =>
    ratePerSecond === null
      ? null
      : {
          ratePerSecond: rounded(ratePerSecond),
          deliveredPerSecond: rounded(ratePerSecond * (known?.perMessage ?? 0)),
          ...(known?.deliverySeconds !== undefined && { deliverySeconds: known.deliverySeconds }),
          confirmed,
        };
  return { lower: bound(answer.lower, answer.confirmed.lower), upper: bound(answer.upper, answer.confirmed.upper) };
}

/** What a message delivers, by the longest trial that was sustained, the later one of two; null without one. */
function deliveriesPerMessage(trials: readonly RecordedTrial[]): { readonly perMessage: number; readonly deliverySeconds?: number } | null {
  const longest = sustainedTrial(trials, null);
  if (longest === undefined) return null;
  const { deliveredPerSecond, ratePerSecond, deliverySeconds } = longest;
  return { perMessage: deliveredPerSecond / ratePerSecond, ...(deliverySeconds !== undefined && { deliverySeconds }) };
}

/** The longest trial that was sustained, not above the upper end: of those as long the one at the highest rate. */
function sustainedTrial(trials: readonly RecordedTrial[], upper: CapacityBound | null): RecordedTrial | undefined {
  return trials
    .filter(({ verdict, ratePerSecond }) => verdict === 'ok' && ratePerSecond <= (upper?.ratePerSecond ?? Infinity))
    .toSorted((a, b) => a.durationSeconds - b.durationSeconds || a.ratePerSecond - b.ratePerSecond)
    .at(-1);
}

/** What gave out in the trial that failed closest above what is sustained; of a wall, in the last that was not valid. */
function limitOf({ lower, end }: SearchAnswer, trials: readonly RecordedTrial[]): LimitingResource | null {
  const failed = trials
    .filter(({ verdict, ratePerSecond }) => verdict === 'bad' && ratePerSecond >= (lower ?? 0))
    .toSorted((a, b) => a.ratePerSecond - b.ratePerSecond);
  const invalid = trials.findLast(({ verdict }) => verdict === 'invalid');
  if (end === 'invalidTrials' || failed.length === 0) return end === 'invalidTrials' ? (invalid?.limitedBy ?? null) : null;
  return (failed.find(({ limitedBy }) => limitedBy?.kind !== 'unknown') ?? failed[0]!).limitedBy;
}

function latencyOf({ latency: { response, transit } }: RunResult): CapacityLatency {
  const values = { responseP99Us: response?.p99 ?? null, transitP999Us: transit?.p999 ?? null, transitMaxUs: transit?.max ?? null };
  const censored = [
    ...(isCensored(response, 'p99') ? ['responseP99Us' as const] : []),
    ...(isCensored(transit, 'p999') ? ['transitP999Us' as const] : []),
    ...(isCensored(transit, 'max') ? ['transitMaxUs' as const] : []),
  ];
  return censored.length === 0 ? values : { ...values, censored };
}

export interface ScalabilityFacts {
  readonly cores: number;
  readonly seed: number;
  readonly drivers: number;
}

/** The law for each layer and kind of server, of what is sustained nine times in ten, in deliveries, with its uncertainty. Points without an estimate do not count. */
export function scalabilitiesOf(points: readonly CapacityPoint[], { cores, seed, drivers }: ScalabilityFacts): readonly LayerScalability[] {
  const groups = [...groupBy(points, ({ layer, server }) => `${layer.name}/${server.kind}`).values()];
  return groups.flatMap((group) => {
    const { layer, server } = group[0]!;
    const otherProcesses = drivers + (hasBackend(layer) ? 1 : 0);
    const found = scalabilityOf(group.flatMap(measuredCapacity), { cores, seed, otherProcesses });
    return found === null ? [] : [{ layer: layer.name, server: server.kind, ...found }];
  });
}

/** z of a 95 % interval. */
const Z_95 = 1.96;

/** A point for the law; none without an estimate. */
export function measuredCapacity({ server: { processes }, estimate, lower }: CapacityPoint): readonly UncertainPoint[] {
  if (estimate === undefined || estimate === null || lower?.confirmed !== true) return [];
  const { deliveredPerSecond, interval } = estimate.nineInTen;
  return [{ processes, perSecond: deliveredPerSecond, deviation: Math.log(interval[1] / interval[0]) / (2 * Z_95) }];
}
