import { addUp } from '../../model/figure.ts';
import type { LiveRun, LiveSecond } from '../../result/live-run.ts';
import type { ProcessHealth } from '../../result/run-result.ts';
import { formatNumber, formatUs } from '../../model/units.ts';
import { deliveriesChart } from '../html/deliveries-chart.ts';
import { renderDrawing, type Drawing } from '../html/figure.ts';
import { intervalGroups, type IntervalGroup } from '../html/interval-groups.ts';
import { html, type Html } from '../html/markup.ts';
import { coresScale, healthChart } from '../html/sections/health.ts';
import { reachChart } from '../html/sections/reach.ts';
import type { TimeWindow } from '../html/time-window.ts';
import { intervalWords } from '../interval-words.ts';
import { latencyChart } from './latency-chart.ts';

/** The charts of a run that goes on; each from the moment when there is something for it. */
export function liveFigures(run: LiveRun, seconds: readonly LiveSecond[]): Html {
  const groups = intervalGroups(seconds, 1);
  const figures = [deliveries(run, seconds, groups), latency(run, groups), servers(run)].filter((figure) => figure !== null);
  return html`<div class="grid">${figures.map((figure) => renderDrawing(figure))}${drawnCrossings(run)}</div>`;
}

/** By what the probe has found: that is drawn once, and shown every second. */
const DRAWN = new WeakMap<Uint8Array, Html>();

function drawnCrossings(run: LiveRun): Html | null {
  const known = run.crossed === null ? undefined : DRAWN.get(run.crossed);
  if (known !== undefined) return known;
  const drawing = crossings(run);
  if (drawing === null) return null;
  const drawn = renderDrawing(drawing);
  DRAWN.set(run.crossed!, drawn);
  return drawn;
}

/** All of the measure phase, so that what is to come has its place. */
function windowOf({ request }: LiveRun): TimeWindow {
  return { fromSeconds: 0, toSeconds: request.plan.durationMs / 1000, phases: [] };
}

function deliveries(run: LiveRun, seconds: readonly LiveSecond[], groups: readonly IntervalGroup[]): Drawing | null {
  if (seconds.length === 0) return null;
  const settled = seconds.filter(({ isSettled }) => isSettled);
  const losing = settled.filter(({ lost }) => lost > 0).length;
  return {
    title: 'Deliveries over time',
    summary: `By the time at which a message was due. ${losing === 0 ? 'Nothing missing so far' : `Something missing in ${losing} of ${settled.length} ${intervalWords(settled).many}`}${settled.length < seconds.length ? '; dashed: may still come' : ''}.`,
    chart: deliveriesChart(windowOf(run), run.faults, groups),
  };
}

function latency(run: LiveRun, groups: readonly IntervalGroup[]): Drawing | null {
  const greatest = Math.max(...groups.map(({ p99Us }) => p99Us ?? -Infinity));
  if (greatest === -Infinity) return null;
  return {
    title: 'Response over time',
    summary: `From the time when a message was due until it is at a client; known some seconds later. p99 at most ${formatUs(greatest)}.`,
    chart: latencyChart(windowOf(run), groups),
  };
}

function servers(run: LiveRun): Drawing | null {
  const { servers: list } = run;
  if (list.length === 0) return null;
  const processes = list.map(({ index, cpuRatio, rssBytes }): ProcessHealth => ({
    role: 'server',
    index,
    cpuRatio,
    rssBytes,
    eventLoopUtilization: null,
    eventLoopDelayP99Us: null,
  }));
  const total = addUp(processes.map(({ cpuRatio }) => cpuRatio));
  const most = Math.max(1, ...processes.flatMap(({ cpuRatio }) => cpuRatio ?? []));
  return {
    title: 'Server processes',
    summary: `CPU of the last second and memory; ${total === null ? 'not known of all of them' : `${formatNumber(total, 2)} cores in all`}.`,
    // At least a whole core, so that what is idle does not look busy.
    chart: healthChart(processes, coresScale(most)),
  };
}

function crossings(run: LiveRun): Drawing | null {
  const { crossed, request } = run;
  const { processes } = request.plan;
  if (crossed === null || processes < 2) return null;
  const matrix = Array.from({ length: processes }, (_, from) => Array.from(crossed.subarray(from * processes, (from + 1) * processes)));
  const reached = crossed.reduce((sum, value) => sum + value, 0);
  const all = processes * processes;
  return {
    title: 'Who reaches whom',
    summary:
      reached === all
        ? 'A probe has crossed every pair of processes.'
        : `A probe has crossed ${reached} of ${all} pairs of processes; what the others send to each other is lost.`,
    chart: reachChart(matrix),
  };
}
