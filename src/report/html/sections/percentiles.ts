import { atLeast, formatNumber, formatUs } from '../../../model/units.ts';
import { bottomAxis, hitBox, leftAxis, WIDTH, type Chart, type Frame } from '../charts/frame.ts';
import { logScale, type Scale } from '../charts/scales.ts';
import { linePath, seriesClass, seriesSymbol, type Point } from '../charts/shapes.ts';
import { boundedCell, type Cell, type DataTable } from '../data-table.ts';
import { figureGrid, type Figure, type Section } from '../figure.ts';
import { html, type Html } from '../markup.ts';
import { labelText } from '../../label-text.ts';
import { percentileCurve, type CurvePoint } from '../percentile-curve.ts';
import { delivering, type ReportView } from '../view.ts';

const FRAME: Frame = { left: 62, right: WIDTH - 14, top: 26, bottom: 228 };
const HEIGHT = 268;
/** The shape of a run stands at these, so that it is told by more than its colour. */
const SHAPED = [50, 90, 99, 99.9];
/** Where there are many runs, shapes would hide the lines. */
const SHAPED_OF_MANY = [50, 99];
const MANY_RUNS = 8;
/** Of a percentile's sends, as many have to lie beyond it for its number to be more than luck. */
const FIRM_SENDS = 10;

interface Curve {
  readonly label: string;
  readonly point: number;
  readonly curve: readonly CurvePoint[];
  /** From here on, fewer sends lie beyond a percentile than make it firm. */
  readonly firmUpTo: number;
}

/** Latency as percentile curves on the scale of HdrHistogram. */
export function percentiles({ detailed }: ReportView): Section | null {
  const figures = (['response', 'transit'] as const).flatMap((series) => {
    const curves = delivering(detailed).flatMap(({ label, point, result }): readonly Curve[] => {
      const summary = result.latency[series];
      if (summary === null || summary.count === 0) return [];
      const sends = result.latency.firstDelivery?.count ?? summary.count;
      return [{ label, point, curve: percentileCurve(summary), firmUpTo: 100 * (1 - FIRM_SENDS / sends) }];
    });
    return curves.length === 0 ? [] : [figureOf(series, curves)];
  });
  if (figures.length === 0) return null;
  return {
    id: 'percentiles',
    name: 'Percentiles',
    title: 'Latency by percentile',
    intro:
      'How long the given share of deliveries took at most. Each step to the right is ten times rarer, so that the slowest are as visible as the usual ones. Dotted: fewer than 10 messages are behind that part, or it is a lower bound (≥), since more never arrived than lies beyond it.',
    body: figureGrid(figures),
  };
}

const NAMES = { response: 'Response, from due to client', transit: 'Transit, the layer alone' } as const;

function figureOf(series: keyof typeof NAMES, curves: readonly Curve[]): Figure {
  return {
    title: NAMES[series],
    summary:
      curves.length > 4
        ? `${curves.length} runs.`
        : `${curves.map(({ label, curve }) => `${labelText(label)}: ${shareText(curve, 50, 'half')}, ${shareText(curve, 99, '99 %')}`).join('; ')}.`,
    chart: chartOf(curves),
    data: dataOf(series, curves),
  };
}

/** `half within 12 ms`, or `99 % take ≥ 2 s` where more is not known. */
function shareText(curve: readonly CurvePoint[], percent: number, share: string): string {
  const point = curve.find((entry) => entry.percent >= percent) ?? curve.at(-1)!;
  return `${share} ${point.isLowerBound ? 'take' : 'within'} ${usText(point)}`;
}

function usText({ us, isLowerBound }: CurvePoint): string {
  return atLeast(formatUs(us), isLowerBound);
}

function chartOf(curves: readonly Curve[]): Chart {
  const all = curves.flatMap(({ curve }) => curve);
  const values = all.map(({ us }) => us).filter((us) => us > 0);
  const x = logScale([1, Math.max(...all.map(({ rarity }) => rarity))], [FRAME.left, FRAME.right]);
  const y = logScale([Math.min(...values), Math.max(...values)], [FRAME.bottom, FRAME.top]);
  const rarities = { ...x, ticks: [1, 2, 10, 100, 1000, 1e4, 1e5, 1e6].filter((rarity) => x.at(rarity) < FRAME.right - 8) };
  return {
    height: HEIGHT,
    body: html`${leftAxis(FRAME, { scale: y, format: formatUs, title: 'at most' })}${bottomAxis(FRAME, { scale: rarities, format: (rarity) => formatNumber(100 * (1 - 1 / rarity), 7), title: '% of deliveries' })}${curves.map((curve) => curveMarks(curve, curves.length > MANY_RUNS ? SHAPED_OF_MANY : SHAPED, x, y))}${hits(curves, x)}`,
  };
}

function curveMarks({ curve, point, firmUpTo }: Curve, percents: readonly number[], x: Scale, y: Scale): Html {
  const placed = (points: readonly CurvePoint[]): readonly Point[] => points.map(({ rarity, us }) => [x.at(rarity), y.at(us)]);
  const firm = curve.filter(({ percent, isLowerBound }) => percent <= firmUpTo && !isLowerBound);
  const weak = curve.slice(Math.max(0, firm.length - 1));
  const shaped = curve.filter(({ percent }, i) => percents.includes(percent) || i === curve.length - 1);
  const line = (points: readonly CurvePoint[], kind: string): Html | null =>
    points.length < 2 ? null : html`<path class="${kind} ${seriesClass(point)}" d="${linePath(placed(points))}"/>`;
  return html`${line(firm, 'mark line firm')}${line(weak, 'mark line weak')}${placed(shaped).map((place) => seriesSymbol(point, place))}`;
}

/** A strip for each percentile, that says what all runs have there. */
function hits(curves: readonly Curve[], x: Scale): readonly Html[] {
  const rarities = [...new Set(curves.flatMap(({ curve }) => curve.map(({ rarity }) => rarity)))].toSorted((a, b) => a - b);
  const edge = (i: number): number =>
    i < 0 ? FRAME.left : i >= rarities.length - 1 ? FRAME.right : (x.at(rarities[i]!) + x.at(rarities[i + 1]!)) / 2;
  return rarities.map((rarity, i) => {
    const found = curves.flatMap(({ label, curve }) => {
      const point = curve.find((entry) => entry.rarity === rarity);
      return point === undefined ? [] : [{ label, point }];
    });
    const percent = Math.min(...found.map(({ point }) => point.percent));
    const lines = found.map(
      ({ label, point }) =>
        `${labelText(label)}  ${usText(point)}${point.percent === 100 ? `, the slowest${point.isLowerBound ? ' that arrived' : ''}` : ''}`,
    );
    const title = `${formatNumber(percent, 7)} %\n${lines.join('\n')}`;
    return hitBox({ x: edge(i - 1), y: FRAME.top, width: Math.max(0.1, edge(i) - edge(i - 1)), height: FRAME.bottom - FRAME.top }, title);
  });
}

function cellAt(curve: readonly CurvePoint[], percent: number): Cell {
  const point = curve.find((entry) => entry.percent === percent);
  return point === undefined ? null : boundedCell(point.us, point.isLowerBound);
}

function dataOf(series: string, curves: readonly Curve[]): DataTable {
  const percents = [...new Set(curves.flatMap(({ curve }) => curve.map(({ percent }) => percent)))].toSorted((a, b) => a - b);
  return {
    name: `percentiles-${series}`,
    caption: `${series}: the most that the given share of deliveries took`,
    columns: [{ label: 'percentile', unit: 'percent' }, ...curves.map(({ label }) => ({ label, unit: 'us' as const }))],
    rows: percents.map((percent) => [percent, ...curves.map(({ curve }) => cellAt(curve, percent))]),
  };
}
