import { LAYERS } from '../../model/layers.ts';
import { counted, formatUs } from '../../model/units.ts';
import type { Finding } from '../../observe/findings.ts';
import type { Observation } from '../../observe/observation.ts';
import { FIGURE_HEADER, figureRows, ROW_HEADER, rowCells } from '../observation-cells.ts';
import { textTable } from './data-table.ts';
import { renderSection, type Section } from './figure.ts';
import { html, type Html } from './markup.ts';
import { renderPage, type PageAssets } from './shell.ts';

/** An observation as one page: its findings, its figures, its groups by size. */
export function renderObservationPage(observation: Observation, madeBy: string, assets: PageAssets): string {
  const { layer, seconds, findings, isInterrupted } = observation;
  const headline = findings.length === 0 ? 'Nothing was found wrong' : `${counted(findings.length, 'finding')} in a live deployment`;
  const sections = sectionsOf(observation);
  return renderPage(
    {
      title: `Layerbench: ${headline}`,
      brand: 'Layerbench observation',
      skip: 'Skip to the report',
      connectTo: null,
      head: html`<h1>${headline}</h1>
<p class="lede">${LAYERS[layer].pythonClass}, observed for ${formatUs(seconds * 1e6)}${isInterrupted ? ', until it was interrupted' : ''}.</p>`,
      navigation: html`<nav aria-label="Sections"><ul>${sections.map(({ id, name }) => html`<li><a href="#${id}">${name}</a></li>`)}</ul></nav>`,
      main: html`${findingsList(findings)}
${sections.map(renderSection)}`,
      footer: `Made by Layerbench ${madeBy}. Everything is in this file: it asks nothing of any other place.`,
    },
    assets,
  );
}

function findingsList(findings: readonly Finding[]): Html {
  if (findings.length === 0) return html`<section id="notes" aria-label="Findings"><p class="fine">✓ No findings.</p></section>`;
  const items = findings.map(
    ({ message, remedy }) =>
      html`<li class="warning"><strong>! Finding</strong><div><p>${message}</p><p class="remedy">${remedy}</p></div></li>`,
  );
  return html`<section id="notes" aria-label="Findings"><ul>${items}</ul></section>`;
}

function sectionsOf({ figures, rows }: Observation): readonly Section[] {
  return [
    {
      id: 'figures',
      name: 'Figures',
      title: 'What was seen',
      intro:
        'Counted: Redis counted it, or its keys show it. Reckoned: a formula over counts. Sampled: from a part of the groups. The interval of a rate is that of its level, if the level is steady.',
      body: textTable('Figures', ['figure', 'value', ...FIGURE_HEADER.slice(2)], figureRows(figures)),
    },
    ...(rows.length === 0
      ? []
      : [
          {
            id: 'groups',
            name: 'Groups',
            title: 'Groups by size',
            intro: 'Rates by size are fitted to deliveries per send: no counter shows the rate of a group.',
            body: textTable('Groups by size', ROW_HEADER, rows.map(rowCells)),
          },
        ]),
  ];
}
