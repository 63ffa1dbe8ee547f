import { benchmarkName, choicesOf } from '../result/benchmark.ts';
import { choiceText } from '../model/choice-text.ts';
import { defaultMetricNames } from '../studies/comparison/gates.ts';
import { metricOf } from '../result/metrics.ts';
import type { RunResult } from '../result/run-result.ts';
import { medianOf } from '../stats/ranks.ts';
import { formatMetric } from '../result/limit-text.ts';
import { atLeast } from '../model/units.ts';
import type { Style } from './style.ts';
import { paragraph } from './paragraph.ts';
import { renderTable } from './table.ts';

/** Runs that are kept under a key; at least one. */
export interface BaselineEntry {
  readonly key: string;
  readonly runs: readonly RunResult[];
}

/** Each key, and in a line below it what is there. Ends with a newline. */
export function renderBaselines(baselines: readonly BaselineEntry[], style: Style): string {
  const rows = baselines.map(({ runs }) => [
    runCount(runs),
    dateOf(runs),
    commitOf(runs),
    ...['p50', 'p99'].map((name) => `${style.dim(name)} ${spread(runs, name)?.[0] ?? '–'}`),
  ]);
  const lines = renderTable(rows, ['right', 'left', 'left', 'left', 'left'], style, { drops: [2, 1] }).split('\n');
  return baselines.map(({ key }, i) => `${style.bold(key)}\n${lines[i]!}\n`).join('');
}

/** One baseline: where it is from, its numbers over all runs, and what was chosen for it. Ends with a newline. */
export function renderBaseline({ key, runs }: BaselineEntry, style: Style): string {
  const [first] = runs;
  const { host, fingerprint } = first!.environment;
  const names = [...new Set(runs.flatMap(defaultMetricNames))];
  const numbers = names.flatMap((name) => {
    const values = spread(runs, name);
    return values === null ? [] : [[name, ...values]];
  });
  const head = ['metric', 'median', 'least', 'greatest'].map((cell) => style.dim(cell));
  const choices = [...choicesOf(first!)]
    .filter(([, value]) => value !== '')
    .map(([name, value]) => choiceText(name, value))
    .map(([name, value]) => [style.dim(name), value]);
  return [
    `${style.bold(benchmarkName(first!))}\n  ${key}\n`,
    paragraph('  ', `${runCount(runs)} of ${dateOf(runs)}, ${commitOf(runs)}`, style),
    `${paragraph('  ', `${host.cpuModel}, ${host.cores} cores (${fingerprint})`, style)}\n`,
    renderTable([head, ...numbers], ['left', 'right', 'right', 'right'], style),
    `\n${renderTable(choices, ['left', 'left'], style, { wraps: [1] })}`,
  ].join('');
}

function runCount(runs: readonly RunResult[]): string {
  return `${runs.length} ${runs.length === 1 ? 'run' : 'runs'}`;
}

function dateOf(runs: readonly RunResult[]): string {
  const days = runs.map(({ run }) => run.startedAt.slice(0, 10)).toSorted();
  return days[0] === days.at(-1) ? days[0]! : `${days[0]!} to ${days.at(-1)!}`;
}

function commitOf(runs: readonly RunResult[]): string {
  const commits = runs.map(({ environment: { git } }) =>
    git === null ? 'no commit' : `${git.sha.slice(0, 8)}${git.dirty ? ' with changes' : ''}`,
  );
  const distinct = [...new Set(commits)];
  return distinct.length === 1 ? distinct[0]! : `${distinct.length} commits`;
}

/** Median, least and greatest value of a metric; null without data. */
function spread(runs: readonly RunResult[], name: string): readonly [string, string, string] | null {
  const metrics = runs.flatMap((run) => metricOf(run, name) ?? []);
  const values = metrics.flatMap(({ value }) => value ?? []);
  if (values.length === 0) return null;
  const isLowerBound = metrics.some(({ censored }) => censored);
  const text = (value: number): string => atLeast(formatMetric(value, metrics[0]!.unit), isLowerBound);
  return [text(medianOf(values)), text(Math.min(...values)), text(Math.max(...values))];
}
