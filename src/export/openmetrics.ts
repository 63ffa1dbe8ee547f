import { hasDistribution, LatencyReader, mergeSummaries } from '../stats/histogram.ts';
import { LOSS_CAUSES } from '../model/causes.ts';
import { HEADLINES, LEDGER_COUNT_NAMES, LEDGER_COUNTS, METRIC_KINDS, type MetricUnit } from '../model/metrics.ts';
import type { Latencies, RunResult } from '../result/run-result.ts';
import { estimateOf } from '../result/repeats.ts';
import { missingData, snapshotsOf, trackedEstimate, type Blocks } from './blocks.ts';
import type { ExportInput, Exported } from './export-format.ts';
import { nameWithoutUnit, snakeCase } from './quantities.ts';

/*
 * OpenMetrics 1.0 (https://prometheus.io/docs/specs/om/open_metrics_spec/), such that readers of Prometheus' older text
 * format take it too. Several runs of a benchmark are one: distributions and counts add up, numbers are their medians. No
 * timestamps, which push gateways refuse.
 */

interface Sample {
  /** What the family's name has added. */
  readonly suffix: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

interface Family {
  readonly name: string;
  readonly type: 'gauge' | 'counter' | 'histogram';
  /** A suffix of the name. */
  readonly unit: string | null;
  readonly help: string;
  readonly samplesOf: (blocks: Blocks) => readonly Sample[];
}

/** 1, 2, 5 from 50 µs to 10 s: fixed, so that histograms of all runs can be added and compared. */
const BUCKET_BOUNDS_US: readonly number[] = [50, ...[2, 3, 4, 5, 6].flatMap((power) => [1, 2, 5].map((step) => step * 10 ** power)), 1e7];

/** How a value in the unit of a metric becomes one in the base unit of OpenMetrics; those that it does not have are part of the name alone. */
const BASE_UNITS: Readonly<Record<MetricUnit, { readonly unit: string; readonly factor: number; readonly isKnown: boolean }>> = {
  duration: { unit: 'seconds', factor: 1e-6, isKnown: true },
  ratio: { unit: 'ratio', factor: 1, isKnown: true },
  rate: { unit: 'per_second', factor: 1, isKnown: false },
  count: { unit: 'count', factor: 1, isKnown: false },
  bytes: { unit: 'bytes', factor: 1, isKnown: true },
  byteRate: { unit: 'bytes_per_second', factor: 1, isKnown: false },
};

const FAMILIES: readonly Family[] = [
  {
    // The type `info` would say the same, but readers of Prometheus' older format refuse it.
    name: 'layerbench_run_info',
    type: 'gauge',
    unit: null,
    help: 'What was measured, and where.',
    samplesOf: ({ runs }) => [{ suffix: '', labels: runFacts(runs.at(-1)!), value: 1 }],
  },
  {
    name: 'layerbench_runs',
    type: 'gauge',
    unit: null,
    help: 'Runs that the numbers are of.',
    samplesOf: ({ runs }) => [{ suffix: '', labels: {}, value: runs.length }],
  },
  {
    name: 'layerbench_run_start_time_seconds',
    type: 'gauge',
    unit: 'seconds',
    help: 'When the last run was started, in seconds since 1970.',
    samplesOf: ({ runs }) => [{ suffix: '', labels: {}, value: Date.parse(runs.at(-1)!.run.startedAt) / 1000 }],
  },
  histogram(
    'layerbench_delivery_seconds',
    'response',
    'From the due time of a message to its arrival at a member: what a user feels. Of what arrived.',
  ),
  histogram(
    'layerbench_transit_seconds',
    'transit',
    'From the call of the layer to what it hands to a member: the layer alone. Of what arrived.',
  ),
  ...HEADLINES.flatMap(({ name, gauge }) => (gauge === undefined ? [] : [gaugeOf(name, gauge)])),
  {
    name: 'layerbench_lower_bound',
    type: 'gauge',
    unit: null,
    help: 'Whether a percentile is only known to be its value or more, since too much never arrived: 1, or 0.',
    samplesOf: lowerBounds,
  },
  {
    name: 'layerbench_deliveries',
    type: 'counter',
    unit: null,
    help: 'Expected deliveries by what became of them.',
    samplesOf: deliveries,
  },
  {
    name: 'layerbench_anomalies',
    type: 'counter',
    unit: null,
    help: 'Arrivals that are no proper deliveries, or not in order.',
    samplesOf: anomalies,
  },
  {
    name: 'layerbench_measure',
    type: 'gauge',
    unit: null,
    help: 'What the scenario measures beside latency and loss.',
    samplesOf: measures,
  },
  {
    name: 'layerbench_limit_met',
    type: 'gauge',
    unit: null,
    help: 'Whether a limit held in every run: 1, or 0.',
    samplesOf: limits,
  },
];

export function renderOpenMetrics({ runs }: ExportInput): Exported {
  const all = snapshotsOf(runs);
  const lines = FAMILIES.flatMap((family) => familyLines(family, all));
  return {
    files: all.length === 0 ? [] : [{ name: 'openmetrics.txt', text: [...lines, '# EOF', ''].join('\n') }],
    notes: missingData(all, true),
  };
}

function familyLines({ name, type, unit, help, samplesOf }: Family, all: readonly Blocks[]): readonly string[] {
  const samples = all.flatMap((blocks) =>
    samplesOf(blocks).map(
      ({ suffix, labels, value }) => `${name}${suffix}${labelText({ ...benchmarkLabels(blocks), ...labels })} ${value}`,
    ),
  );
  if (samples.length === 0) return [];
  return [`# TYPE ${name} ${type}`, ...(unit === null ? [] : [`# UNIT ${name} ${unit}`]), `# HELP ${name} ${help}`, ...samples];
}

function benchmarkLabels({ runs: [{ scenario, layer, server }] }: Blocks): Readonly<Record<string, string>> {
  return { scenario: scenario.name, layer: layer.name, server: server.kind, processes: String(server.processes) };
}

function labelText(labels: Readonly<Record<string, string>>): string {
  const escaped = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
  return `{${Object.entries(labels)
    .map(([name, value]) => `${name}="${escaped(value)}"`)
    .join(',')}}`;
}

function runFacts({ environment, tool }: RunResult): Readonly<Record<string, string>> {
  const { host, node, redis, git, fingerprint } = environment;
  return {
    version: tool.version,
    commit: git === null ? '' : git.sha,
    commit_dirty: git === null ? '' : String(git.dirty),
    node,
    redis: redis?.version ?? '',
    cpu: host.cpuModel,
    fingerprint,
  };
}

function histogram(name: string, series: keyof Latencies, help: string): Family {
  return { name, type: 'histogram', unit: 'seconds', help, samplesOf: (blocks) => histogramSamples(blocks, series) };
}

/** Negative latencies are in no bucket, nor in the sum. */
function histogramSamples({ runs }: Blocks, series: keyof Latencies): readonly Sample[] {
  const merged = mergeSummaries(runs.map(({ latency }) => latency[series]).filter(hasDistribution));
  if (merged === null) return [];
  const reader = new LatencyReader(merged);
  const bucket = (le: string, value: number): Sample => ({ suffix: '_bucket', labels: { le }, value });
  return [
    ...BUCKET_BOUNDS_US.map((us) => bucket(boundText(us / 1e6), merged.count - reader.countAbove(us))),
    bucket('+Inf', merged.count),
    { suffix: '_count', labels: {}, value: merged.count },
    { suffix: '_sum', labels: {}, value: (merged.mean * merged.count) / 1e6 },
  ];
}

/** Bounds are compared as texts: `5e-05`, `0.001`, `1.0`, as Go and Python write them. */
function boundText(bound: number): string {
  if (bound < 1e-4) return bound.toExponential().replace(/e-(\d)$/, 'e-0$1');
  return Number.isInteger(bound) ? bound.toFixed(1) : String(bound);
}

/** `delivered` → `layerbench_delivered_per_second`, `cpu` → `layerbench_delivery_cpu_seconds`. */
function gaugeOf(name: string, help: string): Family {
  const kind = METRIC_KINDS.get(name)!;
  const { unit, isKnown } = BASE_UNITS[kind.unit];
  return {
    name: `layerbench_${kind.isPer1000Deliveries === true ? 'delivery_' : ''}${snakeCase(name)}_${unit}`,
    type: 'gauge',
    unit: isKnown ? unit : null,
    help,
    samplesOf: (blocks) => {
      const estimate = trackedEstimate(blocks.runs, name);
      return estimate === null ? [] : [{ suffix: '', labels: {}, value: baseValue(estimate.value, estimate.unit) }];
    },
  };
}

function baseValue(value: number, unit: MetricUnit): number {
  return Number((value * BASE_UNITS[unit].factor).toPrecision(12));
}

const LATENCY_GAUGES: readonly string[] = HEADLINES.filter(
  ({ name, gauge }) => gauge !== undefined && METRIC_KINDS.get(name)!.source.from === 'latency',
).map(({ name }) => name);

function lowerBounds({ runs }: Blocks): readonly Sample[] {
  return LATENCY_GAUGES.flatMap((metric) => {
    const estimate = estimateOf(runs, metric);
    return estimate === null ? [] : [{ suffix: '', labels: { metric }, value: estimate.censored ? 1 : 0 }];
  });
}

function sum(runs: readonly RunResult[], read: (run: RunResult) => number): number {
  return runs.reduce((total, run) => total + read(run), 0);
}

function deliveries({ runs }: Blocks): readonly Sample[] {
  if (sum(runs, ({ ledger }) => ledger.expected) === 0) return [];
  const of = (fate: string, read: (run: RunResult) => number): Sample => ({ suffix: '_total', labels: { fate }, value: sum(runs, read) });
  return [
    of('delivered', ({ ledger }) => ledger.delivered),
    of('inFlight', ({ ledger }) => ledger.inFlight),
    ...LOSS_CAUSES.map((cause) => of(cause, ({ ledger }) => ledger.lost[cause])),
  ];
}

function anomalies({ runs }: Blocks): readonly Sample[] {
  if (sum(runs, ({ ledger }) => ledger.expected) === 0) return [];
  const kinds = LEDGER_COUNT_NAMES.filter((name) => LEDGER_COUNTS[name].beside === 'arrived');
  return kinds.map((kind) => ({ suffix: '_total', labels: { kind }, value: sum(runs, ({ ledger }) => ledger[kind]) }));
}

function measures(blocks: Blocks): readonly Sample[] {
  const names = new Set(blocks.runs.flatMap((run) => run.measures.map(({ name }) => name)));
  return [...names].flatMap((name) => {
    const estimate = estimateOf(blocks.runs, name);
    if (estimate === null) return [];
    const labels = { measure: nameWithoutUnit(estimate), unit: BASE_UNITS[estimate.unit].unit };
    return [{ suffix: '', labels, value: baseValue(estimate.value, estimate.unit) }];
  });
}

function limits({ runs }: Blocks): readonly Sample[] {
  const outcomes = runs.flatMap((run) => run.limits);
  return [...new Set(outcomes.map(({ expression }) => expression))].map((expression) => {
    const isMet = outcomes.every((outcome) => outcome.expression !== expression || outcome.ok);
    return { suffix: '', labels: { limit: expression }, value: isMet ? 1 : 0 };
  });
}
