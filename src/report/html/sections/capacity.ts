import { pointsByLayer } from '../../capacity-phrases.ts';
import { definitionMark } from '../../../result/definitions.ts';
import type { CapacityAnswer, CapacityPoint, CapacityResult, LayerScalability } from '../../../result/capacity-result.ts';
import type { DeploymentPlan } from '../../../result/deployment-result.ts';
import { storedLimit } from '../../../result/limits.ts';
import { counted, formatCount, formatPerSecond } from '../../../model/units.ts';
import { throughputAt } from '../../../stats/usl.ts';
import { bottomAxis, hitBox, leftAxis, px, WIDTH, type Chart, type Frame } from '../charts/frame.ts';
import { boundLines } from '../charts/bound-lines.ts';
import { legend } from '../charts/legend.ts';
import { countScale, linearScale, type Scale } from '../charts/scales.ts';
import { linePath, seriesClass, seriesSymbol, type Point } from '../charts/shapes.ts';
import type { DataTable } from '../data-table.ts';
import { figureGrid, renderFigure, type Figure, type Section } from '../figure.ts';
import { html, type Content, type Html } from '../markup.ts';
import type { ReportView } from '../view.ts';
import { trialFigures } from './capacity-trials.ts';

const PLOT_HEIGHT = 204;
const AXIS_HEIGHT = 42;
const CURVE_POINTS = 40;
/** Layers beside each other, where they have the same number of processes. */
const APART_PX = 5;
/** A target that is more times what is sustained is told, and not drawn: it would press all else to the ground. */
const MOST_TIMES = 3;

const ANSWERS: Readonly<Record<CapacityAnswer, string>> = {
  interval: 'between the bounds',
  atLeast: 'at least the lower bound',
  below: 'below the upper bound',
  isolated: 'no rate: isolated',
  unknown: 'nothing valid was measured',
};

interface Series {
  readonly name: string;
  readonly points: readonly CapacityPoint[];
  readonly law: LayerScalability | null;
}

/** A rate of deliveries that was asked for. */
interface Target {
  readonly perSecond: number;
  readonly label: string;
}

/** What layers carry with each number of processes, with the scalability law where the results carry one. */
export function capacity({ capacities, plans }: ReportView): Section | null {
  if (capacities.length === 0) return null;
  return {
    id: 'capacity',
    name: 'Capacity',
    title: 'What is sustained',
    intro:
      'Deliveries a second that each number of processes sustains within the goals nine times in ten: the line is the 95 % interval, the mark its lower end. The dotted curve is the scalability law, as far as it may be asked. Below, every trial by the rate that it offered, beside the goals as lines; and how often a rate is sustained, as the trials say it. The band is the same interval. A rate with a question mark was not confirmed.',
    body: capacities.map(
      (result, i) => html`${renderFigure(figureOf(result, targetsOf(result, plans), i))}${figureGrid(trialFigures(result, i))}`,
    ),
  };
}

function figureOf(result: CapacityResult, targets: readonly Target[], index: number): Figure {
  const series = seriesOf(result);
  return {
    title: `${result.scenario.name} within ${result.goal.slo.join(', ')}`,
    summary: `${[...series.flatMap(bestOf), ...targets.map(({ label }) => label)].join('; ') || 'Nothing was sustained'}.`,
    chart: chartOf(series, targets),
    data: dataOf(result, index),
  };
}

/** What had to be delivered: by the goals, and by the plans that rest on the search. */
function targetsOf({ run, goal }: CapacityResult, plans: readonly DeploymentPlan[]): readonly Target[] {
  const goals = goal.slo.flatMap((expression) => {
    const limit = storedLimit(expression);
    return limit?.metric === 'delivered' ? [{ perSecond: limit.bound, label: expression }] : [];
  });
  const wanted = plans
    .filter(({ candidates }) => candidates.some(({ sourceRunId }) => sourceRunId === run.id))
    .map(({ demand }) => demand.headroom * demand.deliveriesPerSecond);
  return [...goals, ...[...new Set(wanted)].map((perSecond) => ({ perSecond, label: `planned for ${formatPerSecond(perSecond)}` }))];
}

function seriesOf(result: CapacityResult): readonly Series[] {
  return pointsByLayer(result).map(({ layer, server, points, law }) => ({ name: `${layer}, ${server}`, points, law }));
}

/** `redis, node: 13,567/s with 8 processes`. */
function bestOf({ name, points, law }: Series): readonly string[] {
  const [best] = points.toSorted((a, b) => (b.lower?.deliveredPerSecond ?? 0) - (a.lower?.deliveredPerSecond ?? 0));
  if (best === undefined || best.lower === null) return [];
  const knee = law?.knee == null ? '' : `, knee at ${formatCount(law.knee.processes.value)}`;
  const { processes } = best.server;
  return [
    `${name}: ${formatPerSecond(Math.round(best.lower.deliveredPerSecond))} with ${counted(processes, 'process', 'processes')}${knee}`,
  ];
}

function chartOf(series: readonly Series[], targets: readonly Target[]): Chart {
  const all = series.flatMap(({ points }) => points);
  const most = Math.max(1, ...all.map((point) => upperOf(point) ?? point.lower?.deliveredPerSecond ?? 0));
  const drawn = targets.filter(({ perSecond }) => perSecond <= MOST_TIMES * most);
  const greatest = Math.max(most, ...drawn.map(({ perSecond }) => perSecond));
  const counts = [...new Set(all.map(({ server }) => server.processes))].toSorted((a, b) => a - b);
  const keys = legend(series.map(({ name }, i) => ({ label: name, halfWidth: 13, mark: seriesMark(i) })));
  const top = keys.height + 12;
  const frame: Frame = { left: 78, right: WIDTH - 14, top, bottom: top + PLOT_HEIGHT };
  const x: Scale = { ...linearScale([Math.min(...counts) - 0.5, Math.max(...counts) + 0.5], [frame.left, frame.right], 6), ticks: counts };
  const y = countScale(greatest, [frame.bottom, frame.top], 5);
  const lines = drawn.map(({ perSecond, label }) => ({ label, value: perSecond }));
  return {
    height: frame.bottom + AXIS_HEIGHT,
    body: html`${keys.body}${leftAxis(frame, { scale: y, format: formatPerSecond, title: '' })}${bottomAxis(frame, { scale: x, format: String, title: 'processes' }, false)}${boundLines(lines, y, frame)}${series.map((one, i) => seriesBody(one, i, x, y, frame))}`,
  };
}

function seriesMark(index: number): Html {
  return html`<path class="line ${seriesClass(index)}" d="M-13,0H13"/>${seriesSymbol(index, [0, 0])}`;
}

function seriesBody({ points, law }: Series, index: number, x: Scale, y: Scale, { top, bottom }: Frame): Content {
  const shift = index * APART_PX;
  const marks = points.map((point) => {
    const left = x.at(point.server.processes) + shift;
    const [from, to] = [point.lower?.deliveredPerSecond ?? 0, upperOf(point)];
    if (point.lower === null && to === null) return null;
    const interval =
      to === null ? null : html`<path class="line ${seriesClass(index)}" d="M${px(left)},${px(y.at(from))}V${px(y.at(to))}"/>`;
    const mark = point.lower === null ? null : seriesSymbol(index, [left, y.at(from)]);
    const room = { x: left - 8, y: top, width: 16, height: bottom - top };
    return html`${interval}${mark}${hitBox(room, hoverText(point))}`;
  });
  return html`${law === null ? null : curveOf(law, points, index, x, y)}${marks}`;
}

function curveOf(law: LayerScalability, points: readonly CapacityPoint[], index: number, x: Scale, y: Scale): Html {
  const counts = points.map(({ server }) => server.processes);
  const [from, to] = [Math.min(...counts), Math.max(...counts)];
  const at = { lambda: law.lambda.value, sigma: law.sigma.value, kappa: law.kappa.value };
  const curve = Array.from({ length: CURVE_POINTS + 1 }, (_, i): Point => {
    const processes = from + ((to - from) * i) / CURVE_POINTS;
    return [x.at(processes) + index * APART_PX, y.at(throughputAt(at, processes))];
  });
  const { knee } = law;
  const mark =
    knee === null || knee.processes.value > to
      ? null
      : html`<text class="axis knee" x="${px(x.at(knee.processes.value) + index * APART_PX)}" y="${px(y.at(knee.perSecond.value) + 20)}" text-anchor="middle">knee</text>`;
  return html`<path class="line weak ${seriesClass(index)}" d="${linePath(curve)}"/>${mark}`;
}

/** Deliveries a second at the upper end. */
function upperOf({ lower, upper }: CapacityPoint): number | null {
  if (upper === null) return null;
  return lower === null || lower.ratePerSecond === 0
    ? upper.deliveredPerSecond
    : (upper.ratePerSecond * lower.deliveredPerSecond) / lower.ratePerSecond;
}

function hoverText(point: CapacityPoint): string {
  const { name, lower, upper, answer, limitedBy } = point;
  const rates = [lower, upper].map((bound) =>
    bound === null ? '–' : `${formatPerSecond(bound.ratePerSecond)}${bound.confirmed ? '' : ' ?'}`,
  );
  const sustained =
    lower === null
      ? ANSWERS[answer]
      : `${formatPerSecond(Math.round(lower.deliveredPerSecond))} delivered${definitionMark({ throughput: lower }, 'delivered')}`;
  const asked = upperOf(point);
  const beyond = lower === null || asked === null ? [] : [`up to ${formatPerSecond(Math.round(asked))}`];
  return [name, `rate ${rates.join(' to ')}`, sustained, ...beyond, ...(limitedBy === null ? [] : [limitedBy.detail])].join('\n');
}

function dataOf({ points, scenario }: CapacityResult, index: number): DataTable {
  return {
    name: `capacity-${scenario.name}-${index + 1}`.replaceAll(/[^\w-]+/g, '-').slice(0, 80),
    caption: `${scenario.name}: what is sustained`,
    columns: [
      { label: 'benchmark', unit: 'text' },
      { label: 'processes', unit: 'count' },
      { label: 'lower rate', unit: 'perSecond' },
      { label: 'upper rate', unit: 'perSecond' },
      { label: 'delivered', unit: 'perSecond' },
      { label: 'answer', unit: 'text' },
      { label: 'limited by', unit: 'text' },
    ],
    rows: points.map(({ name, server, lower, upper, answer, limitedBy }) => [
      name,
      server.processes,
      lower?.ratePerSecond ?? null,
      upper?.ratePerSecond ?? null,
      lower?.deliveredPerSecond ?? null,
      `${ANSWERS[answer]}${lower !== null && !lower.confirmed ? ', not confirmed' : ''}`,
      limitedBy?.detail ?? '',
    ]),
  };
}
