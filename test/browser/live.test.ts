import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { WebSocket } from 'ws';
import type { RunResult } from '../../src/result/run-result.ts';
import { formatCount } from '../../src/model/units.ts';
import { BenchProcess, inOneLine } from '../bench-process.ts';
import { launchBrowser, openPage } from './report-page.ts';

/* The page of `bench run --live` in a real browser, while real runs go on. */

/** The promise is a twentieth of the loop's time; a test machine that is busy may take ten times as much. */
const MOST_OWN_USE_PERCENT = 50;
const LIMIT = { timeout: 120_000 };

/** On a busy machine, a run may be invalid, which its report then says. */
const REPORT_TITLE = /^Layerbench: (In-memory|The run is not valid)/;
const codeOf = ({ validity }: RunResult): number => (validity.valid ? 0 : 4);

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());

/** Where the page is, once bench has said so. */
async function addressOf(run: BenchProcess): Promise<string> {
  const said = (): string | undefined => /live page: (http:\S+)/.exec(run.output)?.[1];
  await run.until('the address of the live page', () => said() !== undefined);
  return said()!;
}

/** Cuts the first connection of a page as soon as it says something; answers how many there have been. */
async function cutFirstConnection(page: Page): Promise<() => number> {
  let connections = 0;
  await page.routeWebSocket(/\/events$/, (socket) => {
    connections += 1;
    const server = socket.connectToServer();
    if (connections > 1) return;
    server.onMessage(() => {
      void socket.close();
      void server.close();
    });
  });
  return () => connections;
}

/** What the page of a run is told in its last phase: by then, all of its numbers are final. */
async function lastParts(url: string): Promise<Readonly<Record<string, string>>> {
  const socket = new WebSocket(`${url.replace('http:', 'ws:')}events`);
  let last: Readonly<Record<string, string>> = {};
  await new Promise<void>((resolve, reject) => {
    socket.on('message', (data: Buffer) => {
      const { parts, next } = JSON.parse(data.toString()) as { readonly parts?: Readonly<Record<string, string>>; readonly next?: string };
      // bench waits until all that look at the page have what takes its place.
      if (next === 'reload') void fetch(url);
      if (parts?.['live-run']?.includes('<li aria-current="step">stop') === true) last = parts;
    });
    socket.on('close', () => resolve());
    socket.on('error', reject);
  });
  return last;
}

const tile = (page: Page, name: string): Promise<string> =>
  page
    .locator('.tiles > div', { has: page.getByText(name, { exact: true }) })
    .locator('dd')
    .first()
    .innerText();
const marks = (page: Page): Promise<number> => page.locator('#live-figures .mark.delivered').count();

describe.concurrent('the live page', () => {
  it('shows a run while it goes on, to all who look, over a lost connection, and becomes its report', async ({ expect }) => {
    // Pages first: the run does not wait for them.
    await using first = await openPage(browser, 'about:blank');
    await using second = await openPage(browser, 'about:blank');
    await using stranger = await openPage(browser, 'about:blank');
    const viewers = [first.page, second.page];
    const connections = await cutFirstConnection(second.page);
    using run = new BenchProcess(
      ['run', 'fanout', '--live', '--processes', '2', '--layer', 'memory', '--members', '8', '--duration', '10s', '--warmup', '0s'],
      { env: { NO_COLOR: '1' } },
    );
    const url = await addressOf(run);
    const last = lastParts(url);
    const [refused] = await Promise.all([stranger.page.goto(url.replace(/.\/$/, '/')), ...viewers.map((page) => page.goto(url))]);
    expect([refused?.status(), await refused?.text()]).toEqual([404, expect.stringContaining('There is nothing here.')]);

    for (const page of viewers) {
      await expect.poll(() => page.locator('[aria-current=step]').innerText(), LIMIT).toMatch(/^measure, \d s left$/);
      expect(await page.getByRole('heading', { level: 1 }).innerText()).toBe('fanout over memory, 2 processes');
      await expect.poll(() => marks(page), LIMIT).toBeGreaterThan(0);
    }
    const [page] = viewers;
    const before = await marks(page!);
    await expect.poll(() => marks(page!), LIMIT).toBeGreaterThan(before);
    expect(await tile(page!, 'Delivered')).toMatch(/^\d+\/s$/);
    expect(Number.parseFloat(await tile(page!, 'bench itself'))).toBeLessThan(MOST_OWN_USE_PERCENT);
    expect(await page!.locator('#live-figures').innerText()).toContain('A probe has crossed 2 of 4 pairs of processes');
    expect(connections()).toBe(2);
    expect(await second.page.locator('#connection').innerText()).toBe('Live');

    // Both have the report at the end, and keep it when bench is gone.
    const { code } = await run.exited;
    const [result] = run.results();
    expect(code).toBe(codeOf(result!));
    for (const viewer of viewers) {
      await expect.poll(() => viewer.title(), LIMIT).toMatch(REPORT_TITLE);
      expect(await viewer.locator('#over-time .mark.delivered').count()).toBe(result!.intervals.length);
    }
    const { lost, expected } = result!.ledger;
    const total = Object.values(lost).reduce((sum, count) => sum + count, 0);
    const { 'live-now': tiles, 'live-figures': figures } = await last;
    expect(total).toBe(expected / 2);
    expect(tiles).toContain(
      `<dt>Missing so far</dt><dd class="bad">${formatCount(total)}</dd><dd class="of">50 %, as far as can be told</dd>`,
    );
    const losing = result!.intervals.filter((interval) => interval.lost > 0).length;
    expect(figures).toContain(`Something missing in ${losing} of ${result!.intervals.length} seconds.`);
    expect(first.complaints.filter((complaint) => complaint !== `request: ${url}`)).toEqual([]);
  });

  it('says when bench is gone, and keeps what it has', async ({ expect }) => {
    using run = new BenchProcess(
      ['run', 'fanout', '--live', '--processes', '1', '--layer', 'memory', '--duration', '30s', '--warmup', '0s'],
      {
        env: { NO_COLOR: '1' },
      },
    );
    await using opened = await openPage(browser, await addressOf(run));
    const { page } = opened;
    await expect.poll(() => marks(page), LIMIT).toBeGreaterThan(0);
    run.signal('SIGKILL');
    await expect.poll(() => page.locator('#connection').innerText(), LIMIT).toMatch(/^No connection since /);
    expect(await marks(page)).toBeGreaterThan(0);
  });

  it('stays as the report in a terminal, until Ctrl-C', async ({ expect }) => {
    using run = new BenchProcess(
      ['run', 'fanout', '--live', '--processes', '1', '--layer', 'memory', '--duration', '500ms', '--warmup', '0s'],
      { terminal: true, env: { NO_COLOR: '1' } },
    );
    const url = await addressOf(run);
    await run.until('the report', () => inOneLine(run.output).includes('until Ctrl-C'));
    await using opened = await openPage(browser, url);
    expect(await opened.page.title()).toMatch(REPORT_TITLE);
    expect(await opened.page.getByRole('navigation').isVisible()).toBe(true);
    expect(opened.complaints).toEqual([]);
    run.type('\x03');
    // Nothing was interrupted but the looking.
    expect((await run.exited).code).toBe(codeOf(run.results()[0]!));
  });

  it('says what kept a run from having a result', async ({ expect }) => {
    using run = new BenchProcess(['run', 'fanout', '--live', '--processes', '1,2', '--layer', 'memory', '--warmup', '60s'], {
      env: { NO_COLOR: '1' },
    });
    await using opened = await openPage(browser, await addressOf(run));
    const { page } = opened;
    await expect.poll(() => page.locator('[aria-current=step]').innerText(), LIMIT).toBe('warmup');
    run.signal('SIGINT');
    expect(await run.exited).toEqual({ code: 130, signal: null });
    expect(await page.locator('#connection').innerText()).toBe('Over, without a result.');
    expect(await page.locator('.notices').innerText()).toMatch(/interrupted/);
    // The one that never began is not named.
    expect(await page.locator('#live-run').innerText()).toMatch(/^fanout over memory, 1 process\s+Run 1 of 2/);
  });
});
