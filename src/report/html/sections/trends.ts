import type { Change, HistoryPoint, MetricHistory, Series } from '../../../studies/history/history.ts';
import { medianOf } from '../../../stats/ranks.ts';
import { signedRatio } from '../../phrases.ts';
import { valueText } from '../../history.ts';
import { bottomAxis, hitBox, leftAxis, px, WIDTH, type Chart, type Frame } from '../charts/frame.ts';
import { linearScale, type Extent, type Scale } from '../charts/scales.ts';
import { linePath, type Point } from '../charts/shapes.ts';
import { METRIC_UNITS, type DataTable } from '../data-table.ts';
import { figureGrid, type Figure, type Section } from '../figure.ts';
import { html, type Content } from '../markup.ts';
import { labelText } from '../../label-text.ts';
import type { HistoryOfReport, ReportView } from '../view.ts';

const FRAME: Frame = { left: 70, right: WIDTH - 14, top: 26, bottom: 180 };
const HEIGHT = 222;
/** The axis spans at least so much of the greatest value, so that noise does not look like change. */
const LEAST_SPAN = 0.1;

/** Each metric from commit to commit, with the commits at which its level changed. */
export function trends({ history }: ReportView): Section | null {
  if (history === null) return null;
  const shown = history.history.series.filter(({ points }) => points.length > 1);
  if (shown.length === 0) return null;
  return {
    id: 'trends',
    name: 'Trends',
    title: 'From commit to commit',
    intro:
      'Medians of the runs of each commit. The horizontal line is the level; where it changed, the commit is named. A change needs at least 3 commits to be told from noise, and shows the better the more there are.',
    body: shown.map(
      (series) =>
        html`<h3>${series.benchmark} <span class="of">${series.distinction.join(', ')}</span></h3>${figureGrid(series.metrics.map((metric, i) => figureOf(series, metric, `${series.benchmark}-${i}`, history)))}`,
    ),
  };
}

function figureOf(series: Series, metric: MetricHistory, name: string, history: HistoryOfReport): Figure {
  const { changes, unit, values } = metric;
  return {
    title: metric.name,
    summary:
      (metric.apart === undefined ? '' : `${metric.apart}. `) +
      (changes.length === 0
        ? `No change of level over ${values.filter((value) => value !== null).length} commits.`
        : `${changes.map((change) => changeText(series, change, unit)).join('; ')}.`),
    chart: chartOf(series, metric),
    data: dataOf(series, metric, name, history),
  };
}

/** `4f2a9c1b: 1.2 ms → 1.5 ms, +25 %, regression`. */
function changeText({ points }: Series, { index, before, after, kind }: Change, unit: MetricHistory['unit']): string {
  const ratio = before === 0 ? '' : `, ${signedRatio(after / before - 1)}`;
  return `${commitOf(points[index]!)}: ${valueText(before, unit)} → ${valueText(after, unit)}${ratio}, ${kind}`;
}

function commitOf({ git, startedAt }: HistoryPoint): string {
  return git === null ? startedAt.slice(0, 10) : `${git.sha.slice(0, 8)}${git.dirty ? '+' : ''}`;
}

function chartOf({ points }: Series, { values, unit, changes }: MetricHistory): Chart {
  const present = values.filter((value) => value !== null);
  const x = linearScale([0, points.length - 1], [FRAME.left + 10, FRAME.right - 10], 6);
  const y = linearScale(extentOf(present), [FRAME.bottom, FRAME.top], 4);
  const commits: Scale = { ...x, ticks: tickIndexes(points.length) };
  const placed = values.flatMap((value, i): readonly Point[] => (value === null ? [] : [[x.at(i), y.at(value)]]));
  return {
    height: HEIGHT,
    body: html`${leftAxis(FRAME, { scale: y, format: (value) => valueText(value, unit), title: '' })}${bottomAxis(FRAME, { scale: commits, format: (index) => commitOf(points[index]!), title: 'commit' }, false)}<path class="trend" d="${linePath(placed)}"/>${levels(values, changes, x, y)}${placed.map(([left, top]) => html`<circle class="mark dot" cx="${px(left)}" cy="${px(top)}" r="3"/>`)}${points.map((point, i) => hit(point, values[i]!, unit, i, points.length, x))}`,
  };
}

function extentOf(values: readonly number[]): Extent {
  const [least, greatest] = [Math.min(...values), Math.max(...values)];
  const span = Math.max(greatest - least, LEAST_SPAN * Math.max(Math.abs(least), Math.abs(greatest)));
  const middle = (least + greatest) / 2;
  return [Math.max(least < 0 ? -Infinity : 0, middle - 0.6 * span), middle + 0.6 * span];
}

/** The first, the last, and some between, as many as have room. */
function tickIndexes(count: number): readonly number[] {
  const ticks = Math.min(count, 5);
  return [...new Set(Array.from({ length: ticks }, (_, i) => Math.round((i * (count - 1)) / Math.max(1, ticks - 1))))];
}

/** The level between changes, and the changes with their commits. */
function levels(values: MetricHistory['values'], changes: readonly Change[], x: Scale, y: Scale): Content {
  const edges = [0, ...changes.map(({ index }) => index), values.length];
  const lines = edges.slice(1).map((to, i) => {
    const present = values.slice(edges[i], to).flatMap((value) => value ?? []);
    if (present.length === 0) return null;
    return html`<path class="level" d="M${px(x.at(edges[i]! - 0.4))},${px(y.at(medianOf(present)))}H${px(x.at(to - 0.6))}"/>`;
  });
  const marks = changes.map(({ index, before, after, kind }) => {
    const left = x.at(index - 0.5);
    const text = before === 0 ? kind : `${signedRatio(after / before - 1)} ${kind}`;
    return html`<path class="mark changed ${kind}" d="M${px(left)},${FRAME.top}V${FRAME.bottom}"/><text class="changed" x="${px(left + (left > 300 ? -4 : 4))}" y="${FRAME.top + 8}" text-anchor="${left > 300 ? 'end' : 'start'}">${text}</text>`;
  });
  return [lines, marks];
}

function hit(point: HistoryPoint, value: number | null, unit: MetricHistory['unit'], index: number, count: number, x: Scale): Content {
  if (value === null) return null;
  const half = count < 2 ? 20 : (x.at(1) - x.at(0)) / 2;
  const results = `${point.results} ${point.results === 1 ? 'result' : 'results'}`;
  return hitBox(
    { x: x.at(index) - half, y: FRAME.top, width: 2 * half, height: FRAME.bottom - FRAME.top },
    `${commitOf(point)}\n${valueText(value, unit)}\n${results}`,
  );
}

function dataOf({ benchmark, points }: Series, metric: MetricHistory, name: string, { commits }: HistoryOfReport): DataTable {
  return {
    name: `trend-${name}`.replaceAll(/[^\w-]+/g, '-').slice(0, 80),
    caption: `${benchmark}: ${metric.name} from commit to commit`,
    columns: [
      { label: 'commit', unit: 'text' },
      { label: 'date', unit: 'text' },
      { label: metric.name, unit: METRIC_UNITS[metric.unit] },
      { label: 'results', unit: 'count' },
      { label: 'change', unit: 'text' },
      { label: 'subject', unit: 'text' },
    ],
    rows: points.map((point, i) => {
      const facts = point.git === null ? undefined : commits.get(point.git.sha);
      const change = metric.changes.find(({ index }) => index === i);
      return [
        commitOf(point),
        (facts?.date ?? point.startedAt).slice(0, 10),
        metric.values[i]!,
        point.results,
        change?.kind ?? '',
        labelText(facts?.subject ?? '', 80),
      ];
    }),
  };
}
