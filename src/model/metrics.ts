import { isByDesign, LOSS_CAUSES, type LossCause } from './causes.ts';
import { MEASURES, type Direction, type Measure, type MeasureName } from './measures.ts';

/*
 * Every number that limits, comparisons, tables and exports know by a name, as far as it is data: they iterate these tables.
 * `result/metrics.ts` reads the values.
 */

/** The unit of a metric's value: µs, a ratio, 1/s, a count, bytes or bytes per second. */
export type MetricUnit = 'duration' | 'ratio' | 'rate' | 'count' | 'bytes' | 'byteRate';

/** What some metrics have, and most have not. */
interface MetricTraits {
  /** The smallest relative change that counts in a comparison; 5 % where it is not said. */
  readonly minEffect?: number;
  /** It tells whether deliveries arrive at all, which they do not where a layer does not connect the processes. */
  readonly isAboutArriving?: true;
  /** Of 1,000 deliveries. */
  readonly isPer1000Deliveries?: true;
  /** A ratio so small that trackers are told it in millionths. */
  readonly isRare?: true;
}

interface NumberKind extends MetricTraits {
  readonly unit: MetricUnit;
  readonly direction: Direction;
}

/**
 * What is sustained, in the messages a second of `--rate`: of searches nine times in ten; where two capacities are compared in pairs every
 * second time, which trials say most of.
 */
export const CAPACITY_METRIC = 'capacity';

/** The smallest relative change that counts, of metrics that say no other. */
export const USUAL_MIN_EFFECT = 0.05;

/** A latency, in words: how it is called, from what to what, and what that means. */
interface SeriesKind {
  readonly label: string;
  readonly span: string;
  readonly meaning: string;
  /** It starts when a message was due, so that it says nothing where requests pace themselves. */
  readonly isFromDueTime?: true;
  /** It is of the harness: what never arrived is no part of it. */
  readonly isOfHarness?: true;
}

export type SeriesName = 'response' | 'transit' | 'ingress' | 'edge' | 'pacerLag' | 'firstDelivery' | 'lastDelivery';

/** The latencies of a result. */
export const SERIES: Readonly<Record<SeriesName, SeriesKind>> = {
  response: { label: 'response', span: 'due → arrived', meaning: 'what a user feels', isFromDueTime: true },
  transit: { label: 'transit', span: 'send → received', meaning: 'the layer alone' },
  ingress: { label: 'ingress', span: 'client → layer', meaning: '' },
  edge: { label: 'edge', span: 'consumer → client', meaning: '' },
  pacerLag: { label: 'pacer lag', span: 'due → issued', meaning: 'the harness itself', isOfHarness: true },
  firstDelivery: { label: 'first member', span: 'per message', meaning: '', isFromDueTime: true },
  lastDelivery: { label: 'last member', span: 'per message', meaning: '', isFromDueTime: true },
};

export const SERIES_NAMES: readonly SeriesName[] = Object.keys(SERIES) as SeriesName[];

export type Statistic = 'min' | 'mean' | 'p50' | 'p90' | 'p99' | 'p999' | 'max';

interface StatisticKind extends Pick<MetricTraits, 'minEffect'> {
  readonly label: string;
  /** Whether tables that have several statistics have it. */
  readonly isShown: boolean;
}

/** What is known of each latency. */
export const STATISTICS: Readonly<Record<Statistic, StatisticKind>> = {
  min: { label: 'min', isShown: false },
  mean: { label: 'mean', isShown: false },
  p50: { label: 'p50', isShown: true },
  p90: { label: 'p90', isShown: true },
  p99: { label: 'p99', isShown: true, minEffect: 0.15 },
  p999: { label: 'p99.9', isShown: true, minEffect: 0.25 },
  max: { label: 'max', isShown: true, minEffect: 0.5 },
};

export const STATISTIC_NAMES: readonly Statistic[] = Object.keys(STATISTICS) as Statistic[];
export const SHOWN_STATISTICS: readonly Statistic[] = STATISTIC_NAMES.filter((name) => STATISTICS[name].isShown);

export type RunMetric = 'loss' | 'reach' | 'delivered' | 'sent' | 'offered' | 'cpu' | 'redisCommands' | 'redisBytes';

/** Numbers of a whole run: none has data where no delivery was expected. */
const RUN_METRICS: Readonly<Record<RunMetric, NumberKind>> = {
  loss: { unit: 'ratio', direction: 'lowerIsBetter', isAboutArriving: true, isRare: true },
  reach: { unit: 'ratio', direction: 'higherIsBetter', isAboutArriving: true },
  delivered: { unit: 'rate', direction: 'higherIsBetter' },
  sent: { unit: 'rate', direction: 'higherIsBetter' },
  offered: { unit: 'rate', direction: 'higherIsBetter' },
  cpu: { unit: 'duration', direction: 'lowerIsBetter', isPer1000Deliveries: true, minEffect: 0.1 },
  redisCommands: { unit: 'count', direction: 'lowerIsBetter', isPer1000Deliveries: true },
  redisBytes: { unit: 'bytes', direction: 'lowerIsBetter', isPer1000Deliveries: true },
};

export type LedgerCount =
  | 'expected'
  | 'lostTotal'
  | 'inFlight'
  | 'uncertain'
  | 'duplicates'
  | 'reordered'
  | 'reorderExtentMax'
  | 'late'
  | 'strays'
  | 'corrupt'
  | 'lossEvents';

interface CountKind extends MetricTraits {
  readonly direction: Direction;
  /** Counted beside the account: what was perhaps not owed, or arrivals that are no proper deliveries, or not in order. */
  readonly beside?: 'owed' | 'arrived';
}

/** Counts of the ledger. */
export const LEDGER_COUNTS: Readonly<Record<LedgerCount, CountKind>> = {
  expected: { direction: 'higherIsBetter' },
  lostTotal: { direction: 'lowerIsBetter', isAboutArriving: true },
  inFlight: { direction: 'lowerIsBetter' },
  uncertain: { direction: 'lowerIsBetter', beside: 'owed' },
  duplicates: { direction: 'lowerIsBetter', beside: 'arrived' },
  reordered: { direction: 'lowerIsBetter', beside: 'arrived' },
  reorderExtentMax: { direction: 'lowerIsBetter' },
  late: { direction: 'lowerIsBetter', beside: 'arrived' },
  strays: { direction: 'lowerIsBetter', beside: 'arrived' },
  corrupt: { direction: 'lowerIsBetter', beside: 'arrived' },
  lossEvents: { direction: 'lowerIsBetter' },
};

export const LEDGER_COUNT_NAMES: readonly LedgerCount[] = Object.keys(LEDGER_COUNTS) as LedgerCount[];
/** What is counted beside the account. */
export const COUNTS_BESIDE: readonly LedgerCount[] = LEDGER_COUNT_NAMES.filter((name) => LEDGER_COUNTS[name].beside !== undefined);

export type MemoryMetric = 'serverMemoryPeak' | 'serverMemoryGrowth';

/** Sums over all server processes; they have data where nothing was delivered, too. */
const MEMORY_METRICS: Readonly<Record<MemoryMetric, NumberKind>> = {
  serverMemoryPeak: { unit: 'bytes', direction: 'lowerIsBetter' },
  serverMemoryGrowth: { unit: 'byteRate', direction: 'lowerIsBetter' },
};

/** What the unit of a measure is as one of a metric. */
export const MEASURE_UNITS: Readonly<Record<Measure['unit'], MetricUnit>> = {
  us: 'duration',
  bytes: 'bytes',
  '1/s': 'rate',
  ratio: 'ratio',
  times: 'ratio',
  count: 'count',
};

/** What a metric is read from. */
export type MetricSource =
  | { readonly from: 'latency'; readonly series: SeriesName; readonly statistic: Statistic }
  | { readonly from: 'run'; readonly metric: RunMetric }
  | { readonly from: 'cause'; readonly cause: LossCause }
  | { readonly from: 'count'; readonly count: LedgerCount }
  | { readonly from: 'memory'; readonly metric: MemoryMetric }
  | { readonly from: 'measure'; readonly measure: MeasureName };

/** A metric, as far as it is data. */
export interface MetricKind extends NumberKind {
  readonly name: string;
  readonly source: MetricSource;
  /** The full name of one that is called by a short one too: a bare `p99` is of the response. */
  readonly shortFor?: string;
}

/** Every metric by its name. */
export const METRIC_KINDS: ReadonlyMap<string, MetricKind> = new Map(
  [
    ...STATISTIC_NAMES.map((statistic) => ({
      ...latency('response', statistic),
      name: statistic,
      shortFor: latency('response', statistic).name,
    })),
    ...SERIES_NAMES.flatMap((series) => STATISTIC_NAMES.map((statistic) => latency(series, statistic))),
    ...entriesOf(RUN_METRICS).map(([name, kind]): MetricKind => ({ name, ...kind, source: { from: 'run', metric: name } })),
    ...LOSS_CAUSES.map((cause): MetricKind => ({
      name: cause,
      unit: 'count',
      direction: 'lowerIsBetter',
      ...(isByDesign(cause) && { isAboutArriving: true }),
      source: { from: 'cause', cause },
    })),
    ...entriesOf(LEDGER_COUNTS).map(([name, kind]): MetricKind => ({
      name,
      unit: 'count',
      ...kind,
      source: { from: 'count', count: name },
    })),
    ...entriesOf(MEMORY_METRICS).map(([name, kind]): MetricKind => ({ name, ...kind, source: { from: 'memory', metric: name } })),
    ...[...MEASURES].map(([name, { unit, direction }]): MetricKind => ({
      name,
      unit: MEASURE_UNITS[unit],
      direction,
      source: { from: 'measure', measure: name },
    })),
  ].map((kind) => [kind.name, kind] as const),
);

function latency(series: SeriesName, statistic: Statistic): MetricKind {
  const { minEffect } = STATISTICS[statistic];
  return {
    name: `${series}.${statistic}`,
    unit: 'duration',
    direction: 'lowerIsBetter',
    ...(minEffect !== undefined && { minEffect }),
    source: { from: 'latency', series, statistic },
  };
}

function entriesOf<Name extends string, Kind>(table: Readonly<Record<Name, Kind>>): readonly (readonly [Name, Kind])[] {
  return Object.entries(table) as [Name, Kind][];
}

interface Column {
  readonly head: string;
  /** What became of the messages, or how fast that was and how dear. */
  readonly tells: 'arrival' | 'price';
  /** It is left out where there is little room. */
  readonly isWide?: true;
}

export type HeadlineName = RunMetric | MemoryMetric | `${SeriesName}.${Statistic}`;

/** What a metric is to those who chose none. */
interface Headline {
  readonly name: HeadlineName;
  /** What tools that watch gauges say of it, in a sentence; they have no others. */
  readonly gauge?: string;
  /** Its column in tables of runs; others have none. */
  readonly column?: Column;
  /** Whether trackers follow it from commit to commit. */
  readonly isTracked?: true;
  /** Whether it decides comparisons: of runs with a schedule, of runs that pace themselves, or of all. */
  readonly judges?: 'scheduled' | 'selfPaced' | 'all';
}

/**
 * What is shown, tracked and judged by default, in this order. Few judge, since every one asks for clearer changes of the
 * others: what a user feels, what it costs, and whether it is carried at all. Where requests pace themselves, response says more
 * of the pace than of the system.
 */
export const HEADLINES: readonly Headline[] = [
  {
    name: 'delivered',
    gauge: 'Deliveries per second.',
    column: { head: 'delivered', tells: 'arrival' },
    isTracked: true,
    judges: 'scheduled',
  },
  { name: 'sent', judges: 'selfPaced' },
  { name: 'reach', column: { head: 'reach', tells: 'arrival' } },
  {
    name: 'response.p50',
    gauge: 'Median of what a user feels.',
    column: { head: 'response p50', tells: 'price' },
    isTracked: true,
    judges: 'scheduled',
  },
  {
    name: 'response.p99',
    gauge: '99th percentile of what a user feels.',
    column: { head: 'p99', tells: 'price' },
    isTracked: true,
    judges: 'scheduled',
  },
  { name: 'response.max', column: { head: 'max', tells: 'price' } },
  { name: 'transit.p50', gauge: 'Median of the layer alone.', isTracked: true, judges: 'selfPaced' },
  {
    name: 'transit.p99',
    gauge: '99th percentile of the layer alone.',
    column: { head: 'transit p99', tells: 'price', isWide: true },
    isTracked: true,
    judges: 'selfPaced',
  },
  {
    name: 'loss',
    gauge: 'Deliveries that had not arrived by the end, lost or in flight, of those expected.',
    column: { head: 'loss', tells: 'arrival' },
    isTracked: true,
  },
  {
    name: 'cpu',
    gauge: 'CPU time of servers and Redis per 1,000 deliveries.',
    column: { head: 'CPU/1,000', tells: 'price' },
    isTracked: true,
    judges: 'all',
  },
  { name: 'serverMemoryPeak', gauge: 'Peaks of the memory of all server processes, added up.' },
  { name: 'serverMemoryGrowth', gauge: 'Growth of the memory of all server processes.' },
];

/** A column of tables with a row for each run. */
export interface RunColumn extends Column {
  readonly name: HeadlineName;
  readonly isTracked: boolean;
}

/** Such columns: what arrived, then how fast and how dear. */
export const RUN_COLUMNS: readonly RunColumn[] = HEADLINES.flatMap(({ name, column, isTracked = false }) =>
  column === undefined ? [] : [{ name, ...column, isTracked }],
).toSorted((a, b) => Number(a.tells === 'price') - Number(b.tells === 'price'));

/** Those for which there is room everywhere. */
export const NARROW_RUN_COLUMNS: readonly RunColumn[] = RUN_COLUMNS.filter(({ isWide }) => isWide !== true);
