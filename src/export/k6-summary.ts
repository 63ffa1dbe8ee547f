import { createHash } from 'node:crypto';
import { BenchError } from '../model/errors.ts';
import { isCensored, isCensoredAt } from '../stats/censoring.ts';
import { hasDistribution, LatencyReader, type LatencySummary } from '../stats/histogram.ts';
import { messagesSentOf, parseLimit, type Limit } from '../result/limits.ts';
import { isMeasureName, type Measure } from '../model/measures.ts';
import { LOSS_CAUSES } from '../model/causes.ts';
import { LEDGER_COUNTS, MEASURE_UNITS, METRICS, notDelivered, SERIES, STATISTICS, type MetricUnit } from '../result/metrics.ts';
import type { RunResult } from '../result/run-result.ts';
import type { ExportInput, Exported } from './export-format.ts';
import { filePerRun } from './file-per-run.ts';
import { nameWithoutUnit } from './quantities.ts';

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
const TREND_STATISTICS: Readonly<Record<(typeof STATISTICS)[number], string>> = {
  min: 'min',
  mean: 'avg',
  p50: 'med',
  p90: 'p(90)',
  p99: 'p(99)',
  p999: 'p(99.9)',
  max: 'max',
};
const TREND_STATS = [...Object.values(TREND_STATISTICS), 'p(95)', 'count'];
/** Metrics of limits that are no latencies and no counts. */
const PLACES: Readonly<Record<string, Place>> = {
  loss: { metric: 'loss', aggregate: 'rate', factor: 1 },
  sent: { metric: 'ws_msgs_sent', aggregate: 'rate', factor: 1 },
  delivered: { metric: 'ws_msgs_received', aggregate: 'rate', factor: 1 },
  reach: { metric: 'reach', aggregate: 'value', factor: 1 },
  offered: { metric: 'offered', aggregate: 'value', factor: 1 },
  cpu: { metric: 'cpu_per_1000_deliveries', aggregate: 'value', factor: MS_PER_US },
  redisCommands: { metric: 'redis_commands_per_1000_deliveries', aggregate: 'value', factor: 1 },
  redisBytes: { metric: 'redis_bytes_per_1000_deliveries', aggregate: 'value', factor: 1 },
  serverMemoryPeak: { metric: 'server_memory_peak', aggregate: 'value', factor: 1 },
  serverMemoryGrowth: { metric: 'server_memory_growth', aggregate: 'value', factor: 1 },
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
  const gauges = Object.entries(PLACES).flatMap(([name, { metric, aggregate, factor }]) => {
    const value = METRICS.get(name)?.read(run) ?? null;
    return aggregate !== 'value' || value === null ? [] : [[metric, gauge(value * factor, CONTENTS[METRICS.get(name)!.unit])] as const];
  });
  const hasDeliveries = ledger.expected > 0;
  return {
    ...Object.fromEntries(measures.map((measure) => [snake(measureName(measure)), measureGauge(measure)])),
    ...Object.fromEntries(
      SERIES.flatMap((series) => {
        const summary = latency[series];
        return hasDistribution(summary) ? [[snake(series), trend(summary)] as const] : [];
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
          ...Object.fromEntries(LOSS_CAUSES.map((cause) => [snake(cause), counter(ledger.lost[cause])])),
          ...Object.fromEntries(LEDGER_COUNTS.map((name) => [snake(name), counter(ledger[name])])),
        }
      : {}),
  };
}

function rated(perSecond: number, count: number): K6Metric {
  return { type: 'counter', contains: 'default', values: { count, rate: perSecond } };
}

function trend(summary: LatencySummary): K6Metric {
  const p95 = new LatencyReader(summary).percentileUs(95);
  const values = STATISTICS.map((statistic) => [TREND_STATISTICS[statistic], ms(summary[statistic])] as const);
  const censored = [
    ...STATISTICS.filter((statistic) => isCensored(summary, statistic)).map((statistic) => TREND_STATISTICS[statistic]),
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
    const { metric, aggregate, factor } = placeOf(limit);
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

function placeOf({ metric }: Limit): Place {
  const place = PLACES[metric];
  if (place !== undefined) return place;
  if (isMeasureName(metric))
    return {
      metric: snake(nameWithoutUnit({ name: metric, unit: METRICS.get(metric)!.unit })),
      aggregate: 'value',
      factor: METRICS.get(metric)!.unit === 'duration' ? MS_PER_US : 1,
    };
  const [series, statistic] = metric.includes('.') ? metric.split('.') : ['response', metric];
  const found = STATISTICS.find((name) => name === statistic);
  return found === undefined
    ? { metric: snake(metric), aggregate: 'count', factor: 1 }
    : { metric: snake(series!), aggregate: TREND_STATISTICS[found], factor: MS_PER_US };
}

function ms(us: number): number {
  return Number((us * MS_PER_US).toPrecision(12));
}

/** `pacerLag` → `pacer_lag`. */
function snake(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`).replaceAll(/\W+/g, '_');
}
