import { html, type Content, type Html } from '../markup.ts';
import type { Scale } from './scales.ts';

/*
 * Charts are SVG that is drawn when the report is written: the page shows and prints them without its script. Every mark
 * has the class `mark`; what has a `title` shows it where the pointer or the keyboard is.
 */

/** Of every chart, in px; the page scales them to the room that there is. */
export const WIDTH = 480;

/** A chart without its element. */
export interface Chart {
  readonly height: number;
  readonly body: Content;
}

/** The edges of the room for marks, in px. */
export interface Frame {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** The element of a chart. `label` is what is read out in its place. */
export function svg({ height, body }: Chart, label: string): Html {
  return html`<svg class="chart" viewBox="0 0 ${WIDTH} ${px(height)}" role="img" tabindex="0" aria-label="${label}">${body}</svg>`;
}

export function px(value: number): string {
  return String(Math.round(value * 10) / 10);
}

export interface Axis {
  readonly scale: Scale;
  readonly format: (tick: number) => string;
  /** What is measured; empty where it goes without saying. */
  readonly title: string;
}

/** Ticks on the left with lines across; the title stands above them. */
export function leftAxis({ left, right, top }: Frame, { scale, format, title }: Axis): Html {
  const ticks = scale.ticks.map((tick) => {
    const y = px(scale.at(tick));
    return html`<path class="grid-line" d="M${left},${y}H${right}"/><text class="tick" x="${left - 6}" y="${y}" dy=".32em" text-anchor="end">${format(tick)}</text>`;
  });
  return html`${ticks}<text class="axis" x="0" y="${top - 10}">${title}</text>`;
}

/** Ticks below, with lines up where the chart has them. */
export function bottomAxis({ left, right, top, bottom }: Frame, { scale, format, title }: Axis, hasGrid = true): Html {
  const ticks = scale.ticks.map((tick) => {
    const x = px(scale.at(tick));
    return html`${hasGrid ? html`<path class="grid-line" d="M${x},${top}V${bottom}"/>` : null}<text class="tick" x="${x}" y="${bottom + 16}" text-anchor="middle">${format(tick)}</text>`;
  });
  const base = html`<path class="base" d="M${left},${bottom}H${right}"/>`;
  return html`${ticks}${base}<text class="axis" x="${right}" y="${bottom + 34}" text-anchor="end">${title}</text>`;
}

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A filled box that is part of the data. As a path, which is shorter than a rectangle. */
export function box({ x, y, width, height }: Box, className: string, title: string | null = null): Html {
  const path = `M${px(x)},${px(y)}h${px(Math.max(0.5, width))}v${px(height)}h${px(-Math.max(0.5, width))}z`;
  const mark = html`<path class="mark ${className}" d="${path}"`;
  return title === null ? html`${mark}/>` : html`${mark}><title>${title}</title></path>`;
}

/** Many boxes of one look as one path. Their edges are whole px, so that neighbours meet. */
export function boxes(all: readonly Box[], className: string): Html {
  const edge = Math.round;
  const path = all.map(({ x, y, width, height }) => {
    const [left, top] = [edge(x), edge(y)];
    const across = Math.max(1, edge(x + width) - left);
    return `M${left},${top}h${across}v${Math.max(1, edge(y + height) - top)}h${-across}z`;
  });
  return html`<path class="mark ${className}" d="${path.join('')}"/>`;
}

/** Where the pointer finds values that have no area of their own; not seen. */
export function hitBox({ x, y, width, height }: Box, title: string): Html {
  return html`<rect class="hit" x="${px(x)}" y="${px(y)}" width="${px(width)}" height="${px(height)}"><title>${title}</title></rect>`;
}
