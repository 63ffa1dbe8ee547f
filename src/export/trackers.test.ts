import { Ajv } from 'ajv';
import { parse as parseCsv } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { HOSTILE, measured, sampleRun, type SampleChoices } from '../../test/sample-results.ts';
import { byKind } from '../result/result-kinds.ts';
import type { RunResult } from '../result/run-result.ts';
import type { ExportedFile, ExportInput } from './export-format.ts';
import { EXPORT_FORMATS, type ExportFormatName } from './registry.ts';

const exported = (format: ExportFormatName, runs: readonly RunResult[]): ReturnType<(typeof EXPORT_FORMATS)['csv']['render']> =>
  EXPORT_FORMATS[format].render({ ...byKind(runs), series: 'response', maxBytes: 0 } satisfies ExportInput);
const textOf = (files: readonly ExportedFile[], name: string): string => files.find((file) => file.name === name)!.text;

/** Six runs of one benchmark: as few as have an interval. */
const P50S_US = [1000, 1010, 990, 1020, 980, 1100];
const blocks = (choices: Partial<SampleChoices> = {}): readonly RunResult[] =>
  P50S_US.map((p50Us, i) => sampleRun({ id: `r${i}`, p50Us, ...choices }));
const hostile = (): RunResult => {
  const run = sampleRun({ id: 'h' });
  const measure = { name: HOSTILE, label: HOSTILE, unit: 'us', value: 5, direction: 'lowerIsBetter' } as const;
  return { ...run, layer: { ...run.layer, name: HOSTILE }, measures: [measure] };
};

describe('github-action-benchmark', () => {
  /** As its `extract.ts` checks it, but for what it would turn into a number in silence. */
  const isInput = new Ajv().compile({
    type: 'array',
    minItems: 1,
    items: {
      type: 'object',
      required: ['name', 'value', 'unit'],
      properties: Object.fromEntries([
        ...['name', 'unit', 'range', 'extra'].map((key) => [key, { type: 'string', minLength: 1 }]),
        ['value', { type: 'number' }],
      ]),
      additionalProperties: false,
    },
  });
  interface Entry {
    readonly name: string;
    readonly value: number;
    readonly unit: string;
    readonly range?: string;
  }
  const entriesOf = (runs: readonly RunResult[], name: string): readonly Entry[] => {
    const entries = JSON.parse(textOf(exported('github-action-benchmark', runs).files, name)) as readonly Entry[];
    expect(isInput(entries), JSON.stringify(isInput.errors)).toBe(true);
    return entries;
  };

  it('has a file for each direction, with medians of the blocks and how far their interval reaches', () => {
    const { files } = exported('github-action-benchmark', blocks());
    expect(files.map(({ name }) => name)).toEqual(['gab-bigger.json', 'gab-smaller.json']);
    expect(entriesOf(blocks(), 'gab-bigger.json')).toMatchObject([
      { name: 'fanout/redis/node/p4/delivered', value: 10_000, unit: '1/s', range: '± 0 %' },
    ]);
    // The median of six is the mean of the third and the fourth; the interval reaches to the smallest and the largest.
    expect(entriesOf(blocks(), 'gab-smaller.json')[0]).toMatchObject({
      name: 'fanout/redis/node/p4/response.p50',
      value: 1.005,
      unit: 'ms',
      range: `± ${((1100 / 1005 - 1) * 100).toFixed(1)} %`,
    });
  });

  it('has the same names from run to run, whatever the numbers', () => {
    const names = (choices: Partial<SampleChoices>): readonly string[] =>
      entriesOf([sampleRun({ id: 'x', ...choices })], 'gab-smaller.json').map(({ name }) => name);
    expect(names({ lost: 3, p50Us: 5 })).toEqual(names({}));
    expect(entriesOf([sampleRun({ id: 'x', lost: 3 })], 'gab-smaller.json')).toContainEqual(
      expect.objectContaining({ name: 'fanout/redis/node/p4/loss', value: 300, unit: 'ppm' }),
    );
  });

  it('leaves out what has no data, and says so; it is no 0', () => {
    const { notes } = exported('github-action-benchmark', blocks());
    expect(notes).toEqual(['left out, without data: transit.p50, transit.p99 of fanout/redis/node/p4']);
    expect(entriesOf(blocks(), 'gab-smaller.json').filter(({ name }) => name.includes('transit'))).toEqual([]);
  });
});

describe('bencher', () => {
  // https://bencher.dev/bmf.json, and that there is something in it.
  const number = { type: 'number' };
  const metric = { type: 'object', required: ['value'], properties: { value: number, lower_value: number, upper_value: number } };
  const isBmf = new Ajv().compile({
    $schema: 'http://json-schema.org/draft-07/schema',
    type: 'object',
    minProperties: 1,
    patternProperties: { '.+': { type: 'object', minProperties: 1, patternProperties: { '.+': metric } } },
  });
  type Bmf = Readonly<Record<string, Readonly<Record<string, { value: number; lower_value?: number; upper_value?: number }>>>>;
  const bmfOf = (runs: readonly RunResult[]): Bmf => {
    const bmf = JSON.parse(textOf(exported('bencher', runs).files, 'bencher.json')) as Bmf;
    expect(isBmf(bmf), JSON.stringify(isBmf.errors)).toBe(true);
    return bmf;
  };

  it('has its own measures for the headlines, in ns and 1/s, with bounds where there are blocks enough', () => {
    const measures = bmfOf(blocks())['fanout/redis/node/p4']!;
    expect(measures['latency']).toEqual({ value: 1_005_000, lower_value: 980_000, upper_value: 1_100_000 });
    expect(measures['throughput']).toEqual({ value: 10_000, lower_value: 10_000, upper_value: 10_000 });
    expect(Object.keys(measures)).toEqual(['throughput', 'latency', 'response-p99-ms', 'loss-ppm', 'cpu-ms']);
    expect(bmfOf(blocks().slice(1))['fanout/redis/node/p4']!['latency']).toEqual({ value: 1_010_000 });
  });

  it('keeps any name, and refuses one that is too long for it', () => {
    expect(Object.keys(bmfOf([{ ...hostile(), measures: [] }]))).toEqual([`fanout/${HOSTILE}/node/p4`]);
    expect(() => exported('bencher', [hostile()])).toThrow(/over 64 bytes/);
    expect(() => exported('bencher', [sampleRun({ id: 'x', layer: 'l'.repeat(1100) })])).toThrow(/over 1024 bytes/);
  });
});

describe('what would be no number of one thing', () => {
  const git = (sha: string, dirty = false): Pick<SampleChoices, 'git'> => ({ git: { sha: sha.repeat(40), dirty } });
  const two = (a: Partial<SampleChoices>, b: Partial<SampleChoices>): readonly RunResult[] => [
    sampleRun({ id: '1', ...a }),
    sampleRun({ id: '2', ...b }),
  ];

  it.each([
    ['parameters', two({}, { ratePerSecond: 100 }), /--rate: 50\/s, 100\/s/],
    ['commits', two(git('a'), git('b')), /several commits: a+, b+/],
    ['changes to a commit', two(git('a'), git('a', true)), /several commits: a+, a+-dirty/],
    ['machines', two({}, { fingerprint: 'other' }), /several machines: aaaaaaaaaaaa \(Sample CPU\), other/],
  ])('is refused: several %s', (_, runs, message) => {
    for (const format of ['github-action-benchmark', 'bencher', 'openmetrics'] as const)
      expect(() => exported(format, runs)).toThrow(message);
  });
});

describe('otava', () => {
  interface Config {
    readonly tests: Readonly<
      Record<string, { file: string; time_column: string; attributes: string[]; metrics: Record<string, { direction: number }> }>
    >;
  }
  const day = (i: number): string => new Date(Date.UTC(2026, 0, i, 3)).toISOString();
  const commit = (i: number, choices: Partial<SampleChoices> = {}): RunResult =>
    sampleRun({ id: `r${i}`, startedAt: day(i), git: { sha: String(i).repeat(40), dirty: false }, p50Us: 1000 * i, ...choices });
  const configOf = (files: readonly ExportedFile[]): Config => parseYaml(textOf(files, 'otava.yaml')) as Config;
  const rowsOf = (files: readonly ExportedFile[], name: string): readonly Readonly<Record<string, string>>[] =>
    parseCsv(textOf(files, name), { columns: true });

  it('has a CSV file for each benchmark with a row for each commit, and a configuration that names its columns', () => {
    const { files } = exported('otava', [
      commit(1),
      commit(2),
      commit(2, { id: 'again', p50Us: 4000 }),
      commit(1, { id: 'm', layer: 'memory' }),
    ]);
    const { tests } = configOf(files);
    expect(Object.keys(tests)).toEqual(['fanout/redis/node/p4', 'fanout/memory/node/p4']);
    const { file, time_column: timeColumn, attributes, metrics } = tests['fanout/redis/node/p4']!;
    const rows = rowsOf(files, file);
    expect(Object.keys(rows[0]!)).toEqual([timeColumn, ...attributes, ...Object.keys(metrics)]);
    expect(rows.map((row) => [row['time'], row['commit'], row['response_p50_ms']])).toEqual([
      ['2026-01-01 03:00:00 +0000', '1'.repeat(40), '1'],
      ['2026-01-02 03:00:00 +0000', '2'.repeat(40), '3'],
    ]);
    expect([metrics['response_p50_ms']!.direction, metrics['delivered_per_s']!.direction]).toEqual([-1, 1]);
  });

  it('has no empty cell, which Otava cannot read: a metric that some commit has not is left out', () => {
    const { files, notes } = exported('otava', [commit(1), { ...commit(2), ...measured([5e6, 6e6]) }]);
    expect(notes).toEqual([
      'left out, without data in some commits, or only known to be ≥: transit.p50, transit.p99 of fanout/redis/node/p4',
    ]);
    const [row, ...others] = rowsOf(files, 'fanout-redis-node-p4.csv');
    expect(others).toHaveLength(1);
    expect(Object.values(row!).every((cell) => cell !== '')).toBe(true);
    expect(Object.keys(row!)).not.toContain('transit_p50_ms');
  });

  it('keeps machines apart, since a change of machine is no change of the code', () => {
    const { tests } = configOf(exported('otava', [commit(1), commit(2, { fingerprint: 'other' })]).files);
    expect(Object.keys(tests)).toEqual(['fanout/redis/node/p4 on aaaaaaaaaaaa', 'fanout/redis/node/p4 on other']);
  });

  it('is told any name', () => {
    const { files } = exported('otava', [hostile()]);
    const [[name, test]] = Object.entries(configOf(files).tests) as [[string, Config['tests'][string]]];
    expect(name).toBe(`fanout/${HOSTILE}/node/p4`);
    expect(test.file).toMatch(/^[\w.-]+\.csv$/);
    expect(Object.keys(rowsOf(files, test.file)[0]!).at(-1)).toBe(Object.keys(test.metrics).at(-1));
  });
});
