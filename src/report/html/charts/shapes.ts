import { line, symbol, symbolCircle, symbolCross, symbolDiamond, symbolSquare, symbolStar, symbolTriangle, symbolWye } from 'd3-shape';
import { html, type Html } from '../markup.ts';

export type Point = readonly [number, number];

const SYMBOL_AREA = 38;
/** Those that are told apart most easily come first. */
const SYMBOLS = [symbolCircle, symbolSquare, symbolTriangle, symbolDiamond, symbolStar, symbolWye, symbolCross];

/** The path through points, in px. */
export function linePath(points: readonly Point[]): string {
  return line<Point>().digits(1)(points) ?? '';
}

/** How runs look in every chart: a colour, a dash where colours repeat, and a shape. */
export function seriesClass(index: number): string {
  return `s${index % COLOURS} d${Math.floor(index / COLOURS) % DASHES}`;
}

/** As in the style of the page. */
const COLOURS = 8;
const DASHES = 3;

/** The shape of a series around a point, filled with its colour. */
export function seriesSymbol(index: number, [x, y]: Point): Html {
  const path = symbol(SYMBOLS[index % SYMBOLS.length], SYMBOL_AREA).digits(1)() ?? '';
  return html`<path class="mark symbol ${seriesClass(index)}" transform="translate(${x.toFixed(1)},${y.toFixed(1)})" d="${path}"/>`;
}

/** A series' line and shape on their own, for legends and tables. */
export function seriesKey(index: number): Html {
  return html`<svg class="key" viewBox="0 0 28 12" aria-hidden="true"><path class="line ${seriesClass(index)}" d="M1,6H27"/>${seriesSymbol(index, [14, 6])}</svg>`;
}
