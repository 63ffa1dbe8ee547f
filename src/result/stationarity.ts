import type { Interval } from '../ledger/timeline.ts';
import { medianOf, normalUpperTail } from '../stats/ranks.ts';

/*
 * An open-loop load above capacity has no steady state: its latency is that of the moment at which the trial ended, and
 * a bound on it may be kept by a short trial though the load is not carried.
 */

/** Fewer intervals show no trend. */
const MIN_INTERVALS = 5;
/** A median response that grows by more than this share of itself over a trial is no steady one. */
const GROWTH_SHARE = 0.25;
/** Probability of taking seconds in random order for a trend. */
const TREND_ALPHA = 0.05;
const IN_FLIGHT_SIGMAS = 3;
/** The normal distribution's standard deviation ÷ median absolute deviation. */
const SIGMA_PER_MAD = 1.4826;
const US_PER_SECOND = 1e6;

/** Of the time in which messages were due: the part of an interval that trends are judged by. */
export type Second = Pick<Interval, 'startMs' | 'endMs' | 'sent'> & {
  readonly response: { readonly p50: number; readonly mean: number } | null;
};

/**
 * Why a load cannot have been carried though it kept its goals, in a sentence; null where nothing speaks against it, or
 * the trial is too short to tell. A trend counts that is both large and no chance (Mann–Kendall).
 */
export function unsteadiness(seconds: readonly Second[]): string | null {
  const answered = seconds.filter(({ response }) => response !== null);
  if (answered.length < MIN_INTERVALS) return null;
  const medians = answered.map(({ response }) => response!.p50);
  const at = answered.map(({ startMs, endMs }) => (startMs + endMs) / 2000);
  const lastedSeconds = answered.reduce((sum, { startMs, endMs }) => sum + (endMs - startMs) / 1000, 0);
  const growth = theilSenSlope(medians, at) * lastedSeconds;
  if (growth > GROWTH_SHARE * medianOf(medians) && isRising(medians)) return 'response grows from second to second';
  const inFlight = answered.map(inFlightOf);
  if (isPilingUp(inFlight, at) && isRising(inFlight)) return 'more and more messages are under way';
  return null;
}

/** The median of the slopes of all pairs; `at` is when each value was (Theil, 1950; Sen, J. Am. Stat. Assoc. 63, 1968). */
export function theilSenSlope(values: readonly number[], at: readonly number[]): number {
  return medianOf(pairsOf(values).map(([before, after]) => (values[after]! - values[before]!) / (at[after]! - at[before]!)));
}

/** Mann–Kendall test that values rise, with the normal approximation and its correction for continuity (Mann, Econometrica 13, 1945). */
function isRising(values: readonly number[]): boolean {
  const score = pairsOf(values).reduce((sum, [before, after]) => sum + Math.sign(values[after]! - values[before]!), 0);
  const n = values.length;
  const deviation = Math.sqrt((n * (n - 1) * (2 * n + 5)) / 18);
  return score > 0 && normalUpperTail((score - 1) / deviation) < TREND_ALPHA;
}

/** Messages under way at once, by Little's law: the rate at which they are sent × the time that they take. */
function inFlightOf({ startMs, endMs, sent, response }: Second): number {
  return (sent / ((endMs - startMs) / 1000)) * (response!.mean / US_PER_SECOND);
}

/** Whether there is more at the end than in the middle, by more than arrivals scatter, or intervals around their trend. */
function isPilingUp(inFlight: readonly number[], at: readonly number[]): boolean {
  const cut = Math.max(1, Math.floor(inFlight.length / 5));
  const middle = Math.floor((inFlight.length - cut) / 2);
  const atMiddle = medianOf(inFlight.slice(middle, middle + cut));
  const atStop = medianOf(inFlight.slice(-cut));
  const slope = theilSenSlope(inFlight, at);
  const level = inFlight.map((value, i) => value - slope * at[i]!);
  const center = medianOf(level);
  const scatter = SIGMA_PER_MAD * medianOf(level.map((value) => Math.abs(value - center)));
  // Arrivals scatter as a Poisson process does, and one message more is never a trend.
  return atStop - atMiddle > IN_FLIGHT_SIGMAS * Math.max(1, Math.sqrt(atMiddle), scatter);
}

/** Of indices. */
function pairsOf(values: readonly number[]): readonly (readonly [before: number, after: number])[] {
  return values.flatMap((_, before) => Array.from({ length: values.length - before - 1 }, (__, i) => [before, before + i + 1] as const));
}
