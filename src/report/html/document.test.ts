import { describe, expect, it } from 'vitest';
import { sampleCapacity, sampleComparison, samplePlan, sampleRun, sampleSearch } from '../../../test/sample-results.ts';
import type { CapacityPoint, Scalability } from '../../result/capacity-result.ts';
import { renderHtmlReport } from './document.ts';
import { html } from './markup.ts';
import { trialFigures } from './sections/capacity-trials.ts';
import { stepsOf } from './sections/ledger.ts';

const ASSETS = { style: 'p{color:red}', script: 'void 0;' };

describe('the HTML report', () => {
  const results = [
    sampleRun({ id: 'a', lost: 40 }),
    sampleRun({ id: 'b', layer: 'memory' }),
    sampleComparison({ id: 'c', change: 0.1, baseGit: null }),
  ];
  const page = renderHtmlReport({ results, history: null, configurations: new Map() }, ASSETS);

  it('is the same for the same results', () => {
    expect(renderHtmlReport({ results, history: null, configurations: new Map() }, ASSETS)).toBe(page);
  });

  it('may load nothing, and run nothing but its own script', () => {
    expect(page).toContain(`content="default-src &#39;none&#39;; style-src &#39;sha256-`);
    expect(page).not.toMatch(/unsafe-inline|(?:src|href)="(?!#)|url\((?!#)|@import/);
  });

  it('can be made of nothing but a comparison', () => {
    const alone = renderHtmlReport({ results: results.slice(2), history: null, configurations: new Map() }, ASSETS);
    expect(alone).toContain('Head is no worse than base.');
    expect(alone).not.toContain('id="side-by-side"');
  });

  it('draws what is carried, with the interval of every point, the law and its knee', () => {
    const [point] = sampleCapacity().points as [CapacityPoint];
    const more = [1, 2, 4, 6].map((processes) => ({ ...point, server: { kind: 'node', processes } }));
    const estimate = (value: number): Scalability['lambda'] => ({ value, interval: null });
    const law = {
      lambda: estimate(6000),
      sigma: estimate(0.1),
      kappa: estimate(0.03),
      validToProcesses: 9,
      isContention: true,
      caveats: [],
    };
    const knee = { processes: estimate(5), perSecond: estimate(15_000) };
    const scalability = [{ ...law, knee, layer: 'redis', server: 'node' }];
    const alone = renderHtmlReport(
      { results: [{ ...sampleCapacity(), points: more, scalability }], history: null, configurations: new Map() },
      ASSETS,
    );
    const section = /<section id="capacity"[^]*?<\/section>/.exec(alone)![0];
    expect(section.match(/class="mark symbol/g)).toHaveLength(more.length + 1);
    expect(section.match(/class="hit"/g)).toHaveLength(more.length);
    expect(section.match(/class="line weak/g)).toHaveLength(1);
    expect(section).toContain('>knee</text>');
    expect(section).toContain('redis, node: 20,000/s with 1 process, knee at 5.');
  });

  it('draws every trial by its rate beside the goal that it had to keep, and the capacity between', () => {
    const [point] = sampleCapacity().points as [CapacityPoint];
    const isolated: CapacityPoint = { ...point, answer: 'isolated', lower: null, upper: null };
    const searched = { ...sampleCapacity(), points: [point, isolated].map((each) => ({ ...each, searches: [sampleSearch()] })) };
    const figures = trialFigures(searched, 0);
    expect(figures).toHaveLength(2);
    const { title, summary, chart, data } = figures[0]!;
    expect(title).toBe('redis, node, 4 processes: p99 by rate');
    expect(summary).toMatch(
      /^Capacity \[50\/s, 55\/s\]; sustained 9 times in 10: 52\/s \(50\/s … 55\/s\);.* Also asked: loss<0.01%, kept in 3 of 3 trials\.$/,
    );
    const { text } = html`${chart.body}`;
    expect(text.match(/class="hit"/g)).toHaveLength(4);
    // One of each stands in the legend.
    for (const mark of ['mark symbol', 'mark line', 'mark hollow'])
      expect(text.split(`class="${mark}`)).toHaveLength(mark === 'mark symbol' ? 4 : 3);
    expect(text.match(/class="threshold"/g)).toHaveLength(1);
    expect(text).toContain('>p99&lt;100ms</text>');
    expect(data.rows.map((row) => row.slice(0, 6))).toEqual([
      ['1.1', 40, 2000, 'sustained', 8000, 0],
      ['1.2', 50, 2000, 'sustained', 80_000, 0],
      ['1.3', 55, 2000, 'not sustained', 150_000, 0],
      ['1.4', 110, 2000, 'not valid', null, null],
    ]);
  });

  it('draws how often a rate is sustained, with the trials that say so', () => {
    const [point] = sampleCapacity().points as [CapacityPoint];
    const [, figure] = trialFigures({ ...sampleCapacity(), points: [{ ...point, searches: [sampleSearch()] }] }, 0);
    expect(figure!.title).toBe('redis, node, 4 processes: how often a rate is sustained');
    // What is not valid says nothing of it.
    expect(html`${figure!.chart.body}`.text.match(/class="hit"/g)).toHaveLength(3);
    expect(figure!.data.rows).toHaveLength(5);
    const { estimate: _, ...older } = point;
    expect(trialFigures({ ...sampleCapacity(), points: [{ ...older, searches: [sampleSearch()] }] }, 0)).toHaveLength(1);
  });

  it('draws of results without values of their trials that of the lower bound alone', () => {
    const [point] = sampleCapacity().points as [CapacityPoint];
    const search = sampleSearch();
    const trials = search.trials.map((trial) => {
      const { goals: _, ...rest } = trial;
      return rest;
    });
    const [figure] = trialFigures({ ...sampleCapacity(), points: [{ ...point, searches: [{ ...search, trials }] }] }, 0);
    expect(figure!.summary).toContain('no values of its trials');
    expect(html`${figure!.chart.body}`.text).toContain('50/s, the lower bound\nresponse.p99  80 ms');
  });

  it('shows what to deploy, with its evidence, what to paste, and what was planned for in the capacity that it rests on', () => {
    const configurations = new Map([['p', [{ title: 'portal_config.yml', text: 'a: <b>', note: '' }]]]);
    const alone = renderHtmlReport({ results: [samplePlan(), sampleCapacity()], history: null, configurations }, ASSETS);
    const section = /<section id="plan"[^]*?<\/section>/.exec(alone)![0];
    expect(section).toContain('carried 20,000/s of deliveries within p99&lt;100ms, loss&lt;0.01%</bdi>');
    expect(section).toContain('an estimate, not measured');
    expect(section).toContain('<code>a: &lt;b&gt;</code>');
    expect(section).toContain('2 × ✓</text>');
    expect(/<section id="capacity"[^]*?<\/section>/.exec(alone)![0]).toContain('>planned for 15,000/s</text>');
    const other = { ...sampleCapacity(), run: { ...sampleCapacity().run, id: 'other' } };
    expect(renderHtmlReport({ results: [samplePlan(), other], history: null, configurations }, ASSETS)).not.toContain('planned for');
    const open = renderHtmlReport({ results: [samplePlan('p', sampleCapacity(), 3)], history: null, configurations: new Map() }, ASSETS);
    expect(open).toContain('carries 20,000/s, 2 × the demand');
    expect(open).not.toContain('Configuration to paste');
  });

  it('accounts for every delivery in the waterfall', () => {
    const steps = stepsOf(sampleRun({ id: 'a', lost: 40 }));
    expect(steps.map(({ name, count, from, to }) => [name, count, from, to])).toEqual([
      ['expected', 10_000, 0, 10_000],
      ['over capacity', 40, 10_000, 9960],
      ['delivered', 9960, 0, 9960],
    ]);
  });
});
