import { formatPerSecond, formatRatio } from '../../../model/units.ts';
import { html, type Html } from '../markup.ts';
import { bottomAxis, box, hitBox, leftAxis, px, WIDTH, type Chart, type Frame } from './frame.ts';
import { legend } from './legend.ts';
import { linearScale, logScale } from './scales.ts';
import { linePath, seriesClass, seriesSymbol, type Point } from './shapes.ts';

/** How often rates are sustained, and the trials that say so. */
export interface SustainedRates {
  readonly curve: readonly { readonly ratePerSecond: number; readonly probability: number }[];
  /** Of the rate that is sustained nine times in ten. */
  readonly interval: readonly [lower: number, upper: number];
  readonly trials: readonly { readonly ratePerSecond: number; readonly verdict: 'ok' | 'bad' | 'invalid'; readonly title: string }[];
}

const PLOT_HEIGHT = 150;
const AXIS_HEIGHT = 42;
/** Marks of trials stand above and below the curve, each a little apart from the one before. */
const MARGIN = 24;
const APART = 4;
const ROWS = 3;

/** The curve over the logarithm of the rate. Trials that were sustained stand at its top, those that were not at its bottom; others say nothing of it. */
export function sustainedChart({ curve, interval, trials }: SustainedRates): Chart {
  const keys = legend([
    { mark: html`<path class="line ${seriesClass(0)}" d="M-8,0H8"/>`, label: 'how often it is sustained', halfWidth: 8 },
    { mark: seriesSymbol(0, [0, 0]), label: 'trial, sustained', halfWidth: 6 },
    { mark: cross([0, 0]), label: 'trial, not sustained', halfWidth: 6 },
    { mark: box({ x: -8, y: -6, width: 16, height: 12 }, 'band'), label: '9 times in 10, 95 % interval', halfWidth: 8 },
  ]);
  const top = keys.height + 12;
  const frame: Frame = { left: 78, right: WIDTH - 14, top, bottom: top + PLOT_HEIGHT };
  const x = logScale([curve[0]!.ratePerSecond, curve.at(-1)!.ratePerSecond], [frame.left, frame.right]);
  const y = linearScale([0, 1], [frame.bottom - MARGIN, frame.top + MARGIN], 4);
  const path = linePath(curve.map(({ ratePerSecond, probability }): Point => [x.at(ratePerSecond), y.at(probability)]));
  const isSeen = ({ ratePerSecond, verdict }: SustainedRates['trials'][number]): boolean =>
    verdict !== 'invalid' && ratePerSecond >= curve[0]!.ratePerSecond && ratePerSecond <= curve.at(-1)!.ratePerSecond;
  const marks = trials.filter(isSeen).map(({ ratePerSecond, verdict, title }, i) => {
    const away = 8 + APART * (i % ROWS);
    const at: Point = [x.at(ratePerSecond), verdict === 'ok' ? y.at(1) - away : y.at(0) + away];
    const hit = hitBox({ x: at[0] - 5, y: at[1] - 5, width: 10, height: 10 }, title);
    return html`${verdict === 'ok' ? seriesSymbol(0, at) : cross(at)}${hit}`;
  });
  const band = { x: x.at(interval[0]), y: frame.top, width: x.at(interval[1]) - x.at(interval[0]), height: PLOT_HEIGHT };
  return {
    height: frame.bottom + AXIS_HEIGHT,
    body: html`${keys.body}${box(band, 'band')}${leftAxis(frame, { scale: y, format: formatRatio, title: '' })}${bottomAxis(frame, { scale: x, format: formatPerSecond, title: 'rate offered' }, false)}<path class="line ${seriesClass(0)}" d="${path}"/>${marks}`,
  };
}

function cross([x, y]: Point): Html {
  return html`<path class="mark line ${seriesClass(0)}" d="M${px(x - 4)},${px(y - 4)}l8,8m-8,0l8,-8"/>`;
}
