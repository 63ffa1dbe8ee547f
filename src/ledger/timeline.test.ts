import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NO_SIDE_COUNTS } from '../../test/sample-account.ts';
import { MESSAGES, simulate, TICK_NS, type World } from '../../test/simulated-system.ts';
import { LatencyDistribution, LatencyReader, LatencyRecorder, type EncodedLatency } from '../stats/histogram.ts';
import { groupBy } from '../model/group-by.ts';
import { IntervalParts, mergeIntervals, PartDistributions, type IntervalReport } from './interval-parts.ts';
import { arrivedBy, ArrivalCounter } from './arrival-slots.ts';
import { reconcile } from './reconciliation.ts';
import { timeline, type Interval } from './timeline.ts';

const DURATION_NS = MESSAGES * TICK_NS;
const LENGTHS = [1, 2, 5, 10, 30] as const;

function recorded(values: readonly number[]): EncodedLatency {
  using recorder = new LatencyRecorder();
  for (const value of values) recorder.record(value);
  return recorder.encode();
}

/** Latencies in ns; what is below 0 is counted apart. */
const VALUES = fc.array(fc.oneof({ weight: 9, arbitrary: fc.integer({ min: -5, max: 50_000_000 }) }, fc.constantFrom(0, 1, 3e10, 1e11)), {
  maxLength: 12,
});
const LATENCY = VALUES.map(recorded);
const PLACEMENT = fc.record({ response: LATENCY, transit: LATENCY });

const REPORT: fc.Arbitrary<IntervalReport> = fc.record({
  second: fc.nat(8),
  delivered: fc.nat(1000),
  pacerLag: LATENCY,
  sameProcess: PLACEMENT,
  crossProcess: PLACEMENT,
});

/** Messages that are not delivered, of which nobody knows why: several in a row, and single ones. */
const LOSSY: fc.Arbitrary<World> = fc.record({
  scope: fc.constant('shared' as const),
  processes: fc.integer({ min: 1, max: 2 }),
  homes: fc.array(fc.nat(7), { minLength: 2, maxLength: 4 }),
  publishers: fc.integer({ min: 1, max: 2 }),
  kills: fc.array(fc.record({ process: fc.nat(7), at: fc.nat(MESSAGES - 1) }), { maxLength: 2 }),
  ends: fc.constant([]),
  absences: fc.constant([]),
  backend: fc.constant([]),
  drops: fc.array(fc.record({ socket: fc.nat(7), seq: fc.nat(MESSAGES - 1), kind: fc.constant('unexplained' as const) }), { maxLength: 8 }),
  returns: fc.constant([{ ticks: 4, process: 0 }]),
});

function distributionsOf(reports: readonly IntervalReport[]): PartDistributions {
  const sum = new PartDistributions();
  for (const report of reports) sum.add(report);
  return sum;
}

/** All buckets of both placements together. */
function bucketsOf(reports: readonly IntervalReport[]): readonly number[] {
  const summary = distributionsOf(reports).both('response').summary();
  return summary === null ? [] : new LatencyReader(summary).bucketCounts(Array.from({ length: 200 }, (_, i) => 1.07 ** i));
}

function sumOf(intervals: readonly Interval[], key: 'offered' | 'sent' | 'delivered' | 'lost' | 'arrived'): number {
  return intervals.reduce((sum, interval) => sum + interval[key]!, 0);
}

describe('distributions', () => {
  it('are the same, whether their values were recorded in one, or in parts that were added up', () => {
    fc.assert(
      fc.property(fc.array(VALUES, { minLength: 1, maxLength: 6 }), (lists) => {
        const [sum, ofSums] = [new LatencyDistribution(), new LatencyDistribution()];
        for (const list of lists) sum.add(recorded(list));
        for (const list of lists) ofSums.add(new LatencyDistribution().add(recorded(list)));
        const whole = new LatencyDistribution().add(recorded(lists.flat())).summary();
        const bucketsOfSummary = (of: typeof whole): readonly number[] =>
          of === null ? [] : new LatencyReader(of).bucketCounts(Array.from({ length: 400 }, (_, i) => 1.06 ** (i - 40)));
        for (const found of [sum.summary(), ofSums.summary()]) {
          expect({ ...found, histogram: '' }).toEqual({ ...whole, histogram: '' });
          expect(bucketsOfSummary(found)).toEqual(bucketsOfSummary(whole));
        }
      }),
      { numRuns: 100 },
    );
  });
});

describe('parts of an interval', () => {
  it('that are put together lose no count and no latency, however many there are and in whatever order', () => {
    fc.assert(
      fc.property(fc.array(REPORT, { minLength: 1, maxLength: 30 }), fc.constantFrom(...LENGTHS), (reports, seconds) => {
        const parts = new IntervalParts(seconds);
        for (const report of reports) parts.add(report);
        const kept = parts.all();
        expect(kept.length).toBeLessThanOrEqual(Math.min(reports.length, 8 * Math.ceil(9 / seconds)));
        for (const list of [kept, [mergeIntervals(reports)]]) {
          expect(list.reduce((sum, { delivered }) => sum + delivered, 0)).toBe(reports.reduce((sum, { delivered }) => sum + delivered, 0));
          expect(bucketsOf(list)).toEqual(bucketsOf(reports));
          const [found, whole] = [distributionsOf(list), distributionsOf(reports)];
          expect(found.pacerLag.summary()).toEqual(whole.pacerLag.summary());
          expect(found.both('transit').summary()).toEqual(whole.both('transit').summary());
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe('an interval that is over', () => {
  it('is one part, so that little is left to put together at the end', () => {
    const parts = new IntervalParts(5);
    const [report] = fc.sample(REPORT, { numRuns: 1, seed: 1 });
    for (let second = 0; second < 50; second++) for (let driver = 0; driver < 3; driver++) parts.add({ ...report!, second });
    const perInterval = groupBy(parts.all(), ({ second }) => Math.floor(second / 5));
    expect([...perInterval.values()].map((own) => own.length).slice(0, -2)).toEqual(Array.from({ length: 8 }, () => 1));
  });
});

describe('the measure phase from interval to interval', () => {
  it('adds up to the same ledger, whatever the length of an interval', () => {
    fc.assert(
      fc.property(LOSSY, fc.array(REPORT, { maxLength: 6 }), fc.array(fc.nat(9000), { maxLength: 50 }), (world, reports, arrivals) => {
        const { account } = simulate(world);
        const { attributed, ledger } = reconcile(account, NO_SIDE_COUNTS);
        const counter = new ArrivalCounter();
        for (const ms of arrivals) counter.add(ms * 1e6);
        const by = arrivedBy([counter.counts()]);
        const whole = distributionsOf(reports).both('response').summary();
        const of = (intervalSeconds: number): readonly Interval[] => {
          const parts = new IntervalParts(intervalSeconds);
          for (const report of reports) parts.add(report);
          const found = timeline(
            account,
            attributed,
            { reports: parts.all(), arrivedBy: by },
            { startNs: 0, durationNs: DURATION_NS, intervalSeconds },
            true,
          );
          expect(found.whole.both('response').summary()).toEqual(whole);
          return found.intervals;
        };
        const fine = of(1);
        for (const intervals of LENGTHS.map(of)) {
          expect(sumOf(intervals, 'offered')).toBe(account.publishers.reduce((sum, { attempted }) => sum + attempted, 0));
          expect(sumOf(intervals, 'lost')).toBe(ledger.lostTotal + ledger.inFlight);
          expect(sumOf(intervals, 'delivered')).toBe(reports.reduce((sum, { delivered }) => sum + delivered, 0));
          expect(sumOf(intervals, 'arrived')).toBe(by(DURATION_NS));
          for (const { startMs, endMs, ...interval } of intervals) {
            const inside = fine.filter((second) => second.startMs >= startMs && second.endMs <= endMs);
            for (const key of ['offered', 'sent', 'delivered', 'lost', 'arrived'] as const) expect(interval[key]).toBe(sumOf(inside, key));
          }
        }
      }),
      { numRuns: 150 },
    );
  });

  it('has what was due after the end in the last interval', () => {
    const { account } = simulate({
      scope: 'shared',
      processes: 1,
      homes: [0, 0],
      publishers: 1,
      kills: [],
      ends: [],
      absences: [],
      backend: [],
      drops: [{ socket: 1, seq: MESSAGES - 1, kind: 'unexplained' }],
      returns: [{ ticks: 1, process: 0 }],
    });
    const { attributed } = reconcile(account, NO_SIDE_COUNTS);
    const time = { startNs: 0, durationNs: 3.5e9, intervalSeconds: 2 };
    const { intervals } = timeline(account, attributed, { reports: [], arrivedBy: () => 0 }, time, true);
    expect(intervals.map(({ startMs, endMs, offered, lost }) => [startMs, endMs, offered, lost])).toEqual([
      [0, 2000, 20, 0],
      [2000, 3500, 60, 1],
    ]);
  });
});
