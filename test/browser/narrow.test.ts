import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bench } from '../bench-process.ts';
import { launchBrowser, openReport } from './report-page.ts';

/* The report of a real run where there is little room: on a phone, and on paper. */

let folder = '';
let browser: Browser;
let plain = '';

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'layerbench-narrow-'));
  plain = join(folder, 'plain.html');
  const args = ['run', 'fanout', '--processes', '2', '--layer', 'memory,redis', '--members', '8', '--duration', '1s', '--warmup', '500ms'];
  const [measured, launched] = await Promise.all([bench([...args, '--report', plain, '--quiet']), launchBrowser()]);
  browser = launched;
  expect(measured.results).toHaveLength(2);
});

afterAll(async () => {
  await browser.close();
  rmSync(folder, { recursive: true });
});

describe('the page', () => {
  it('fits a narrow screen, and paper', async () => {
    await using phone = await openReport(browser, plain, { viewport: { width: 390, height: 800 } });
    const overflow = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
    expect(await phone.page.evaluate(overflow)).toBe(0);
    const widths = await phone.page
      .locator('main svg.chart')
      .evaluateAll((charts) => charts.map((chart) => chart.getBoundingClientRect().right));
    expect(widths.length).toBeGreaterThan(0);
    expect(Math.max(...widths)).toBeLessThanOrEqual(390);
    await phone.page.emulateMedia({ media: 'print' });
    expect(await phone.page.getByRole('navigation').isVisible()).toBe(false);
    expect(await phone.page.locator('#ledger .chart').first().isVisible()).toBe(true);
  });

  it('keeps labels off lines, and names from filling the page, on a narrow screen', async () => {
    await using phone = await openReport(browser, plain, { viewport: { width: 390, height: 800 } });
    const placement = phone.page.locator('#placement .chart').first();
    const edges = (selector: string): Promise<readonly { readonly left: number; readonly right: number }[]> =>
      placement.locator(selector).evaluateAll((all) =>
        all.map((one) => {
          const { left, right } = one.getBoundingClientRect();
          return { left, right };
        }),
      );
    const [names, lines, values] = [await edges('text.row'), await edges('path.line'), await edges('text.value')];
    expect([lines.length, values.length]).toEqual([3, 3]);
    expect(Math.max(...names.map(({ right }) => right))).toBeLessThan(Math.min(...lines.map(({ left }) => left)));
    expect(Math.max(...lines.map(({ right }) => right))).toBeLessThan(Math.min(...values.map(({ left }) => left)));
    const differing = phone.page.locator('#setup table').last();
    expect(await differing.locator('caption').textContent()).toBe('What differs');
    const widths = await differing.locator('tbody th').evaluateAll((heads) => heads.map((head) => head.getBoundingClientRect().width));
    expect(widths.length).toBeGreaterThan(2);
    expect(Math.max(...widths)).toBeLessThan(390 / 2);
  });
});
