import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { describe, expect, it } from 'vitest';
import { HOSTILE, sampleComparison, sampleRun } from '../../test/sample-results.ts';
import { byKind } from '../result/result-kinds.ts';
import type { CompareResult } from '../result/comparison-result.ts';
import type { LimitOutcome, RunResult } from '../result/run-result.ts';
import { renderJunit } from './junit.ts';

interface Outcome {
  readonly '@message': string;
  readonly '@type'?: string;
}
interface Case {
  readonly '@name': string;
  readonly '@classname': string;
  readonly '@time': string;
  readonly failure?: Outcome;
  readonly error?: Outcome;
  readonly skipped?: Outcome;
}
type Attributes = Readonly<Record<`@${string}`, string>>;
type Suite = Attributes & {
  readonly properties: { readonly property: readonly Attributes[] };
  readonly testcase: readonly Case[];
  readonly 'system-out': string;
};

function read(
  runs: readonly RunResult[],
  comparisons: readonly CompareResult[] = [],
): Attributes & { readonly testsuite: readonly Suite[] } {
  const { text } = renderJunit({ ...byKind([...runs, ...comparisons]), series: 'response', maxBytes: 0 }).files[0]!;
  expect(XMLValidator.validate(text)).toBe(true);
  const arrays = new Set(['testsuite', 'testcase', 'property']);
  const parser = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: '@',
    parseAttributeValue: false,
    parseTagValue: false,
    trimValues: false,
    isArray: (name) => arrays.has(name),
    processEntities: true,
    htmlEntities: true,
  });
  return (parser.parse(text) as { testsuites: ReturnType<typeof read> }).testsuites;
}

const limit = (expression: string, value: number | null, ok: boolean): LimitOutcome => ({
  expression,
  value,
  ok,
  noData: value === null,
  weak: false,
});
const LIMITS = [limit('p99<50ms', 75_000, false), limit('loss<1%', 0, true), limit('transit.p50<1ms', null, false)];
/** Cases by name: the element that they have, its type and its message. */
const outcomesOf = (suite: Suite): Readonly<Record<string, readonly unknown[]>> =>
  Object.fromEntries(
    suite.testcase.map(({ '@name': name, failure, error, skipped }) => {
      const found = failure ?? error ?? skipped;
      const element = failure !== undefined ? 'failure' : error !== undefined ? 'error' : 'skipped';
      return [name, found === undefined ? [] : [element, found['@type'], found['@message']]];
    }),
  );

describe('junit', () => {
  it('has a suite for each run: that it is valid, then its limits, with what was found', () => {
    const { testsuite: suites, ...totals } = read([{ ...sampleRun({ id: 'a' }), limits: LIMITS }]);
    expect(totals).toMatchObject({ '@tests': '4', '@failures': '2', '@errors': '0', '@time': '1.000' });
    expect(outcomesOf(suites[0]!)).toEqual({
      'the run is valid': [],
      'p99<50ms': ['failure', 'slo', 'p99<50ms: 75 ms'],
      'loss<1%': [],
      'transit.p50<1ms': ['failure', 'slo', 'transit.p50<1ms: no data'],
    });
  });

  it('has what the strict schema of Ant asks for', () => {
    const [suite] = read([sampleRun({ id: 'a' })]).testsuite;
    expect(suite).toMatchObject({ '@timestamp': '2026-01-14T08:30:00', '@hostname': 'localhost', '@package': 'layerbench', '@id': '0' });
    const order = Object.keys(suite!).filter((key) => !key.startsWith('@'));
    expect(order.filter((key) => key !== '#text')).toEqual(['properties', 'testcase', 'system-out', 'system-err']);
    for (const { '@time': seconds } of suite!.testcase) expect(seconds).toMatch(/^\d+\.\d{3}$/);
  });

  it('has an error for an invalid run, whose limits are then missed or not judged, never held', () => {
    const [suite] = read([{ ...sampleRun({ id: 'a', reasons: ['a server died', 'clocks disagree'] }), limits: LIMITS }]).testsuite;
    expect(suite).toMatchObject({ '@errors': '1', '@failures': '2', '@skipped': '1' });
    expect(outcomesOf(suite!)).toMatchObject({
      'the run is valid': ['error', 'invalid-run', 'a server died; clocks disagree'],
      'p99<50ms': ['failure', 'slo', 'p99<50ms: 75 ms'],
      'loss<1%': ['skipped', undefined, 'not judged: the run is invalid'],
    });
  });

  it('has a suite for each benchmark of a comparison: regressions, and what is inconclusive', () => {
    const result = sampleComparison({ id: 'c', change: 0.2, baseGit: null, lost: 7 });
    const [benchmark] = result.benchmarks;
    const [metric] = benchmark!.metrics;
    const found = {
      ...benchmark!,
      metrics: [
        { ...metric!, verdict: 'regression', confirmed: true, interval: [0.18, 0.22] },
        { ...metric!, name: 'cpu', verdict: 'inconclusive' },
        { ...metric!, name: 'delivered', unit: 'rate', verdict: 'improvement' },
      ],
    } as const;
    const { testsuite: suites } = read([], [{ ...result, benchmarks: [found], vanished: ['rooms/redis/node/p1'], warnings: ['few runs'] }]);
    expect(suites.map((suite) => suite['@name'])).toEqual([
      'fanout/redis/node/p4: head against base',
      'rooms/redis/node/p1: head against base',
    ]);
    expect(suites[0]!['system-out']).toBe('few runs');
    const outcomes = outcomesOf(suites[0]!);
    expect(outcomes['response.p50']!.slice(0, 2)).toEqual(['failure', 'regression']);
    expect(outcomes['response.p50']![2]).toContain('regression, confirmed: response.p50 base 1 ms, head 1.2 ms, change +20 %');
    expect(outcomes['cpu']!.slice(0, 2)).toEqual(['skipped', undefined]);
    expect(outcomes['cpu']![2]).toMatch(/^inconclusive: cpu /);
    expect([outcomes['delivered'], outcomes['loss']]).toEqual([[], []]);
    expect(outcomesOf(suites[1]!)['head has it']!.slice(0, 2)).toEqual(['error', 'invalid-run']);
  });

  it('has the same names from run to run, and tells runs of one benchmark apart', () => {
    const names = read([sampleRun({ id: 'a' }), sampleRun({ id: 'b' })]).testsuite.map((suite) => [
      suite['@name'],
      suite.testcase[0]!['@classname'],
    ]);
    expect(names).toEqual([
      ['fanout/redis/node/p4', 'fanout/redis/node/p4'],
      ['fanout/redis/node/p4 #2', 'fanout/redis/node/p4 #2'],
    ]);
  });

  it('shows any text, but for characters that XML cannot hold', () => {
    const sample = sampleRun({ id: 'a', reasons: [HOSTILE] });
    const [suite] = read([
      { ...sample, layer: { ...sample.layer, name: HOSTILE }, run: { ...sample.run, tags: { [HOSTILE]: HOSTILE } } },
    ]).testsuite;
    const shown = HOSTILE.replace('\u0000\u001b', '\ufffd\ufffd');
    expect(suite!['@name']).toBe(`fanout/${shown}/node/p4`);
    expect(outcomesOf(suite!)['the run is valid']).toEqual(['error', 'invalid-run', shown]);
    expect(suite!.properties.property).toContainEqual({ '@name': `tag.${shown}`, '@value': shown });
  });
});
