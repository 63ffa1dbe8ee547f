import { paragraph } from './paragraph.ts';
import type { Style } from './style.ts';
import { renderTable } from './table.ts';

/** What one row of a self-test has to say. */
export interface SelftestEntry {
  readonly name: string;
  readonly planted: readonly FindingEntry[];
  readonly unplanted: readonly FindingEntry[];
}

export interface FindingEntry {
  readonly what: string;
  readonly planted: string;
  readonly found: string;
  readonly holds: boolean;
}

/** One row: planted beside found, and what the same run says with nothing planted. Ends with a newline. */
export function renderSelftestRow({ name, planted, unplanted }: SelftestEntry, style: Style): string {
  const good = [...planted, ...unplanted].every(({ holds }) => holds);
  const line = ({ what, planted: expected, found, holds }: FindingEntry, label: string): readonly string[] => [
    label,
    what,
    expected,
    found,
    holds ? '' : style.bad('differs'),
  ];
  const rows = [
    ['', '', 'planted', 'found', ''].map(style.dim),
    ...planted.map((finding, i) => line(finding, i === 0 ? 'planted' : '')),
    ...unplanted.map((finding, i) => line(finding, i === 0 ? 'unplanted' : '')),
  ];
  const table = renderTable(rows, ['left', 'left', 'right', 'right', 'left'], style, { wraps: [1, 2, 3] });
  return `${paragraph(`${good ? style.good('✓') : style.bad('✗')} `, style.bold(name), style)}${table}`;
}

/** The last line. */
export function renderSelftestEnd(passed: number, total: number, style: Style): string {
  const text = `${passed} of ${total} faults were found as they were planted, and not found where they were not`;
  return `\n${paragraph('', passed === total ? style.good(text) : style.bad(text), style)}`;
}
