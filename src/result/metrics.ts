import { LOSS_CAUSES, type Fate } from '../model/causes.ts';
import { addUp } from '../model/figure.ts';
import type { Measure } from '../model/measures.ts';
import {
  MEASURE_UNITS,
  METRIC_KINDS,
  SERIES,
  type MemoryMetric,
  type MetricKind,
  type MetricSource,
  type RunMetric,
  type SeriesName,
  type Statistic,
} from '../model/metrics.ts';
import { shortfallOf } from '../ledger/shortfalls.ts';
import type { Ledger, Reach } from '../ledger/ledger.ts';
import { isCensored } from '../stats/censoring.ts';
import { SENDS_PER_TAIL, type Percentile } from '../stats/percentiles.ts';
import type { Cost, Latencies, ProcessHealth, ProcessMemory, RunResult, Throughput } from './run-result.ts';

/** The part of a result that metrics are read from. */
export interface MetricData {
  readonly latency: Latencies;
  readonly throughput: Throughput;
  readonly reach: Reach;
  readonly ledger: Ledger;
  readonly cost: Cost;
  readonly health: readonly ProcessHealth[];
  readonly measures: readonly Measure[];
}

/** How the value of a metric is read from a result. */
interface Reading {
  /** null: no data. */
  readonly read: (data: MetricData) => number | null;
  /** Whether the value is a lower bound, since too much never arrived; or would be, had anything arrived. */
  readonly censored: (data: MetricData) => boolean;
  readonly percentile: Percentile | null;
}

/** One number of a result, under the name that limits and comparisons have for it. */
export interface Metric extends MetricKind, Reading {}

const US_PER_SECOND = 1e6;

/**
 * Loss, by its one definition: deliveries that had not arrived when the drain was over, by whatever cause, or since they
 * were still in flight. Whatever says or judges how much was lost counts these.
 */
export function notDelivered({ lostTotal, inFlight }: Pick<Ledger, 'lostTotal' | 'inFlight'>): number {
  return lostTotal + inFlight;
}

/** What had not arrived by its fate, over several accounts: the most first, and only what there is. */
export function missingByFate(ledgers: readonly Ledger[]): readonly { readonly fate: Fate; readonly count: number }[] {
  const of = ({ lost, inFlight }: Ledger, fate: Fate): number => (fate === 'inFlight' ? inFlight : lost[fate]);
  return [...LOSS_CAUSES, 'inFlight' as const]
    .map((fate) => ({ fate, count: ledgers.reduce((sum, ledger) => sum + of(ledger, fate), 0) }))
    .filter(({ count }) => count > 0)
    .toSorted((a, b) => b.count - a.count);
}

/** Numbers of a whole run. */
const RUN_READERS: Readonly<Record<RunMetric, (data: MetricData) => number | null>> = {
  loss: ({ ledger }) => notDelivered(ledger) / ledger.expected,
  reach: ({ reach }) => reach.ratio,
  delivered: ({ throughput }) => throughput.deliveredPerSecond,
  sent: ({ throughput }) => throughput.sentPerSecond,
  offered: ({ throughput }) => throughput.offeredPerSecond,
  cpu: ({ cost }) => times(cost.cpuSecondsPer1000Deliveries, US_PER_SECOND),
  redisCommands: ({ cost }) => cost.redisCommandsPer1000Deliveries,
  redisBytes: ({ cost }) => cost.redisBytesPer1000Deliveries,
};

/** Of one server process. */
const MEMORY_READERS: Readonly<Record<MemoryMetric, (memory: ProcessMemory) => number | null>> = {
  serverMemoryPeak: ({ peakBytes }) => peakBytes,
  serverMemoryGrowth: ({ growthBytesPerSecond }) => growthBytesPerSecond?.value ?? null,
};

/** Every metric by its name. A bare `p99` is of the response latency; `cpu` is of servers and Redis, per 1,000 deliveries. */
export const METRICS: ReadonlyMap<string, Metric> = new Map(
  [...METRIC_KINDS].map(([name, kind]) => [name, { ...kind, ...readingOf(kind.source) }] as const),
);

function readingOf(source: MetricSource): Reading {
  switch (source.from) {
    case 'latency':
      return latencyReading(source.series, source.statistic);
    case 'run':
      return exact(ofDeliveries(RUN_READERS[source.metric]));
    case 'cause':
      return exact(ofDeliveries(({ ledger }) => ledger.lost[source.cause]));
    case 'count':
      return exact(ofDeliveries(({ ledger }) => ledger[source.count]));
    case 'memory':
      return exact(ofServers(MEMORY_READERS[source.metric]));
    case 'measure': {
      const found = ({ measures }: MetricData): Measure | undefined => measures.find(({ name }) => name === source.measure);
      return { read: (data) => found(data)?.value ?? null, censored: (data) => found(data)?.censored === true, percentile: null };
    }
  }
}

function exact(read: Reading['read']): Reading {
  return { read, censored: () => false, percentile: null };
}

/** No data where nothing was expected. */
function ofDeliveries(read: Reading['read']): Reading['read'] {
  return (data) => (data.ledger.expected === 0 ? null : read(data));
}

/** The sum over all server processes; unknown where one of them is. */
function ofServers(read: (memory: ProcessMemory) => number | null): Reading['read'] {
  return ({ health }) => addUp(health.flatMap(({ role, memory }) => (role === 'server' ? [memory == null ? null : read(memory)] : [])));
}

function latencyReading(series: SeriesName, statistic: Statistic): Reading {
  return {
    read: ({ latency }) => {
      const summary = latency[series];
      return summary === null || summary.count === 0 ? null : summary[statistic];
    },
    censored: ({ latency, ledger }) =>
      isCensored(latency[series], statistic) || (SERIES[series].isOfHarness !== true && isAllMissing(ledger)),
    percentile: Object.hasOwn(SENDS_PER_TAIL, statistic) ? (statistic as Percentile) : null,
  };
}

/** Whether nothing of what was owed arrived: its latencies are beyond every number. */
function isAllMissing(ledger: Ledger): boolean {
  return ledger.delivered === 0 && shortfallOf(ledger).missing > 0;
}

function times(value: number | null, factor: number): number | null {
  return value === null ? null : value * factor;
}

/** One number of a result as it stands there, with what is needed to show and to judge it. */
export interface MetricValue extends Pick<MetricKind, 'name' | 'unit' | 'direction'> {
  readonly value: number | null;
  /** Whether the value is a lower bound, since too much never arrived. */
  readonly censored: boolean;
}

/** A metric of a result, or a measure that its scenario adds; null for a name that is neither. */
export function metricOf(result: RunResult, name: string): MetricValue | null {
  const metric = METRICS.get(name);
  if (metric !== undefined) {
    const { unit, direction } = metric;
    return { name, unit, direction, value: metric.read(result), censored: metric.censored(result) };
  }
  const measure = result.measures.find((entry) => entry.name === name);
  if (measure === undefined) return null;
  const { unit, direction, value, censored = false } = measure;
  return { name, unit: MEASURE_UNITS[unit], direction, value, censored };
}
