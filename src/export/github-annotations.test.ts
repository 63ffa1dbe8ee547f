import { describe, expect, it } from 'vitest';
import { sampleComparison, sampleRun } from '../../test/sample-results.ts';
import type { BenchmarkComparison, CompareResult, MetricComparison, Verdict } from '../result/comparison-result.ts';
import { byKind, type ResultFile } from '../result/result-kinds.ts';
import { renderGithubAnnotations } from './github-annotations.ts';
import { renderGithubOutputs } from './github-outputs.ts';

const SAMPLE = sampleComparison({ id: 'c', baseGit: null, change: 0.283 });
const METRIC = SAMPLE.benchmarks[0]!.metrics[0]!;

function comparison(
  verdict: Verdict,
  metrics: readonly Partial<MetricComparison>[],
  loss: Partial<BenchmarkComparison['loss']> = {},
  warnings: readonly string[] = [],
): CompareResult {
  const sample = SAMPLE.benchmarks[0]!;
  const benchmark = { ...sample, verdict, metrics: metrics.map((metric) => ({ ...METRIC, ...metric })), loss: { ...sample.loss, ...loss } };
  return { ...SAMPLE, verdict, benchmarks: [benchmark], warnings };
}

const INPUT = { series: 'response', maxBytes: 1e6 } as const;

function annotationsOf(results: readonly ResultFile[]): string {
  return renderGithubAnnotations({ ...INPUT, ...byKind(results) }).files[0]!.text;
}

const outputsOf = (...comparisons: readonly CompareResult[]): string =>
  renderGithubOutputs({ ...INPUT, ...byKind(comparisons) }).files[0]!.text;

/** The fields of a workflow command, read back as GitHub does. */
function parsed(text: string): readonly { kind: string; title: string; message: string }[] {
  const unescape = (escaped: string): string =>
    escaped.replace(/%(2C|3A|0A|0D|25)/g, (_, code: string) => String.fromCharCode(parseInt(code, 16)));
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      const [, kind, title, message] = /^::(\w+) title=([^:,]*)::(.*)$/.exec(line)!;
      return { kind: kind!, title: unescape(title!), message: unescape(message!) };
    });
}

describe('annotations for GitHub', () => {
  it('are errors for what became worse, with its size', () => {
    const result = comparison(
      'regression',
      [
        { verdict: 'regression', interval: [0.201, 0.352], confirmed: true },
        { name: 'delivered', direction: 'higherIsBetter', verdict: 'regression', change: -0.12, interval: [-0.14, -0.1] },
        { name: 'failures', unit: 'count', verdict: 'regression', change: null, base: 0, head: 12 },
        { name: 'cpu', verdict: 'inconclusive' },
      ],
      { verdict: 'regression', head: { expected: 10_000, lost: 40, events: 1, unexplained: 40 } },
    );
    const title = 'fanout/redis/node/p4: regression';
    expect(parsed(annotationsOf([result]))).toEqual(
      [
        'response.p50 is up 28.3 % (20.1 % to 35.2 %), and was again in the confirming round',
        'delivered is down 12 % (10 % to 14 %)',
        'failures went from 0 to 12',
        'loss: base 0 lost in 0 events; head 40 lost in 1 event, 40 unexplained',
      ].map((message) => ({ kind: 'error', title, message })),
    );
  });

  it('are notices for what is open or better, and nothing for what passes', () => {
    const open = comparison('inconclusive', [{ verdict: 'inconclusive' }, { name: 'cpu' }], { verdict: 'inconclusive' });
    expect(parsed(annotationsOf([open]))).toEqual([
      {
        kind: 'notice',
        title: 'fanout/redis/node/p4: inconclusive',
        message: 'neither shown to be worse nor shown not to be: response.p50, loss',
      },
    ]);
    const better = comparison('improvement', [{ verdict: 'improvement', change: -0.2 }, { name: 'cpu' }]);
    expect(parsed(annotationsOf([better]))).toMatchObject([{ kind: 'notice', message: 'response.p50 is down 20 %' }]);
    expect(annotationsOf([comparison('pass', [{}])])).toBe('');
  });

  it('are errors of runs that are invalid or miss a limit, and warnings with their remedy', () => {
    const limits = [
      { expression: 'response.p99<1ms', value: 2000, ok: false, noData: false, weak: false },
      { expression: 'transit.p99<1ms', value: null, ok: false, noData: true, weak: false },
      { expression: 'loss<1%', value: 0, ok: true, noData: false, weak: false },
    ];
    const run = sampleRun({ id: 'r', reasons: ['the generator fell behind'] });
    const warned = { ...run, limits, warnings: [{ code: 'oversubscribed' as const, message: 'few cores', remedy: 'Use more.' }] };
    expect(parsed(annotationsOf([warned]))).toEqual([
      { kind: 'error', title: 'fanout/redis/node/p4: invalid', message: 'the generator fell behind' },
      { kind: 'error', title: 'fanout/redis/node/p4: limit missed', message: 'response.p99<1ms does not hold: 2 ms' },
      { kind: 'error', title: 'fanout/redis/node/p4: limit missed', message: 'transit.p99<1ms has no data' },
      { kind: 'warning', title: 'fanout/redis/node/p4', message: 'few cores. Use more.' },
    ]);
  });

  it('keep what they carry from being a command, whatever it is', () => {
    const hostile = '100 %\r\n::error title=x,y::z';
    const text = annotationsOf([comparison('pass', [{}], {}, [hostile])]);
    expect(text).toBe('::warning title=layerbench compare::100 %25%0D%0A::error title=x,y::z\n');
    expect(parsed(text)).toEqual([{ kind: 'warning', title: 'layerbench compare', message: hostile }]);
    const named = comparison('regression', [{ verdict: 'regression' }]);
    const title = 'a,b:\n%';
    const titled = { ...named, benchmarks: named.benchmarks.map((benchmark) => ({ ...benchmark, name: title })) };
    expect(parsed(annotationsOf([titled]))[0]!.title).toBe(`${title}: regression`);
  });

  it('are ten of a kind at the most, of which the last one counts the rest', () => {
    const warnings = Array.from({ length: 14 }, (_, i) => `warning ${i}`);
    const shown = parsed(annotationsOf([comparison('regression', [{ verdict: 'regression' }], {}, warnings)]));
    expect(shown.map(({ kind }) => kind)).toEqual(['error', ...Array.from({ length: 10 }, () => 'warning')]);
    expect(shown.at(-1)!.message).toBe('5 more: see the summary');
    const ten = parsed(annotationsOf([comparison('pass', [{}], {}, warnings.slice(0, 10))]));
    expect(ten.map(({ message }) => message)).toEqual(warnings.slice(0, 10));
  });
});

describe('outputs for GitHub', () => {
  it('are the verdict, and a list of what became worse on one line', () => {
    const worse = comparison('regression', [{ verdict: 'regression' }, { name: 'cpu' }], { verdict: 'regression' });
    expect(outputsOf(worse)).toBe('verdict=regression\nregressions=["fanout/redis/node/p4 response.p50","fanout/redis/node/p4 loss"]\n');
    expect(outputsOf(comparison('pass', [{}]))).toBe('verdict=pass\nregressions=[]\n');
  });

  it('name no metric of a comparison that was interrupted', () => {
    expect(outputsOf(comparison('inconclusive', [{ verdict: 'regression' }]))).toBe('verdict=inconclusive\nregressions=[]\n');
  });

  it('are of one comparison', () => {
    expect(() => outputsOf()).toThrow('github-outputs are of one comparison, and here are 0');
    expect(() => outputsOf(SAMPLE, SAMPLE)).toThrow('and here are 2');
  });
});
