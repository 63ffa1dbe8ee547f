import { CAPACITY_METRIC } from '../../model/metrics.ts';
import type { HistoryEntry } from '../../store/git-results.ts';
import { benchmarkName, choicesOf, parameterChoices } from '../../result/benchmark.ts';
import { groupBy } from '../../model/group-by.ts';
import { findChangePoints, type ChangePoint, type ChangePointOptions } from '../../stats/change-points.ts';
import { choicePhrase } from '../../model/choice-text.ts';
import type { CapacityPoint, CapacityResult } from '../../result/capacity-result.ts';
import type { BenchmarkComparison, CompareResult } from '../../result/comparison-result.ts';
import { ofOneDefinition, olderDefinition, olderDefinitionOfBlock } from '../../result/definitions.ts';
import { canonicalName, defaultMetricNames } from '../comparison/gates.ts';
import { metricOf, type MetricValue } from '../../result/metrics.ts';
import type { ResultFile } from '../../result/result-kinds.ts';
import type { RunResult } from '../../result/run-result.ts';
import type { Environment } from '../../model/environment.ts';
import type { Direction } from '../../model/measures.ts';
import { counted } from '../../model/units.ts';
import { medianOf } from '../../stats/ranks.ts';

/*
 * Results as series, a point for each commit, with the changes of their level. Ratios to a pinned reference, measured
 * in the same job, stand in for absolute numbers where there are any: they carry no noise of the machine.
 */

/** What is asked of a history. */
export interface HistoryOptions extends ChangePointOptions {
  /** Names of metrics; none: those that decide comparisons, and loss. */
  readonly metrics: readonly string[];
}

export interface History {
  readonly series: readonly Series[];
  readonly leftOut: LeftOut;
}

/** Numbers of results that are in no series. */
export interface LeftOut {
  /** Runs that are invalid, or were not completed. */
  readonly runs: number;
  /** Points of capacity searches that have no interval: a bound alone says more of the search than of what it looked for. */
  readonly capacities: number;
  /** Comparisons, by benchmark, with a base that no other commit was compared with: what changes with every commit is no reference. */
  readonly comparisons: number;
  /** Values that are lower bounds, since too much never arrived: they are no observations of a level, and loss tells of them. */
  readonly lowerBounds: number;
}

/** One benchmark from commit to commit: with the same choices, and on the same kind of machine unless these are ratios. */
export interface Series {
  /** `fanout/redis/node/p8`, or `capacity of fanout/redis/node/p8`. */
  readonly benchmark: string;
  /** What tells it from other series of its benchmark, in a phrase each; empty where there is no other. */
  readonly distinction: readonly string[];
  /** What the ratios are of, a commit or a label; null for absolute numbers. */
  readonly reference: string | null;
  /** By time. */
  readonly points: readonly HistoryPoint[];
  /** Those with data. */
  readonly metrics: readonly MetricHistory[];
}

/** What was measured of one commit; without one, by one run. */
export interface HistoryPoint {
  readonly git: Environment['git'];
  /** Of its first result; ISO 8601, UTC. */
  readonly startedAt: string;
  /** Number of results, of which the values are the medians. */
  readonly results: number;
}

export interface MetricHistory {
  readonly name: string;
  readonly unit: HistoryUnit;
  readonly direction: Direction;
  /** One for each point; null without data. */
  readonly values: readonly (number | null)[];
  /** Which values are left out, since they mean something else than the others; absent where none is. */
  readonly apart?: string;
  readonly changes: readonly Change[];
}

/** times: of the reference; 1 is as much as it has. */
export type HistoryUnit = MetricValue['unit'] | 'times';

export interface Change extends ChangePoint {
  readonly kind: 'improvement' | 'regression';
}

/** What a result says of one benchmark. */
interface Observation {
  readonly benchmark: string;
  /** What has to be the same in a series. */
  readonly facts: ReadonlyMap<string, string>;
  readonly reference: string | null;
  readonly git: Environment['git'];
  readonly startedAt: string;
  readonly runId: string;
  readonly defaultMetrics: readonly string[];
  readonly valueOf: (metric: string) => Value | null;
}

interface Value extends Pick<MetricHistory, 'unit' | 'direction'> {
  /** The definition of before that the value has; null for that of today. */
  readonly older: string | null;
  readonly value: number | null;
  readonly censored: boolean;
}

/** Results in any order → series with their changes. A result that is there twice counts once. */
export function historyOf(entries: readonly HistoryEntry[], options: HistoryOptions): History {
  const distinct = [...new Map(entries.map((entry) => [entry.result.run.id, entry] as const)).values()];
  const runs = distinct.flatMap(({ result, commit }) => (result.kind === 'run' ? [{ result, commit }] : []));
  const comparisons = distinct.flatMap(({ result, commit }) => (result.kind === 'compare' ? [{ result, commit }] : []));
  const whole = runs.filter(({ result }) => result.validity.valid && result.run.state === 'completed');
  const ofReference = comparisons.flatMap(({ result, commit }) => result.benchmarks.map((entry) => ratiosOf(result, entry, commit)));
  const searched = distinct.flatMap(({ result, commit }) =>
    result.kind === 'capacity' ? result.points.map((point) => capacityOf(result, point, commit)) : [],
  );
  const bounded = searched.filter((observation) => observation !== null);
  const [pinned, unpinned] = partition(seriesOf(ofReference, options), ({ points }) => points.length > 1);
  const ratios = pinned.filter(({ metrics }) => metrics.length > 0);
  const covered = new Set(ratios.map(({ benchmark }) => benchmark));
  const absoluteOnes = whole.map(({ result, commit }) => numbersOf(result, commit)).filter(({ benchmark }) => !covered.has(benchmark));
  const absolute = seriesOf(absoluteOnes, options);
  return {
    series: [...ratios, ...[...absolute, ...seriesOf(bounded, options)].filter(({ metrics }) => metrics.length > 0)].toSorted((a, b) =>
      a.benchmark.localeCompare(b.benchmark, 'en', { numeric: true }),
    ),
    leftOut: {
      runs: runs.length - whole.length,
      capacities: searched.length - bounded.length,
      comparisons: unpinned.reduce((sum, { points }) => sum + (points[0]?.results ?? 0), 0),
      lowerBounds: [...ofReference, ...absoluteOnes].reduce((sum, entry) => sum + lowerBoundsOf(entry, options), 0),
    },
  };
}

function namesOf(group: readonly Observation[], { metrics }: HistoryOptions): readonly string[] {
  return [...new Set(metrics.length > 0 ? metrics.map(canonicalName) : group.flatMap((entry) => entry.defaultMetrics))];
}

function lowerBoundsOf(observation: Observation, options: HistoryOptions): number {
  return namesOf([observation], options).filter((name) => observation.valueOf(name)?.censored === true).length;
}

function numbersOf(result: RunResult, commit: string | null): Observation {
  return {
    ...placeOf(result, result.environment.git, commit),
    benchmark: benchmarkName(result),
    facts: new Map([...choicesOf(result), ['host', hostOf(result.environment)]]),
    reference: null,
    defaultMetrics: defaultMetricNames(result),
    valueOf: (metric) => {
      const found = metricOf(result, metric);
      return found === null ? null : { ...found, older: olderDefinition(result, metric) };
    },
  };
}

function hostOf({ fingerprint, host }: Environment): string {
  return `${fingerprint} (${host.cpuModel})`;
}

/** A point of a search by its estimate, or by the middle of its interval in results of before; null where it has none. */
function capacityOf(result: CapacityResult, { name, lower, upper, estimate }: CapacityPoint, commit: string | null): Observation | null {
  if (lower === null || upper === null || result.environment === null || result.run.state !== 'completed') return null;
  const value = estimate?.nineInTen.ratePerSecond ?? Math.sqrt(lower.ratePerSecond * upper.ratePerSecond);
  return {
    ...placeOf(result, result.environment.git, commit),
    benchmark: `capacity of ${name}`,
    facts: new Map([
      ...parameterChoices(result.scenario),
      ['goals', result.goal.slo.join(', ')],
      ['profile', result.goal.profile],
      ['host', hostOf(result.environment)],
    ]),
    reference: null,
    defaultMetrics: [CAPACITY_METRIC],
    valueOf: (metric) =>
      metric === CAPACITY_METRIC ? { unit: 'rate', direction: 'higherIsBetter', value, older: null, censored: false } : null,
  };
}

/** A comparison's benchmark as ratios; its loss as it is, since 0 has no ratio. */
function ratiosOf(result: CompareResult, compared: BenchmarkComparison, commit: string | null): Observation {
  const head = result.head.git ?? result.environment.git;
  const reference = referenceOf(result.base, head);
  const { expected, lost } = compared.loss.head;
  const loss: Value = {
    unit: 'ratio',
    direction: 'lowerIsBetter',
    value: expected === 0 ? null : lost / expected,
    older: null,
    censored: false,
  };
  return {
    ...placeOf(result, head, commit),
    benchmark: compared.name,
    facts: new Map([['reference', reference], ...parameterChoices(compared.scenario)]),
    reference,
    defaultMetrics: [...compared.metrics.map(({ name }) => name), 'loss'],
    valueOf(metric) {
      const found = compared.metrics.find(({ name }) => name === metric);
      if (found === undefined) return metric === 'loss' ? loss : null;
      const older = compared.blocks.map((block) => olderDefinitionOfBlock(block, metric)).find((name) => name !== null) ?? null;
      return {
        unit: 'times',
        direction: found.direction,
        value: found.change === null ? null : 1 + found.change,
        older,
        censored: found.censored !== undefined,
      };
    },
  };
}

/** Two sides of one commit differ in what their labels say: then the label is the reference. */
function referenceOf(base: CompareResult['base'], head: Environment['git']): string {
  return base.git === null || base.git.sha === head?.sha ? base.label : base.git.sha;
}

function placeOf({ run }: ResultFile, git: Environment['git'], commit: string | null): Pick<Observation, 'git' | 'startedAt' | 'runId'> {
  return { git: commit === null ? git : { sha: commit, dirty: false }, startedAt: run.startedAt, runId: run.id };
}

function seriesOf(observations: readonly Observation[], options: HistoryOptions): readonly Series[] {
  const groups = [...groupBy(observations, ({ benchmark, facts }) => JSON.stringify([benchmark, ...facts])).values()];
  return groups.map((group) => {
    const { benchmark, facts, reference } = group[0]!;
    const others = groups.map((other) => other[0]!).filter((other) => other.benchmark === benchmark);
    const points = pointsOf(group);
    return {
      benchmark,
      distinction: [...new Set(others.flatMap((other) => [...other.facts.keys()]))]
        .filter((name) => others.some((other) => other.facts.get(name) !== facts.get(name)))
        .map((name) => choicePhrase(name, facts.get(name) ?? '')),
      reference,
      points: points.map((point) => ({ git: point[0]!.git, startedAt: point[0]!.startedAt, results: point.length })),
      metrics: namesOf(group, options).flatMap((name) => metricHistory(name, points, options) ?? []),
    };
  });
}

/** Observations by commit; commits by the time of their first one. */
function pointsOf(observations: readonly Observation[]): readonly (readonly Observation[])[] {
  const byTime = observations.toSorted((a, b) => Date.parse(a.startedAt) - Date.parse(b.startedAt));
  return [...groupBy(byTime, ({ git, runId }) => (git === null ? runId : `${git.sha} ${git.dirty}`)).values()];
}

function metricHistory(name: string, points: readonly (readonly Observation[])[], options: ChangePointOptions): MetricHistory | null {
  const all = points.map((point) => point.flatMap((observation) => observation.valueOf(name) ?? []));
  const kept = new Set(ofOneDefinition(all.flat(), ({ older }) => older));
  const found = all.map((point) => point.filter((value) => kept.has(value)));
  const first = found.flat()[0];
  const values = found.map((ofPoint) => {
    // A lower bound is no observation of a level: loss says what became of it.
    const present = ofPoint.some(({ censored }) => censored) ? [] : ofPoint.flatMap(({ value }) => value ?? []);
    return present.length === 0 ? null : medianOf(present);
  });
  if (first === undefined || values.every((value) => value === null)) return null;
  const { unit, direction } = first;
  const isBetter = ({ before, after }: ChangePoint): boolean => after > before === (direction === 'higherIsBetter');
  const changes = findChangePoints(values, options).map((point) => ({
    ...point,
    kind: isBetter(point) ? ('improvement' as const) : ('regression' as const),
  }));
  const left = all.flat().filter((value) => !kept.has(value));
  const apart =
    left.length === 0 ? null : `${name}: ${counted(left.length, 'value')} ${left[0]!.older!}, as it was counted before, left out`;
  return { name, unit, direction, values, ...(apart !== null && { apart }), changes };
}

function partition<T>(entries: readonly T[], belongs: (entry: T) => boolean): readonly [readonly T[], readonly T[]] {
  return [entries.filter(belongs), entries.filter((entry) => !belongs(entry))];
}
