import { lexer, type Token, type Tokens } from 'marked';
import { describe, expect, it } from 'vitest';
import { capacityNamed, withTexts } from '../../test/named-results.ts';
import { HOSTILE, sampleCapacity, sampleComparison, samplePlan, sampleRun, sampleSearch } from '../../test/sample-results.ts';
import type { CapacityResult } from '../result/capacity-result.ts';
import type { CompareResult } from '../result/comparison-result.ts';
import { byKind, type ResultFile } from '../result/result-kinds.ts';
import { renderMarkdown, STEP_SUMMARY_BYTES } from './markdown.ts';

function textOf(results: readonly ResultFile[], maxBytes: number = STEP_SUMMARY_BYTES): string {
  return renderMarkdown({ ...byKind(results), series: 'response', maxBytes }).files[0]!.text;
}

/** A page as a reader of Markdown sees it. */
interface Page {
  readonly headings: readonly string[];
  /** Header and rows, as texts. */
  readonly tables: readonly (readonly (readonly string[])[])[];
  readonly paragraphs: readonly string[];
  readonly html: readonly string[];
}

/** What a token shows; whatever is no plain text shows as its kind. */
function shown(tokens: readonly Token[]): string {
  return tokens.map((token) => (token.type === 'text' || token.type === 'escape' ? decoded(token.raw) : `<${token.type}>`)).join('');
}

function decoded(text: string): string {
  return text.replaceAll(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)));
}

function read(text: string): Page {
  const tokens = lexer(text);
  const of = <T extends Token>(type: string): readonly T[] => tokens.filter((token) => token.type === type) as T[];
  return {
    headings: of<Tokens.Heading>('heading').map((token) => shown(token.tokens)),
    tables: of<Tokens.Table>('table').map(({ header, rows }) => [header, ...rows].map((row) => row.map((cell) => shown(cell.tokens)))),
    paragraphs: of<Tokens.Paragraph>('paragraph').map((token) => shown(token.tokens)),
    html: of<Tokens.HTML>('html').map(({ raw }) => raw.trim()),
  };
}

function searched(): CapacityResult {
  const capacity = sampleCapacity();
  return { ...capacity, points: capacity.points.map((point) => ({ ...point, searches: [sampleSearch()] })) };
}

describe('markdown', () => {
  it('begins with the verdict, then has a table for each benchmark, then what else is known, folded away', () => {
    const missed = { expression: 'p99<1ms', value: 2000, ok: false, noData: false, weak: false };
    const warnings = [{ code: 'unsteady', message: 'it is not steady', remedy: 'Run it longer.' }];
    const runs = [
      { ...sampleRun({ id: 'a', lost: 5 }), limits: [missed], warnings },
      sampleRun({ id: 'b', reasons: ['a server died'] }),
      sampleRun({ id: 'c', layer: 'memory' }),
    ];
    const page = read(textOf(runs));
    expect(page.headings).toEqual([
      'Layerbench: 1 of 3 runs INVALID, 1 limit missed',
      'fanout/redis/node/p4: 1 limit missed, INVALID',
      'fanout/memory/node/p4: valid',
    ]);
    const [header, first] = page.tables[0]!;
    expect(Object.fromEntries(header!.map((name, i) => [name, first![i]!]))).toMatchObject({
      run: 'a',
      delivered: '10,000/s',
      loss: '0.05 %',
      'response p50': '1 ms',
      p99: '2 ms',
      verdict: '1 limit missed',
    });
    expect(page.tables[2]).toContainEqual(['limit p99<1ms', 'MISSED: 2 ms']);
    expect(page.tables[2]).toContainEqual(['warning', 'it is not steady. Run it longer.']);
    expect(page.tables[2]).toContainEqual(['lost: queue over capacity', '5, 0.05 %']);
    expect(page.tables[3]).toContainEqual(['INVALID', 'a server died']);
    expect(page.html.filter((html) => html.startsWith('<details>'))).toHaveLength(runs.length);
    expect(page.html.filter((html) => html === '</details>')).toHaveLength(runs.length);
  });

  it('shows comparisons first, and the worst of them in its title', () => {
    const result = sampleComparison({ id: 'c', change: 0.2, baseGit: { sha: 'b'.repeat(40), dirty: false } });
    const [benchmark] = result.benchmarks;
    const worse: CompareResult = {
      ...result,
      verdict: 'regression',
      vanished: ['rooms/redis/node/p1'],
      warnings: ['few runs'],
      benchmarks: [
        { ...benchmark!, verdict: 'regression', metrics: benchmark!.metrics.map((metric) => ({ ...metric, verdict: 'regression' })) },
      ],
    };
    const { headings, tables, paragraphs } = read(textOf([sampleRun({ id: 'a' }), worse]));
    expect(headings.slice(0, 2)).toEqual(['Layerbench: REGRESSION, 1 benchmark vanished, 1 run valid', 'fanout/redis/node/p4: REGRESSION']);
    expect(paragraphs[0]).toMatch(/^base \.\.\/reference {2}b{8}, head \.; 0 pairs in turn/);
    expect(tables[0]![1]).toEqual(['response.p50', '1 ms', '1.2 ms', '+20 %', '–', '+5 %', 'REGRESSION']);
    expect(tables[1]).toEqual([['benchmark'], ['rooms/redis/node/p1']]);
    expect(tables[3]).toContainEqual(['warning', 'few runs']);
  });

  it('shows what to deploy with its evidence, and what is carried, with every trial', () => {
    const { headings, tables, paragraphs } = read(textOf([samplePlan(), samplePlan('q', sampleCapacity(), 3), searched()]));
    const plan = 'plan for 5,000 connections in 100 groups of 50, each with 2/s';
    expect(headings).toEqual(['Layerbench: 2 plans, 1 WITHOUT ANSWER, capacity of 1 point', plan, plan, 'capacity of fanout, redis, node']);
    expect(paragraphs[0]).toMatch(/^redis with 4 processes carries 2 × the 10,000\/s of deliveries/);
    expect(paragraphs[1]).toBe(
      'Breaks first: the busiest server used 97 % of a core, beyond 20,000/s delivered: 2 × the demand of 10,000/s.',
    );
    expect(tables[0]![2]!.slice(0, 3)).toEqual(['processes', '4', '2 ×']);
    // What limits an answer is seen, and not folded away.
    for (const limits of [tables[1]!, tables[3]!])
      expect(limits.map(([cell]) => cell)).toEqual([
        'what limits this plan',
        expect.stringContaining('measured on Sample CPU'),
        expect.stringContaining('Measure with --server daphne'),
      ]);
    expect(tables[2]![1]).toEqual(['fanout/redis/node/p4', '20,000/s', '2 ×', 'carries 20,000/s, 2 × the demand', 'results/capacity.json']);
    expect(tables[4]![1]).toEqual([
      '4',
      '[50/s, 55/s]',
      '20,000/s',
      '80 ms',
      '60 ms',
      'server CPU: the busiest server used 97 % of a core',
    ]);
    expect(tables.at(-1)).toContainEqual(['fanout/redis/node/p4, search 1', '55/s for 2 s: NOT sustained; p99 was 150 ms, not <100ms']);
    expect(tables.at(-1)).toContainEqual(['fanout/redis/node/p4, search 1', '110/s for 2 s: not valid; the generator fell behind']);
  });

  it('shows any text as it is, and is led by none', () => {
    const sample = sampleRun({ id: HOSTILE, reasons: [HOSTILE], layer: HOSTILE });
    const label = { name: HOSTILE, label: HOSTILE, unit: 'count', value: 1, direction: 'lowerIsBetter' } as const;
    const comparison = sampleComparison({ id: HOSTILE, change: 0, baseGit: null, layer: HOSTILE });
    const text = textOf([
      { ...sample, measures: [label], run: { ...sample.run, tags: { [HOSTILE]: HOSTILE } } },
      comparison,
      capacityNamed(HOSTILE),
      withTexts(samplePlan(), HOSTILE),
      withTexts(samplePlan('q', sampleCapacity(), 3), HOSTILE),
    ]);
    const line = HOSTILE.replace('\n', ' ').replace('\u0000\u001b', ' ').trim();
    const page = read(text);
    expect(page.headings).toContain(`fanout/${line}/node/p4: INVALID`);
    expect(page.headings).toContain(`capacity of ${line}, ${line}, node`);
    expect(page.tables.flat(2)).toContain(`server CPU: ${line}`);
    expect(page.tables.flat(1)[0]).toHaveLength(7);
    expect(page.tables.find(([header]) => header!.includes('run'))![0]).toContain(line);
    expect(page.tables.at(-1)).toContainEqual(['INVALID', line]);
    expect(page.tables.at(-1)).toContainEqual([`tag ${line}`, line]);
    const tags = page.html.join('').match(/<\/?[a-z]+>/g)!;
    expect([...new Set(tags)].toSorted()).toEqual(['</details>', '</summary>', '<details>', '<summary>']);
    expect(text).not.toContain('<script');
    expect([...page.tables.flat(2), ...page.headings, ...page.paragraphs].filter((cell) => /<(?!script)\w+>/.test(cell))).toEqual([]);
  });

  it('is trimmed between rows to what it may take, and says what it has left out', () => {
    const many = Array.from({ length: 60 }, (_, i) => sampleRun({ id: `run-${i}`, layer: i % 2 === 0 ? 'redis' : 'mémoire' }));
    const runs = [...many, searched(), samplePlan()];
    const whole = textOf(runs);
    const counts = new Set<number>();
    for (let maxBytes = 500; maxBytes < Buffer.byteLength(whole); maxBytes += 997) {
      const text = textOf(runs, maxBytes);
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(maxBytes);
      const { tables, html, paragraphs } = read(text);
      expect(html.filter((raw) => raw.startsWith('<details>')).length).toBe(html.filter((raw) => raw === '</details>').length);
      expect(paragraphs.at(-1)).toMatch(
        /^Left out, to stay within [\d,]+ bytes: (?:[\d,]+ rows? of the table above)?(?:, and )?(?:[\d,]+ tables? with [\d,]+ rows?)?\.$/,
      );
      // Every table is followed by rows of the same width, and no row is torn.
      for (const [header, ...rows] of tables) for (const row of rows) expect(row).toHaveLength(header!.length);
      const left = [...paragraphs.at(-1)!.matchAll(/([\d,]+) rows?/g)].reduce(
        (sum, [, count]) => sum + Number(count!.replaceAll(',', '')),
        0,
      );
      counts.add(tables.reduce((sum, table) => sum + table.length - 1, 0) + left);
    }
    const all = read(whole).tables.reduce((sum, table) => sum + table.length - 1, 0);
    expect([...counts]).toEqual([all]);
    expect(whole).not.toContain('Left out');
    expect(STEP_SUMMARY_BYTES).toBeLessThan(1024 * 1024);
  });
});
