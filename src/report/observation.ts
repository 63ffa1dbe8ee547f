import { LAYERS } from '../model/layers.ts';
import { formatUs } from '../model/units.ts';
import type { Observation, ObservedRow } from '../observe/observation.ts';
import { FIGURE_HEADER, figureRows, ROW_HEADER, rowCells, UNKNOWN } from './observation-cells.ts';
import { paragraph } from './paragraph.ts';
import type { Style } from './style.ts';
import { renderTable } from './table.ts';

/** What was seen of a live deployment: figures with their intervals and bases, groups by size, findings. Ends with a newline. */
export function renderObservation(observation: Observation, style: Style): string {
  const { layer, seconds, rows, findings } = observation;
  const title = `${style.bold('observed')} ${LAYERS[layer].pythonClass} for ${formatUs(seconds * 1e6)}${observation.isInterrupted ? ', until it was interrupted' : ''}`;
  const notes = findings.map(
    ({ message, remedy }) => `\n${paragraph(`  ${style.warn('!')} `, message, style)}${paragraph('    ', style.dim(remedy), style)}`,
  );
  return [
    paragraph('', title, style),
    `\n${figureTable(observation, style)}`,
    rows.length === 0 ? '' : `\n${rowTable(rows, style)}`,
    notes.length === 0 ? `\n${paragraph('  ', style.dim('no findings'), style)}` : notes.join(''),
  ].join('');
}

function figureTable({ figures }: Observation, style: Style): string {
  const header = FIGURE_HEADER.map((cell) => style.dim(cell));
  const rows = figureRows(figures).map(([label, value, interval, basis]) =>
    value === UNKNOWN ? [label, value, interval, style.dim(basis)] : [label, style.bold(value), interval, basis],
  );
  return renderTable([header, ...rows], ['left', 'right', 'left', 'left'], style, { wraps: [2, 3] });
}

function rowTable(rows: readonly ObservedRow[], style: Style): string {
  const header = ROW_HEADER.map((cell) => style.dim(cell));
  return renderTable([header, ...rows.map(rowCells)], ['left', 'right', 'right', 'right'], style);
}
