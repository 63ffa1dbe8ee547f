import type { HistoryUnit } from '../../studies/history/history.ts';
import {
  formatByteRate,
  formatBytes,
  formatCount,
  formatMs,
  formatNumber,
  formatPerSecond,
  formatRatio,
  formatUs,
  atLeast,
} from '../../model/units.ts';
import { isCensored } from '../../stats/censoring.ts';
import type { Statistic } from '../../model/metrics.ts';
import type { LatencySummary } from '../../stats/histogram.ts';
import { bdi, html, type Content, type Html } from './markup.ts';

/** What the numbers of a column are; text has none. */
export type Unit = 'text' | 'us' | 'ms' | 'ratio' | 'percent' | 'count' | 'number' | 'perSecond' | 'bytes' | 'bytesPerSecond' | 'cores';

/** What the numbers of a metric are. */
export const METRIC_UNITS: Readonly<Record<HistoryUnit, Exclude<Unit, 'text'>>> = {
  duration: 'us',
  ratio: 'ratio',
  rate: 'perSecond',
  bytes: 'bytes',
  byteRate: 'bytesPerSecond',
  count: 'number',
  times: 'number',
};

export interface Column {
  readonly label: string;
  readonly unit: Unit;
}

/** A number of which only that is known: it is this, or more. */
export interface LowerBound {
  readonly atLeast: number;
}

export type Cell = string | number | LowerBound | null;

/** A statistic of latencies, in µs, as what is known of it. */
export function statisticCell(summary: LatencySummary | null, statistic: Statistic): Cell {
  if (summary === null || summary.count === 0) return null;
  return boundedCell(summary[statistic], isCensored(summary, statistic));
}

/** A number, or that it is a lower bound. */
export function boundedCell(value: number | null, isLowerBound: boolean): Cell {
  return value !== null && isLowerBound ? { atLeast: value } : value;
}

/** As the page's script writes it into a file: numbers as they are, and `>=` before a lower bound. */
export function rawCell(cell: Cell): string | number | null {
  return typeof cell === 'object' && cell !== null ? `>=${cell.atLeast}` : cell;
}

/** Numbers as they are in results, with what shows them: as a table for people, and raw for the page's script. */
export interface DataTable {
  /** Of the file that it is downloaded as; letters, digits and dashes. */
  readonly name: string;
  readonly caption: string;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Cell[])[];
}

/** A value of a column for people; `–` where there is none. */
export function formatCell(value: Cell, unit: Unit): string {
  if (value === null) return '–';
  if (typeof value === 'string') return value;
  if (typeof value === 'object') return atLeast(formatCell(value.atLeast, unit), true);
  switch (unit) {
    case 'us':
      return formatUs(value);
    case 'ms':
      return formatMs(value);
    case 'ratio':
      return formatRatio(value);
    case 'percent':
      return `${formatNumber(value, 7)} %`;
    case 'count':
      return formatCount(value);
    case 'perSecond':
      return formatPerSecond(value);
    case 'bytes':
      return formatBytes(value);
    case 'bytesPerSecond':
      return formatByteRate(value);
    case 'cores':
      return `${formatNumber(value, 2)} cores`;
    case 'number':
    case 'text':
      return formatNumber(value);
  }
}

/** The table itself. The first cell of a row is its head; end tags that HTML does without are left out, for size. */
export function renderDataTable({ caption, columns, rows }: DataTable, marks: readonly Content[] = []): Html {
  const head = columns.map(({ label, unit }) => html`<th scope="col"${unit === 'text' && LEFT}>${label}`);
  const body = rows.map((row, i) => html`<tr>${row.map((cell, j) => renderCell(cell, columns[j]!.unit, j === 0, marks[i]))}`);
  return html`<table><caption>${caption}</caption><thead><tr>${head}<tbody>${body}</table>`;
}

const LEFT = html` class="t"`;

function renderCell(cell: Cell, unit: Unit, isHead: boolean, mark: Content): Html {
  const text = typeof cell === 'string' ? bdi(cell) : formatCell(cell, unit);
  return isHead ? html`<th scope="row"${unit === 'text' && LEFT}>${mark}${text}` : html`<td${unit === 'text' && LEFT}>${text}`;
}

/** A table of text, whose first column is its head; wide ones scroll. */
export function textTable(caption: string, header: readonly string[], rows: readonly (readonly Content[])[]): Html {
  const head = header.map((label) => html`<th scope="col" class="t">${label}`);
  const body = rows.map(
    ([first, ...rest]) => html`<tr><th scope="row" class="t">${first}${rest.map((cell) => html`<td class="t">${cell}`)}`,
  );
  const top = header.length === 0 ? null : html`<thead><tr>${head}`;
  return scrolling(html`<table><caption>${caption}</caption>${top}<tbody>${body}</table>`, caption);
}

/** Room for a table that may be wider than the page: reachable, and scrolled, by keyboard. */
export function scrolling(table: Html, label: string): Html {
  return html`<div class="scroll" role="region" tabindex="0" aria-label="${label}">${table}</div>`;
}
