import { decodeFromCompressedBase64, HistogramLogReader, listTags } from 'hdr-histogram-js';
import { inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { HOSTILE, measured, sampleRun } from '../../test/sample-results.ts';
import { LatencyReader, mergeSummaries } from '../stats/histogram.ts';
import { byKind } from '../result/result-kinds.ts';
import type { RunResult } from '../result/run-result.ts';
import type { ExportInput, Exported } from './export-format.ts';
import { EXPORT_FORMATS, type ExportFormatName } from './registry.ts';

const SECONDS = [1, 2].map((second) => Array.from({ length: 500 }, (_, i) => second * 1e6 + i * 10_000));
const run = (id = 'a'): RunResult => ({ ...sampleRun({ id }), ...measured(...SECONDS) });
const exported = (format: ExportFormatName, runs: readonly RunResult[], series: ExportInput['series'] = 'response'): Exported =>
  EXPORT_FORMATS[format].render({ ...byKind(runs), series, maxBytes: 0 });

describe('hgrm', () => {
  /** The points that the plotter draws: lines of four numbers that are no comments (its `appendDataSeries`). */
  const pointsOf = (text: string): readonly { readonly ms: number; readonly oneIn: number }[] =>
    text.split('\n').flatMap((line) => {
      const values = line.trim().split(/[ ]+/);
      const [ms, oneIn] = [Number.parseFloat(values[0]!), Number.parseFloat(values[3]!)];
      return !line.startsWith('#') && values.length === 4 && !Number.isNaN(ms) && !Number.isNaN(oneIn) ? [{ ms, oneIn }] : [];
    });

  it('is drawn by the plotter, in ms, for each run and the latency that is asked for', () => {
    const { files, notes } = exported('hgrm', [run('a'), run('b')]);
    expect(files.map(({ name }) => name)).toEqual(['fanout-redis-node-p4-a.hgrm', 'fanout-redis-node-p4-b.hgrm']);
    expect(notes).toEqual([]);
    const { p50, p90, p99, max, count } = run().latency.response!;
    const points = pointsOf(files[0]!.text);
    for (const [us, oneIn] of [
      [p50, 2],
      [p90, 10],
    ] as const)
      expect(points.find((point) => point.oneIn === oneIn)!.ms).toBeCloseTo(us / 1000, 2);
    expect(points.findLast((point) => point.oneIn <= 100)!.ms).toBeLessThanOrEqual((p99 / 1000) * 1.001);
    expect(points.at(-1)!.ms).toBeCloseTo(max / 1000, 1);
    expect(files[0]!.text).toMatch(new RegExp(`^#\\[Max +=.*Total count +=\\s+${count}\\]$`, 'm'));
    expect(pointsOf(exported('hgrm', [run()], 'transit').files[0]!.text).at(-1)!.ms).toBeCloseTo(max / 2000, 1);
  });

  it('says which run has no such latency, and which is invalid', () => {
    const { files, notes } = exported('hgrm', [run(), { ...run('b'), validity: { valid: false, reasons: ['a server died'] } }], 'edge');
    expect(files).toEqual([]);
    expect(notes[0]).toBe('left out, without edge latencies: the run a of fanout/redis/node/p4');
    expect(exported('hgrm', [{ ...run('b'), validity: { valid: false, reasons: ['a server died'] } }]).notes[0]).toContain('a server died');
  });
});

describe('hlog', () => {
  it('has a line for each second, by tag, that decodes to what was recorded', () => {
    const { text } = exported('hlog', [run()]).files[0]!;
    expect(listTags(text).toSorted()).toEqual(['response/all', 'response/sameProcess', 'transit/all', 'transit/sameProcess']);
    const reader = new HistogramLogReader(text);
    const found = new Map<string, { startMs: number; count: number; maxNs: number }[]>();
    for (let next = reader.nextIntervalHistogram(); next !== null; next = reader.nextIntervalHistogram()) {
      const entry = { startMs: next.startTimeStampMsec, count: next.totalCount, maxNs: next.maxValue };
      found.set(next.tag!, [...(found.get(next.tag!) ?? []), entry]);
    }
    const begin = Date.parse('2026-01-14T08:30:00.000Z') + 1000;
    const perSecond = found.get('response/all')!;
    expect(perSecond.map(({ startMs, count }) => [startMs, count])).toEqual(SECONDS.map((values, i) => [begin + 1000 * i, values.length]));
    perSecond.forEach(({ maxNs }, i) => expect(Math.abs(maxNs / Math.max(...SECONDS[i]!) - 1)).toBeLessThan(0.001));
    expect(found.get('response/sameProcess')!.map(({ count }) => count)).toEqual([SECONDS.flat().length]);
  });

  it('has payloads as Java writes them: no offset of the counts, and 1.0 for the ratio of values', () => {
    const { text } = exported('hlog', [run()]).files[0]!;
    const payloads = [...text.matchAll(/,(HISTFAAA\S+)$/gm)].map(([, payload]) => payload!);
    expect(payloads).toHaveLength(6);
    for (const payload of payloads) {
      const bytes = Buffer.from(payload, 'base64');
      expect(bytes.readInt32BE(4)).toBe(bytes.length - 8);
      const header = inflateSync(bytes.subarray(8));
      expect([header.readInt32BE(8), header.readDoubleBE(32)]).toEqual([0, 1]);
      expect(decodeFromCompressedBase64(payload).totalCount).toBeGreaterThan(0);
    }
  });

  it('has no line for a second without deliveries', () => {
    const { text } = exported('hlog', [{ ...sampleRun({ id: 'a' }), ...measured(SECONDS[0]!, [], SECONDS[1]!) }]).files[0]!;
    expect(text.match(/^Tag=response\/all,/gm)).toHaveLength(2);
  });
});

describe('openmetrics', () => {
  const samplesOf = (text: string, family: string): readonly (readonly [string, number])[] =>
    [...text.matchAll(new RegExp(`^${family}\\{(.*)\\} (\\S+)$`, 'gm'))].map(([, labels, value]) => [labels!, Number(value)] as const);

  it('counts what is in fixed buckets, over all runs of a benchmark', () => {
    const { text } = exported('openmetrics', [run('a'), run('b')]).files[0]!;
    const values = [...SECONDS.flat(), ...SECONDS.flat()];
    const buckets = samplesOf(text, 'layerbench_delivery_seconds_bucket');
    expect(buckets).toHaveLength(18);
    for (const [labels, count] of buckets) {
      const [, le] = /le="(.*?)"/.exec(labels)!;
      const bound = le === '+Inf' ? Infinity : Number(le) * 1e9;
      const within = (factor: number): number => values.filter((ns) => ns <= bound * factor).length;
      expect(count).toBeGreaterThanOrEqual(within(0.999));
      expect(count).toBeLessThanOrEqual(within(1.001));
    }
    expect(samplesOf(text, 'layerbench_delivery_seconds_count')[0]![1]).toBe(values.length);
    expect(samplesOf(text, 'layerbench_delivery_seconds_sum')[0]![1]).toBeCloseTo(values.reduce((sum, ns) => sum + ns, 0) / 1e9, 4);
  });

  it('has no sample for what has no data, and says so', () => {
    const { files, notes } = exported('openmetrics', [sampleRun({ id: 'a' })]);
    expect(files[0]!.text).not.toMatch(/transit|NaN|null|undefined/);
    expect(notes[0]).toContain('transit.p50');
  });
});

describe('k6-summary', () => {
  interface Metric {
    readonly type: string;
    readonly contains: string;
    readonly values: Readonly<Record<string, number>>;
    readonly thresholds?: Readonly<Record<string, { readonly ok: boolean }>>;
  }
  interface Data {
    readonly root_group: { readonly checks: readonly { name: string; path: string; id: string; passes: number; fails: number }[] };
    readonly options: { readonly summaryTrendStats: readonly string[] };
    readonly state: { readonly testRunDurationMs: number };
    readonly metrics: Readonly<Record<string, Metric>>;
  }
  /** The values that k6 documents for each type of metric. */
  const VALUES: Readonly<Record<string, readonly string[]>> = {
    counter: ['count', 'rate'],
    gauge: ['max', 'min', 'value'],
    rate: ['fails', 'passes', 'rate'],
  };
  const limit = (expression: string, ok: boolean, noData = false): RunResult['limits'][number] => ({
    expression,
    value: null,
    ok,
    noData,
    weak: false,
  });

  it('has the layout of what handleSummary gets, with limits as thresholds and checks', () => {
    const limits = [limit('p99<50ms', true), limit('loss<0.01%', false), limit('edge.p50<1ms', false, true), limit(HOSTILE, false)];
    const measure = { name: 'join.p99', label: 'join', unit: 'us', value: 2500, direction: 'lowerIsBetter' } as const;
    const [file] = exported('k6-summary', [{ ...run(), limits, measures: [measure] }]).files;
    const { metrics, root_group: root, options, state } = JSON.parse(file!.text) as Data;
    for (const { type, values } of Object.values(metrics))
      expect(Object.keys(values).toSorted()).toEqual(type === 'trend' ? options.summaryTrendStats.toSorted() : VALUES[type]);
    expect(
      Object.values(metrics)
        .flatMap(({ values }) => Object.values(values))
        .every(Number.isFinite),
    ).toBe(true);
    const { p50, p99 } = run().latency.response!;
    expect(metrics['response']).toMatchObject({ type: 'trend', contains: 'time', thresholds: { 'p(99)<50': { ok: true } } });
    expect([metrics['response']!.values['med'], metrics['response']!.values['p(99)']]).toEqual([p50 / 1000, p99 / 1000]);
    expect(metrics['loss']).toMatchObject({ type: 'rate', thresholds: { 'rate<0.0001': { ok: false } } });
    expect(metrics['ws_msgs_received']!.values['count']).toBe(10_000);
    expect(metrics['join_p99']).toMatchObject({ type: 'gauge', contains: 'time', values: { value: 2.5 } });
    expect(metrics['edge']).toBeUndefined();
    expect(root.checks.map(({ name, passes, fails }) => [name, passes, fails])).toEqual([
      ['the run is valid', 1, 0],
      ['p99<50ms', 1, 0],
      ['loss<0.01%', 0, 1],
      ['edge.p50<1ms', 0, 1],
      [HOSTILE, 0, 1],
    ]);
    expect(metrics['checks']).toMatchObject({ values: { passes: 2, fails: 3 }, thresholds: { 'rate==1': { ok: false } } });
    expect(state.testRunDurationMs).toBe(1000);
  });
});

describe('distributions of several runs', () => {
  it('add up, with exact extremes', () => {
    const merged = mergeSummaries(SECONDS.map((values) => measured(values).latency.response!))!;
    expect([merged.count, merged.min, merged.max]).toEqual([1000, SECONDS[0]![0]! / 1000, SECONDS[1]!.at(-1)! / 1000]);
    expect(new LatencyReader(merged).countAbove(1905)).toBe(SECONDS.flat().filter((ns) => ns > 1_905_000).length);
    expect(mergeSummaries([])).toBeNull();
  });
});
