import { html, type Content, type Html } from '../markup.ts';
import { labelText } from '../../label-text.ts';
import { px, WIDTH } from './frame.ts';

/** One key of a chart. */
export interface LegendEntry {
  /** Drawn around the origin. */
  readonly mark: Content;
  /** From the origin to both sides, in px. */
  readonly halfWidth: number;
  readonly label: string;
}

const ROW_HEIGHT = 18;
/** Of a letter, where a narrow page enlarges text. */
const LETTER_WIDTH = 9;
const GAP = 7;
const LABEL_LENGTH = 30;

/** Keys beside each other above a chart, from the left edge, in as many rows as they take; with the height of those, in px. */
export function legend(entries: readonly LegendEntry[]): { readonly height: number; readonly body: Html } {
  let [left, row] = [0, 0];
  const placed = entries.map(({ mark, halfWidth, label }) => {
    const text = labelText(label, LABEL_LENGTH);
    const width = 2 * halfWidth + GAP + Array.from(text).length * LETTER_WIDTH;
    if (left > 0 && left + width > WIDTH) [left, row] = [0, row + 1];
    const place = `translate(${px(left + halfWidth)},${px(ROW_HEIGHT * (row + 0.5))})`;
    left += width + GAP;
    return html`<g transform="${place}">${mark}<text class="tick" x="${px(halfWidth + GAP)}" dy=".34em">${text}</text></g>`;
  });
  return { height: ROW_HEIGHT * (row + 1), body: html`${placed}` };
}
