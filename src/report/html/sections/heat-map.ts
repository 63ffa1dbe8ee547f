import { groupBy } from '../../../model/group-by.ts';
import { LatencyReader, type Censorable } from '../../../stats/histogram.ts';
import { atLeast, formatCount, formatUs } from '../../../model/units.ts';
import type { RunResult } from '../../../result/run-result.ts';
import type { LabelledRun } from '../../run-labels.ts';
import { boxes, hitBox, leftAxis, WIDTH, type Chart, type Frame } from '../charts/frame.ts';
import { logScale, type Extent, type Scale } from '../charts/scales.ts';
import { linePath } from '../charts/shapes.ts';
import { figureGrid, type Figure, type Section } from '../figure.ts';
import { intervalWords } from '../../interval-words.ts';
import { intervalGroups, secondsText } from '../interval-groups.ts';
import { html, type Content, type Html } from '../markup.ts';
import { faultLabels, timeAxis, timeGround, timeScale, timeWindow } from '../time-window.ts';
import { delivering, type ReportView } from '../view.ts';

const FRAME: Frame = { left: 62, right: WIDTH - 14, top: 26, bottom: 220 };
const HEIGHT = 262;
const BUCKETS = 22;
/** As in the style of the page. */
const LEVELS = 7;

/** The scale of latency that all heat maps have in common: buckets of equal ratios. */
interface Buckets {
  readonly extent: Extent;
  readonly upperBoundsUs: readonly number[];
}

/** How the latencies of some seconds are spread over the buckets. */
interface HeatColumn {
  readonly startMs: number;
  readonly endMs: number;
  readonly counts: readonly number[];
  readonly p50Us: number | null;
  readonly p99Us: number | null;
  readonly censored: readonly Censorable[];
}

/** Response latency over time. */
export function heatMap({ detailed }: ReportView): Section | null {
  const runs = delivering(detailed).filter(({ result }) => extentsOf(result).length > 0);
  if (runs.length === 0) return null;
  const buckets = bucketsOf(runs.flatMap(({ result }) => extentsOf(result)));
  return {
    id: 'heat-map',
    name: 'Heat map',
    title: 'Latency over time',
    intro: html`Each column is a second, or several in a long run, each box a range of response latencies: the darker, the more deliveries took that long. The line is the 99th percentile of what arrived. All runs have the same scale of latency. <span class="nowrap">few ${keyOf()} many</span>`,
    body: figureGrid(runs.map((run) => figureOf(run, buckets, runs.length))),
  };
}

function keyOf(): Html {
  const steps = Array.from(
    { length: LEVELS },
    (_, level) => html`<rect class="h${level}" x="${level * 14}" y="0" width="13" height="12"/>`,
  );
  return html`<svg class="key" viewBox="0 0 ${LEVELS * 14} 12" aria-hidden="true">${steps}</svg>`;
}

function extentsOf({ intervals }: RunResult): readonly Extent[] {
  return intervals.flatMap(({ response }) =>
    response === null || response.histogram === '' ? [] : [[Math.max(1, response.min), response.max] as const],
  );
}

function bucketsOf(extents: readonly Extent[]): Buckets {
  const least = Math.min(...extents.map(([from]) => from));
  const greatest = Math.max(least * 2, ...extents.map(([, to]) => to));
  const upperBoundsUs = Array.from({ length: BUCKETS }, (_, i) => least * (greatest / least) ** ((i + 1) / BUCKETS));
  return { extent: [least, greatest], upperBoundsUs };
}

function figureOf({ label, result }: LabelledRun, buckets: Buckets, runCount: number): Figure {
  const columns = intervalGroups(result.intervals, runCount).map(({ startMs, endMs, p50Us, p99Us, censored, intervals }): HeatColumn => {
    const counts = intervals.flatMap(({ response }) =>
      response === null ? [] : [new LatencyReader(response).bucketCounts(buckets.upperBoundsUs)],
    );
    return {
      startMs,
      endMs,
      p50Us,
      p99Us,
      censored,
      counts: buckets.upperBoundsUs.map((_, i) => counts.reduce((sum, of) => sum + of[i]!, 0)),
    };
  });
  const medians = columns.flatMap(({ p50Us }) => p50Us ?? []);
  return {
    title: label,
    summary: `Median response between ${formatUs(Math.min(...medians))} and ${formatUs(Math.max(...medians))} from ${intervalWords(result.intervals).one} to the next.`,
    chart: chartOf(result, columns, buckets),
    data: {
      name: `heat-map-${result.run.id}`,
      caption: `${label}: deliveries by time and by the most that they took`,
      columns: [
        { label: 'from', unit: 'ms' },
        { label: 'to', unit: 'ms' },
        ...buckets.upperBoundsUs.map((us) => ({ label: `≤ ${formatUs(us)}`, unit: 'count' as const })),
      ],
      rows: columns.map(({ startMs, endMs, counts }) => [startMs, endMs, ...counts]),
    },
  };
}

function chartOf(result: RunResult, columns: readonly HeatColumn[], buckets: Buckets): Chart {
  const window = timeWindow(result);
  const x = timeScale(window, FRAME);
  const y = logScale(buckets.extent, [FRAME.bottom, FRAME.top]);
  const most = Math.max(1, ...columns.flatMap(({ counts }) => counts));
  const slowest = columns.flatMap(({ startMs, endMs, p99Us }) =>
    p99Us === null ? [] : [[x.at((startMs + endMs) / 2000), y.at(p99Us)] as const],
  );
  return {
    height: HEIGHT,
    body: html`${timeGround(window, result.faults, x, FRAME)}${leftAxis(FRAME, { scale: y, format: formatUs, title: 'response' })}${columns.map((column) => columnMarks(column, buckets, most, x, y))} <path class="p99-halo" d="${linePath(slowest)}"/><path class="p99" d="${linePath(slowest)}"/>${faultLabels(result.faults, x, FRAME)}${timeAxis(FRAME, x)}`,
  };
}

/** A path for each level; the pointer finds the whole column. */
function columnMarks(column: HeatColumn, { extent, upperBoundsUs }: Buckets, most: number, x: Scale, y: Scale): Content {
  const { startMs, endMs, counts } = column;
  const [left, right] = [x.at(startMs / 1000), x.at(endMs / 1000)];
  const width = right - left - (right - left > 6 ? 1 : 0);
  const cells = counts.flatMap((count, i) => {
    if (count === 0) return [];
    const [bottom, top] = [y.at(i === 0 ? extent[0] : upperBoundsUs[i - 1]!), y.at(upperBoundsUs[i]!)];
    const level = Math.min(LEVELS - 1, Math.floor(LEVELS * Math.sqrt(count / most)));
    return [{ level: `h${level}`, place: { x: left, y: top, width, height: bottom - top } }];
  });
  const levels = [...groupBy(cells, ({ level }) => level)];
  return [
    levels.map(([level, alike]) =>
      boxes(
        alike.map(({ place }) => place),
        level,
      ),
    ),
    hitBox({ x: left, y: FRAME.top, width: right - left, height: FRAME.bottom - FRAME.top }, titleOf(column)),
  ];
}

function titleOf(column: HeatColumn): string {
  const { counts, p50Us, p99Us, censored } = column;
  const time = (us: number | null, name: Censorable): string => (us === null ? '–' : atLeast(formatUs(us), censored.includes(name)));
  const deliveries = formatCount(counts.reduce((sum, count) => sum + count, 0));
  return `${secondsText(column)}\n${deliveries} deliveries\np50  ${time(p50Us, 'p50')}\np99  ${time(p99Us, 'p99')}`;
}
