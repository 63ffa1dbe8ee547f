import { describe, expect, it } from 'vitest';
import { LatencyDistribution, LatencyReader, LatencyRecorder, summarize } from './histogram.ts';
import { mergeSpans, MessageSpans } from '../ledger/message-spans.ts';

function recorded(values: readonly number[]): ReturnType<LatencyRecorder['encode']> {
  using recorder = new LatencyRecorder();
  for (const value of values) recorder.record(value);
  return recorder.encode();
}

describe('latency distributions', () => {
  it('keep count, min, mean and max exact, and percentiles within 0.1 %', () => {
    const values = Array.from({ length: 10_000 }, (_, i) => (i + 1) * 1_234_567);
    const summary = summarize([recorded(values.slice(0, 4000)), recorded(values.slice(4000))])!;
    expect(summary.count).toBe(10_000);
    expect([summary.min, summary.max]).toEqual([1234.567, 12_345_670]);
    expect(summary.mean).toBeCloseTo((1234.567 * 10_001) / 2, 0);
    for (const [name, share] of [
      ['p50', 0.5],
      ['p90', 0.9],
      ['p99', 0.99],
      ['p999', 0.999],
    ] as const) {
      expect(Math.abs(summary[name] / (share * 12_345_670) - 1)).toBeLessThan(0.0015);
    }
  });

  it('are spread over buckets, whatever is above the last bound in the last one', () => {
    const summary = summarize([recorded([1e3, 2e3, 2e3, 5e3, 9e6])])!;
    expect(new LatencyReader(summary).bucketCounts([1.5, 3, 100])).toEqual([1, 2, 2]);
    expect(new LatencyReader({ ...summary, histogram: '' }).bucketCounts([1.5, 3])).toEqual([0, 0]);
    expect(() => new LatencyReader({ ...summary, histogram: 'not one' })).toThrow('a histogram in a result cannot be read');
  });

  it('count negatives apart, and refuse what is not a number', () => {
    const summary = summarize([recorded([100, -5, -1, 300])])!;
    expect([summary.count, summary.negatives, summary.min, summary.max]).toEqual([2, 2, 0.1, 0.3]);
    expect(() => recorded([NaN])).toThrow(RangeError);
  });

  it('are null without data', () => {
    expect(summarize([])).toBeNull();
    expect(summarize([recorded([])])).toBeNull();
    expect(new LatencyDistribution().percentileNs(99)).toBeNull();
  });
});

describe('message spans', () => {
  it('give the first and the last delivery of each message', () => {
    using spans = new MessageSpans(Uint32Array.of(3), new Set());
    const firsts = Array.from({ length: 100 }, (_, seq) => [
      spans.record(0, seq, 1000 + seq),
      spans.record(0, seq, 500),
      spans.record(0, seq, 9000),
    ]);
    expect(firsts.every(([a, b, c]) => a === true && b === false && c === false)).toBe(true);
    const { first, last, shared } = spans.finish();
    expect([first.count, first.minNs, first.maxNs]).toEqual([100, 500, 500]);
    expect([last.count, last.minNs, last.maxNs]).toEqual([100, 9000, 9000]);
    expect(shared).toEqual([]);
  });

  it('of shared groups are merged over drivers', () => {
    using here = new MessageSpans(Uint32Array.of(1), new Set([0]));
    using there = new MessageSpans(Uint32Array.of(2), new Set([0]));
    here.record(0, 70, 400);
    there.record(0, 70, 100);
    there.record(0, 70, 900);
    there.record(0, 71, 50);
    const { first, last } = mergeSpans([...here.finish().shared, ...there.finish().shared]);
    expect([first.count, first.minNs, first.maxNs]).toEqual([2, 50, 100]);
    expect([last.count, last.minNs, last.maxNs]).toEqual([2, 50, 900]);
  });
});
