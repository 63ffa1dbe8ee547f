import { describe, expect, it } from 'vitest';
import { growthOf, memoryOf } from './memory.ts';
import { MemoryTrace, type MemorySample } from './memory-trace.ts';
import { normal, seededRandom } from '../model/random.ts';
import { NS_PER_SECOND } from '../model/units.ts';

const MIB = 1024 ** 2;

function samplesOf(bytes: readonly number[], everySeconds = 1): readonly MemorySample[] {
  return bytes.map((value, i) => ({ atNs: i * everySeconds * NS_PER_SECOND, bytes: value }));
}

function traceOf(bytes: readonly number[]): MemoryTrace {
  const trace = new MemoryTrace();
  for (const sample of samplesOf(bytes)) trace.add(sample);
  return trace;
}

/** How memory of a process moves about its trend, in MiB, a second at a time. */
const BURSTS = 'wanders in bursts (increments of AR 0.4)';
const COURSES: Readonly<Record<string, (noise: () => number) => () => number>> = {
  'each second by itself': (noise) => noise,
  'wanders, as a heap that is never given back': (noise) => {
    let at = 0;
    return () => (at += noise());
  },
  'comes back slowly (AR 0.9)': (noise) => {
    let at = noise() / Math.sqrt(1 - 0.81);
    return () => (at = 0.9 * at + noise());
  },
  'is collected now and then': (noise) => {
    let at = 5;
    return () => (at = at > 8 + noise() ? 1 : at + 1 + 0.2 * noise());
  },
  [BURSTS]: (noise) => {
    let [at, step] = [0, 0];
    return () => (at += step = 0.4 * step + noise());
  },
};

describe('memory over time', () => {
  it('has a start, a peak and an end', () => {
    expect(memoryOf(traceOf([5, 9, 7]), true)).toEqual({ startBytes: 5, peakBytes: 9, endBytes: 7, growthBytesPerSecond: null });
    expect(memoryOf(traceOf([]), true)).toBeNull();
  });

  it('of a day takes the room of an hour, and keeps its start, its peak, its end and its trend', () => {
    const bytes = Array.from({ length: 86_400 }, (_, second) => (second === 40_001 ? 1e9 : 1000 * second));
    const trace = traceOf(bytes);
    expect(trace.samples.length).toBeLessThanOrEqual(4801);
    const memory = memoryOf(trace, true)!;
    expect(memory).toMatchObject({ startBytes: 0, peakBytes: 1e9, endBytes: 86_399_000 });
    expect(memory.growthBytesPerSecond!.value).toBeCloseTo(1000);
  });

  it('grows by what it gained a second, with no doubt where that is always the same', () => {
    const growth = growthOf(samplesOf([0, 10, 20, 30, 40, 50, 60, 70, 80].map((value) => 100 + value)))!;
    expect(growth).toEqual({ value: 10, lower: 10, upper: 10 });
  });

  it('has no trend from a few seconds, from samples in a burst, or over a restart', () => {
    const few = samplesOf([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(growthOf(few)).toBeNull();
    expect(growthOf(samplesOf([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 0.1))).toBeNull();
    expect(memoryOf(traceOf([1, 2, 3, 4, 5, 6, 7, 8, 9]), false)).toMatchObject({ endBytes: 9, growthBytesPerSecond: null });
  });

  it.each(Object.keys(COURSES))('has an interval with the truth in it, where it %s', (name) => {
    const random = seededRandom(7, Object.keys(COURSES).indexOf(name));
    for (const seconds of [8, 10, 30, 60]) {
      let held = 0;
      const trials = 1000;
      for (let trial = 0; trial < trials; trial++) {
        const deviation = COURSES[name]!(() => normal(random));
        const trend = 0.1;
        const series = Array.from({ length: seconds + 1 }, (_, i) => MIB * (80 + trend * i + deviation()));
        const { lower, upper } = growthOf(samplesOf(series))!;
        if (lower <= trend * MIB && trend * MIB <= upper) held += 1;
      }
      expect(held / trials, `${seconds} s`).toBeGreaterThan(name === BURSTS ? 0.87 : 0.93);
    }
  });
});
