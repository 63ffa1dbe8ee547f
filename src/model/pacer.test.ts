import { describe, expect, it } from 'vitest';
import { dueTimes, firstDueTimes, Schedule, type Arrivals } from './pacer.ts';

const constant = (perSecond: number, phaseNs = 0): Arrivals => ({ kind: 'constant', perSecond, phaseNs });
const poisson = (perSecond: number): Arrivals => ({ kind: 'poisson', perSecond, phaseNs: 0 });

describe('due times', () => {
  it('are multiples of the period, without accumulated rounding', () => {
    const times = firstDueTimes(constant(3, 5), 1, 0, 3_000_001);
    expect([times[0], times[1], times[2], times[3]]).toEqual([5, 333_333_338, 666_666_672, 1_000_000_005]);
    expect(times[3_000_000]).toBe(1e15 + 5);
  });

  it('of Poisson arrivals have the rate asked for, and exponential gaps', () => {
    const count = 100_000;
    const times = firstDueTimes(poisson(1000), 7, 0, count);
    expect(times[count - 1]! / 1e9).toBeCloseTo(count / 1000, -0.5);
    const gaps = times.map((at, i) => at - (times[i - 1] ?? 0));
    const longer = gaps.filter((gap) => gap > 1e6).length / count;
    expect(longer).toBeGreaterThan(Math.exp(-1) - 0.01);
    expect(longer).toBeLessThan(Math.exp(-1) + 0.01);
  });

  it('are a function of seed and publisher', () => {
    expect(firstDueTimes(poisson(10), 1, 0, 50)).toEqual(firstDueTimes(poisson(10), 1, 0, 50));
    expect(firstDueTimes(poisson(10), 1, 0, 50)).not.toEqual(firstDueTimes(poisson(10), 2, 0, 50));
    expect(firstDueTimes(poisson(10), 1, 0, 50)).not.toEqual(firstDueTimes(poisson(10), 1, 1, 50));
  });
});

describe('a schedule', () => {
  it('merges publishers in order of due time and ends before the end of the phase', () => {
    const arrivals = [constant(10, 3), constant(7), poisson(50), constant(1, 2e9)];
    const schedule = new Schedule(
      arrivals.map((entry, i) => dueTimes(entry, 1, i)),
      1e9,
    );
    const counts = [0, 0, 0, 0];
    for (let last = 0; schedule.dueNs !== Infinity; schedule.advance()) {
      expect(schedule.dueNs).toBeGreaterThanOrEqual(last);
      expect(schedule.dueNs).toBeLessThan(1e9);
      expect(schedule.seq).toBe(counts[schedule.publisher]!);
      counts[schedule.publisher]! += 1;
      last = schedule.dueNs;
    }
    const poissonCount = firstDueTimes(poisson(50), 1, 2, 200).filter((at) => at < 1e9).length;
    expect(counts).toEqual([10, 7, poissonCount, 0]);
  });
});
