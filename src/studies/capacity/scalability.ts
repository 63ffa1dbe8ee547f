import type { Estimate, Scalability } from '../../result/capacity-result.ts';
import { normal, seededRandom } from '../../model/random.ts';
import { fitUsl, kneeOf, throughputAt, type UslCoefficients, type UslPoint } from '../../stats/usl.ts';

export interface ScalabilityOptions {
  /** Of the machine. */
  readonly cores: number;
  readonly seed: number;
  /** Processes that are as busy as the servers: drivers, and Redis. */
  readonly otherProcesses: number;
}

/** A capacity, and the standard deviation of its logarithm: how well it is known. */
export interface UncertainPoint extends UslPoint {
  readonly deviation: number;
}

/** Fewer different numbers of processes leave the knee to chance. */
const MIN_COUNTS = 6;
/** How far beyond what was measured the law is believed. */
const MAX_EXTRAPOLATION = 1.5;
const COEFFICIENTS = 3;
const RESAMPLES = 1000;
const TAIL = 0.025;

/**
 * Fits the law to capacities; several of the same number of processes count each. Its intervals are those of fits to capacities drawn
 * anew from what is known of each. null where there are fewer than three numbers of processes: the law has three coefficients.
 */
export function scalabilityOf(points: readonly UncertainPoint[], { cores, seed, otherProcesses }: ScalabilityOptions): Scalability | null {
  const fit = fitUsl(points);
  if (fit === null) return null;
  const counts = new Set(points.map(({ processes }) => processes)).size;
  const largest = Math.max(...points.map(({ processes }) => processes));
  const drawn = drawnFits(points, seed);
  const estimate = (read: (at: UslCoefficients) => number): Estimate => ({ value: read(fit), interval: intervalOf(drawn.map(read)) });
  const processes = estimate(kneeOf);
  const isSeen = processes.value * (1 / MAX_EXTRAPOLATION) <= largest;
  return {
    lambda: estimate(({ lambda }) => lambda),
    sigma: estimate(({ sigma }) => sigma),
    kappa: estimate(({ kappa }) => kappa),
    knee: isSeen ? { processes, perSecond: estimate((at) => throughputAt(at, kneeOf(at))) } : null,
    validToProcesses: Math.floor(MAX_EXTRAPOLATION * largest),
    isContention: largest + otherProcesses > cores,
    caveats: [
      ...(isSeen ? [] : [`no knee seen up to N = ${largest}`]),
      ...(counts < MIN_COUNTS ? [`${counts} numbers of processes are too few: it takes ${MIN_COUNTS}`] : []),
    ],
  };
}

/**
 * What one more measurement with a number of processes is to be expected to find, with the 95 % interval for it: that of the fit,
 * and of a measurement around it. null where the points carry no law, or the number is beyond what the law may be asked about.
 */
export function predictThroughput(points: readonly UncertainPoint[], processes: number, seed: number): Estimate | null {
  const fit = fitUsl(points);
  const largest = Math.max(...points.map((point) => point.processes));
  if (fit === null || processes > MAX_EXTRAPOLATION * largest) return null;
  const random = seededRandom(seed, 1);
  const deviation = scatterOf(points, fit);
  const drawn = drawnFits(points, seed).map((at) => throughputAt(at, processes) * Math.exp(deviation * normal(random)));
  return { value: throughputAt(fit, processes), interval: intervalOf(drawn) };
}

/** How far a measurement is from the law, as a standard deviation of logarithms: by what is known of each, or by how they lie, whichever is more. */
function scatterOf(points: readonly UncertainPoint[], fit: UslCoefficients): number {
  const known = points.reduce((sum, { deviation }) => sum + deviation ** 2, 0) / points.length;
  const squares = points.reduce((sum, { processes, perSecond }) => sum + Math.log(perSecond / throughputAt(fit, processes)) ** 2, 0);
  // The fit has drawn the points closer to itself than the truth is, by its coefficients.
  const seen = squares / Math.max(1, points.length - COEFFICIENTS);
  return Math.sqrt(Math.max(known, seen));
}

/** Fits to points that are drawn from what is known of each; where they lie further from the law than that, from as far as they lie. */
function drawnFits(points: readonly UncertainPoint[], seed: number): readonly UslCoefficients[] {
  const fit = fitUsl(points);
  if (fit === null) return [];
  const random = seededRandom(seed, 0);
  const scatter = points.length > COEFFICIENTS ? scatterOf(points, fit) : 0;
  return Array.from({ length: RESAMPLES }, () =>
    fitUsl(
      points.map(({ processes, perSecond, deviation }) => ({
        processes,
        perSecond: perSecond * Math.exp(Math.max(deviation, scatter) * normal(random)),
      })),
    ),
  ).filter((drawn) => drawn !== null);
}

/** The middle 95 % of values; a value may be Infinity. */
function intervalOf(values: readonly number[]): Estimate['interval'] {
  if (values.length === 0) return null;
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!;
  const upper = at(1 - TAIL);
  return [at(TAIL), Number.isFinite(upper) ? upper : null];
}
