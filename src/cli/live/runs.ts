import { messageOf } from '../../model/errors.ts';
import { LiveRun } from '../../result/live-run.ts';
import type { RunEvent, RunOutcome, RunRequest } from '../../result/request.ts';
import type { RunResult } from '../../result/run-result.ts';
import { LoopUse } from '../../platform/loop-use.ts';
import { LivePage } from './page-server.ts';
import { liveUpdate, renderLivePage, type LiveView } from '../../report/live/page.ts';
import { htmlReport } from '../html-report.ts';
import { pageAssets } from '../page-assets.ts';
import { sayNote } from '../note.ts';
import type { Output } from '../terminal.ts';

const EVERY_MS = 1000;

/** The runs of a matrix while they go on, on a page that becomes their report. */
export class LiveRuns implements AsyncDisposable {
  private readonly page: LivePage;
  private readonly view: ViewOfRuns;
  private readonly output: Output;
  private readonly timer: NodeJS.Timeout;

  private constructor(page: LivePage, view: ViewOfRuns, output: Output) {
    this.page = page;
    this.view = view;
    this.output = output;
    const use = new LoopUse();
    this.timer = setInterval(() => {
      view.ownUse = use.read();
      page.push();
    }, EVERY_MS);
  }

  /** Listens, and says where. Throws an environment error where the port cannot be had. */
  static async open(port: number, requests: readonly RunRequest[], output: Output): Promise<LiveRuns> {
    const assets = await pageAssets('live');
    const view = new ViewOfRuns(requests);
    const page = await LivePage.open(port, {
      page: (origin) => view.report ?? renderLivePage(view, origin, assets),
      update: () => liveUpdate(view),
    });
    sayNote(output, `live page: ${page.url}`);
    return new LiveRuns(page, view, output);
  }

  onEvent(event: RunEvent): void {
    this.view.run?.onEvent(event);
    if (event.kind === 'phase') this.page.push();
  }

  /** A run begins, by its place among the requests. */
  begin(index: number): void {
    this.view.run = new LiveRun(this.view.requests[index]!);
    this.view.place = index + 1;
  }

  onOutcome(outcome: RunOutcome): void {
    if (outcome.kind === 'result') this.view.results.push(outcome.result);
    else this.view.notices.push(messageOf(outcome.error));
  }

  /**
   * Puts the report in the place of the page, for those who look at it; without a result, the page stands as it is. In a
   * terminal the report stays until `stop`, which a run that was stopped has behind it.
   */
  async end(stop: AbortSignal): Promise<void> {
    clearInterval(this.timer);
    const { view, page } = this;
    if (view.results.length === 0) {
      view.isOver = true;
      page.over();
      return;
    }
    view.report = await htmlReport(view.results);
    const stays = this.output.isTerminal && !stop.aborted;
    if (stays) sayNote(this.output, `the report stays at ${page.url} until Ctrl-C`);
    await page.replaced(stop);
    if (stays && !stop.aborted) await new Promise<void>((resolve) => stop.addEventListener('abort', () => resolve(), { once: true }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.timer);
    await this.page[Symbol.asyncDispose]();
  }
}

/** What the page is made of, as it changes. */
class ViewOfRuns implements LiveView {
  readonly requests: readonly RunRequest[];
  readonly command: string;
  readonly count: number;
  readonly results: RunResult[] = [];
  readonly notices: string[] = [];
  run: LiveRun | null = null;
  place = 0;
  ownUse: number | null = null;
  isOver = false;
  report: string | null = null;

  constructor(requests: readonly RunRequest[]) {
    this.requests = requests;
    this.command = requests[0]!.command;
    this.count = requests.length;
  }
}
