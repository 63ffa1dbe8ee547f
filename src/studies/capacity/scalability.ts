import type { Estimate, Scalability } from '../../result/capacity-result.ts';
import { groupBy } from '../../model/group-by.ts';
import { seededRandom } from '../../model/random.ts';
import { fitUsl, kneeOf, throughputAt, type UslCoefficients, type UslPoint } from '../../stats/usl.ts';

export interface ScalabilityOptions {
  /** Of the machine. */
  readonly cores: number;
  readonly seed: number;
  /** Processes that are as busy as the servers: drivers, and Redis. */
  readonly otherProcesses: number;
}

/** Fewer different numbers of processes, or replicates of each, leave the knee to chance. */
const MIN_COUNTS = 6;
const MIN_REPLICATES = 3;
/** How far beyond what was measured the law is believed. */
const MAX_EXTRAPOLATION = 1.5;
const COEFFICIENTS = 3;
const RESAMPLES = 1000;
const TAIL = 0.025;

/**
 * Fits the law to capacities, several of the same number of processes being replicates. null where there are fewer than
 * three numbers of processes: the law has three coefficients.
 */
export function scalabilityOf(points: readonly UslPoint[], { cores, seed, otherProcesses }: ScalabilityOptions): Scalability | null {
  const fit = fitUsl(points);
  if (fit === null) return null;
  const blocks = [...groupBy(points, ({ processes }) => String(processes)).values()];
  const replicates = Math.min(...blocks.map((block) => block.length));
  const largest = Math.max(...points.map(({ processes }) => processes));
  const resampled = replicates >= MIN_REPLICATES ? resample(blocks, seed) : [];
  const estimate = (read: (at: UslCoefficients) => number): Estimate => ({ value: read(fit), interval: intervalOf(resampled.map(read)) });
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
      ...(blocks.length < MIN_COUNTS ? [`${blocks.length} numbers of processes are too few: it takes ${MIN_COUNTS}`] : []),
      ...(replicates < MIN_REPLICATES ? [`too few replicates for intervals: ${replicates}, of ${MIN_REPLICATES}`] : []),
    ],
  };
}

/**
 * What one more measurement with a number of processes is to be expected to find, with the 95 % interval for it: that of the
 * fit, and of a measurement around it (bootstrap of blocks and of residuals). null where the points carry no law, or the
 * number is beyond what the law may be asked about.
 */
export function predictThroughput(points: readonly UslPoint[], processes: number, seed: number): Estimate | null {
  const fit = fitUsl(points);
  const largest = Math.max(...points.map((point) => point.processes));
  if (fit === null || processes > MAX_EXTRAPOLATION * largest) return null;
  const blocks = [...groupBy(points, (point) => String(point.processes)).values()];
  // The fit has drawn the points closer to itself than the truth is, by its coefficients.
  const shrunk = Math.sqrt(points.length / Math.max(1, points.length - COEFFICIENTS));
  const residuals = points.map((point) => (point.perSecond / throughputAt(fit, point.processes)) ** shrunk);
  const random = seededRandom(seed, 1);
  const drawn = resample(blocks, seed).map((at) => throughputAt(at, processes) * residuals[Math.floor(random() * residuals.length)]!);
  return { value: throughputAt(fit, processes), interval: intervalOf(drawn) };
}

/** Fits to points that are drawn again from those of each number of processes, with replacement. */
function resample(blocks: readonly (readonly UslPoint[])[], seed: number): readonly UslCoefficients[] {
  const random = seededRandom(seed, 0);
  return Array.from({ length: RESAMPLES }, () =>
    fitUsl(blocks.flatMap((block) => block.map(() => block[Math.floor(random() * block.length)]!))),
  ).filter((fit) => fit !== null);
}

/** The middle 95 % of values; a value may be Infinity. */
function intervalOf(values: readonly number[]): Estimate['interval'] {
  if (values.length === 0) return null;
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!;
  const upper = at(1 - TAIL);
  return [at(TAIL), Number.isFinite(upper) ? upper : null];
}
