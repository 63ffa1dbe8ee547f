import { byKind, type ResultFile } from '../../result/result-kinds.ts';
import { headlineOf } from '../headline.ts';
import { labelRuns } from '../run-labels.ts';
import { renderSection, type Section } from './figure.ts';
import { bdi, html, type Html } from './markup.ts';
import { labelText } from '../label-text.ts';
import { capacity } from './sections/capacity.ts';
import { comparisons } from './sections/comparisons.ts';
import { cost } from './sections/cost.ts';
import { deployment } from './sections/deployment.ts';
import { health } from './sections/health.ts';
import { heatMap } from './sections/heat-map.ts';
import { ledger } from './sections/ledger.ts';
import { notes } from './sections/notes.ts';
import { overTime } from './sections/over-time.ts';
import { percentiles } from './sections/percentiles.ts';
import { placement } from './sections/placement.ts';
import { reach } from './sections/reach.ts';
import { setup } from './sections/setup.ts';
import { sideBySide } from './sections/side-by-side.ts';
import { trends } from './sections/trends.ts';
import { verdicts } from './sections/verdicts.ts';
import { renderPage, type PageAssets } from './shell.ts';
import { detailedOf, type Configurations, type HistoryOfReport, type ReportView } from './view.ts';

/** What a report is made of: results in the order in which they are shown. */
export interface ReportInput {
  readonly results: readonly ResultFile[];
  /** null where the results are of one commit, or of none. */
  readonly history: HistoryOfReport | null;
  readonly configurations: Configurations;
}

/** The sections in their order; each is left out where there is nothing for it to show. */
const SECTIONS: readonly ((view: ReportView) => Section | null)[] = [
  comparisons,
  deployment,
  capacity,
  trends,
  sideBySide,
  verdicts,
  percentiles,
  heatMap,
  overTime,
  ledger,
  reach,
  placement,
  health,
  cost,
  setup,
];

/**
 * Results as one page that needs nothing else: no other file, no network, and no script to be read. The same results
 * make the same page.
 */
export function renderHtmlReport({ results, history, configurations }: ReportInput, assets: PageAssets): string {
  const { runs: unlabelled, comparisons, capacities, plans } = byKind(results);
  const runs = labelRuns(unlabelled);
  const view: ReportView = {
    runs,
    detailed: detailedOf(runs),
    comparisons,
    capacities,
    plans,
    configurations,
    history,
  };
  const [headline, ...more] = headlineOf(runs, view, history?.history ?? null);
  const sections = SECTIONS.flatMap((section) => section(view) ?? []);
  return renderPage(
    {
      title: `Layerbench: ${labelText(headline, 100)}`,
      brand: 'Layerbench report',
      skip: 'Skip to the report',
      connectTo: null,
      head: headOf(headline, more, results),
      navigation: navigationOf(sections),
      main: html`${notes(view)}
${sections.map(renderSection)}`,
      footer: `Made by Layerbench ${results[0]?.tool.version}. Everything is in this file: it asks nothing of any other place.`,
    },
    assets,
  );
}

function headOf(headline: string, more: readonly string[], results: readonly ResultFile[]): Html {
  const days = [...new Set(results.map(({ run }) => run.startedAt.slice(0, 10)))].toSorted();
  const when = days.length < 2 ? days.join('') : `${days[0]} to ${days.at(-1)}`;
  const count = (kind: ResultFile['kind'], noun: string, plural = `${noun}s`): readonly string[] => {
    const found = results.filter((result) => result.kind === kind).length;
    return found === 0 ? [] : [`${found} ${found === 1 ? noun : plural}`];
  };
  return html`<h1>${bdi(headline)}</h1>
${more.map((sentence) => html`<p class="lede">${bdi(sentence)}</p>`)}
<p class="of">${[...count('run', 'run'), ...count('compare', 'comparison'), ...count('plan', 'plan'), ...count('capacity', 'capacity search', 'capacity searches'), when].join(' · ')}</p>`;
}

function navigationOf(sections: readonly Section[]): Html {
  return html`<nav aria-label="Sections"><ul>${sections.map(({ id, name }) => html`<li><a href="#${id}">${name}</a></li>`)}</ul></nav>`;
}
