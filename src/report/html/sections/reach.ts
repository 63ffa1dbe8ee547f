import { groupBy } from '../../../model/group-by.ts';
import type { RunResult } from '../../../result/run-result.ts';
import { formatNumber, formatRatio } from '../../../model/units.ts';
import type { LabelledRun } from '../../run-labels.ts';
import { box, boxes, px, WIDTH, type Box, type Chart } from '../charts/frame.ts';
import { figureGrid, type Figure, type Section } from '../figure.ts';
import { html, type Content, type Html } from '../markup.ts';
import { delivering, type ReportView } from '../view.ts';

const LEFT = 62;
const TOP = 34;
const SIZE = WIDTH - LEFT - 14;
/** Rows are lower than columns are wide, so that a matrix of few processes is no wall. */
const MOST_ROW_HEIGHT = 30;
const MOST_COLUMN_WIDTH = 52;
/** Cells narrower than this have no room for a number. */
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
    chart: reachChart(matrix),
    data: {
      name: `reach-${result.run.id}`,
      caption: `${label}: reach from process (rows) to process (columns)`,
      columns: [{ label: 'from', unit: 'text' }, ...matrix.map((_, to) => ({ label: `to ${to}`, unit: 'ratio' as const }))],
      rows: sendersOf(matrix).map((from) => [`process ${from}`, ...matrix[from]!]),
    },
  };
}

/** The matrix as a grid: sending processes down, receiving ones across. */
export function reachChart(matrix: Matrix): Chart {
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
  const cells = sending.flatMap((from, row) =>
    matrix[from]!.map((value, to): ReachCell => ({
      value,
      pair: `${from} → ${to}`,
      place: { x: LEFT + to * width, y: TOP + row * height, width, height },
    })),
  );
  return {
    height: TOP + sending.length * height + 6,
    body: html`<text class="axis" x="0" y="12">from ↓ to →</text>${columns}${rows}${width < TEXT_WIDTH ? smallCells(cells) : cells.map(cellOf)}`,
  };
}

/** Processes that sent anything. */
function sendersOf(matrix: Matrix): readonly number[] {
  return matrix.flatMap((row, from) => (row.some((value) => value !== null) ? [from] : []));
}

interface ReachCell {
  readonly value: number | null;
  readonly pair: string;
  readonly place: Box;
}

function classOf(value: number): string {
  if (value === 0) return 'unreached';
  return `h${value === 1 ? LEVELS - 1 : Math.min(LEVELS - 2, Math.floor(value * (LEVELS - 1)))}`;
}

function cellOf({ value, pair, place: { x, y, width, height } }: ReachCell): Content {
  const text = (content: string, className: string): Html =>
    html`<text class="${className}" x="${px(x + width / 2)}" y="${px(y + height / 2)}" dy=".34em" text-anchor="middle">${content}</text>`;
  if (value === null) return text('·', 'tick');
  const title = `process ${pair}\n${formatRatio(value)} delivered`;
  return [
    box({ x, y, width: width - 1, height: height - 1 }, classOf(value), title),
    text(value === 1 ? '1' : formatNumber(value, 2), value >= ON_DARK ? 'on-dark' : 'on-light'),
  ];
}

/** From this value on, the cell is darker than its text may be. */
const ON_DARK = 4 / (LEVELS - 1);

/** Cells without room for numbers, a path for each level: their values are in the table. */
function smallCells(cells: readonly ReachCell[]): readonly Html[] {
  const drawn = cells.flatMap(({ value, place }) => (value === null ? [] : [{ level: classOf(value), place }]));
  return [...groupBy(drawn, ({ level }) => level)].map(([level, alike]) =>
    boxes(
      alike.map(({ place }) => place),
      level,
    ),
  );
}
