import type { MemorySample, MemoryTrace } from './memory-trace.ts';
import type { MemoryGrowth, ProcessMemory } from './run-result.ts';
import { studentTwoSided } from '../stats/student-t.ts';
import { NS_PER_SECOND } from '../model/units.ts';

/** Samples that come closer than this to the one before tell nothing of a trend. */
const SPACING_NS = 0.75 * NS_PER_SECOND;
/** A trend rests on at least so many increments, … */
const MIN_INCREMENTS = 8;
/** … and its interval on so many blocks of them. */
const MIN_BLOCKS = 4;
const CONFIDENCE = 0.95;

/** Memory over time; null without a sample. `isOneLife`: all samples are of one process, else it has no trend. */
export function memoryOf({ samples, peakBytes }: Pick<MemoryTrace, 'samples' | 'peakBytes'>, isOneLife: boolean): ProcessMemory | null {
  const [first] = samples;
  if (first === undefined) return null;
  return {
    startBytes: first.bytes,
    peakBytes,
    endBytes: samples.at(-1)!.bytes,
    growthBytesPerSecond: isOneLife ? growthOf(samples) : null,
  };
}

/**
 * The mean slope from the first sample to the last, with its 95 % interval, in bytes per second; null for fewer than 9
 * samples, about a second apart.
 *
 * Samples of a memory are anything but independent: each is the one before and a little. So the interval is made of
 * increments, by Student's t: they are independent where memory wanders, and where it swings about a trend they go against
 * each other, which makes the interval too wide, never too narrow. Against increments that go together, it is made of
 * means over blocks of 1, 2, 4, … increments too, as long as there are 4 of them, and the widest counts (Flyvbjerg and
 * Petersen, J. Chem. Phys. 91, 461, 1989).
 */
export function growthOf(samples: readonly MemorySample[]): MemoryGrowth | null {
  const kept = spaced(samples);
  const increments = kept.length - 1;
  if (increments < MIN_INCREMENTS) return null;
  const value = slope(kept, 0, increments);
  let margin = 0;
  for (let length = 1; Math.floor(increments / length) >= MIN_BLOCKS; length *= 2) {
    const blocks = Math.floor(increments / length);
    // The remainder, at the beginning, is in no block.
    const skipped = increments - blocks * length;
    const slopes = Array.from({ length: blocks }, (_, i) => slope(kept, skipped + i * length, skipped + (i + 1) * length));
    margin = Math.max(margin, studentMargin(slopes));
  }
  return { value, lower: value - margin, upper: value + margin };
}

function spaced(samples: readonly MemorySample[]): readonly MemorySample[] {
  const kept: MemorySample[] = [];
  for (const sample of samples) if (kept.length === 0 || sample.atNs - kept.at(-1)!.atNs >= SPACING_NS) kept.push(sample);
  return kept;
}

function slope(samples: readonly MemorySample[], from: number, to: number): number {
  const [a, b] = [samples[from]!, samples[to]!];
  return ((b.bytes - a.bytes) * NS_PER_SECOND) / (b.atNs - a.atNs);
}

/** Half of the interval of the mean. */
function studentMargin(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
  return studentQuantile(values.length - 1) * Math.sqrt(variance / values.length);
}

const quantiles = new Map<number, number>();

function studentQuantile(degreesOfFreedom: number): number {
  const quantile = quantiles.get(degreesOfFreedom) ?? findQuantile(degreesOfFreedom);
  quantiles.set(degreesOfFreedom, quantile);
  return quantile;
}

/** The t that P(|T| ≥ t) = 5 % has, by bisection: at most 12.71, of one degree of freedom. */
function findQuantile(degreesOfFreedom: number): number {
  let [low, high] = [0, 13];
  for (let i = 0; i < 50; i++) {
    const middle = (low + high) / 2;
    if (studentTwoSided(middle, degreesOfFreedom) > 1 - CONFIDENCE) low = middle;
    else high = middle;
  }
  return high;
}
