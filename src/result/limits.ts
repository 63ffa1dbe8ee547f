import { BenchError, usageError } from '../model/errors.ts';
import { METRIC_KINDS, SERIES, SERIES_NAMES, STATISTIC_NAMES, type MetricUnit } from '../model/metrics.ts';
import { METRICS, type MetricData } from './metrics.ts';
import { SENDS_PER_TAIL, type Percentile } from '../stats/percentiles.ts';
import type { LimitOutcome, Throughput } from './run-result.ts';
import { parseCount, parseDurationMs, parsePercentRatio, parseByteRate, parseRatePerSecond, parseSizeBytes } from '../model/units.ts';

export type LimitOperator = '<' | '<=' | '>' | '>=' | '==';

/** An absolute bound on one number of a result; plain data. */
export interface Limit {
  /** As the user wrote it, without spaces. */
  readonly expression: string;
  /** A name of `LIMIT_METRICS`. */
  readonly metric: string;
  readonly operator: LimitOperator;
  /** In the unit of the metric: µs, a ratio, 1/s, a count or bytes. */
  readonly bound: number;
}

/** The part of a result that limits look at. */
export interface LimitData extends MetricData {
  /** Messages sent in the measure phase: what a percentile rests on, since the deliveries of one send are alike. */
  readonly messagesSent: number;
}

/** Finds the known name that a mistyped one is closest to; null where none is close. */
export type Suggest = (name: string, known: readonly string[]) => string | null;

/** A percentile that fewer sends than this lie beyond is weak. */
export const MIN_SENDS_BEYOND = 10;

/** Every name that a limit may bound. */
export const LIMIT_METRICS: readonly string[] = [...METRIC_KINDS.keys()];

const LIMIT = /^([a-z][a-z0-9.]*)(<=|>=|==|=|<|>)(.+)$/i;
const UNIT_SUFFIX = { duration: 'ms', ratio: '%', rate: '/s', bytes: 'KiB', byteRate: 'KiB/s' } as const;
const US_PER_MS = 1e3;
const EXAMPLE = "Write it as 'p99<50ms', 'loss<0.01%', 'delivered>=10000/s', 'redisBytes<200KiB' or 'duplicates==0'.";
const METRIC_FORMS =
  `Metrics: ${STATISTIC_NAMES.join(', ')} of the response, or as 'transit.p99' of ${SERIES_NAMES.join(', ')}; ` +
  `${LIMIT_METRICS.filter((name) => METRIC_KINDS.get(name)!.source.from !== 'latency').join(', ')}.`;

/** Holds for every run, unless `--no-default-limits` lifts it. */
export const DEFAULT_LIMITS: readonly Limit[] = [parseLimit('unexplained==0')];

/**
 * `p99<50ms`, `response.p999<=200ms`, `loss<0.01%`, `delivered>=10000/s`, `duplicates==0` → a limit.
 * A bare `p99` is of the response latency. Throws a usage error that shows the right form.
 */
export function parseLimit(text: string, suggest: Suggest = () => null): Limit {
  const expression = text.replace(/\s+/g, '');
  const [, name, sign, bound] = LIMIT.exec(expression) ?? [];
  if (name === undefined || sign === undefined || bound === undefined) throw usageError(`limit '${text}' is not METRIC<BOUND`, EXAMPLE);
  const metric = METRIC_KINDS.get(name);
  if (metric === undefined) {
    const close = suggest(name, LIMIT_METRICS);
    throw usageError(
      `limit '${text}' has the unknown metric '${name}'`,
      close === null ? METRIC_FORMS : `Did you mean ${close}? ${METRIC_FORMS}`,
    );
  }
  const operator = sign === '=' ? '==' : (sign as LimitOperator);
  if (operator === '==' && (metric.unit === 'duration' || metric.unit === 'rate')) {
    throw usageError(`limit '${text}': a measured ${metric.unit} is never exactly equal to a bound`, `Use <, <=, > or >=. ${EXAMPLE}`);
  }
  return { expression, metric: name, operator, bound: parseBound(text, metric.unit, bound) };
}

/** A limit as a result has it; null for a text that is none. */
export function storedLimit(expression: string): Limit | null {
  try {
    return parseLimit(expression);
  } catch (error) {
    if (error instanceof BenchError) return null;
    throw error;
  }
}

function parseBound(limit: string, unit: MetricUnit, text: string): number {
  if (unit !== 'count' && /^[+-]?[\d.]+$/.test(text))
    throw usageError(`limit '${limit}' has a bound without a unit`, `Write it as '${limit}${UNIT_SUFFIX[unit]}'.`);
  const value = withLimit(limit, () => {
    switch (unit) {
      case 'duration':
        return parseDurationMs(text) * US_PER_MS;
      case 'ratio':
        return parsePercentRatio(text);
      case 'rate':
        return parseRatePerSecond(text);
      case 'bytes':
        return parseSizeBytes(text);
      case 'byteRate':
        return parseByteRate(text);
      case 'count':
        return parseCount(text);
    }
  });
  if (value < 0) throw usageError(`limit '${limit}' has a negative bound`, 'Nothing that a limit bounds is ever negative.');
  if (unit === 'ratio' && value > 1) throw usageError(`limit '${limit}' is above 100 %`, 'Write a percentage from 0% to 100%.');
  return Number(value.toPrecision(12));
}

/** Puts the whole limit before what its bound has wrong. */
function withLimit(limit: string, parse: () => number): number {
  try {
    return parse();
  } catch (error) {
    if (error instanceof BenchError) throw usageError(`limit '${limit}': ${error.message}`, error.hint, { cause: error });
    throw error;
  }
}

/** Whether a limit bounds what a user waits for, from the time that a message was due. */
export function isAboutDueTime(limit: Limit): boolean {
  const source = METRIC_KINDS.get(limit.metric)?.source;
  return source?.from === 'latency' && SERIES[source.series].isFromDueTime === true;
}

/** Judges a result. A limit without data fails, and so does an upper one on a value that is a lower bound. */
export function evaluateLimits(limits: readonly Limit[], data: LimitData): readonly LimitOutcome[] {
  return limits.map((limit) => evaluate(limit, data));
}

function evaluate(limit: Limit, data: LimitData): LimitOutcome {
  const metric = METRICS.get(limit.metric);
  const value = metric?.read(data) ?? null;
  if (value === null) return { expression: limit.expression, value: null, ok: false, noData: true, weak: false };
  const weak = metric?.percentile != null && sendsBeyond(metric.percentile, data.messagesSent) < MIN_SENDS_BEYOND;
  const outcome = { expression: limit.expression, value, ok: holds(value, limit.operator, limit.bound), noData: false, weak };
  return metric?.censored(data) === true ? ofLowerBound(outcome, limit) : outcome;
}

/** A value that is this or more is above what it has to be above; it is never known to be below anything. */
function ofLowerBound(outcome: LimitOutcome, { operator }: Limit): LimitOutcome {
  return { ...outcome, ok: outcome.ok && (operator === '>' || operator === '>='), censored: true };
}

/** Judges outcomes of a version again that took lower bounds for values. */
export function withLowerBounds(outcomes: readonly LimitOutcome[], data: MetricData): readonly LimitOutcome[] {
  return outcomes.map((outcome) => {
    const limit = storedLimit(outcome.expression);
    const isLowerBound = limit !== null && !outcome.noData && METRICS.get(limit.metric)?.censored(data) === true;
    return isLowerBound ? ofLowerBound(outcome, limit) : outcome;
  });
}

function holds(value: number, operator: LimitOperator, bound: number): boolean {
  switch (operator) {
    case '<':
      return value < bound;
    case '<=':
      return value <= bound;
    case '>':
      return value > bound;
    case '>=':
      return value >= bound;
    case '==':
      return value === bound;
  }
}

/** Messages sent in a run, those after the end of its phase too, for which the rate of sending is lower than that of offering. */
export function messagesSentOf({ offeredPerSecond }: Throughput, durationSeconds: number): number {
  return Math.round(offeredPerSecond * durationSeconds);
}

/** How many of `messagesSent` sends lie beyond a percentile: n(1 − p), never rounded the wrong way. */
export function sendsBeyond(percentile: Percentile, messagesSent: number): number {
  return messagesSent / SENDS_PER_TAIL[percentile];
}

/** What kind of number a limit bounds, and so the unit of its value. */
export function limitUnit(expression: string): MetricUnit {
  return METRIC_KINDS.get(LIMIT.exec(expression)?.[1] ?? '')?.unit ?? 'count';
}
