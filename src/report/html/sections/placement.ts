import { SHOWN_STATISTICS, STATISTICS } from '../../../model/metrics.ts';
import { isCensored } from '../../../stats/censoring.ts';
import { formatLatency } from '../../phrases.ts';
import type { LatencySummary } from '../../../stats/histogram.ts';
import { formatUs } from '../../../model/units.ts';
import type { LabelledRun } from '../../run-labels.ts';
import { bottomAxis, px, type Chart } from '../charts/frame.ts';
import { rowChart, ROWS, type ChartRow } from '../charts/rows.ts';
import { logScale, type Scale } from '../charts/scales.ts';
import { seriesClass, seriesSymbol } from '../charts/shapes.ts';
import { statisticCell } from '../data-table.ts';
import { figureGrid, type Figure, type Section } from '../figure.ts';
import { html } from '../markup.ts';
import { delivering, type ReportView } from '../view.ts';

interface Placed {
  readonly run: LabelledRun;
  readonly where: 'same process' | 'other process';
  readonly summary: LatencySummary;
}

/** Beside a row there is little room where the page is narrow. */
const SIDES: Readonly<Record<Placed['where'], string>> = { 'same process': 'same', 'other process': 'other' };

/** Latency by whether publisher and member are on one process. */
export function placement({ detailed }: ReportView): Section | null {
  const runs = delivering(detailed).filter(({ result }) => result.server.processes > 1);
  const figures = (['response', 'transit'] as const).flatMap((series) => {
    const found = runs.flatMap((run) => placedOf(run, series));
    return found.length === 0 ? [] : [figureOf(series, found)];
  });
  if (figures.length === 0) return null;
  return {
    id: 'placement',
    name: 'Placement',
    title: 'Latency by placement',
    intro:
      'Whether the publisher is on the process of the member (same), or on another one (other). The shape is the median, the line goes on to the 99th percentile; dotted where that is a lower bound, since too much never arrived.',
    body: figureGrid(figures),
  };
}

function placedOf(run: LabelledRun, series: 'response' | 'transit'): readonly Placed[] {
  const { sameProcess, crossProcess } = run.result.placement;
  return (
    [
      ['same process', sameProcess[series]],
      ['other process', crossProcess[series]],
    ] as const
  ).flatMap(([where, summary]) => (summary === null || summary.count === 0 ? [] : [{ run, where, summary }]));
}

function figureOf(series: 'response' | 'transit', found: readonly Placed[]): Figure {
  return {
    title: series === 'response' ? 'Response' : 'Transit',
    summary: `${new Set(found.map(({ run }) => run)).size} runs by placement, median to 99th percentile.`,
    chart: chartOf(found),
    data: {
      name: `placement-${series}`,
      caption: `${series} by placement`,
      columns: [
        { label: 'run', unit: 'text' },
        { label: 'placement', unit: 'text' },
        { label: 'deliveries', unit: 'count' },
        ...SHOWN_STATISTICS.map((name) => ({ label: STATISTICS[name].label, unit: 'us' as const })),
      ],
      rows: found.map(({ run, where, summary }) => [
        run.label,
        where,
        summary.count,
        ...SHOWN_STATISTICS.map((statistic) => statisticCell(summary, statistic)),
      ]),
    },
  };
}

function chartOf(found: readonly Placed[]): Chart {
  const values = found.flatMap(({ summary }) => [summary.p50, summary.p99]).filter((us) => us > 0);
  const x = logScale([Math.min(...values) / 1.1, Math.max(...values) * 1.1], [ROWS.left, ROWS.right]);
  const rows = found.map((placed, i) => rowOf(placed, found[i - 1]?.run !== placed.run, x));
  return rowChart(rows, (bottom) => bottomAxis({ ...ROWS, top: 0, bottom }, { scale: x, format: formatUs, title: '' }));
}

/** The run is named at its first row, the placement at each. */
function rowOf({ run, where, summary }: Placed, isFirst: boolean, x: Scale): ChartRow {
  const { p50, p99 } = summary;
  const title = `${run.label}, ${where}\np50  ${formatLatency(summary, 'p50')}\np99  ${formatLatency(summary, 'p99')}`;
  return {
    label: isFirst ? run.label : '',
    value: SIDES[where],
    marks: (y) =>
      html`<g class="hittable"><title>${title}</title><path class="hit" d="M${px(x.at(p50) - 6)},${px(y - 10)}H${px(x.at(p99) + 6)}v20H${px(x.at(p50) - 6)}z"/><path class="line ${isCensored(summary, 'p99') ? 'weak ' : ''}${seriesClass(run.point)}" d="M${px(x.at(p50))},${px(y)}H${px(x.at(p99))}m0,-5v10"/>${seriesSymbol(run.point, [x.at(p50), y])}</g>`,
  };
}
