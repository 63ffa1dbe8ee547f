import { createHash } from 'node:crypto';
import { BenchError } from '../model/errors.ts';
import { isCensored, isCensoredAt } from '../stats/censoring.ts';
import { hasDistribution, LatencyReader, type LatencySummary } from '../stats/histogram.ts';
import { messagesSentOf, parseLimit, type Limit } from '../result/limits.ts';
import type { Measure } from '../model/measures.ts';
import { LOSS_CAUSES } from '../model/causes.ts';
import {
  LEDGER_COUNT_NAMES,
  MEASURE_UNITS,
  METRIC_KINDS,
  SERIES_NAMES,
  STATISTIC_NAMES,
  type MemoryMetric,
  type MetricKind,
  type MetricUnit,
  type RunMetric,
  type Statistic,
} from '../model/metrics.ts';
import { METRICS, notDelivered } from '../result/metrics.ts';
import type { RunResult } from '../result/run-result.ts';
import type { ExportInput, Exported } from './export-format.ts';
import { filePerRun } from './file-per-run.ts';
import { nameWithoutUnit, snakeCase } from './quantities.ts';

/*
 * What k6 hands to `handleSummary(data)`
 * (https://grafana.com/docs/k6/latest/results-output/end-of-test/custom-summary/), a file for each run, for tools that
 * read that. Messages and deliveries have the names of k6's WebSocket metrics. Times are in ms, as k6's own. A limit is a
 * check, and a threshold where its metric has data.
 */

interface K6Metric {
  readonly type: 'trend' | 'counter' | 'rate' | 'gauge';
  readonly contains: 'time' | 'data' | 'default';
  readonly values: Readonly<Record<string, number>>;
  /** Values that are only known to be that or more, since too much never arrived; beyond what k6 has. */
  readonly censored?: readonly string[];
}

interface Threshold {
  readonly expression: string;
  readonly ok: boolean;
}

/** Where a metric of a limit stands: the metric of k6, and the value of it. */
interface Place {
  readonly metric: string;
  readonly aggregate: string;
  /** From the limit's unit to that of k6. */
  readonly factor: number;
}

const MS_PER_US = 1e-3;
const TREND_STATISTICS: Readonly<Record<Statistic, string>> = {
  min: 'min',
  mean: 'avg',
  p50: 'med',
  p90: 'p(90)',
  p99: 'p(99)',
  p999: 'p(99.9)',
  max: 'max',
};
const TREND_STATS = [...Object.values(TREND_STATISTICS), 'p(95)', 'count'];
/** Numbers of runs that k6 has as a rate beside a count; the others are gauges. */
const RATES: Readonly<Partial<Record<RunMetric | MemoryMetric, string>>> = {
  loss: 'loss',
  sent: 'ws_msgs_sent',
  delivered: 'ws_msgs_received',
};

/** What k6 calls the content of a metric, by its unit. */
const CONTENTS: Readonly<Record<MetricUnit, K6Metric['contains']>> = {
  duration: 'time',
  ratio: 'default',
  rate: 'default',
  count: 'default',
  bytes: 'data',
  byteRate: 'data',
};

export function renderK6Summary({ runs }: ExportInput): Exported {
  return filePerRun(runs, { ending: '.json', data: 'anything', textOf: (run) => `${JSON.stringify(summaryOf(run), null, 2)}\n` });
}

function summaryOf(run: RunResult): object {
  const checks = [
    { name: 'the run is valid', ok: run.validity.valid },
    ...run.limits.map(({ expression, ok }) => ({ name: expression, ok })),
  ];
  const passes = checks.filter(({ ok }) => ok).length;
  const metrics = {
    ...metricsOf(run),
    checks: { type: 'rate', contains: 'default', values: { rate: passes / checks.length, passes, fails: checks.length - passes } },
  } satisfies Record<string, K6Metric>;
  const thresholds = thresholdsOf(run, metrics);
  thresholds.set('checks', [{ expression: 'rate==1', ok: passes === checks.length }]);
  return {
    root_group: {
      name: '',
      path: '',
      id: idOf(''),
      groups: [],
      checks: checks.map(({ name, ok }) => ({ name, path: `::${name}`, id: idOf(`::${name}`), passes: ok ? 1 : 0, fails: ok ? 0 : 1 })),
    },
    options: { summaryTrendStats: TREND_STATS, summaryTimeUnit: '', noColor: false },
    state: { isStdOutTTY: false, isStdErrTTY: false, testRunDurationMs: run.run.durationSeconds * 1000 },
    metrics: Object.fromEntries(
      Object.entries(metrics).map(([name, metric]) => {
        const found = thresholds.get(name) ?? [];
        const told = Object.fromEntries(found.map(({ expression, ok }) => [expression, { ok }]));
        return [name, found.length === 0 ? metric : { ...metric, thresholds: told }];
      }),
    ),
  };
}

/** Groups and checks of k6 have the MD5 of their path for an id. */
function idOf(path: string): string {
  return createHash('md5').update(path).digest('hex');
}

function metricsOf(run: RunResult): Readonly<Record<string, K6Metric>> {
  const { latency, measures, ledger, throughput } = run;
  const seconds = run.run.durationSeconds;
  const counter = (count: number): K6Metric => ({ type: 'counter', contains: 'default', values: { count, rate: count / seconds } });
  const gauges = [...METRICS.values()].flatMap((metric) => {
    const place = placeOf(metric);
    const value = metric.source.from === 'run' || metric.source.from === 'memory' ? metric.read(run) : null;
    return place.aggregate !== 'value' || value === null
      ? []
      : [[place.metric, gauge(value * place.factor, CONTENTS[metric.unit])] as const];
  });
  const hasDeliveries = ledger.expected > 0;
  return {
    ...Object.fromEntries(measures.map((measure) => [snakeCase(measureName(measure)), measureGauge(measure)])),
    ...Object.fromEntries(
      SERIES_NAMES.flatMap((series) => {
        const summary = latency[series];
        return hasDistribution(summary) ? [[snakeCase(series), trend(summary)] as const] : [];
      }),
    ),
    ...Object.fromEntries(gauges),
    ...(hasDeliveries
      ? {
          ws_msgs_sent: rated(throughput.sentPerSecond, messagesSentOf(throughput, seconds)),
          ws_msgs_received: rated(throughput.deliveredPerSecond, ledger.delivered),
          loss: {
            type: 'rate',
            contains: 'default',
            values: {
              rate: notDelivered(ledger) / ledger.expected,
              passes: notDelivered(ledger),
              fails: ledger.expected - notDelivered(ledger),
            },
          },
          ...Object.fromEntries(LOSS_CAUSES.map((cause) => [snakeCase(cause), counter(ledger.lost[cause])])),
          ...Object.fromEntries(LEDGER_COUNT_NAMES.map((name) => [snakeCase(name), counter(ledger[name])])),
        }
      : {}),
  };
}

function rated(perSecond: number, count: number): K6Metric {
  return { type: 'counter', contains: 'default', values: { count, rate: perSecond } };
}

function trend(summary: LatencySummary): K6Metric {
  const p95 = new LatencyReader(summary).percentileUs(95);
  const values = STATISTIC_NAMES.map((statistic) => [TREND_STATISTICS[statistic], ms(summary[statistic])] as const);
  const censored = [
    ...STATISTIC_NAMES.filter((statistic) => isCensored(summary, statistic)).map((statistic) => TREND_STATISTICS[statistic]),
    ...(isCensoredAt(summary, 95) ? ['p(95)'] : []),
  ];
  return {
    type: 'trend',
    contains: 'time',
    values: { ...Object.fromEntries(values), 'p(95)': ms(p95), count: summary.count },
    ...(censored.length > 0 && { censored }),
  };
}

function gauge(value: number, contains: K6Metric['contains']): K6Metric {
  return { type: 'gauge', contains, values: { value, min: value, max: value } };
}

function measureName({ name, unit }: Measure): string {
  return nameWithoutUnit({ name, unit: MEASURE_UNITS[unit] });
}

function measureGauge({ unit, value, censored }: Measure): K6Metric {
  const metric = unit === 'us' ? gauge(ms(value), 'time') : gauge(value, unit === 'bytes' ? 'data' : 'default');
  return censored === true ? { ...metric, censored: ['value'] } : metric;
}

/** By metric; of limits whose metric has no data there is none. */
function thresholdsOf({ limits }: RunResult, metrics: Readonly<Record<string, K6Metric>>): Map<string, readonly Threshold[]> {
  const thresholds = new Map<string, readonly Threshold[]>();
  for (const { expression, ok, noData } of limits) {
    const limit = noData ? null : knownLimit(expression);
    if (limit === null) continue;
    const { metric, aggregate, factor } = placeOf(METRIC_KINDS.get(limit.metric)!);
    if (!Object.hasOwn(metrics, metric)) continue;
    const bound = Number((limit.bound * factor).toPrecision(12));
    thresholds.set(metric, [...(thresholds.get(metric) ?? []), { expression: `${aggregate}${limit.operator}${bound}`, ok }]);
  }
  return thresholds;
}

/** null for a limit that another version of bench has set. */
function knownLimit(expression: string): Limit | null {
  try {
    return parseLimit(expression);
  } catch (error) {
    if (error instanceof BenchError) return null;
    throw error;
  }
}

/** Where a metric stands. */
function placeOf({ name, unit, source, isPer1000Deliveries }: MetricKind): Place {
  switch (source.from) {
    case 'latency':
      return { metric: snakeCase(source.series), aggregate: TREND_STATISTICS[source.statistic], factor: MS_PER_US };
    case 'cause':
    case 'count':
      return { metric: snakeCase(name), aggregate: 'count', factor: 1 };
    case 'measure':
      return { metric: snakeCase(nameWithoutUnit({ name, unit })), aggregate: 'value', factor: factorOf(unit) };
    case 'run':
    case 'memory': {
      const rate = RATES[source.metric];
      if (rate !== undefined) return { metric: rate, aggregate: 'rate', factor: 1 };
      return {
        metric: `${snakeCase(name)}${isPer1000Deliveries === true ? '_per_1000_deliveries' : ''}`,
        aggregate: 'value',
        factor: factorOf(unit),
      };
    }
  }
}

function factorOf(unit: MetricUnit): number {
  return unit === 'duration' ? MS_PER_US : 1;
}

function ms(us: number): number {
  return Number((us * MS_PER_US).toPrecision(12));
}
