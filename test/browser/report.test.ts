import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ResultFile } from '../../src/result/result-kinds.ts';
import type { RunResult } from '../../src/result/run-result.ts';
import { formatCount, formatPerSecond, formatRatio, formatUs } from '../../src/model/units.ts';
import { benchHere } from '../bench-here.ts';
import { capacityNamed, withTexts } from '../named-results.ts';
import { samplePlan } from '../sample-results.ts';
import { launchBrowser, openReport, tableTexts } from './report-page.ts';

/*
 * HTML reports of real runs, opened from the disk in a real browser as a person would open them. One short run of two
 * layers is made for all tests; larger and stranger reports are made of its results.
 */

/** Promised to be painted within a second; a test machine that is busy may take ten times as long. */
const PAINT_LIMIT_MS = 10_000;
const MOST_BYTES = 1e6;

let folder = '';
let browser: Browser;
let runs: readonly RunResult[] = [];
let plain = '';

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'layerbench-report-'));
  plain = join(folder, 'plain.html');
  const args = ['run', 'fanout', '--processes', '2', '--layer', 'memory,redis', '--members', '8', '--duration', '1s', '--warmup', '500ms'];
  const [measured, launched] = await Promise.all([benchHere([...args, '--report', plain], { env: { NO_COLOR: '1' } }), launchBrowser()]);
  browser = launched;
  expect(measured.stdout.trimEnd().split('\n').at(-1)).toBe(`report: ${plain}`);
  runs = measured.results;
  expect(runs.map(({ layer }) => layer.name)).toEqual(['memory', 'redis']);
});

afterAll(async () => {
  await browser.close();
  rmSync(folder, { recursive: true });
});

/** Writes a report of results by `bench report`; answers its path. */
async function reportOf(name: string, results: readonly ResultFile[]): Promise<string> {
  const [of, page] = [join(folder, name), join(folder, `${name}.html`)];
  mkdirSync(of);
  results.forEach((result, i) => writeFileSync(join(of, `${String(i).padStart(3, '0')}.json`), JSON.stringify(result)));
  const { code, stdout, stderr } = await benchHere(['report', of, '-o', page]);
  expect([code, stderr, stdout]).toEqual([0, '', `report: ${page}\n`]);
  return page;
}

/** The run with another identity, as if it had been made again. */
function again(run: RunResult, i: number, changes: Partial<RunResult> = {}): RunResult {
  return { ...run, ...changes, run: { ...run.run, ...changes.run, id: `${run.run.id}-${i}` } };
}

describe('the report of a run', () => {
  it('opens without a complaint, and says in its heading what came of it', async () => {
    await using opened = await openReport(browser, plain);
    const heading = opened.page.getByRole('heading', { level: 1 });
    // A run on a busy machine may be invalid, which the heading then says.
    expect(await heading.textContent()).toMatch(
      runs.every(({ validity }) => validity.valid)
        ? /^Redis delivered everything at 2 processes; in-memory lost 50 % because its messages never leave the process\.$/
        : /./,
    );
    expect(opened.complaints).toEqual([]);
  });

  it('draws a mark for everything that was measured', async () => {
    await using opened = await openReport(browser, plain);
    const count = (selector: string): Promise<number> => opened.page.locator(selector).count();
    const sum = (of: (run: RunResult) => number): number => runs.reduce((total, run) => total + of(run), 0);
    // Few messages are behind the last percentiles, and in so short a run behind some of each curve.
    expect(await count('#percentiles .mark.weak')).toBe(2 * runs.length);
    expect(await count('#over-time .mark.delivered')).toBe(sum(({ intervals }) => intervals.length));
    expect(await count('#over-time .mark.lost')).toBe(sum(({ intervals }) => intervals.filter(({ lost }) => lost > 0).length));
    expect(await count('#over-time .mark.lag')).toBe(
      sum(({ intervals }) => intervals.filter(({ pacerLagP99Us }) => pacerLagP99Us !== null).length),
    );
    expect(await count('#ledger .mark')).toBe(sum(({ ledger }) => 2 + Object.values(ledger.lost).filter((lost) => lost > 0).length));
    expect(await count('#reach .mark')).toBe(sum(({ reach }) => reach.matrix.flat().filter((value) => value !== null).length));
    expect(await count('#health .mark')).toBe(sum(({ health }) => health.filter(({ cpuRatio }) => cpuRatio !== null).length));
    expect(await count('#heat-map .hit')).toBe(sum(({ intervals }) => intervals.length));
    expect(await count('#heat-map .mark')).toBeGreaterThan(sum(({ intervals }) => intervals.length));
  });

  it('shows the numbers of the results in its tables', async () => {
    await using opened = await openReport(browser, plain);
    const [, ...rows] = await tableTexts(opened.page.locator('#side-by-side table').first());
    expect(rows.map((row) => row.slice(0, 9))).toEqual(
      runs.map(({ layer, throughput, reach, ledger, latency }) => [
        `${layer.name} p2`,
        formatPerSecond(throughput.deliveredPerSecond),
        formatRatio(reach.ratio!),
        formatRatio(ledger.lostTotal / ledger.expected),
        ledger.lostTotal > 0 ? 'isolated' : '',
        ...[latency.response!.p50, latency.response!.p99, latency.response!.max, latency.transit!.p99].map((us) => formatUs(us)),
      ]),
    );
    const percentiles = await tableTexts(opened.page.locator('#percentiles table').first());
    const at = (percent: string): readonly string[] | undefined => percentiles.find(([first]) => first === percent)?.slice(1);
    expect(at('50 %')).toEqual(runs.map(({ latency }) => formatUs(latency.response!.p50)));
    expect(at('90 %')).toEqual(runs.map(({ latency }) => formatUs(latency.response!.p90)));
    const lost = await tableTexts(opened.page.locator('#ledger table').first());
    expect(lost.find(([fate]) => fate === 'isolated')?.[1]).toBe(formatCount(runs[0]!.ledger.lost.isolated));
  });

  it('hands out the data of a chart as it is in the results', async () => {
    await using opened = await openReport(browser, plain);
    const figure = opened.page.locator('#over-time figure').last();
    await figure.locator('summary').click();
    const [download] = await Promise.all([
      opened.page.waitForEvent('download'),
      figure.getByRole('button', { name: 'Download as CSV' }).click(),
    ]);
    const lines = readFileSync(await download.path(), 'utf8')
      .trimEnd()
      .split('\r\n');
    const { run, intervals } = runs[1]!;
    expect(download.suggestedFilename()).toBe(`over-time-${run.id}.csv`);
    expect(lines[0]).toMatch(/^from \[ms\],to \[ms\],offered \[count\],sent \[count\],delivered \[count\],lost \[count\],/);
    expect(lines.slice(1).map((line) => line.split(',').slice(2, 6).map(Number))).toEqual(
      intervals.map(({ offered, sent, delivered, lost }) => [offered, sent, delivered, lost]),
    );
  });

  it('shows values under the pointer, and from key to key', async () => {
    await using opened = await openReport(browser, plain);
    const { page } = opened;
    const tip = page.locator('#tip');
    const chart = page.locator('#ledger .chart').first();
    await chart.locator('.mark').first().hover();
    const { expected, lost } = runs[0]!.ledger;
    await expect.poll(() => tip.textContent()).toContain(`expected  ${formatCount(expected)}`);
    await page.keyboard.press('Escape');
    expect(await tip.isVisible()).toBe(false);
    await chart.focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => tip.textContent()).toContain(`isolated  ${formatCount(lost.isolated)}`);
    await page.keyboard.press('End');
    await expect.poll(() => tip.textContent()).toContain('delivered');
    expect(await tip.isVisible()).toBe(true);
  });

  it('can be read by a screen reader: charts and tables have names, headings are in order', async () => {
    await using opened = await openReport(browser, plain);
    const { page } = opened;
    const charts = page.locator('main svg.chart');
    expect(await page.getByRole('img', { name: /\w{3,}/ }).count()).toBe(await charts.count());
    expect(await page.locator('table').count()).toBe(await page.locator('table > caption:first-child').count());
    expect(await page.locator('tbody tr').count()).toBe(await page.locator('tbody th[scope=row]').count());
    const levels = await page.locator('h1, h2, h3').evaluateAll((headings) => headings.map(({ tagName }) => Number(tagName.slice(1))));
    levels.slice(1).forEach((level, i) => expect(level - levels[i]!).toBeLessThanOrEqual(1));
    for (const role of ['banner', 'navigation', 'main', 'contentinfo'] as const) expect(await page.getByRole(role).count()).toBe(1);
  });
});

describe('the page', () => {
  const background = 'getComputedStyle(document.body).backgroundColor';

  it('is light or dark as the system is, unless the reader chooses', async () => {
    await using light = await openReport(browser, plain, { colorScheme: 'light' });
    await using dark = await openReport(browser, plain, { colorScheme: 'dark' });
    const [day, night] = [await light.page.evaluate(background), await dark.page.evaluate(background)];
    expect(day).not.toBe(night);
    await light.page.getByRole('radio', { name: 'dark' }).check();
    await dark.page.getByRole('radio', { name: 'light' }).check();
    expect([await light.page.evaluate(background), await dark.page.evaluate(background)]).toEqual([night, day]);
  });

  it('has charts and tables without its script too', async () => {
    await using opened = await openReport(browser, plain, { javaScriptEnabled: false });
    expect(await opened.page.locator('#percentiles .mark.line').first().isVisible()).toBe(true);
    await opened.page.locator('#ledger summary').first().click();
    expect(await opened.page.locator('#ledger table').first().isVisible()).toBe(true);
    expect(await opened.page.locator('.download:visible').count()).toBe(0);
  });

  it('takes hostile names for text', async () => {
    const hostile = `</script><script>alert(1)</script><img src="x" onerror='alert(2)'>"'&lt; \u202eשלום ${'x'.repeat(10_000)}`;
    const named = (run: RunResult, name: string): RunResult =>
      again(run, 0, {
        run: { ...run.run, tags: { [name]: name }, command: `bench run ${name}` },
        scenario: { ...run.scenario, name },
        layer: { ...run.layer, name },
        environment: { ...run.environment, host: { ...run.environment.host, cpuModel: name } },
        warnings: [{ code: 'a', message: name, remedy: name }],
      });
    const pageOf = (page: string, name: string): Promise<string> =>
      reportOf(page, [named(runs[1]!, name), capacityNamed(name), withTexts(samplePlan(), name)]);
    const pages = [await pageOf('hostile', hostile), await pageOf('harmless', 'harmless')];
    const tags = await Promise.all(
      pages.map(async (path) => {
        await using opened = await openReport(browser, path);
        expect(opened.complaints).toEqual([]);
        expect(await opened.page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')).toBe(0);
        return await opened.page.locator('*').evaluateAll((elements) => elements.map(({ tagName }) => tagName));
      }),
    );
    expect(tags[0]).toEqual(tags[1]);
    await using opened = await openReport(browser, pages[0]!);
    expect((await opened.page.locator('#setup code').textContent())?.includes(hostile)).toBe(true);
    expect((await opened.page.locator('#plan .scroll').first().textContent())?.includes(hostile)).toBe(true);
    expect(await opened.page.locator('#capacity .threshold').count()).toBe(2);
    expect(await opened.page.getByRole('button', { name: 'Copy' }).count()).toBeGreaterThan(4);
  });
});

describe('larger reports', () => {
  it('of twenty runs of a minute are small, and painted soon', async () => {
    const twenty = Array.from({ length: 20 }, (_, i) => {
      const run = runs[i % 2]!;
      const minute = Array.from({ length: 60 }, (__, second) => ({
        ...run.intervals[second % run.intervals.length]!,
        startMs: second * 1000,
        endMs: (second + 1) * 1000,
      }));
      return again(run, i, {
        scenario: { ...run.scenario, parameters: { ...run.scenario.parameters, ratePerSecond: 10 + i } },
        intervals: minute,
      });
    });
    const path = await reportOf('twenty', twenty);
    expect(statSync(path).size).toBeLessThan(MOST_BYTES);
    await using opened = await openReport(browser, path);
    await opened.page.waitForFunction("performance.getEntriesByName('first-contentful-paint').length > 0", undefined, {
      timeout: PAINT_LIMIT_MS,
    });
    expect(await opened.page.locator('#percentiles .mark.weak').count()).toBe(40);
    expect(await opened.page.locator('#heat-map .chart').count()).toBe(20);
    expect(opened.complaints).toEqual([]);
  });

  it('of several commits have trends, with the commit at which a level changed', async () => {
    const commits = Array.from({ length: 16 }, (_, i) => {
      const run = runs[1]!;
      const response = run.latency.response!;
      const p50 = (i < 8 ? 1000 : 1300) + (i % 3);
      return again(run, i, {
        run: { ...run.run, startedAt: new Date(Date.UTC(2026, 0, 1 + i)).toISOString() },
        environment: { ...run.environment, git: { sha: `${i}`.padStart(40, 'a'), dirty: false } },
        latency: { ...run.latency, response: { ...response, p50 } },
        validity: { valid: true, reasons: [] },
      });
    });
    await using opened = await openReport(browser, await reportOf('commits', commits));
    const figure = opened.page.locator('#trends figure', { has: opened.page.getByRole('heading', { name: 'response.p50' }) });
    expect(await figure.locator('.mark.dot').count()).toBe(commits.length);
    expect(await figure.locator('.mark.changed.regression').count()).toBe(1);
    const rows = await tableTexts(figure.locator('table'));
    expect(rows.find(([, , , , change]) => change === 'regression')?.slice(0, 3)).toEqual(['aaaaaaaa', '2026-01-09', formatUs(1302)]);
    expect(opened.complaints).toEqual([]);
  });

  it('of a comparison have its changes, and a dot for each block', async () => {
    const arm = (name: string, from: number): string => {
      mkdirSync(join(folder, name));
      for (let i = from; i < from + 3; i += 1) {
        const run = again(runs[1]!, i, { validity: { valid: true, reasons: [] } });
        writeFileSync(join(folder, name, `${i}.json`), JSON.stringify(run));
      }
      return join(folder, name);
    };
    const compared = await benchHere(['compare', arm('base', 0), arm('head', 3), '--json']);
    const result = JSON.parse(compared.stdout) as ResultFile & { readonly kind: 'compare' };
    const [benchmark] = result.benchmarks;
    await using opened = await openReport(browser, await reportOf('compared', [result]));
    const drawn = benchmark!.metrics.filter(({ change }) => change !== null);
    expect(drawn.length).toBeGreaterThan(0);
    expect(await opened.page.locator('#comparisons .mark.change').count()).toBe(drawn.length);
    expect(await opened.page.locator('#comparisons .mark.dot').count()).toBe(3 * drawn.length);
    expect(opened.complaints).toEqual([]);
  });
});

describe('the page where there is little room', () => {
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
