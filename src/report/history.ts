import { CAPACITY_METRIC } from '../model/metrics.ts';
import { groupBy } from '../model/group-by.ts';
import { smallestStep } from '../stats/change-points.ts';
import { type Change, type History, type HistoryPoint, type MetricHistory, type Series } from '../studies/history/history.ts';
import type { CommitFacts } from '../model/commit-facts.ts';
import { formatNumber } from '../model/units.ts';
import { signedRatio } from './phrases.ts';
import { formatMetric } from '../result/limit-text.ts';
import { paragraph } from './paragraph.ts';
import type { Style } from './style.ts';
import { renderTable } from './table.ts';

export interface HistoryView {
  /** By sha; commits that are not known here have none. */
  readonly commits: ReadonlyMap<string, CommitFacts>;
  /** With which changes were looked for. */
  readonly maxPValue: number;
}

const BARS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const GAP = ' ';
/** Bars span at least so much of a row's greatest value, so that noise does not look like change. */
const LEAST_SPAN = 0.1;
/** From so many points on, a step has to be few times the noise to show. */
const ENOUGH_POINTS = 10;
const MARKS = '123456789abcdefghijklmnopqrstuvwxyz';
const VALUE_WIDTH = 10;
const INDENT = 2;

/** Series one after another: a row of bars for each metric, then the changes with their commits. Ends with a newline. */
export function renderHistory({ series }: History, view: HistoryView, style: Style): string {
  const legend = `bars span the values of their row, and at least ${formatNumber(LEAST_SPAN * 100)} % of the greatest`;
  return `${series.map((one) => renderSeries(one, view, style)).join('\n')}\n${paragraph('', style.dim(legend), style)}`;
}

function renderSeries(series: Series, view: HistoryView, style: Style): string {
  const { benchmark, points, metrics } = series;
  const changed = [...new Set(metrics.flatMap(({ changes }) => changes.map(({ index }) => index)))].toSorted((a, b) => a - b);
  const nameWidth = Math.max(...metrics.map(({ name }) => name.length));
  const room = Math.max(8, style.columns - 3 * INDENT - nameWidth - VALUE_WIDTH);
  const first = Math.max(0, points.length - room);
  const rows = metrics.map((metric) => `  ${metric.name.padEnd(nameWidth)}  ${barsOf(metric, first, style)}  ${lastValue(metric)}\n`);
  const marks = points
    .map((_, index) => (changed.includes(index) ? markOf(changed, index) : ' '))
    .slice(first)
    .join('');
  return [
    `${style.bold(benchmark)}\n`,
    ...headLines(series, first, view).map((line) => paragraph('  ', style.dim(line), style)),
    '\n',
    ...rows,
    ...(marks.trim() === '' ? [] : [`  ${' '.repeat(nameWidth)}  ${style.bold(marks.trimEnd())}\n`]),
    '\n',
    ...metrics.flatMap(({ apart }) => (apart === undefined ? [] : [paragraph('  ', style.dim(apart), style)])),
    ...(changed.length === 0 ? [paragraph('  ', style.dim(noChange(series)), style)] : changeLines(series, changed, view, style)),
    ...fewValues(series, view.maxPValue).map((line) => paragraph('  ', style.dim(line), style)),
  ].join('');
}

function headLines(series: Series, first: number, { commits }: HistoryView): readonly string[] {
  const { points, reference, distinction } = series;
  const [from, to] = [dateOf(points[0]!, commits), dateOf(points.at(-1)!, commits)];
  const shown = first === 0 ? '' : `, the last ${points.length - first} as bars`;
  return [
    `${pointCount(series)}, ${resultCount(series)}, ${from === to ? from : `${from} to ${to}`}${shown}`,
    ...(reference === null ? [] : [`× of reference ${reference.replace(/^([0-9a-f]{8})[0-9a-f]{32,}$/, '$1')}, measured beside it`]),
    ...distinction,
  ];
}

/** `24 commits`; points where some are of no commit. */
function pointCount({ points }: Series): string {
  return countText(points.length, points.every(({ git }) => git !== null) ? 'commit' : 'point');
}

function resultCount({ points, reference, metrics }: Series): string {
  const isSearched = metrics.some(({ name }) => name === CAPACITY_METRIC);
  return countText(
    points.reduce((sum, { results }) => sum + results, 0),
    reference !== null ? 'comparison' : isSearched ? 'search' : 'run',
  );
}

function countText(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : noun.endsWith('h') ? 'es' : 's'}`;
}

function barsOf({ values, changes }: MetricHistory, first: number, style: Style): string {
  const shown = values.slice(first);
  const present = shown.filter((value) => value !== null);
  const [least, greatest] = [Math.min(...present), Math.max(...present)];
  const span = Math.max(greatest - least, LEAST_SPAN * Math.max(Math.abs(least), Math.abs(greatest)));
  const base = (least + greatest - span) / 2;
  // The base may be a rounding error above the least value.
  const level = (value: number): number =>
    span === 0 ? 0 : Math.max(0, Math.min(BARS.length - 1, Math.floor(((value - base) / span) * BARS.length)));
  return shown
    .map((value, i) => {
      if (value === null) return GAP;
      const change = changes.findLast(({ index }) => index <= first + i);
      return colourOf(change, style)(BARS[level(value)]!);
    })
    .join('');
}

function colourOf(change: Change | undefined, style: Style): (text: string) => string {
  if (change === undefined) return (text) => text;
  return change.kind === 'improvement' ? style.good : style.bad;
}

function lastValue({ values, unit }: MetricHistory): string {
  return valueText(
    values.findLast((value) => value !== null)!,
    unit,
  );
}

/** A value of a history with its unit. */
export function valueText(value: number, unit: MetricHistory['unit']): string {
  return unit === 'times' ? `${formatNumber(value)} ×` : formatMetric(value, unit);
}

/** Each commit at which something changed, and what did. */
function changeLines({ points, metrics }: Series, changed: readonly number[], view: HistoryView, style: Style): readonly string[] {
  const found = changed.map((index) =>
    metrics.flatMap((metric) =>
      metric.changes.filter((change) => change.index === index).map((change) => changeRow(metric, change, style)),
    ),
  );
  const table = renderTable(
    found.flat(),
    ['left', 'right', 'left', 'right', 'left', 'left'],
    { columns: style.columns - 1 },
    { drops: [4] },
  ).split('\n');
  let at = 0;
  return changed.flatMap((index, i) => {
    const rows = table.slice(at, (at += found[i]!.length)).map((row) => `   ${row}\n`);
    return [`  ${style.bold(markOf(changed, index))}  ${commitText(points[index]!, view, style)}\n`, ...rows];
  });
}

function markOf(changed: readonly number[], index: number): string {
  return MARKS[changed.indexOf(index)] ?? '*';
}

function changeRow({ name, unit }: MetricHistory, change: Change, style: Style): readonly string[] {
  const { before, after, pValue, kind } = change;
  return [
    name,
    valueText(before, unit),
    `→ ${valueText(after, unit)}`,
    before === 0 ? '' : signedRatio(after / before - 1),
    style.dim(pValue < 1e-4 ? 'p < 0.0001' : `p ${formatNumber(pValue, 2)}`),
    colourOf(change, style)(kind),
  ];
}

/** `4f2a9c1b  2026-01-14  Subject of the commit`, no longer than a line. */
function commitText(point: HistoryPoint, { commits }: HistoryView, style: Style): string {
  const name = point.git === null ? 'no commit' : `${point.git.sha.slice(0, 8)}${point.git.dirty ? ' with changes' : ''}`;
  const head = `${name}  ${dateOf(point, commits)}`;
  const subject = (point.git === null ? undefined : commits.get(point.git.sha)?.subject) ?? '';
  const room = style.columns - head.length - 7;
  const cut = subject.length <= room ? subject : `${subject.slice(0, Math.max(0, room - 1)).trimEnd()}…`;
  return `${style.bold(name)}  ${dateOf(point, commits)}${cut === '' ? '' : `  ${cut}`}`;
}

/** The day of the commit, or else of its first run. */
function dateOf({ git, startedAt }: HistoryPoint, commits: ReadonlyMap<string, CommitFacts>): string {
  return ((git === null ? undefined : commits.get(git.sha)?.date) ?? startedAt).slice(0, 10);
}

/** Why there is nothing to tell. */
function noChange(series: Series): string {
  return series.points.length < 3 ? `${pointCount(series)}: a change needs at least 3` : 'no change of level';
}

/** What it would take where there are few values: commits without one tell nothing. */
function fewValues(series: Series, maxPValue: number): readonly string[] {
  const step = (count: number): string => `${formatNumber(smallestStep(count, maxPValue)!, 2)} times the noise`;
  const few = [...groupBy(series.metrics, ({ values }) => values.filter((value) => value !== null).length)].filter(
    ([count]) => count < ENOUGH_POINTS,
  );
  if (series.points.length < 3) return [];
  return few.map(([count, metrics]) => {
    const isWhole = count === series.points.length;
    const what = isWhole ? pointCount(series) : `${metrics.map(({ name }) => name).join(', ')} at ${count} of ${pointCount(series)}`;
    if (count < 3) return `${what}: a change needs at least 3`;
    return `${what}: only a step above ${step(count)} shows; with ${ENOUGH_POINTS}, above ${step(ENOUGH_POINTS)}`;
  });
}
