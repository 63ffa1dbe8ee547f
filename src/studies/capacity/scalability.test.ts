import { describe, expect, it } from 'vitest';
import { normal, seededRandom } from '../../model/random.ts';
import { predictThroughput, scalabilityOf, type UncertainPoint } from './scalability.ts';
import { kneeOf, throughputAt } from '../../stats/usl.ts';

const TRUTH = { lambda: 1000, sigma: 0.05, kappa: 0.004 };
const COUNTS = [1, 2, 3, 4, 6, 8, 12, 16];
const OPTIONS = { cores: 32, seed: 1, otherProcesses: 2 };

/** Capacities with a noise of 3 %, each so often, that are known to be so uncertain. */
function measured(counts: readonly number[], replicates: number, seed: number): readonly UncertainPoint[] {
  const random = seededRandom(seed, 0);
  return counts.flatMap((processes) =>
    Array.from({ length: replicates }, () => ({
      processes,
      perSecond: throughputAt(TRUTH, processes) * Math.exp(0.03 * normal(random)),
      deviation: 0.03,
    })),
  );
}

describe('scalability', () => {
  it('has intervals that contain the truth in nine of ten jobs, and the knee where it was reached', () => {
    const jobs = Array.from({ length: 60 }, (_, seed) => scalabilityOf(measured(COUNTS, 5, seed), OPTIONS)!);
    const contains = (interval: readonly [number, number | null] | null, value: number): boolean =>
      interval !== null && interval[0] <= value && value <= (interval[1] ?? Infinity);
    for (const name of ['lambda', 'sigma', 'kappa'] as const)
      expect(jobs.filter((job) => contains(job[name].interval, TRUTH[name])).length).toBeGreaterThan(0.8 * jobs.length);
    expect(jobs.filter(({ knee }) => contains(knee?.processes.interval ?? null, kneeOf(TRUTH))).length).toBeGreaterThan(0.85 * jobs.length);
    for (const { caveats } of jobs) expect(caveats).toEqual([]);
  });

  it('is the same each time that it is computed', () => {
    const points = measured(COUNTS, 3, 1);
    expect(scalabilityOf(points, OPTIONS)).toEqual(scalabilityOf(points, OPTIONS));
  });

  it('tells no knee that was not nearly reached, and nothing beyond half as much again', () => {
    const far = scalabilityOf(
      [1, 2, 3, 4].map((processes) => ({ processes, perSecond: throughputAt(TRUTH, processes), deviation: 0.03 })),
      OPTIONS,
    )!;
    expect(far.knee).toBeNull();
    expect(far.validToProcesses).toBe(6);
    expect(far.caveats).toEqual(['no knee seen up to N = 4', '4 numbers of processes are too few: it takes 6']);
    const linear = scalabilityOf(
      COUNTS.map((processes) => ({ processes, perSecond: 100 * processes, deviation: 0.03 })),
      OPTIONS,
    )!;
    expect(linear.caveats[0]).toBe('no knee seen up to N = 16');
  });

  it('has wider intervals where capacities are known less well', () => {
    const width = (deviation: number): number => {
      const points = measured(COUNTS, 1, 1).map((point) => ({ ...point, deviation }));
      const [lower, upper] = scalabilityOf(points, OPTIONS)!.lambda.interval!;
      return Math.log(upper! / lower);
    };
    expect(width(0.15)).toBeGreaterThan(1.5 * width(0.03));
  });

  it('is contention of the machine where processes outnumber its cores', () => {
    const points = measured(COUNTS, 1, 1);
    expect(scalabilityOf(points, { ...OPTIONS, cores: 18 })!.isContention).toBe(false);
    expect(scalabilityOf(points, { ...OPTIONS, cores: 17 })!.isContention).toBe(true);
  });

  it('is refused for fewer than three numbers of processes', () => {
    expect(scalabilityOf(measured([1, 2], 9, 1), OPTIONS)).toBeNull();
  });
});

describe('a prediction', () => {
  it('contains one more measurement of a number that was left out in nine of ten jobs', () => {
    const hits = Array.from({ length: 60 }, (_, seed) => {
      const { interval } = predictThroughput(measured([1, 2, 4, 6], 3, seed), 5, seed)!;
      const [{ perSecond }] = measured([5], 1, 1000 + seed) as [UncertainPoint];
      return interval![0] <= perSecond && perSecond <= interval![1]!;
    });
    expect(hits.filter(Boolean).length).toBeGreaterThan(0.85 * hits.length);
  });

  it('is none beyond half as much again, nor of two numbers of processes', () => {
    expect(predictThroughput(measured([1, 2, 4, 6], 3, 1), 9, 1)).not.toBeNull();
    expect(predictThroughput(measured([1, 2, 4, 6], 3, 1), 10, 1)).toBeNull();
    expect(predictThroughput(measured([1, 2], 3, 1), 2, 1)).toBeNull();
  });
});
