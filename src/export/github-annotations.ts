import { benchmarkName } from '../result/benchmark.ts';
import type { BenchmarkComparison, CompareResult, LossComparison, MetricComparison } from '../result/comparison-result.ts';
import { formatMedian } from '../report/phrases.ts';
import { limitFoundText } from '../result/limit-text.ts';
import type { RunResult } from '../result/run-result.ts';
import { formatCount, formatRatio } from '../model/units.ts';
import type { ExportInput, Exported } from './export-format.ts';

/** In the order of GitHub's own page: worst first. */
const KINDS = ['error', 'warning', 'notice'] as const;
/** GitHub shows no more of a kind, for each step. */
const MOST_OF_A_KIND = 10;

interface Annotation {
  readonly kind: (typeof KINDS)[number];
  readonly title: string;
  readonly message: string;
}

/**
 * Results as the workflow commands that GitHub shows beside a run, a line each; empty where there is nothing to say.
 * Regressions, invalid runs and missed limits are errors, what limits a result is a warning, what is inconclusive or better a notice.
 * https://docs.github.com/actions/reference/workflow-commands-for-github-actions
 */
export function renderGithubAnnotations({ runs, comparisons }: ExportInput): Exported {
  const annotations = [...comparisons.flatMap(ofComparison), ...runs.flatMap(ofRun)];
  const text = KINDS.flatMap((kind) => shown(annotations.filter((annotation) => annotation.kind === kind)))
    .map(commandOf)
    .join('');
  return { files: [{ name: 'annotations.txt', text }], notes: [] };
}

/** All where there are few enough; otherwise the first ones, and how many more. */
function shown(annotations: readonly Annotation[]): readonly Annotation[] {
  if (annotations.length <= MOST_OF_A_KIND) return annotations;
  const first = annotations.slice(0, MOST_OF_A_KIND - 1);
  const more = annotations.length - first.length;
  return [...first, { kind: first[0]!.kind, title: 'layerbench', message: `${more} more: see the summary` }];
}

function commandOf({ kind, title, message }: Annotation): string {
  return `::${kind} title=${escapeProperty(title)}::${escapeData(message)}\n`;
}

function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}

function ofComparison({ benchmarks, warnings }: CompareResult): readonly Annotation[] {
  return [
    ...benchmarks.flatMap(ofBenchmark),
    ...warnings.map((message): Annotation => ({ kind: 'warning', title: 'layerbench compare', message })),
  ];
}

function ofBenchmark({ name, verdict, metrics, loss }: BenchmarkComparison): readonly Annotation[] {
  const of = (wanted: string): readonly MetricComparison[] => metrics.filter((metric) => metric.verdict === wanted);
  switch (verdict) {
    case 'regression': {
      const messages = [...of('regression').map(changeText), ...(loss.verdict === 'regression' ? [lossText(loss)] : [])];
      return messages.map((message) => ({ kind: 'error', title: `${name}: regression`, message }));
    }
    case 'inconclusive': {
      const open = [...of('inconclusive').map((metric) => metric.name), ...(loss.verdict === 'inconclusive' ? ['loss'] : [])];
      const message = `neither shown to be worse nor shown not to be${open.length === 0 ? '' : `: ${open.join(', ')}`}`;
      return [{ kind: 'notice', title: `${name}: inconclusive`, message }];
    }
    case 'improvement':
      return of('improvement').map((metric) => ({ kind: 'notice', title: `${name}: improvement`, message: changeText(metric) }));
    case 'pass':
      return [];
  }
}

/** `response.p50 is up 28.3 % (20.1 % to 35.2 %), and was again in the confirming round`. */
function changeText({ name, unit, base, head, change, interval, confirmed }: MetricComparison): string {
  const again = confirmed === true ? ', and was again in the confirming round' : '';
  // 0 has no ratio.
  if (change === null) return `${name} went from ${formatMedian(base, unit)} to ${formatMedian(head, unit)}${again}`;
  const sign = change < 0 ? -1 : 1;
  const [least, most] = (interval ?? []).map((end) => sign * end).toSorted((a, b) => a - b);
  const range = least === undefined || most === undefined ? '' : ` (${formatRatio(least)} to ${formatRatio(most)})`;
  return `${name} is ${change < 0 ? 'down' : 'up'} ${formatRatio(sign * change)}${range}${again}`;
}

function lossText({ base, head, confirmed }: LossComparison): string {
  const side = ({ lost, events, unexplained }: LossComparison['base']): string =>
    `${formatCount(lost)} lost in ${formatCount(events)} ${events === 1 ? 'event' : 'events'}${unexplained > 0 ? `, ${formatCount(unexplained)} unexplained` : ''}`;
  return `loss: base ${side(base)}; head ${side(head)}${confirmed === true ? ', and again in the confirming round' : ''}`;
}

function ofRun(result: RunResult): readonly Annotation[] {
  const title = benchmarkName(result);
  const { limits, warnings, validity } = result;
  return [
    ...validity.reasons.map((reason): Annotation => ({ kind: 'error', title: `${title}: invalid`, message: reason })),
    ...limits
      .filter(({ ok }) => !ok)
      .map((limit): Annotation => ({
        kind: 'error',
        title: `${title}: limit missed`,
        message: `${limit.expression} ${limit.noData ? 'has no data' : `does not hold: ${limitFoundText(limit)}`}`,
      })),
    ...warnings.map(({ message, remedy }): Annotation => ({ kind: 'warning', title, message: `${message}. ${remedy}` })),
  ];
}
