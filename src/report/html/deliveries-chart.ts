import type { FaultSpan } from '../../model/faults.ts';
import { formatCount, formatPerSecond, formatUs } from '../../model/units.ts';
import { box, hitBox, leftAxis, px, WIDTH, type Chart, type Frame } from './charts/frame.ts';
import { countScale, type Scale } from './charts/scales.ts';
import { linePath, type Point } from './charts/shapes.ts';
import { secondsText, type IntervalGroup } from './interval-groups.ts';
import { html, type Content } from './markup.ts';
import { faultLabels, timeAxis, timeGround, timeScale, type TimeWindow } from './time-window.ts';

const DELIVERIES: Frame = { left: 62, right: WIDTH - 14, top: 26, bottom: 150 };
const LAG: Frame = { ...DELIVERIES, top: 196, bottom: 240 };
const BOTH: Frame = { ...DELIVERIES, bottom: LAG.bottom };
const HEIGHT = 282;

/**
 * What became of the deliveries of each interval's messages: delivered, on top of them lost and what may still come. A line for what
 * arrived meanwhile, and below how late the harness sent. Every interval has its values under the pointer.
 */
export function deliveriesChart(window: TimeWindow, faults: readonly FaultSpan[], groups: readonly IntervalGroup[]): Chart {
  const x = timeScale(window, BOTH);
  const total = greatest(groups, (group) =>
    Math.max(perSecond(group, group.delivered + group.lost + group.pending), perSecond(group, group.arrived ?? 0)),
  );
  const rates = countScale(total, [DELIVERIES.bottom, DELIVERIES.top], 4);
  const lags = countScale(
    greatest(groups, ({ pacerLagP99Us }) => pacerLagP99Us ?? 0),
    [LAG.bottom, LAG.top],
    2,
  );
  return {
    height: HEIGHT,
    body: html`${timeGround(window, faults, x, BOTH)}${leftAxis(DELIVERIES, { scale: rates, format: formatCount, title: 'deliveries owed per second' })}${leftAxis(LAG, { scale: lags, format: formatUs, title: 'pacer lag p99' })} ${timeAxis(LAG, x)}<path class="base" d="M${DELIVERIES.left},${DELIVERIES.bottom}H${DELIVERIES.right}"/>${groups.map((group) => groupMarks(group, x, rates, lags))}${arrivals(groups, x, rates)}${faultLabels(faults, x, BOTH)}`,
  };
}

function greatest(groups: readonly IntervalGroup[], of: (group: IntervalGroup) => number): number {
  return Math.max(0, ...groups.map(of));
}

function perSecond({ startMs, endMs }: IntervalGroup, count: number): number {
  return endMs === startMs ? 0 : (count * 1000) / (endMs - startMs);
}

/** A step for each interval that it is known of. */
function arrivals(groups: readonly IntervalGroup[], x: Scale, rates: Scale): Content {
  const points = groups.flatMap((group): Point[] => {
    if (group.arrived === null) return [];
    const y = rates.at(perSecond(group, group.arrived));
    return [
      [x.at(group.startMs / 1000), y],
      [x.at(group.endMs / 1000), y],
    ];
  });
  return points.length === 0 ? null : html`<path class="line" d="${linePath(points)}"/>`;
}

function groupMarks(group: IntervalGroup, x: Scale, rates: Scale, lags: Scale): Content {
  const { startMs, endMs, delivered, lost, pending, pacerLagP99Us } = group;
  const [left, right] = [x.at(startMs / 1000), x.at(endMs / 1000)];
  const width = right - left - (right - left > 6 ? 1.5 : 0);
  const [upTo, total] = [rates.at(perSecond(group, delivered)), rates.at(perSecond(group, delivered + lost))];
  const mayCome = rates.at(perSecond(group, delivered + lost + pending));
  const lagTop = lags.at(pacerLagP99Us ?? 0);
  return [
    box({ x: left, y: upTo, width, height: DELIVERIES.bottom - upTo }, 'delivered'),
    lost === 0 ? null : box({ x: left, y: total, width, height: upTo - total }, 'lost'),
    lost === 0 ? null : html`<path class="lost-edge" d="M${px(left)},${px(total)}h${px(width)}"/>`,
    pending === 0 ? null : box({ x: left, y: mayCome, width, height: total - mayCome }, 'pending'),
    pacerLagP99Us === null ? null : box({ x: left, y: lagTop, width, height: LAG.bottom - lagTop }, 'lag'),
    hitBox({ x: left, y: BOTH.top, width: right - left, height: BOTH.bottom - BOTH.top }, titleOf(group)),
  ];
}

function titleOf(group: IntervalGroup): string {
  const { delivered, lost, pending, arrived, pacerLagP99Us } = group;
  const lag = pacerLagP99Us === null ? '' : `\npacer lag p99  ${formatUs(pacerLagP99Us)}`;
  const open = pending === 0 ? '' : `\nnot there yet  ${formatPerSecond(perSecond(group, pending))}`;
  const meanwhile = arrived === null ? '' : `\narrived meanwhile  ${formatPerSecond(perSecond(group, arrived))}`;
  return `${secondsText(group)}\nowed  ${formatPerSecond(perSecond(group, delivered + lost + pending))}\nof it lost  ${formatPerSecond(perSecond(group, lost))}${open}${meanwhile}${lag}`;
}
