import type { BenchmarkComparison, CompareResult, LossComparison, LossCount, MetricComparison, Verdict } from '../core/compare-result.ts';
import { formatBytes, formatCount, formatNumber, formatPerSecond, formatRatio, formatUs } from '../core/units.ts';
import type { Style } from './style.ts';
import { renderTable } from './table.ts';

/** A comparison as text for a terminal of 80 columns and more: a table per benchmark, then what limits it. Ends with a newline. */
export function renderCompare(result: CompareResult, style: Style): string {
  const { base, head, benchmarks, warnings, verdict } = result;
  const arms = `  base  ${armText(base)}\n  head  ${armText(head)}\n`;
  const tables = benchmarks.map((benchmark) => `\n${benchmarkTable(benchmark, result, style)}`).join('');
  const notes = warnings.map((warning) => `  ${style.warn('!')} ${warning}\n`).join('');
  const end = benchmarks.length === 1 ? '' : `\n${style.bold('all together')}: ${verdictText(verdict, style)}\n`;
  return `${arms}${tables}${notes === '' ? '' : `\n${notes}`}${end}`;
}

function armText({ label, git }: CompareResult['base']): string {
  return git === null ? label : `${label}  ${git.sha.slice(0, 8)}${git.dirty ? ' with changes' : ''}`;
}

function benchmarkTable(benchmark: BenchmarkComparison, { design }: CompareResult, style: Style): string {
  const { name, verdict, metrics, loss, blocks } = benchmark;
  const header = ['metric', 'base', 'head', 'change', '95 % interval', 'counts from', ''].map((cell) => style.dim(cell));
  const rows = [header, ...metrics.map((metric) => metricRow(metric, style)), lossRow(loss, style)];
  const table = renderTable(rows, ['left', 'right', 'right', 'right', 'left', 'right', 'left']);
  const compared = blocks.filter(({ round }) => round === 'comparison');
  const confirming = blocks.filter(({ round }) => round === 'confirmation').length / 2;
  const made = design.interleaved
    ? `${compared.length / 2} pairs in turn${confirming > 0 ? `, ${confirming} more to confirm` : ''}`
    : `${countOf(compared, 'base')} and ${countOf(compared, 'head')} runs, not in turn: what the machine did between counts as change`;
  const notes = [made, ...noiseText(metrics)].map((note) => `  ${style.dim(note)}\n`).join('');
  return `${style.bold(name)}: ${verdictText(verdict, style)}\n${table}${notes}`;
}

function countOf(blocks: BenchmarkComparison['blocks'], arm: string): number {
  return blocks.filter((block) => block.arm === arm).length;
}

/** What base varies by against itself, in a line; none where it does not, or was not tried. */
function noiseText(metrics: readonly MetricComparison[]): readonly string[] {
  const noises = metrics.flatMap(({ name, noise }) => (noise ? [`${name} ±${formatRatio(Number(noise.toPrecision(2)))}`] : []));
  return noises.length === 0 ? [] : [`base against itself: ${noises.join(', ')}`];
}

function metricRow(metric: MetricComparison, style: Style): readonly string[] {
  const { name, unit, direction, base, head, change, interval, minEffect, verdict, confirmed } = metric;
  return [
    name,
    formatMetric(base, unit),
    formatMetric(head, unit),
    change === null ? '–' : signedRatio(change),
    interval === null ? '–' : `${signedRatio(interval[0])} … ${signedRatio(interval[1])}`,
    signedRatio(direction === 'lowerIsBetter' ? minEffect : 1 / (1 + minEffect) - 1),
    `${verdictText(verdict, style)}${confirmedText(confirmed)}`,
  ];
}

function confirmedText(confirmed: boolean | null): string {
  if (confirmed === null) return '';
  return confirmed ? ', confirmed' : ', not confirmed';
}

function lossRow({ base, head, verdict, confirmed }: LossComparison, style: Style): readonly string[] {
  return [
    'loss',
    lossText(base),
    lossText(head),
    '',
    lossNote(base, head),
    'any event',
    `${verdictText(verdict, style)}${confirmedText(confirmed)}`,
  ];
}

function lossText({ expected, lost, events }: LossCount): string {
  return lost === 0 ? 'none' : `${formatRatio(lost / expected)}, ${formatCount(events)} ${events === 1 ? 'event' : 'events'}`;
}

/** Of no loss in n deliveries, three in n is the upper bound at 95 % (the rule of three). */
function lossNote(base: LossCount, head: LossCount): string {
  if (head.unexplained > 0)
    return `${formatCount(head.unexplained)} unexplained${base.unexplained > 0 ? `, base ${formatCount(base.unexplained)}` : ''}`;
  return head.lost === 0 && head.expected > 0 ? `head < ${formatNumber(3e6 / head.expected, 2)} ppm` : '';
}

const VERDICT_WORDS: Readonly<Record<Verdict, string>> = {
  improvement: 'improvement',
  pass: 'no worse',
  inconclusive: 'inconclusive',
  regression: 'REGRESSION',
};

/** A verdict in words; colour only says it again. */
export function verdictText(verdict: Verdict, style: Style): string {
  const mark = { improvement: style.good, pass: style.good, inconclusive: style.warn, regression: style.bad }[verdict];
  return mark(VERDICT_WORDS[verdict]);
}

/** `+12.3 %`, to a tenth of a percent: less is no change of a system. */
export function signedRatio(ratio: number): string {
  const percent = Math.round(Math.abs(ratio) * 1000) / 10;
  return `${percent === 0 ? '±' : ratio < 0 ? '−' : '+'}${formatNumber(percent)} %`;
}

/** The value of a metric with its unit. */
export function formatMetric(value: number, unit: MetricComparison['unit']): string {
  switch (unit) {
    case 'duration':
      return formatUs(value);
    case 'ratio':
      return formatRatio(value);
    case 'rate':
      return formatPerSecond(value);
    case 'bytes':
      return formatBytes(value);
    case 'count':
      return formatNumber(value);
  }
}
