import type { Block, BenchmarkComparison, CompareResult, MetricComparison } from '../../../result/comparison-result.ts';
import { sideText, blocksLines, COMPARISON_COLUMNS, comparisonRows, formatMedian, signedRatio, VERDICT_WORDS } from '../../phrases.ts';
import { TRIAL_VERDICTS } from '../../capacity-phrases.ts';
import { medianOf } from '../../../stats/ranks.ts';
import { formatNumber } from '../../../model/units.ts';
import { verdictText } from '../../comparison.ts';
import { PLAIN } from '../../style.ts';
import { bottomAxis, px, type Chart } from '../charts/frame.ts';
import { rowChart, ROWS, type ChartRow } from '../charts/rows.ts';
import { linearScale, type Extent, type Scale } from '../charts/scales.ts';
import { METRIC_UNITS, textTable, type Cell, type DataTable } from '../data-table.ts';
import { renderFigure, type Section } from '../figure.ts';
import { bdi, html, type Html } from '../markup.ts';
import type { ReportView } from '../view.ts';

/** One observation of a change: a pair, or a block of head against the median of base. */
interface Dot {
  readonly change: number;
  readonly round: Block['round'];
  readonly title: string;
}

/** Base beside head: changes with their intervals, and the blocks that they rest on. */
export function comparisons({ comparisons: found }: ReportView): Section | null {
  if (found.length === 0) return null;
  return {
    id: 'comparisons',
    name: 'Comparison',
    title: found.length === 1 ? 'Head against base' : 'Comparisons',
    intro:
      'The change of each metric with its 95 % interval; every dot is a pair of runs in turn, or a run of head against the median of base, and hollow where it was made to confirm. The tick marks from where a change for the worse counts.',
    body: found.map(comparisonBody),
  };
}

function comparisonBody(result: CompareResult, index: number): Html {
  const { base, head, benchmarks, vanished, verdict } = result;
  const sides = [base, head].map(({ label, git }, i) => [i === 0 ? 'base' : 'head', bdi(sideText({ label, git }))]);
  return html`${textTable(`Compared: ${verdictText(verdict, PLAIN)}`, [], sides)}${benchmarks.map((benchmark, i) => benchmarkBody(benchmark, result, `${index + 1}-${i + 1}`))}${vanished.length === 0 ? null : html`<p>Of base alone: ${bdi(vanished.join(', '))}</p>`}`;
}

function benchmarkBody(benchmark: BenchmarkComparison, result: CompareResult, number: string): Html {
  const { name, metrics, verdict } = benchmark;
  const drawn = metrics.filter(({ change }) => change !== null);
  const caption = `${name}: ${verdictText(verdict, PLAIN)}, ${blocksLines(benchmark, result.design)[0]!}`;
  const figure =
    drawn.length === 0
      ? null
      : renderFigure({
          title: name,
          summary: `${verdictText(verdict, PLAIN)}: ${drawn.map(({ name: metric, change }) => `${metric} ${signedRatio(change!)}`).join('; ')}.`,
          chart: chartOf(drawn, benchmark, result.design.interleaved),
          data: dataOf(benchmark, number),
        });
  const rows = comparisonRows(benchmark).map((row) =>
    [row.name, ...row.cells, `${VERDICT_WORDS[row.verdict]}${row.confirmation}`].map((cell) => bdi(cell)),
  );
  return html`<div class="compared">${figure}${textTable(caption, ['metric', ...COMPARISON_COLUMNS, ''], rows)}</div>`;
}

function chartOf(metrics: readonly MetricComparison[], benchmark: BenchmarkComparison, isInterleaved: boolean): Chart {
  const dots = metrics.map((metric) => dotsOf(metric.name, benchmark.blocks, isInterleaved));
  const x = linearScale(extentOf(metrics, dots), [ROWS.left, ROWS.right], 5);
  const rows = metrics.map((metric, i) => rowOf(metric, dots[i]!, x));
  const axis = (bottom: number): Html =>
    html`${bottomAxis({ ...ROWS, top: 0, bottom }, { scale: x, format: (change) => `${formatNumber(change * 100)} %`, title: 'change, head against base' })}<path class="zero" d="M${px(x.at(0))},0V${bottom}"/>`;
  return rowChart(rows, axis);
}

function extentOf(metrics: readonly MetricComparison[], dots: readonly (readonly Dot[])[]): Extent {
  const values = [
    0,
    ...dots.flat().map(({ change }) => change),
    ...metrics.flatMap(({ change, interval }) => [change!, ...(interval ?? [])]),
    ...metrics.map(worseFrom),
  ];
  const [least, greatest] = [Math.min(...values), Math.max(...values)];
  const room = 0.05 * (greatest - least);
  return [least - room, greatest + room];
}

/** From where a change for the worse counts. */
function worseFrom({ direction, minEffect }: MetricComparison): number {
  return direction === 'lowerIsBetter' ? minEffect : 1 / (1 + minEffect) - 1;
}

function dotsOf(metric: string, blocks: readonly Block[], isInterleaved: boolean): readonly Dot[] {
  const judged = blocks.filter(({ round }) => round !== 'noise');
  const base = judged.filter(({ arm }) => arm === 'base');
  const values = base.flatMap(({ values: of }) => of[metric] ?? []);
  if (values.length === 0) return [];
  const median = medianOf(values);
  return judged.flatMap((block): readonly Dot[] => {
    if (block.arm !== 'head') return [];
    const other = base.find(({ round, pair }) => round === block.round && pair === block.pair);
    const [of, to] = [isInterleaved ? other?.values[metric] : median, block.values[metric]];
    if (to === null || to === undefined || !of) return [];
    const change = to / of - 1;
    return [{ change, round: block.round, title: `${isInterleaved ? 'pair' : 'run'} ${block.pair + 1}  ${signedRatio(change)}` }];
  });
}

function rowOf(metric: MetricComparison, dots: readonly Dot[], x: Scale): ChartRow {
  const { name, unit, base, head, change, interval, verdict } = metric;
  const title = `${name}: ${verdictText(verdict, PLAIN)}\nbase  ${formatMedian(base, unit)}\nhead  ${formatMedian(head, unit)}\nchange  ${signedRatio(change!)}`;
  return {
    label: name,
    value: signedRatio(change!),
    marks: (y) =>
      html`<path class="threshold" d="M${px(x.at(worseFrom(metric)))},${px(y - 9)}v18"/>${interval === null ? null : html`<path class="interval" d="M${px(x.at(interval[0]))},${px(y)}H${px(x.at(interval[1]))}"/>`}${dots.map((dot) => html`<circle class="mark dot ${dot.round}" cx="${px(x.at(dot.change))}" cy="${px(y)}" r="3.5"><title>${name} ${dot.title}</title></circle>`)}<path class="mark change ${verdict}" d="M${px(x.at(change!))},${px(y - 7)}l5,7l-5,7l-5,-7z"><title>${title}</title></path>`,
  };
}

/** Every block with its values. */
function dataOf({ name, metrics, blocks }: BenchmarkComparison, number: string): DataTable {
  const hasTrials = blocks.some(({ trial }) => trial !== undefined);
  return {
    name: `comparison-${number}`,
    caption: `${name}: blocks`,
    columns: [
      { label: 'round', unit: 'text' },
      { label: 'pair', unit: 'count' },
      { label: 'arm', unit: 'text' },
      ...(hasTrials ? [{ label: 'rate', unit: METRIC_UNITS.rate } as const, { label: 'trial', unit: 'text' } as const] : []),
      ...metrics.map((metric) => ({ label: metric.name, unit: METRIC_UNITS[metric.unit] })),
      { label: 'lost', unit: 'count' },
      { label: 'run', unit: 'text' },
    ],
    rows: blocks.map(({ round, pair, arm, values, loss, runId, trial }): readonly Cell[] => [
      round,
      pair + 1,
      arm,
      ...(hasTrials ? [trial?.ratePerSecond ?? null, trial === undefined ? null : TRIAL_VERDICTS[trial.verdict]] : []),
      ...metrics.map((metric) => values[metric.name] ?? null),
      loss.lost,
      runId,
    ]),
  };
}
