import { isLayerName, LAYERS } from '../model/layers.ts';
import { FATES } from '../model/causes.ts';
import type { CompareResult, Verdict } from '../result/comparison-result.ts';
import type { CapacityResult } from '../result/capacity-result.ts';
import { planSentence } from './deployment-phrases.ts';
import type { DeploymentPlan } from '../result/deployment-result.ts';
import { groupBy } from '../model/group-by.ts';
import type { History } from '../studies/history/history.ts';
import { missingByFate, notDelivered } from '../result/metrics.ts';
import { estimateOf, type Estimate } from '../result/repeats.ts';
import { formatPerSecond, formatRatio, formatUs, counted } from '../model/units.ts';
import { formatMeasure, signedRatio } from './phrases.ts';
import { labelText } from './label-text.ts';
import type { LabelledRun } from './run-labels.ts';

/** Where the first cause has less of the loss than this, it is mostly the cause. */
const NEARLY_ALL = 0.95;
const MOST_CLAUSES = 3;

/** What came of the runs of one point. */
interface Outcome {
  readonly subject: string;
  readonly processes: number;
  /** Lost ÷ expected, what was under way at the end too. */
  readonly loss: number;
  readonly because: string;
  readonly p99: Estimate | null;
}

/** Results of several runs with one purpose. */
export interface Studies {
  readonly comparisons: readonly CompareResult[];
  readonly capacities: readonly CapacityResult[];
  readonly plans: readonly DeploymentPlan[];
}

/** What the report says in one sentence, and what follows from it. Plain words; never empty. */
export function headlineOf(
  runs: readonly LabelledRun[],
  { comparisons, capacities, plans }: Studies,
  history: History | null,
): readonly [string, ...string[]] {
  const sentences = [
    ...comparisons.map(comparisonSentence),
    ...plans.map(planHeadline),
    ...capacities.flatMap(capacitySentences),
    ...historySentences(history),
    ...runSentences(runs),
  ].map(capitalised);
  return [sentences[0] ?? 'There are no results.', ...sentences.slice(1)];
}

/** What a plan answers. */
export function planHeadline(plan: DeploymentPlan): string {
  return capitalised(planSentence(plan, layerWords(plan.answer?.candidate.layer.name ?? '')));
}

function layerWords(name: string): string {
  return isLayerName(name) ? LAYERS[name].label : labelText(name);
}

/** What each layer carries at its best. */
function capacitySentences({ points, goal }: CapacityResult): readonly string[] {
  return [...groupBy(points, ({ layer }) => layer.name)].flatMap(([layer, ofLayer]) => {
    const [best] = ofLayer.toSorted((a, b) => (b.lower?.deliveredPerSecond ?? 0) - (a.lower?.deliveredPerSecond ?? 0));
    if (best === undefined || best.lower === null) return [];
    const { processes } = best.server;
    const team = counted(processes, 'process', 'processes');
    return [
      `${layerWords(layer)} carries ${formatPerSecond(Math.round(best.lower.deliveredPerSecond))} of deliveries with ${team} within ${goal.slo.join(', ')}.`,
    ];
  });
}

function runSentences(runs: readonly LabelledRun[]): readonly string[] {
  if (runs.length === 0) return [];
  const whole = runs.filter(({ result }) => result.validity.valid && result.run.state === 'completed');
  if (whole.length === 0)
    return [
      runs.length === 1
        ? 'The run is not valid: its numbers do not count.'
        : `None of the ${runs.length} runs is valid: their numbers do not count.`,
    ];
  const left = runs.length - whole.length;
  const apart = left === 0 ? [] : [`${left} of ${runs.length} runs ${left === 1 ? 'is' : 'are'} not valid, and not counted here.`];
  const carrying = whole.filter(({ result }) => result.ledger.expected > 0);
  if (carrying.length === 0) return [...whole.slice(0, 1).map(measureSentence), ...apart];
  const outcomes = [...groupBy(carrying, ({ point }) => String(point)).values()].map(outcomeOf);
  return [lossSentence(outcomes), ...latencySentence(outcomes), ...apart];
}

function outcomeOf(runs: readonly LabelledRun[]): Outcome {
  const [{ result, distinction }] = runs as readonly [LabelledRun, ...LabelledRun[]];
  const sum = (of: (run: LabelledRun) => number): number => runs.reduce((total, run) => total + of(run), 0);
  const lost = sum((run) => notDelivered(run.result.ledger));
  const [most] = missingByFate(runs.map((run) => run.result.ledger));
  const p99 = estimateOf(
    runs.map((run) => run.result),
    'response.p99',
  );
  const name = layerWords(result.layer.name);
  return {
    subject: distinction.length === 0 ? name : `${name} (${distinction.map((part) => labelText(part)).join(', ')})`,
    processes: result.server.processes,
    loss: lost / sum((run) => run.result.ledger.expected),
    because: most === undefined ? '' : `${most.count < NEARLY_ALL * lost ? 'mostly ' : ''}${FATES[most.fate].clause}`,
    p99,
  };
}

/** Who delivered everything, then who was furthest from it, and why. */
function lossSentence(outcomes: readonly Outcome[]): string {
  const counts = new Set(outcomes.map(({ processes }) => processes));
  const losing = outcomes.filter(({ loss }) => loss > 0).toSorted((a, b) => b.loss - a.loss);
  const whole = [
    ...groupBy(
      outcomes.filter(({ loss }) => loss === 0),
      ({ subject }) => subject,
    ),
  ];
  const alike = [...groupBy(whole, ([, of]) => of.map(({ processes }) => processes).join())].map(([, group]) => ({
    subjects: group.map(([subject]) => subject),
    processes: group[0]![1].map(({ processes }) => processes),
  }));
  const clauses = [
    ...alike.map(({ subjects, processes }) => `${joined(subjects)} delivered everything at ${processesText(processes)}`),
    ...losing.map(({ subject, loss, because, processes }, i) => {
      const where = counts.size === 1 && (i > 0 || alike.length > 0) ? '' : ` at ${processesText([processes])}`;
      return `${subject} lost ${formatRatio(loss)}${where} ${because}`;
    }),
  ];
  const more = clauses.length - MOST_CLAUSES;
  return `${clauses.slice(0, MOST_CLAUSES).join('; ')}${more > 0 ? `; and ${more} more` : ''}.`;
}

/** The 99th percentiles, of the quickest and the slowest where there are many. */
function latencySentence(outcomes: readonly Outcome[]): readonly string[] {
  const severalCounts = new Set(outcomes.map(({ processes }) => processes)).size > 1;
  const named = outcomes
    .flatMap(({ subject, processes, p99 }) =>
      p99 === null
        ? []
        : [{ p99Us: p99.value, isLowerBound: p99.censored, name: severalCounts ? `${subject} at ${processesText([processes])}` : subject }],
    )
    .toSorted((a, b) => a.p99Us - b.p99Us);
  return [
    ...knownSentence(named.filter(({ isLowerBound }) => !isLowerBound)),
    ...unknownSentence(named.filter(({ isLowerBound }) => isLowerBound)),
  ];
}

interface NamedP99 {
  readonly name: string;
  readonly p99Us: number;
}

/** Survivors say nothing of how long the slowest took. */
function unknownSentence(named: readonly NamedP99[]): readonly string[] {
  if (named.length === 0) return [];
  const [names, more] = [named.slice(0, MOST_CLAUSES).map(({ name }) => name), named.length - MOST_CLAUSES];
  return [`Too much never arrived to say how long 99 % take with ${joined(more > 0 ? [...names, `${more} more`] : names)}.`];
}

function knownSentence(named: readonly NamedP99[]): readonly string[] {
  const [first, last] = [named[0], named.at(-1)];
  if (first === undefined || last === undefined) return [];
  if (first === last) return [`99 % of what arrived took at most ${formatUs(first.p99Us)}.`];
  const shown = named.length <= MOST_CLAUSES ? named : [first, last];
  return [
    `99 % of what arrived took at most ${shown.map(({ name, p99Us }) => `${formatUs(p99Us)} with ${name}`).join(named.length <= MOST_CLAUSES ? ', ' : ', up to ')}.`,
  ];
}

function measureSentence({ label, result }: LabelledRun): string {
  const found = result.measures.slice(0, 2).map((measure) => `${measure.label} ${formatMeasure(measure)}`);
  return found.length === 0
    ? `Nothing was measured of ${labelText(label)}.`
    : `${labelText(result.scenario.name)} over ${labelText(label)}: ${found.join(', ')}.`;
}

const VERDICT_CLAUSES: Readonly<Record<Verdict, string>> = {
  improvement: 'head is better than base',
  pass: 'head is no worse than base',
  inconclusive: 'whether head is worse than base stays open',
  regression: 'head is worse than base',
};

function comparisonSentence({ verdict, benchmarks }: CompareResult): string {
  const telling = benchmarks.filter((benchmark) => benchmark.verdict === verdict);
  const changes = telling.flatMap(({ name, metrics }) =>
    metrics.flatMap((metric) =>
      metric.verdict === verdict && metric.change !== null
        ? [`${metric.name} ${signedRatio(metric.change)}${benchmarks.length > 1 ? ` in ${name}` : ''}`]
        : [],
    ),
  );
  const why = verdict === 'pass' || changes.length === 0 ? '' : `: ${changes.slice(0, MOST_CLAUSES).join(', ')}`;
  return `${VERDICT_CLAUSES[verdict]}${why}.`;
}

function historySentences(history: History | null): readonly string[] {
  if (history === null) return [];
  const changes = history.series.flatMap(({ benchmark, points, metrics }) =>
    metrics.flatMap(({ name, changes: found }) => found.map((change) => ({ benchmark, name, change, point: points[change.index]! }))),
  );
  const latest = changes.toSorted((a, b) => Date.parse(b.point.startedAt) - Date.parse(a.point.startedAt))[0];
  const observed = history.series.flatMap(({ metrics }) => metrics.map(({ values }) => values.filter((value) => value !== null).length));
  const commits = Math.max(0, ...observed);
  if (latest === undefined) return commits < 3 ? [] : [`No change of level over ${commits} commits.`];
  const { benchmark, name, change, point } = latest;
  const by = change.before === 0 ? '' : ` by ${formatRatio(Math.abs(change.after / change.before - 1))}`;
  const at = point.git === null ? '' : ` at ${point.git.sha.slice(0, 8)}`;
  return [
    `In ${benchmark}, ${name} ${change.after > change.before ? 'rose' : 'fell'}${by}${at}: ${change.kind === 'regression' ? 'a regression' : 'an improvement'}.`,
  ];
}

/** `1, 2 and 4 processes`. */
function processesText(counts: readonly number[]): string {
  const distinct = [...new Set(counts)].toSorted((a, b) => a - b);
  return `${joined(distinct.map(String))} ${distinct.length === 1 && distinct[0] === 1 ? 'process' : 'processes'}`;
}

function joined(parts: readonly string[]): string {
  return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)!}`;
}

function capitalised(sentence: string): string {
  return sentence.slice(0, 1).toUpperCase() + sentence.slice(1);
}
