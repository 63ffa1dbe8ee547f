import type { RunResult } from '../../../core/result.ts';
import { formatNumber, formatRatio } from '../../../core/units.ts';
import type { LabelledRun } from '../../run-labels.ts';
import { box, px, WIDTH, type Box, type Chart } from '../charts/frame.ts';
import { figureGrid, type Figure, type Section } from '../figure.ts';
import { html, type Content, type Html } from '../markup.ts';
import { delivering, type ReportView } from '../view.ts';

const LEFT = 62;
const TOP = 34;
const SIZE = WIDTH - LEFT - 14;
/** Rows are lower than columns are wide, so that a matrix of few processes is no wall. */
const MOST_ROW_HEIGHT = 30;
const MOST_COLUMN_WIDTH = 52;
/** Cells narrower than this have no number in them. */
const TEXT_WIDTH = 24;
const LEVELS = 7;

type Matrix = RunResult['reach']['matrix'];

/** Which process' messages reach which process. */
export function reach({ detailed }: ReportView): Section | null {
  const runs = delivering(detailed).filter(({ result }) => result.server.processes > 1 && result.reach.matrix.length > 1);
  if (runs.length === 0) return null;
  return {
    id: 'reach',
    name: 'Reach',
    title: 'Reach from process to process',
    intro:
      'Delivered ÷ expected, from the process that sent (rows) to the process that received (columns). Processes that sent nothing have no row; a dot: nothing was expected there.',
    body: figureGrid(runs.map(figureOf)),
  };
}

function figureOf({ label, result }: LabelledRun): Figure {
  const { matrix, ratio } = result.reach;
  const pairs = matrix.flat().filter((value) => value !== null);
  const whole = pairs.filter((value) => value === 1).length;
  const none = pairs.filter((value) => value === 0).length;
  const rest = none === 0 ? '' : `, ${none} got nothing`;
  return {
    title: label,
    summary: `${ratio === null ? 'No' : formatRatio(ratio)} reach: ${whole} of ${pairs.length} pairs got everything${rest}.`,
    chart: chartOf(matrix),
    data: {
      name: `reach-${result.run.id}`,
      caption: `${label}: reach from process (rows) to process (columns)`,
      columns: [{ label: 'from', unit: 'text' }, ...matrix.map((_, to) => ({ label: `to ${to}`, unit: 'ratio' as const }))],
      rows: sendersOf(matrix).map((from) => [`process ${from}`, ...matrix[from]!]),
    },
  };
}

function chartOf(matrix: Matrix): Chart {
  const width = Math.min(MOST_COLUMN_WIDTH, SIZE / matrix.length);
  const height = Math.min(MOST_ROW_HEIGHT, width);
  const sending = sendersOf(matrix);
  const every = Math.ceil(matrix.length / 16);
  const columns = matrix.map((_, to) =>
    to % every === 0
      ? html`<text class="tick" x="${px(LEFT + (to + 0.5) * width)}" y="${TOP - 6}" text-anchor="middle">${to}</text>`
      : null,
  );
  const rows = sending.map((from, row) =>
    row % every === 0
      ? html`<text class="tick" x="${LEFT - 6}" y="${px(TOP + (row + 0.5) * height)}" dy=".34em" text-anchor="end">${from}</text>`
      : null,
  );
  const cells = sending.map((from, row) =>
    matrix[from]!.map((value, to) => cellOf(value, `${from} → ${to}`, { x: LEFT + to * width, y: TOP + row * height, width, height })),
  );
  return {
    height: TOP + sending.length * height + 6,
    body: html`<text class="axis" x="0" y="12">from ↓ to →</text>${columns}${rows}${cells}`,
  };
}

/** Processes that sent anything. */
function sendersOf(matrix: Matrix): readonly number[] {
  return matrix.flatMap((row, from) => (row.some((value) => value !== null) ? [from] : []));
}

function cellOf(value: number | null, pair: string, { x, y, width, height }: Box): Content {
  const text = (content: string, className: string): Html =>
    html`<text class="${className}" x="${px(x + width / 2)}" y="${px(y + height / 2)}" dy=".34em" text-anchor="middle">${content}</text>`;
  if (value === null) return text('·', 'tick');
  const level = value === 1 ? LEVELS - 1 : Math.min(LEVELS - 2, Math.floor(value * (LEVELS - 1)));
  const title = `process ${pair}\n${formatRatio(value)} delivered`;
  return [
    box({ x, y, width: width - 1, height: height - 1 }, value === 0 ? 'unreached' : `h${level}`, title),
    width < TEXT_WIDTH ? null : text(value === 1 ? '1' : formatNumber(value, 2), level > 3 ? 'on-dark' : 'on-light'),
  ];
}
