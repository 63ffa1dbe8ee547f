import { formatMetric } from '../result/limit-text.ts';
import { atLeast, counted, formatBytes, formatCount, formatNumber, formatPerSecond, formatRatio, formatUs } from '../model/units.ts';
import type {
  BenchmarkComparison,
  CompareResult,
  LossComparison,
  LossCount,
  MetricComparison,
  Verdict,
} from '../result/comparison-result.ts';
import { sideCapacityText } from './capacity-phrases.ts';
import { isCensored } from '../stats/censoring.ts';
import type { Statistic } from '../model/metrics.ts';
import type { MetricValue } from '../result/metrics.ts';
import type { RunResult } from '../result/run-result.ts';
import type { ErrorCause, ToldError } from '../ledger/error-tally.ts';
import type { LatencySummary } from '../stats/histogram.ts';
import type { Measure } from '../model/measures.ts';

export const VERDICT_WORDS: Readonly<Record<Verdict, string>> = {
  improvement: 'improvement',
  pass: 'no worse',
  inconclusive: 'inconclusive',
  regression: 'REGRESSION',
};

/** `refused 1,200 times from 2.01 s to 4.9 s`. */
export function errorCountText({ cause, count, fromMs, toMs }: ToldError): string {
  const seconds = (ms: number): string => `${formatNumber(ms / 1000)} s`;
  const when = seconds(fromMs) === seconds(toMs) ? `at ${seconds(fromMs)}` : `from ${seconds(fromMs)} to ${seconds(toMs)}`;
  return `${ERROR_WORDS[cause]} ${counted(count, 'time')} ${when}`;
}

const ERROR_WORDS: Readonly<Record<ErrorCause, string>> = { refused: 'refused', disconnected: 'disconnected', backendLost: 'Redis lost' };

/** What an error means and what to do about it; empty for one that is not known. */
export function errorRemedyText({ meaning, remedy }: ToldError): string {
  return meaning === undefined ? '' : `${meaning[0]!.toUpperCase()}${meaning.slice(1)}. ${remedy ?? ''}`;
}

/** `+12.3 %`, to a tenth of a percent: less is no change of a system. */
export function signedRatio(ratio: number): string {
  const percent = Math.round(Math.abs(ratio) * 1000) / 10;
  return `${percent === 0 ? '±' : ratio < 0 ? '−' : '+'}${formatNumber(percent)} %`;
}

/** A statistic of latencies, as a lower bound where it is one; `–` without data. */
export function formatLatency(summary: LatencySummary | null, statistic: Statistic): string {
  return summary === null || summary.count === 0 ? '–' : atLeast(formatUs(summary[statistic]), isCensored(summary, statistic));
}

/** What `≥` means where any of some distributions has a lower bound; null where none has. */
export function lowerBoundNote(summaries: readonly (LatencySummary | null)[]): string | null {
  const shares = summaries.flatMap((summary) => (summary?.censored?.length ? (summary.missingRatio ?? []) : []));
  if (shares.length === 0) return null;
  const [least, most] = [formatRatio(Math.min(...shares)), formatRatio(Math.max(...shares))];
  return `≥: a lower bound, since ${least === most ? least : `${least} to ${most}`} never arrived`;
}

/** A median that a comparison may not have; `≥` before one that is a lower bound. */
export function formatMedian(value: number | null, unit: MetricValue['unit'], isLowerBound = false): string {
  return value === null ? '–' : atLeast(formatMetric(value, unit), isLowerBound);
}

/** The value of a scenario's measure with its unit. */
export function formatMeasure({ value, unit, censored }: Measure): string {
  return atLeast(measureText(value, unit), censored);
}

function measureText(value: number, unit: Measure['unit']): string {
  switch (unit) {
    case 'us':
      return formatUs(value);
    case 'bytes':
      return formatBytes(value);
    case '1/s':
      return formatPerSecond(value);
    case 'ratio':
      return formatRatio(value);
    case 'times':
      return `${formatNumber(value)} ×`;
    case 'count':
      return formatNumber(value);
  }
}

const FIGURE_WORDS: Readonly<Record<string, string>> = {
  cpuRatio: 'CPU time',
  rssBytes: 'memory',
  cpuSecondsPer1000Deliveries: 'CPU per delivery',
  redisCommandsPer1000Deliveries: 'Redis commands',
  redisRoundTripsPer1000Deliveries: 'round trips',
  redisBytesPer1000Deliveries: 'bytes to and from Redis',
};

/** `CPU time, CPU per delivery: server 0 does not tell its CPU time`, for each reason that a result gives for what it does not know. */
export function unknownTexts({ unknown = [] }: Pick<RunResult, 'unknown'>): readonly string[] {
  const words = (figure: string): string => {
    const name = figure.slice(figure.lastIndexOf('.') + 1);
    return FIGURE_WORDS[name] ?? name;
  };
  return [...new Set(unknown.map(({ reason }) => reason))].map((reason) => {
    const figures = unknown.filter((entry) => entry.reason === reason).map(({ figure }) => words(figure));
    return `${[...new Set(figures)].join(', ')}: ${reason}`;
  });
}

/** What a side of a comparison was, and its commit. */
export function sideText({ label, git }: CompareResult['base']): string {
  return git === null ? label : `${label}  ${git.sha.slice(0, 8)}${git.dirty ? ' with changes' : ''}`;
}

/** How many blocks a benchmark was judged by, and what base varies by against itself; a line each. */
export function blocksLines(
  { blocks, metrics, capacities }: BenchmarkComparison,
  { interleaved, goal }: CompareResult['design'],
): readonly string[] {
  const compared = blocks.filter(({ round }) => round === 'comparison');
  const confirming = blocks.filter(({ round }) => round === 'confirmation').length / 2;
  const countOf = (arm: string): number => compared.filter((block) => block.arm === arm).length;
  const counted = blocks.length === 0 ? 'all trials of both searches' : `${countOf('base')} and ${countOf('head')} runs`;
  const made = interleaved
    ? `${compared.length / 2} pairs in turn${confirming > 0 ? `, ${confirming} more to confirm` : ''}`
    : `${counted}, not interleaved: what the machine did between counts as change`;
  const noises = metrics.flatMap(({ name, noise }) => (noise ? [`${name} ±${formatRatio(Number(noise.toPrecision(2)))}`] : []));
  return [
    made,
    ...(goal === undefined ? [] : [`capacity: the rate that keeps ${goal.slo.join(', ')} every second time`]),
    ...(capacities === undefined
      ? []
      : [`nine times in ten: base ${sideCapacityText(capacities.base)}, head ${sideCapacityText(capacities.head)}`]),
    ...(noises.length === 0 ? [] : [`base against itself: ${noises.join(', ')}`]),
    ...(metrics.some(({ censored = [] }) => censored.length > 0) ? ['≥: a lower bound, since too much never arrived; loss decides'] : []),
  ];
}

/** One metric of a comparison, or its loss, in words. */
export interface ComparisonRow {
  readonly name: string;
  /** Under `COMPARISON_COLUMNS`. */
  readonly cells: readonly string[];
  readonly verdict: Verdict;
  /** `, confirmed`, or nothing. */
  readonly confirmation: string;
}

export const COMPARISON_COLUMNS: readonly string[] = ['base', 'head', 'change', '95 % interval', 'counts from'];

/** What a comparison found of a benchmark: its metrics, then its loss; where nothing was expected, as of capacities, there is none. */
export function comparisonRows({ metrics, loss }: Pick<BenchmarkComparison, 'metrics' | 'loss'>): readonly ComparisonRow[] {
  const isOfGoals = loss.base.expected + loss.head.expected === 0;
  return [...metrics.map(metricRow), ...(isOfGoals ? [] : [lossRow(loss)])];
}

function metricRow(metric: MetricComparison): ComparisonRow {
  const { name, unit, direction, base, head, change, interval, minEffect, verdict, confirmed, censored = [] } = metric;
  const cells = [
    formatMedian(base, unit, censored.includes('base')),
    formatMedian(head, unit, censored.includes('head')),
    change === null ? '–' : signedRatio(change),
    interval === null ? '–' : `${signedRatio(interval[0])} … ${signedRatio(interval[1])}`,
    signedRatio(direction === 'lowerIsBetter' ? minEffect : 1 / (1 + minEffect) - 1),
  ];
  return { name, cells, verdict, confirmation: confirmationText(confirmed) };
}

function lossRow({ base, head, verdict, confirmed }: LossComparison): ComparisonRow {
  const cells = [lossText(base), lossText(head), '', lossNote(base, head), 'any event'];
  return { name: 'loss', cells, verdict, confirmation: confirmationText(confirmed) };
}

function confirmationText(confirmed: boolean | null): string {
  if (confirmed === null) return '';
  return confirmed ? ', confirmed' : ', not confirmed';
}

function lossText({ expected, lost, events }: LossCount): string {
  return lost === 0 ? 'none' : `${formatRatio(lost / expected)}, ${counted(events, 'event')}`;
}

/** Of no loss in n deliveries, three in n is the upper bound at 95 % (the rule of three). */
function lossNote(base: LossCount, head: LossCount): string {
  if (head.unexplained > 0)
    return `${formatCount(head.unexplained)} unexplained${base.unexplained > 0 ? `, base ${formatCount(base.unexplained)}` : ''}`;
  return head.lost === 0 && head.expected > 0 ? `head < ${formatNumber(3e6 / head.expected, 2)} ppm` : '';
}
