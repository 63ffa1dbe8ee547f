import { LOSS_CAUSES, type Fate } from '../model/causes.ts';
import { isCensored } from '../stats/censoring.ts';
import { shortfallOf } from '../ledger/shortfalls.ts';
import { addUp } from '../model/figure.ts';
import { MEASURES, type Direction, type Measure } from '../model/measures.ts';
import { SENDS_PER_TAIL, type Percentile } from '../stats/percentiles.ts';
import type { Cost, Latencies, ProcessHealth, ProcessMemory, RunResult, Throughput } from './run-result.ts';
import type { Ledger, Reach } from '../ledger/ledger.ts';
import type { LatencySummary } from '../stats/histogram.ts';

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

/** The unit of a metric's value: µs, a ratio, 1/s, a count, bytes or bytes per second. */
export type MetricUnit = 'duration' | 'ratio' | 'rate' | 'count' | 'bytes' | 'byteRate';

/** One number of a result, under the name that limits and comparisons have for it. */
export interface Metric {
  readonly name: string;
  readonly unit: MetricUnit;
  readonly direction: Direction;
  /** null: no data. */
  readonly read: (data: MetricData) => number | null;
  /** Whether the value is a lower bound, since too much never arrived; or would be, had anything arrived. */
  readonly censored: (data: MetricData) => boolean;
  readonly percentile: Percentile | null;
}

export type Statistic = 'min' | 'mean' | Percentile | 'max';
type LedgerCount = { [K in keyof Ledger]: Ledger[K] extends number ? K : never }[keyof Ledger];

const US_PER_SECOND = 1e6;

export const STATISTICS: readonly Statistic[] = ['min', 'mean', 'p50', 'p90', 'p99', 'p999', 'max'];
export const SERIES: readonly (keyof Latencies)[] = ['response', 'transit', 'ingress', 'edge', 'pacerLag', 'firstDelivery', 'lastDelivery'];
export const LEDGER_COUNTS: readonly (keyof Ledger & LedgerCount)[] = [
  'expected',
  'lostTotal',
  'inFlight',
  'uncertain',
  'duplicates',
  'reordered',
  'reorderExtentMax',
  'late',
  'strays',
  'corrupt',
  'lossEvents',
];

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

export const MEASURE_UNITS: Readonly<Record<Measure['unit'], MetricUnit>> = {
  us: 'duration',
  bytes: 'bytes',
  '1/s': 'rate',
  ratio: 'ratio',
  times: 'ratio',
  count: 'count',
};

/** Every metric by its name. A bare `p99` is of the response latency; `cpu` is of servers and Redis, per 1,000 deliveries. */
export const METRICS: ReadonlyMap<string, Metric> = new Map(
  [
    ...STATISTICS.map((statistic) => latencyMetric(statistic, 'response', statistic)),
    ...SERIES.flatMap((series) => STATISTICS.map((statistic) => latencyMetric(`${series}.${statistic}`, series, statistic))),
    measured('loss', 'ratio', 'lowerIsBetter', ({ ledger }) => notDelivered(ledger) / ledger.expected),
    measured('reach', 'ratio', 'higherIsBetter', ({ reach }) => reach.ratio),
    measured('delivered', 'rate', 'higherIsBetter', ({ throughput }) => throughput.deliveredPerSecond),
    measured('sent', 'rate', 'higherIsBetter', ({ throughput }) => throughput.sentPerSecond),
    measured('offered', 'rate', 'higherIsBetter', ({ throughput }) => throughput.offeredPerSecond),
    measured('cpu', 'duration', 'lowerIsBetter', ({ cost }) => times(cost.cpuSecondsPer1000Deliveries, US_PER_SECOND)),
    measured('redisCommands', 'count', 'lowerIsBetter', ({ cost }) => cost.redisCommandsPer1000Deliveries),
    measured('redisBytes', 'bytes', 'lowerIsBetter', ({ cost }) => cost.redisBytesPer1000Deliveries),
    ...LOSS_CAUSES.map((cause) => measured(cause, 'count', 'lowerIsBetter', ({ ledger }) => ledger.lost[cause])),
    ...LEDGER_COUNTS.map((name) =>
      measured(name, 'count', name === 'expected' ? 'higherIsBetter' : 'lowerIsBetter', ({ ledger }) => ledger[name]),
    ),
    ofServers('serverMemoryPeak', 'bytes', (memory) => memory.peakBytes),
    ofServers('serverMemoryGrowth', 'byteRate', (memory) => memory.growthBytesPerSecond?.value ?? null),
    ...[...MEASURES].map(([name, { unit, direction }]): Metric => ({
      name,
      unit: MEASURE_UNITS[unit],
      direction,
      read: ({ measures }) => measures.find((measure) => measure.name === name)?.value ?? null,
      censored: ({ measures }) => measures.find((measure) => measure.name === name)?.censored === true,
      percentile: null,
    })),
  ].map((metric) => [metric.name, metric] as const),
);

/** The sum over all server processes; unknown where one of them is. */
function ofServers(name: string, unit: MetricUnit, read: (memory: ProcessMemory) => number | null): Metric {
  const values = (health: readonly ProcessHealth[]): readonly (number | null)[] =>
    health.flatMap(({ role, memory }) => (role === 'server' ? [memory == null ? null : read(memory)] : []));
  const sum = ({ health }: MetricData): number | null => addUp(values(health));
  return { name, unit, direction: 'lowerIsBetter', read: sum, censored: () => false, percentile: null };
}

function latencyMetric(name: string, series: keyof Latencies, statistic: Statistic): Metric {
  const read = (summary: LatencySummary | null): number | null => (summary === null || summary.count === 0 ? null : summary[statistic]);
  return {
    name,
    unit: 'duration',
    direction: 'lowerIsBetter',
    read: ({ latency }) => read(latency[series]),
    censored: ({ latency, ledger }) => isCensored(latency[series], statistic) || (series !== 'pacerLag' && isAllMissing(ledger)),
    percentile: Object.hasOwn(SENDS_PER_TAIL, statistic) ? (statistic as Percentile) : null,
  };
}

/** A number of the whole run; it has no data where nothing was expected. */
function measured(name: string, unit: MetricUnit, direction: Direction, read: (data: MetricData) => number | null): Metric {
  return {
    name,
    unit,
    direction,
    read: (data) => (data.ledger.expected === 0 ? null : read(data)),
    censored: () => false,
    percentile: null,
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
export interface MetricValue {
  readonly name: string;
  readonly unit: MetricUnit;
  readonly direction: Direction;
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
