import { describe, expect, it } from 'vitest';
import { sampleCapacity, sampleComparison, sampleRun } from '../../../test/sample-results.ts';
import type { CapacityPoint } from '../../core/capacity-result.ts';
import type { Scalability } from '../../core/scalability.ts';
import { renderHtmlReport } from './document.ts';
import { stepsOf } from './sections/ledger.ts';

const ASSETS = { style: 'p{color:red}', script: 'void 0;' };

describe('the HTML report', () => {
  const results = [
    sampleRun({ id: 'a', lost: 40 }),
    sampleRun({ id: 'b', layer: 'memory' }),
    sampleComparison({ id: 'c', change: 0.1, baseGit: null }),
  ];
  const page = renderHtmlReport({ results, history: null }, ASSETS);

  it('is the same for the same results', () => {
    expect(renderHtmlReport({ results, history: null }, ASSETS)).toBe(page);
  });

  it('may load nothing, and run nothing but its own script', () => {
    expect(page).toContain(`content="default-src &#39;none&#39;; style-src &#39;sha256-`);
    expect(page).not.toMatch(/unsafe-inline|(?:src|href)="(?!#)|url\((?!#)|@import/);
  });

  it('can be made of nothing but a comparison', () => {
    const alone = renderHtmlReport({ results: results.slice(2), history: null }, ASSETS);
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
    const alone = renderHtmlReport({ results: [{ ...sampleCapacity(), points: more, scalability }], history: null }, ASSETS);
    const section = /<section id="capacity"[^]*?<\/section>/.exec(alone)![0];
    expect(section.match(/class="mark symbol/g)).toHaveLength(more.length + 1);
    expect(section.match(/class="hit"/g)).toHaveLength(more.length);
    expect(section.match(/class="line weak/g)).toHaveLength(1);
    expect(section).toContain('>knee</text>');
    expect(section).toContain('redis, node: 20,000/s with 1 process, knee at 5.');
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
