import { groupBy } from '../../../model/group-by.ts';
import { medianOf } from '../../../stats/ranks.ts';
import { formatPerSecond } from '../../../model/units.ts';
import { html, type Content, type Html } from '../markup.ts';
import { boundLines, LABEL_HEIGHT, type Bound } from './bound-lines.ts';
import { bottomAxis, box, hitBox, leftAxis, px, WIDTH, type Chart, type Frame } from './frame.ts';
import { legend, type LegendEntry } from './legend.ts';
import { countScale, logScale, type Extent, type Scale } from './scales.ts';
import { linePath, seriesClass, seriesSymbol, type Point } from './shapes.ts';

/** One value of a trial at a rate. */
export interface TrialMark {
  readonly ratePerSecond: number;
  /** null where nothing of it counts, or is known: such a mark stands below the others. */
  readonly value: number | null;
  readonly verdict: 'ok' | 'bad' | 'invalid';
  /** Which of the metrics it is of. */
  readonly series: number;
  readonly title: string;
}

/** Trials of a search beside what they had to keep. */
export interface Trials {
  readonly marks: readonly TrialMark[];
  readonly metrics: readonly string[];
  /** A line each. */
  readonly bounds: readonly Bound[];
  /** Between these rates the capacity is; null on the side that is open. */
  readonly capacity: { readonly from: number | null; readonly to: number | null };
  /** Whether values are told apart by their ratios. */
  readonly isLogarithmic: boolean;
  readonly format: (value: number) => string;
}

const LEFT = 78;
const RIGHT = WIDTH - 14;
const PLOT_HEIGHT = 190;
const STRIP_HEIGHT = 32;
const AXIS_HEIGHT = 42;
/** Room around the outermost values, at least, and how many times the least the greatest is, so that there are ticks. */
const ROOM = 1.3;
const LEAST_SPAN = 6;
/** Share of the scale that sets 0 apart from the least other value. */
const ZERO_ROOM = 0.14;

/** Values by rate, both by their ratios; sustained, not sustained and not valid are told apart by their shapes. */
export function trialChart(trials: Trials): Chart {
  const { marks, bounds, capacity, format } = trials;
  const keys = legend(legendOf(trials));
  const top = keys.height + 12;
  const plot: Frame = { left: LEFT, right: RIGHT, top, bottom: top + PLOT_HEIGHT };
  const hasStrip = marks.some(({ value }) => value === null);
  const bottom = plot.bottom + (hasStrip ? STRIP_HEIGHT : 0);
  const rates = marks.map(({ ratePerSecond }) => ratePerSecond);
  const x = logScale(roomy(Math.min(...rates), Math.max(...rates)), [LEFT, RIGHT]);
  const y = valueScale(trials, plot);
  const place = ({ ratePerSecond, value }: TrialMark): Point => [
    x.at(ratePerSecond),
    value === null ? plot.bottom + STRIP_HEIGHT / 2 : y.at(value),
  ];
  const axes = html`${leftAxis(plot, { scale: y, format, title: '' })}${bottomAxis({ ...plot, bottom }, { scale: x, format: formatPerSecond, title: 'rate offered' }, false)}`;
  return {
    height: bottom + AXIS_HEIGHT,
    body: html`${keys.body}${band(capacity, x, { ...plot, bottom })}${axes}${hasStrip && strip(plot.bottom)}${boundLines(bounds, y, plot)}${medians(trials, x, y)}${marks.map((mark) => shape(mark, place(mark)))}${marks.map((mark) => hit(mark, place(mark)))}`,
  };
}

function legendOf({ marks, metrics }: Trials): readonly LegendEntry[] {
  const has = (verdict: TrialMark['verdict']): boolean => marks.some((mark) => mark.verdict === verdict);
  const key = (mark: Content, label: string, halfWidth = 6): LegendEntry => ({ mark, label, halfWidth });
  return [
    ...metrics.map((metric, i) => key(seriesSymbol(i, [0, 0]), metrics.length === 1 ? 'sustained' : `${metric}, sustained`)),
    ...(has('bad') ? [key(cross(0, [0, 0]), 'not sustained')] : []),
    ...(has('invalid') ? [key(hollow([0, 0]), 'not valid')] : []),
    key(box({ x: -8, y: -6, width: 16, height: 12 }, 'band'), 'capacity', 8),
  ];
}

/** By ratios, with a place for 0 at the bottom where it is needed; else from 0. */
function valueScale({ marks, bounds, isLogarithmic }: Trials, { top, bottom }: Frame): Scale {
  const values = [...marks.flatMap(({ value }) => value ?? []), ...bounds.map(({ value }) => value)];
  const positive = values.filter((value) => value > 0);
  const greatest = Math.max(0, ...values);
  if (!isLogarithmic || positive.length === 0) return countScale(greatest, [bottom, top], 5);
  const isZeroSeen = positive.length < values.length;
  const [from, to] = roomy(Math.min(...positive), greatest);
  const scale = logScale([isZeroSeen ? from * (from / to) ** ZERO_ROOM : from, to], [bottom, top]);
  return isZeroSeen ? { ...scale, ticks: [0, ...scale.ticks.filter((tick) => scale.at(tick) < bottom - LABEL_HEIGHT)] } : scale;
}

function roomy(least: number, greatest: number): Extent {
  const room = Math.max(ROOM, Math.sqrt((LEAST_SPAN * least) / greatest));
  return [least / room, greatest * room];
}

/** What stands in the strip below. */
function strip(bottom: number): Html {
  return html`<path class="grid-line" d="M${LEFT},${px(bottom)}H${RIGHT}"/><text class="tick" x="${LEFT - 6}" y="${px(bottom + STRIP_HEIGHT / 2)}" dy=".32em" text-anchor="end">no value</text>`;
}

function band({ from, to }: Trials['capacity'], x: Scale, { left, right, top, bottom }: Frame): Content {
  if (from === null && to === null) return null;
  const [start, end] = [from === null ? left : x.at(from), to === null ? right : x.at(to)];
  return box({ x: start, y: top, width: end - start, height: bottom - top }, 'band');
}

/** From rate to rate, the middle of what was measured there. */
function medians({ marks, metrics }: Trials, x: Scale, y: Scale): readonly Content[] {
  return metrics.map((_, series) => {
    const known = marks.flatMap((mark) =>
      mark.value === null || mark.series !== series ? [] : [{ rate: mark.ratePerSecond, value: mark.value }],
    );
    const points = [...groupBy(known, ({ rate }) => String(rate))]
      .map(([rate, of]): Point => [x.at(Number(rate)), y.at(medianOf(of.map(({ value }) => value)))])
      .toSorted((a, b) => a[0] - b[0]);
    return points.length < 2 ? null : html`<path class="line weak ${seriesClass(series)}" d="${linePath(points)}"/>`;
  });
}

function shape({ verdict, series }: TrialMark, at: Point): Html {
  switch (verdict) {
    case 'ok':
      return seriesSymbol(series, at);
    case 'bad':
      return cross(series, at);
    case 'invalid':
      return hollow(at);
  }
}

function cross(series: number, [x, y]: Point): Html {
  return html`<path class="mark line ${seriesClass(series)}" d="M${px(x - 4)},${px(y - 4)}l8,8m-8,0l8,-8"/>`;
}

function hollow([x, y]: Point): Html {
  return html`<circle class="mark hollow" cx="${px(x)}" cy="${px(y)}" r="4"/>`;
}

function hit({ title }: TrialMark, [x, y]: Point): Html {
  return hitBox({ x: x - 7, y: y - 7, width: 14, height: 14 }, title);
}
