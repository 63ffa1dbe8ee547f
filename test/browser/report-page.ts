import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium, type Browser, type BrowserContextOptions, type Locator, type Page } from 'playwright-core';

const ROOT = new URL('../../', import.meta.url).pathname;
const NAMES = ['chromium', 'chromium-headless-shell', 'google-chrome'];

/** A condition is waited for; what takes longer has failed. */
const PATIENCE_MS = 120_000;

/** The browser that set-up has unpacked, or else one of the machine's. Throws where there is none: these tests are not skipped. */
function browserPath(): string {
  const folders = [join(ROOT, '.chromium'), ...(process.env['PATH'] ?? '').split(delimiter)];
  const found = folders.flatMap((folder) => NAMES.map((name) => join(folder, name))).find((path) => existsSync(path));
  if (found === undefined) throw new Error('there is no Chromium: scripts/setup.sh unpacks one, or install chromium');
  return found;
}

export function launchBrowser(): Promise<Browser> {
  // As root, in containers, its own sandbox cannot start; what it opens is our own file.
  return chromium.launch({ executablePath: browserPath(), args: ['--no-sandbox'] });
}

/** A report as a person has it open, and everything that it did which a report must not do. */
export interface ReportPage extends AsyncDisposable {
  readonly page: Page;
  /** Errors, warnings, dialogs, and requests for anything but the file itself. */
  readonly complaints: readonly string[];
}

/** Opens a report from the disk. */
export function openReport(browser: Browser, path: string, options: BrowserContextOptions = {}): Promise<ReportPage> {
  return openPage(browser, `file://${path}`, options);
}

/** Opens a page, which has to come with all that it needs. */
export async function openPage(browser: Browser, own: string, options: BrowserContextOptions = {}): Promise<ReportPage> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => complaints.push(`console ${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
  page.on('request', (request) => {
    if (request.url() !== own) complaints.push(`request: ${request.url().slice(0, 200)}`);
  });
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  await page.goto(own);
  return { page, complaints, [Symbol.asyncDispose]: () => context.close() };
}

/** Texts of a table's cells, row by row, its head included. */
export function tableTexts(table: Locator): Promise<readonly (readonly string[])[]> {
  return table.evaluate((element) =>
    Array.from((element as unknown as TableElement).rows, (row) => Array.from(row.cells, (cell) => cell.textContent.trim())),
  );
}

/** What is used of a table in the page: the types of a browser are not those of this program. */
interface TableElement {
  readonly rows: Iterable<{ readonly cells: Iterable<{ readonly textContent: string }> }>;
}
