import { html, type Html } from '../markup.ts';
import { labelText } from '../../label-text.ts';
import { px, type Frame } from './frame.ts';
import type { Scale } from './scales.ts';

/** A value that was asked for. */
export interface Bound {
  readonly label: string;
  readonly value: number;
}

/** Of a line of text, in px. */
export const LABEL_HEIGHT = 16;

/** A dashed line across for each bound, with its label above it, or below where there is no room above. */
export function boundLines(bounds: readonly Bound[], y: Scale, { left, right, top }: Frame): readonly Html[] {
  return bounds.map(({ label, value }) => {
    const at = y.at(value);
    const isCrowded = at - top < LABEL_HEIGHT || bounds.some((other) => other.value > value && at - y.at(other.value) < LABEL_HEIGHT);
    return html`<path class="threshold" d="M${left},${px(at)}H${right}"/><text class="bound" x="${left + 4}" y="${px(at + (isCrowded ? 13 : -5))}">${labelText(label)}</text>`;
  });
}
