import { describe, expect, it } from 'vitest';
import { sampleRun } from '../../test/sample-results.ts';
import { LatencyRecorder, summarize } from '../stats/histogram.ts';
import type { RunResult } from '../result/run-result.ts';
import { NS_PER_US } from '../model/units.ts';
import { renderSpectrum } from './spectrum.ts';
import { PLAIN } from './style.ts';

/** A run whose response latencies are these, in µs. */
function runWith(us: readonly number[]): RunResult {
  using recorder = new LatencyRecorder();
  us.forEach((value) => recorder.record(value * NS_PER_US));
  const run = sampleRun({ id: 'a' });
  return { ...run, latency: { ...run.latency, response: summarize([recorder.encode()]) } };
}

const rowsOf = (text: string): readonly string[][] =>
  text
    .split('\n')
    .filter((line) => /^ {2}(p[\d.]+|min|max) /.test(line))
    .map((line) => line.trim().split(/ {2,}/));

describe('the percentile spectrum', () => {
  const text = renderSpectrum(runWith(Array.from({ length: 1000 }, (_, i) => i + 1)), PLAIN);

  it('has every percentile with a delivery beyond it, and how many those are', () => {
    const rows = rowsOf(text);
    expect(rows.map(([label]) => label)).toEqual(['min', 'p10', 'p25', 'p50', 'p75', 'p90', 'p95', 'p99', 'p99.5', 'p99.9', 'max']);
    expect(rows.slice(0, -1).map(([, , beyond]) => beyond)).toEqual(['1,000', '900', '750', '500', '250', '100', '50', '10', '5', '1']);
    expect(rows.find(([label]) => label === 'p50')![1]).toBe('500 µs');
    expect(rows.at(-1)![1]).toBe('1 ms');
  });

  it('has bars that grow on a logarithmic scale, and fits 80 columns', () => {
    const bars = rowsOf(text).map((row) => row.at(-1)!.length);
    expect(bars).toEqual(bars.toSorted((a, b) => a - b));
    // 100 of 1 to 1000 is two thirds of the way.
    expect(bars[1]! / bars.at(-1)!).toBeCloseTo(2 / 3, 1);
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  it('is nothing without data, and whole where all latencies are one', () => {
    const run = sampleRun({ id: 'a' });
    expect(renderSpectrum({ ...run, latency: { ...run.latency, response: null } }, PLAIN)).toBe('');
    expect(rowsOf(renderSpectrum(runWith([7, 7, 7]), PLAIN)).map(([label]) => label)).toEqual(['min', 'p10', 'p25', 'p50', 'max']);
  });
});
