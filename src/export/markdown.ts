import { documentText } from '../model/document-text.ts';
import { benchmarkName } from '../result/benchmark.ts';
import { groupBy } from '../model/group-by.ts';
import type { BenchmarkComparison, Block, CompareResult, MetricComparison } from '../result/comparison-result.ts';
import { worstOf } from '../studies/comparison/verdict.ts';
import {
  sideText,
  blocksLines,
  COMPARISON_COLUMNS,
  comparisonRows,
  errorCountText,
  errorRemedyText,
  formatLatency,
  formatMeasure,
  lowerBoundNote,
  VERDICT_WORDS,
} from '../report/phrases.ts';
import { trialText } from '../report/capacity-phrases.ts';
import { metricText } from '../report/run-columns.ts';
import { formatMetric, limitFoundText } from '../result/limit-text.ts';
import { atLeast, counted, formatCount, formatNumber, formatRatio } from '../model/units.ts';
import { FATES } from '../model/causes.ts';
import { NARROW_RUN_COLUMNS, SERIES_NAMES, SHOWN_STATISTICS, STATISTICS } from '../model/metrics.ts';
import { missingByFate } from '../result/metrics.ts';
import type { RunResult } from '../result/run-result.ts';
import type { ExportInput, Exported } from './export-format.ts';
import { capacityDetails, capacitySections } from './markdown-capacity.ts';
import { planDetails, planSections } from './markdown-plan.ts';
import { details, fitSections, machineFacts, tableHeader, tableRow, type Section } from './markdown-sections.ts';
import { markdownText } from './markdown-text.ts';

/*
 * A page for a step summary of GitHub, which drops all of a step's summary where it is over 1,024 KiB: the verdict, a
 * table for each benchmark, then what else is known, folded away. What does not fit is left out from the end.
 */

/** Leaves some room for what else a step writes. */
export const STEP_SUMMARY_BYTES: number = 1000 * 1024;

export function renderMarkdown(input: ExportInput): Exported {
  const { runs, comparisons, capacities, plans, maxBytes } = input;
  if (runs.length + comparisons.length + capacities.length + plans.length === 0) return { files: [], notes: [] };
  const ofRuns = [...groupBy(runs, benchmarkName)];
  const sections = [
    ...comparisons.flatMap((result) => result.benchmarks.map((benchmark) => comparisonSection(benchmark, result))),
    ...comparisons.flatMap(vanishedSection),
    ...plans.flatMap(planSections),
    ...capacities.flatMap(capacitySections),
    ...ofRuns.map(([name, group]) => runsSection(name, group)),
    ...comparisons.map(comparisonDetails),
    ...plans.map(planDetails),
    ...capacities.map(capacityDetails),
    ...runs.map(runDetails),
  ];
  return { files: [{ name: 'summary.md', text: fitSections(titleOf(input), sections, maxBytes) }], notes: [] };
}

/** The verdict over all. */
function titleOf({ runs, comparisons, capacities, plans }: ExportInput): string {
  const invalid = runs.filter(({ validity }) => !validity.valid).length;
  const missed = runs.flatMap(({ limits }) => limits.filter(({ ok }) => !ok)).length;
  const vanished = comparisons.flatMap((result) => result.vanished).length;
  const open = plans.filter(({ answer }) => answer === null).length;
  const points = capacities.flatMap((result) => result.points).length;
  const parts = [
    ...(comparisons.length === 0 ? [] : [VERDICT_WORDS[worstOf(comparisons)]]),
    ...(vanished === 0 ? [] : [`${counted(vanished, 'benchmark')} vanished`]),
    ...(plans.length === 0 ? [] : [`${counted(plans.length, 'plan')}${open === 0 ? '' : `, ${formatCount(open)} WITHOUT ANSWER`}`]),
    ...(capacities.length === 0 ? [] : [`capacity of ${counted(points, 'point')}`]),
    ...(invalid === 0 ? [] : [`${formatCount(invalid)} of ${counted(runs.length, 'run')} INVALID`]),
    ...(missed === 0 ? [] : [`${counted(missed, 'limit')} missed`]),
    ...(runs.length > 0 && invalid + missed === 0 ? [`${counted(runs.length, 'run')} valid`] : []),
  ];
  return `## Layerbench: ${parts.join(', ')}\n\n`;
}

function comparisonSection(benchmark: BenchmarkComparison, { base, head, design }: CompareResult): Section {
  const header = tableHeader(['metric', ...COMPARISON_COLUMNS, 'verdict'], new Set([1, 2, 3, 5]));
  return {
    opening:
      `### ${markdownText(benchmark.name)}: ${VERDICT_WORDS[benchmark.verdict]}\n\n` +
      `base ${markdownText(sideText(base))}, head ${markdownText(sideText(head))}; ${markdownText(blocksLines(benchmark, design).join('; '))}\n\n${header}`,
    rows: comparisonRows(benchmark).map(({ name, cells, verdict, confirmation }) =>
      tableRow([name, ...cells, `${VERDICT_WORDS[verdict]}${confirmation}`]),
    ),
    closing: '\n',
  };
}

function vanishedSection({ vanished }: CompareResult): readonly Section[] {
  if (vanished.length === 0) return [];
  const opening = `### Vanished: base has it, head has not\n\n${tableHeader(['benchmark'])}`;
  return [{ opening, rows: vanished.map((name) => tableRow([name])), closing: '\n' }];
}

function runsSection(name: string, runs: readonly RunResult[]): Section {
  const measures = new Map(runs.flatMap((run) => run.measures.map((measure) => [measure.name, measure.label] as const)));
  const numbers = [...NARROW_RUN_COLUMNS.map(({ head }) => head), ...measures.values()];
  const header = tableHeader(['run', 'started', ...numbers, 'verdict'], new Set(numbers.map((_, i) => i + 2)));
  return {
    opening: `### ${markdownText(name)}: ${runsVerdict(runs)}\n\n${header}`,
    rows: runs.map((run) => tableRow([run.run.id, run.run.startedAt, ...numberCells(run, [...measures.keys()]), runVerdict(run)])),
    closing: '\n',
  };
}

function numberCells(run: RunResult, measures: readonly string[]): readonly string[] {
  const metrics = NARROW_RUN_COLUMNS.map(({ name }) => metricText(run, name));
  const found = measures.map((name) => run.measures.find((measure) => measure.name === name));
  return [...metrics, ...found.map((measure) => (measure === undefined ? '–' : formatMeasure(measure)))];
}

function runsVerdict(runs: readonly RunResult[]): string {
  return [...new Set(runs.map(runVerdict))].join(', ');
}

function runVerdict({ run, validity, limits }: RunResult): string {
  const missed = limits.filter(({ ok }) => !ok).length;
  const state = run.state === 'completed' ? [] : [run.state];
  const verdict = validity.valid ? (missed === 0 ? 'valid' : `${counted(missed, 'limit')} missed`) : 'INVALID';
  return [...state, verdict].join(', ');
}

/** The value of a block with its unit, to the digits that blocks differ in. */
function blockText({ values, censored = [] }: Block, metric: string, unit: MetricComparison['unit']): string {
  const value = values[metric] ?? null;
  return value === null ? '–' : atLeast(formatMetric(value, unit, { digits: 4 }), censored.includes(metric));
}

function comparisonDetails({ run, environment, warnings, benchmarks, design }: CompareResult): Section {
  const blocks = benchmarks.flatMap(({ name, metrics, blocks: found }) =>
    found.map((block): readonly [string, string] => [
      `${name}, ${block.round} ${block.pair + 1}, ${block.arm}`,
      `run ${block.runId}: ${block.trial === undefined ? '' : `${trialText(block.trial)}, `}${metrics
        .map(({ name: metric, unit }) => `${metric} ${blockText(block, metric, unit)}`)
        .join(', ')}; ${formatCount(block.loss.lost)} lost`,
    ]),
  );
  return details(`Comparison ${run.id}: blocks, warnings, machine`, [
    ...warnings.map((warning) => ['warning', warning] as const),
    ['false alarms', `with probability ${formatNumber(design.alpha)}, over all metrics`],
    ...machineFacts(environment),
    ['command', run.command],
    ...blocks,
  ]);
}

function runDetails(result: RunResult): Section {
  const { run, scenario, layer, ledger, latency, limits, warnings, validity } = result;
  const latencies = SERIES_NAMES.flatMap((series) => {
    const summary = latency[series];
    if (summary === null) return [];
    const statistics = SHOWN_STATISTICS.map((name) => `${STATISTICS[name].label} ${formatLatency(summary, name)}`);
    const note = lowerBoundNote([summary]);
    return [[`${series} latency`, `${statistics.join(', ')}${note === null ? '' : `; ${note}`}`] as const];
  });
  const lost = missingByFate([ledger]).map(
    ({ fate, count }) => [`lost: ${FATES[fate].label}`, `${formatCount(count)}, ${formatRatio(count / ledger.expected)}`] as const,
  );
  return details(`Run ${run.id} of ${benchmarkName(result)}`, [
    ...validity.reasons.map((reason) => ['INVALID', reason] as const),
    ...limits.map((limit) => [`limit ${limit.expression}`, `${limit.ok ? 'held' : 'MISSED'}: ${limitFoundText(limit)}`] as const),
    ...lost,
    ...(result.errors ?? []).map((error) => [errorCountText(error), `${error.text}. ${errorRemedyText(error)}`.trim()] as const),
    ...warnings.map(({ message, remedy }) => ['warning', `${message}. ${remedy}`] as const),
    ...latencies,
    ...settings('parameter', scenario.parameters),
    ...settings('layer option', layer.options),
    ...settings('tag', run.tags),
    ...machineFacts(result.environment),
    ['command', run.command],
  ]);
}

function settings(what: string, values: Readonly<Record<string, unknown>>): readonly (readonly [string, string])[] {
  return Object.entries(values).map(([name, value]) => [`${what} ${name}`, documentText(String(value))]);
}
