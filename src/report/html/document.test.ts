import { describe, expect, it } from 'vitest';
import { sampleComparison, sampleRun } from '../../../test/sample-results.ts';
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

  it('accounts for every delivery in the waterfall', () => {
    const steps = stepsOf(sampleRun({ id: 'a', lost: 40 }));
    expect(steps.map(({ name, count, from, to }) => [name, count, from, to])).toEqual([
      ['expected', 10_000, 0, 10_000],
      ['over capacity', 40, 10_000, 9960],
      ['delivered', 9960, 0, 9960],
    ]);
  });
});
