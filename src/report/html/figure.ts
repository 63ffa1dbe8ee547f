import { svg, type Chart } from './charts/frame.ts';
import { rawCell, renderDataTable, scrolling, type DataTable } from './data-table.ts';
import { bdi, html, jsonElement, type Content, type Html } from './markup.ts';

/** A chart, and what it says in words. */
export interface Drawing {
  readonly title: string;
  /** What the chart shows, in a sentence: it stands in for the chart where that is not seen. */
  readonly summary: string;
  readonly chart: Chart;
}

/** A chart and everything that is said of it. */
export interface Figure extends Drawing {
  readonly data: DataTable;
}

/** A figure: title, chart, and its data as a table and for download. */
export function renderFigure(figure: Figure): Html {
  return renderDrawing(figure, renderData(figure.data));
}

/** A figure of what changes too fast for a table, or with what stands below its chart. */
export function renderDrawing({ title, summary, chart }: Drawing, below: Content = null): Html {
  return html`<figure>
<figcaption><h3>${bdi(title)}</h3><p>${bdi(summary)}</p></figcaption>
${svg(chart, `${title}. ${summary}`)}
${below}
</figure>
`;
}

/** The data of a chart: folded, since the chart shows it. */
function renderData(data: DataTable): Html {
  const { name, columns, rows } = data;
  const raw = {
    name,
    columns: columns.map(({ label, unit }) => (unit === 'text' ? label : `${label} [${unit}]`)),
    rows: rows.map((row) => row.map(rawCell)),
  };
  return html`<details class="data"><summary>Data</summary>
<button type="button" class="download" hidden>Download as CSV</button>
${scrolling(renderDataTable(data), data.caption)}
${jsonElement(raw)}</details>`;
}

/** A part of the report, with the heading that the page's navigation links to. */
export interface Section {
  /** Of the element. */
  readonly id: string;
  /** In the page's navigation. */
  readonly name: string;
  readonly title: string;
  /** A sentence or two on how to read it. */
  readonly intro: Content;
  readonly body: Content;
}

export function renderSection({ id, title, intro, body }: Section): Html {
  return html`<section id="${id}" aria-labelledby="${id}-title">
<h2 id="${id}-title">${title}</h2>
<p class="intro">${intro}</p>
${body}
</section>
`;
}

/** What is copied as it stands, with a button for that. */
export function toPaste(text: string): Html {
  return html`<div class="command"><pre tabindex="0"><code>${text}</code></pre><button type="button" class="copy" hidden>Copy</button></div>`;
}

/** Figures beside each other, as many as fit. */
export function figureGrid(figures: readonly Figure[]): Html {
  return html`<div class="grid">${figures.map(renderFigure)}</div>`;
}
