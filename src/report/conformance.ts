import { paragraph } from './paragraph.ts';
import type { Style } from './style.ts';
import { renderTable, type Alignment } from './table.ts';

/** How a behaviour stands for one layer. */
export interface ConformanceCell {
  readonly kind: 'pass' | 'fail' | 'skipped' | 'covered' | 'not applicable';
  /** Why it is as it is; empty for a pass. */
  readonly reason: string;
}

export interface ConformanceRow {
  readonly id: string;
  readonly behaviour: string;
  /** One for each layer of the table. */
  readonly cells: readonly ConformanceCell[];
}

export interface ConformanceTable {
  readonly layers: readonly string[];
  readonly rows: readonly ConformanceRow[];
}

const MARKS: Readonly<Record<ConformanceCell['kind'], string>> = {
  pass: '✓',
  fail: '✗',
  skipped: 'skip',
  covered: 'tests',
  'not applicable': '·',
};

/** What stands where, without the many `does not apply` of a terminal table. Ends with a newline. */
export function renderConformance(table: ConformanceTable, style: Style): string {
  const mark = ({ kind }: ConformanceCell): string => {
    if (kind === 'pass') return style.good(MARKS.pass);
    return kind === 'fail' ? style.bad(MARKS.fail) : style.dim(MARKS[kind]);
  };
  const header = ['', 'behaviour', ...table.layers].map((cell) => style.dim(cell));
  const rows = table.rows.map((row) => [style.dim(row.id), row.behaviour, ...row.cells.map(mark)]);
  const alignment: Alignment[] = ['left', 'left', ...table.layers.map(() => 'left' as const)];
  const failures = table.rows.flatMap((row) =>
    row.cells.flatMap((cell, at) => (cell.kind === 'fail' ? [failureText(row, table.layers[at]!, cell.reason, style)] : [])),
  );
  const totals = table.layers.map((layer, at) => {
    const count = (kind: ConformanceCell['kind']): number => table.rows.filter((row) => row.cells[at]!.kind === kind).length;
    const failed = count('fail');
    const text = `${count('pass')} pass, ${failed} fail`;
    return [layer, failed === 0 ? style.good(text) : style.bad(text), style.dim(othersText(count))];
  });
  return [
    renderTable([header, ...rows], alignment, style, { wraps: [1] }),
    ...failures,
    renderTable(totals, ['left', 'left', 'left'], style, { wraps: [2] }),
  ].join('\n');
}

function failureText({ id, behaviour }: ConformanceRow, layer: string, reason: string, style: Style): string {
  return `${paragraph(`  ${style.bad(MARKS.fail)} `, `${id} ${layer}: ${behaviour}`, style)}${paragraph('    ', reason, style)}`;
}

function othersText(count: (kind: ConformanceCell['kind']) => number): string {
  const parts = [
    [count('not applicable'), 'do not apply'],
    [count('skipped'), 'skipped'],
    [count('covered'), 'run by other tests'],
  ] as const;
  return parts
    .filter(([number]) => number > 0)
    .map(([number, text]) => `${number} ${text}`)
    .join(', ');
}

/** The table and its reasons as Markdown, for the documentation. Ends with a newline. */
export function renderConformanceMarkdown(table: ConformanceTable): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |\n`;
  const escape = (text: string): string => text.replaceAll('|', '\\|').replaceAll('*', '\\*');
  const rows = table.rows.map((row) => line([row.id, escape(row.behaviour), ...row.cells.map((cell) => MARKS[cell.kind])]));
  return [
    line(['', 'behaviour', ...table.layers]),
    line(['---', '---', ...table.layers.map(() => ':-:')]),
    ...rows,
    '\n## What is not run, and why\n\n',
    ...reasons(table).map((reason) => `- ${escape(reason)}\n`),
  ].join('');
}

/** Every reason not to run something, with the layers and the cases that it holds for. */
function reasons(table: ConformanceTable): readonly string[] {
  const found = new Map<string, { layers: Set<string>; ids: Set<string> }>();
  for (const row of table.rows) {
    for (const [at, cell] of row.cells.entries()) {
      if (cell.kind === 'pass') continue;
      const key = `${cell.kind}: ${cell.reason}`;
      const known = found.get(key) ?? { layers: new Set(), ids: new Set() };
      found.set(key, known);
      known.layers.add(table.layers[at]!);
      known.ids.add(row.id);
    }
  }
  return [...found].map(([reason, { layers, ids }]) => {
    const everywhere = layers.size === table.layers.length;
    return `${everywhere ? '' : `${[...layers].join(', ')} – `}${reason} (${[...ids].join(', ')})`;
  });
}
