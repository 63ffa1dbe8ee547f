import type { LiveRun } from '../../result/live-run.ts';
import { counted } from '../../model/units.ts';
import type { Phase, RunResult } from '../../result/run-result.ts';
import { labelText } from '../label-text.ts';
import { labelRuns } from '../run-labels.ts';
import { renderSection } from '../html/figure.ts';
import { bdi, html, type Content, type Html } from '../html/markup.ts';
import { sideBySide } from '../html/sections/side-by-side.ts';
import { renderPage, type PageAssets } from '../html/shell.ts';
import { liveFigures } from './figures.ts';
import { tiles } from './tiles.ts';

/** What the live page shows: the run under way, and those before it. */
export interface LiveView {
  readonly command: string;
  /** Of the run under way among all that were asked for, from 1. */
  readonly place: number;
  readonly count: number;
  /** null before the first run. */
  readonly run: LiveRun | null;
  readonly results: readonly RunResult[];
  /** What went wrong, in a sentence each. */
  readonly notices: readonly string[];
  /** Share of the time in which bench itself was at work, over the last second; null before. */
  readonly ownUse: number | null;
  /** Whether nothing more comes, and no report follows. */
  readonly isOver: boolean;
}

/** The parts of the page that change, by the id of the element that each is the content of. */
type LiveParts = Readonly<Record<'live-run' | 'live-now' | 'live-figures' | 'live-done', Content>>;

const PHASES: readonly Phase[] = ['start', 'connect', 'probe', 'warmup', 'measure', 'drain', 'collect', 'stop'];

function partsOf(view: LiveView): LiveParts {
  const { run, ownUse } = view;
  const seconds = run?.seconds() ?? [];
  return {
    'live-run': runPart(view),
    'live-now': run === null ? null : tiles(run, seconds, ownUse),
    'live-figures': run === null ? null : liveFigures(run, seconds),
    'live-done': donePart(view.results),
  };
}

/** The parts as HTML: what the page's script puts in the place of what it has. */
export function liveUpdate(view: LiveView): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(partsOf(view)).map(([id, content]) => [id, html`${content}`.text]));
}

/** The page as it is now; `origin` is where its socket leads, such as `ws://127.0.0.1:8080`. */
export function renderLivePage(view: LiveView, origin: string, assets: PageAssets): string {
  const { 'live-run': run, ...rest } = partsOf(view);
  const part = (id: string, content: Content): Html => html`<div id="${id}">${content}</div>`;
  return renderPage(
    {
      title: 'Layerbench: live',
      brand: 'Layerbench live',
      skip: 'Skip to the figures',
      connectTo: origin,
      head: html`<p id="connection" role="status">${view.isOver ? 'Over.' : 'Not connected: without its script, this page shows the moment when it was loaded.'}</p>
${part('live-run', run)}
<p class="of"><code>${view.command}</code></p>`,
      navigation: null,
      main: Object.entries(rest).map(([id, content]) => part(id, content)),
      footer: 'When the last run is over, this page becomes the report.',
    },
    assets,
  );
}

/** What runs, where it is, and what went wrong. */
function runPart({ run, place, count, notices }: LiveView): Html {
  if (run === null) return html`<h1>Nothing has begun yet.</h1>${noticeList(notices)}`;
  const { scenario, layer, plan } = run.request;
  const processes = counted(plan.processes, 'process', 'processes');
  const of = count === 1 ? null : html`<p class="lede">Run ${place} of ${count}</p>`;
  return html`<h1>${bdi(labelText(scenario.name))} over ${bdi(labelText(layer.name))}, ${processes}</h1>
${of}${phaseList(run)}${noticeList([...notices, ...run.notices])}`;
}

function phaseList({ phase, secondsLeft }: LiveRun): Html {
  const items = PHASES.map((name) =>
    name === phase ? html`<li aria-current="step">${name}${leftText(secondsLeft)}</li>` : html`<li>${name}</li>`,
  );
  return html`<ol class="phases" aria-label="Phases">${items}</ol>`;
}

function leftText(secondsLeft: number | null): string {
  return secondsLeft === null ? '' : `, ${Math.ceil(secondsLeft)} s left`;
}

function noticeList(notices: readonly string[]): Content {
  return notices.length === 0 ? null : html`<ul class="notices">${notices.map((notice) => html`<li>${bdi(notice)}</li>`)}</ul>`;
}

/** Runs that are over, a row each. */
function donePart(results: readonly RunResult[]): Content {
  const section = sideBySide({ runs: labelRuns(results) });
  return section === null ? null : renderSection({ ...section, title: 'Done so far' });
}
