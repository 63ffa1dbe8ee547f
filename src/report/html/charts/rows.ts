import { html, type Content, type Html } from '../markup.ts';
import { labelText } from '../../label-text.ts';
import { px, WIDTH, type Chart } from './frame.ts';

/** A row of a chart whose rows have names: what stands left of it, its marks, and the value right of it. */
export interface ChartRow {
  readonly label: string;
  /** Of the label: dim for what is less, a series for what has a key. */
  readonly className?: string;
  /** Given the middle of the row, in px. */
  readonly marks: (y: number) => Content;
  readonly value: string;
}

const ROW_HEIGHT = 24;
const TOP = 6;
const AXIS_HEIGHT = 40;

/** Where the marks of rows have room, in px. */
export const ROWS: { readonly left: number; readonly right: number } = { left: 132, right: WIDTH - 92 };

/** The height of a row's bar. */
export const BAR_HEIGHT = 14;

/** Rows below each other; with an axis below all where there is one, which is given the bottom edge. */
export function rowChart(rows: readonly ChartRow[], axis: ((bottom: number) => Content) | null = null): Chart {
  const bottom = TOP + rows.length * ROW_HEIGHT;
  const lines = rows.map((row, i) => rowLine(row, TOP + (i + 0.5) * ROW_HEIGHT));
  return { height: bottom + (axis === null ? TOP : AXIS_HEIGHT), body: html`${axis?.(bottom)}${lines}` };
}

function rowLine({ label, className, marks, value }: ChartRow, y: number): Html {
  const side = (x: number, anchor: string, kind: string, text: string): Html =>
    html`<text class="${kind}" x="${x}" y="${px(y)}" dy=".34em" text-anchor="${anchor}">${text}</text>`;
  return html`${side(ROWS.left - 8, 'end', `row ${className ?? ''}`, labelText(label, 20))}${marks(y)}${side(WIDTH, 'end', 'value', value)}`;
}
