import { benchmarkName, type BenchmarkIdentity } from '../../result/benchmark.ts';
import { hasBackend } from '../../model/layers.ts';
import { groupBy } from '../../model/group-by.ts';
import type {
  CapacityBound,
  CapacityCost,
  CapacityLatency,
  CapacityPoint,
  LayerScalability,
  LimitingResource,
  PointSearch,
  TrialSummary,
} from '../../result/capacity-result.ts';
import { capacityCostOf, limitingResource } from './cost.ts';
import type { SearchAnswer } from './search.ts';
import { judgeTrial } from './trial.ts';
import { isCensored } from '../../stats/censoring.ts';
import type { Limit } from '../../result/limits.ts';
import { rateOf, stepOf, type SearchCourse, type Trial } from './tried-loads.ts';
import type { RunResult } from '../../result/run-result.ts';
import { scalabilityOf } from './scalability.ts';
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
  /** null for a trial that was carried. */
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
export function recordTrial(
  result: RunResult,
  parameters: SearchParameters,
  course: SearchCourse,
  { goals, ignoreIsolated }: TrialGoals,
): RecordedTrial {
  const given = result.scenario.parameters;
  const ratePerSecond = Number(given[parameters.rate]);
  const judgement = judgeTrial(result, goals, ignoreIsolated);
  return {
    ...judgement,
    runId: result.run.id,
    step: stepOf(ratePerSecond, course),
    ratePerSecond,
    durationSeconds: Number(given[parameters.duration]) / 1000,
    deliveredPerSecond: result.throughput.deliveredPerSecond,
    ...(result.throughput.deliverySeconds !== undefined && { deliverySeconds: result.throughput.deliverySeconds }),
    isIsolated: result.ledger.lost.isolated > 0 && result.ledger.balanced,
    cost: capacityCostOf(result),
    latency: latencyOf(result),
    limitedBy: judgement.verdict === 'ok' ? null : limitingResource(result, judgement),
  };
}

/** A run that could not be completed says nothing of its load. */
export function failedTrial(trial: Pick<Trial, 'step' | 'durationSeconds'>, course: SearchCourse, reason: string): RecordedTrial {
  return {
    ...trial,
    verdict: 'invalid',
    reasons: [reason],
    goals: [],
    runId: null,
    ratePerSecond: rateOf(trial.step, course),
    deliveredPerSecond: 0,
    isIsolated: false,
    cost: null,
    latency: null,
    limitedBy: { kind: 'invalidTrials', detail: reason },
  };
}

/** The searches of one layer with one number of processes as its answer: that of the middle one, by lower bound. */
export function capacityPoint(identity: BenchmarkIdentity, records: readonly SearchRecord[]): CapacityPoint {
  const searches = records.map(searchOf);
  const answered = records.filter(({ answer }) => answer !== 'isolated');
  const middle = answered
    .toSorted((a, b) => (boundsOf(a).lower?.ratePerSecond ?? 0) - (boundsOf(b).lower?.ratePerSecond ?? 0))
    .at(Math.floor(answered.length / 2));
  const { lower, upper } = middle === undefined ? { lower: null, upper: null } : boundsOf(middle);
  const carried = middle === undefined ? undefined : sustainedTrial(middle);
  const isIsolated = records.some(({ answer }) => answer === 'isolated');
  const { layer, server } = identity;
  return {
    name: benchmarkName(identity),
    layer: { name: layer.name, scope: layer.scope },
    server: { kind: server.kind, processes: server.processes },
    answer: isIsolated ? 'isolated' : lower !== null ? (upper === null ? 'atLeast' : 'interval') : upper === null ? 'unknown' : 'below',
    lower,
    upper,
    limitedBy: middle === undefined ? null : limitOf(middle),
    cost: carried?.cost ?? null,
    latency: carried?.latency ?? null,
    searches,
  };
}

function searchOf(record: SearchRecord): PointSearch {
  const { replicate, answer, course, trials, isInterrupted } = record;
  const rate = (step: number): number => rateOf(step, course);
  const irregular = answer === 'isolated' ? null : answer.irregular;
  return {
    replicate,
    end: isInterrupted ? 'interrupted' : answer === 'isolated' ? 'isolated' : answer.end,
    ...boundsOf(record),
    irregular: irregular === null ? null : { failedPerSecond: rate(irregular.failed), carriedPerSecond: rate(irregular.carried) },
    contestedPerSecond: answer === 'isolated' ? [] : answer.contested.map(rate),
    trials: trials.map(({ runId, ratePerSecond, durationSeconds, verdict, reasons, goals = [] }) => ({
      runId,
      ratePerSecond,
      durationSeconds,
      verdict,
      reasons,
      goals,
    })),
  };
}

function boundsOf(record: SearchRecord): { readonly lower: CapacityBound | null; readonly upper: CapacityBound | null } {
  const { answer } = record;
  if (answer === 'isolated') return { lower: null, upper: null };
  const bound = (step: number | null, verdict: Trial['verdict'], confirmed: boolean): CapacityBound | null => {
    if (step === null) return null;
    const trial = longestAt(record, step, verdict);
    const { deliveredPerSecond = 0, deliverySeconds } = trial ?? {};
    return {
      ratePerSecond: rateOf(step, record.course),
      deliveredPerSecond,
      ...(deliverySeconds !== undefined && { deliverySeconds }),
      confirmed,
    };
  };
  return { lower: bound(answer.lower, 'ok', answer.confirmed.lower), upper: bound(answer.upper, 'bad', answer.confirmed.upper) };
}

function longestAt({ trials }: SearchRecord, step: number, verdict: Trial['verdict']): RecordedTrial | undefined {
  return trials
    .filter((trial) => trial.step === step && trial.verdict === verdict)
    .toSorted((a, b) => a.durationSeconds - b.durationSeconds)
    .at(-1);
}

function limitOf(record: SearchRecord): LimitingResource | null {
  const { answer, trials } = record;
  if (answer === 'isolated') return null;
  if (answer.upper !== null) return longestAt(record, answer.upper, 'bad')?.limitedBy ?? null;
  return answer.end === 'invalidTrials' ? (trials.findLast(({ verdict }) => verdict === 'invalid')?.limitedBy ?? null) : null;
}

/** The longest trial that was carried at the lower bound. */
function sustainedTrial(record: SearchRecord): RecordedTrial | undefined {
  const { answer } = record;
  if (answer === null || answer === 'isolated' || answer.lower === null) return undefined;
  return longestAt(record, answer.lower, 'ok');
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

/** The middle of an interval on the scale of the search, which is logarithmic, in deliveries a second. */
export function middleOf(lower: CapacityBound, upper: CapacityBound): number {
  const perMessage = lower.deliveredPerSecond / lower.ratePerSecond;
  return Math.sqrt(lower.ratePerSecond * upper.ratePerSecond) * perMessage;
}

/** The law for each layer and kind of server. An interval counts by its middle, in deliveries; what is bounded on one side only does not count. */
export function scalabilitiesOf(points: readonly CapacityPoint[], { cores, seed, drivers }: ScalabilityFacts): readonly LayerScalability[] {
  const groups = [...groupBy(points, ({ layer, server }) => `${layer.name}/${server.kind}`).values()];
  return groups.flatMap((group) => {
    const { layer, server } = group[0]!;
    const measured = group.flatMap(({ server: { processes }, searches }) =>
      searches.flatMap(({ lower, upper }) => {
        if (lower === null || upper === null || !lower.confirmed) return [];
        return [{ processes, perSecond: middleOf(lower, upper) }];
      }),
    );
    const otherProcesses = drivers + (hasBackend(layer) ? 1 : 0);
    const found = scalabilityOf(measured, { cores, seed, otherProcesses });
    return found === null ? [] : [{ layer: layer.name, server: server.kind, ...found }];
  });
}
