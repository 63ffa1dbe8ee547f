import type { RunResult } from '../../../core/result.ts';
import { formatCount, formatMs, formatNumber, formatPerSecond, formatUs } from '../../../core/units.ts';
import type { LabelledRun } from '../../run-labels.ts';
import { box, hitBox, leftAxis, px, WIDTH, type Chart, type Frame } from '../charts/frame.ts';
import { countScale, type Scale } from '../charts/scales.ts';
import { figureGrid, type Figure, type Section } from '../figure.ts';
import { intervalGroups, type IntervalGroup } from '../interval-groups.ts';
import { html, type Content } from '../markup.ts';
import { labelText } from '../../label-text.ts';
import { faultLabels, timeAxis, timeGround, timeScale, timeWindow } from '../time-window.ts';
import { delivering, type ReportView } from '../view.ts';

const DELIVERIES: Frame = { left: 62, right: WIDTH - 14, top: 26, bottom: 150 };
const LAG: Frame = { ...DELIVERIES, top: 196, bottom: 240 };
const BOTH: Frame = { ...DELIVERIES, bottom: LAG.bottom };
const HEIGHT = 282;

/** Deliveries, losses and pacer lag from second to second, with phases and faults. */
export function overTime({ detailed }: ReportView): Section | null {
  const runs = delivering(detailed).filter(({ result }) => result.intervals.length > 0);
  if (runs.length === 0) return null;
  return {
    id: 'over-time',
    name: 'Over time',
    title: 'Deliveries over time',
    intro:
      'By the second in which a message was due: delivered below, lost on top, hatched. Pacer lag is how late the harness itself sent. Faults stand where they were made to happen; warm-up and drain are shaded.',
    body: figureGrid(runs.map((run) => figureOf(run, intervalGroups(run.result, runs.length)))),
  };
}

function figureOf({ label, result }: LabelledRun, groups: readonly IntervalGroup[]): Figure {
  return {
    title: label,
    summary: summaryOf(result, groups),
    chart: chartOf(result, groups),
    data: {
      name: `over-time-${result.run.id}`,
      caption: `${label}, over time`,
      columns: [
        { label: 'from', unit: 'ms' },
        { label: 'to', unit: 'ms' },
        { label: 'offered', unit: 'count' },
        { label: 'sent', unit: 'count' },
        { label: 'delivered', unit: 'count' },
        { label: 'lost', unit: 'count' },
        { label: 'pacer lag p99', unit: 'us' },
        { label: 'response p50', unit: 'us' },
        { label: 'response p99', unit: 'us' },
      ],
      rows: groups.map((group) => [
        group.startMs,
        group.endMs,
        group.offered,
        group.sent,
        group.delivered,
        group.lost,
        group.pacerLagP99Us,
        group.p50Us,
        group.p99Us,
      ]),
    },
  };
}

function summaryOf({ intervals, faults }: RunResult, groups: readonly IntervalGroup[]): string {
  const losing = intervals.filter(({ lost }) => lost > 0).length;
  const recovery = (ms: number | null): string =>
    ms === null ? 'lost to the end' : ms === 0 ? 'nothing lost' : `lost for ${formatMs(ms)}`;
  return `${[
    losing === 0 ? 'Nothing lost in any second' : `Losses in ${losing} of ${intervals.length} seconds`,
    `pacer lag p99 at most ${formatUs(greatest(groups, ({ pacerLagP99Us }) => pacerLagP99Us ?? 0))}`,
    ...faults.map(({ spec, recoveryMs }) => `${labelText(spec)}: ${recovery(recoveryMs)}`),
  ].join('; ')}.`;
}

function greatest(groups: readonly IntervalGroup[], of: (group: IntervalGroup) => number): number {
  return Math.max(...groups.map(of));
}

function chartOf(result: RunResult, groups: readonly IntervalGroup[]): Chart {
  const window = timeWindow(result);
  const x = timeScale(window, BOTH);
  const total = greatest(groups, (group) => perSecond(group, group.delivered + group.lost));
  const rates = countScale(total, [DELIVERIES.bottom, DELIVERIES.top], 4);
  const lags = countScale(
    greatest(groups, ({ pacerLagP99Us }) => pacerLagP99Us ?? 0),
    [LAG.bottom, LAG.top],
    2,
  );
  return {
    height: HEIGHT,
    body: html`${timeGround(window, result.faults, x, BOTH)}${leftAxis(DELIVERIES, { scale: rates, format: formatCount, title: 'deliveries per second' })}${leftAxis(LAG, { scale: lags, format: formatUs, title: 'pacer lag p99' })} ${timeAxis(LAG, x)}<path class="base" d="M${DELIVERIES.left},${DELIVERIES.bottom}H${DELIVERIES.right}"/>${groups.map((group) => groupMarks(group, x, rates, lags))}${faultLabels(result.faults, x, BOTH)}`,
  };
}

function perSecond({ startMs, endMs }: IntervalGroup, count: number): number {
  return endMs === startMs ? 0 : (count * 1000) / (endMs - startMs);
}

function groupMarks(group: IntervalGroup, x: Scale, rates: Scale, lags: Scale): Content {
  const { startMs, endMs, delivered, lost, pacerLagP99Us } = group;
  const [left, right] = [x.at(startMs / 1000), x.at(endMs / 1000)];
  const width = right - left - (right - left > 6 ? 1.5 : 0);
  const [upTo, total] = [rates.at(perSecond(group, delivered)), rates.at(perSecond(group, delivered + lost))];
  const lagTop = lags.at(pacerLagP99Us ?? 0);
  return [
    box({ x: left, y: upTo, width, height: DELIVERIES.bottom - upTo }, 'delivered'),
    lost === 0 ? null : box({ x: left, y: total, width, height: upTo - total }, 'lost'),
    lost === 0 ? null : html`<path class="lost-edge" d="M${px(left)},${px(total)}h${px(width)}"/>`,
    pacerLagP99Us === null ? null : box({ x: left, y: lagTop, width, height: LAG.bottom - lagTop }, 'lag'),
    hitBox({ x: left, y: BOTH.top, width: right - left, height: BOTH.bottom - BOTH.top }, titleOf(group)),
  ];
}

function titleOf(group: IntervalGroup): string {
  const { startMs, endMs, delivered, lost, pacerLagP99Us } = group;
  const lag = pacerLagP99Us === null ? '' : `\npacer lag p99  ${formatUs(pacerLagP99Us)}`;
  const seconds = `${formatNumber(startMs / 1000)}–${formatNumber(endMs / 1000)} s`;
  return `${seconds}\ndelivered  ${formatPerSecond(perSecond(group, delivered))}\nlost  ${formatPerSecond(perSecond(group, lost))}${lag}`;
}
