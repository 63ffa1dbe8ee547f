import { capacityText, estimateTexts, TRIAL_VERDICTS } from '../../capacity-phrases.ts';
import type { CapacityPoint, CapacityResult, TrialSummary } from '../../../result/capacity-result.ts';
import { canonicalName } from '../../../studies/comparison/gates.ts';
import { storedLimit, type Limit } from '../../../result/limits.ts';
import { METRIC_KINDS, type MetricKind, type MetricUnit } from '../../../model/metrics.ts';
import { formatMetric, limitValueText } from '../../../result/limit-text.ts';
import { counted, formatPerSecond } from '../../../model/units.ts';
import { labelText } from '../../label-text.ts';
import { boundedCell, METRIC_UNITS, type Cell, type DataTable } from '../data-table.ts';
import type { Figure } from '../figure.ts';
import { sustainedChart } from '../charts/sustained.ts';
import { trialChart, type TrialMark } from '../charts/trials.ts';

/** Trials of a point on the axis of one quantity. */
interface TrialAxis {
  readonly unit: MetricUnit;
  /** Such values are told apart by their ratios. */
  readonly lowerIsBetter: boolean;
  /** Goals in the unit of the axis: a line each. */
  readonly drawn: readonly Limit[];
  /** The metrics of those goals, one each: marks of a kind. */
  readonly metrics: readonly string[];
}

/** Of these a result of an earlier version has the value at the lower bound. */
const RESPONSE_P99 = 'response.p99';

/** What every trial of each point has measured, by the rate that was offered, with the goals that it had to keep. */
export function trialFigures(result: CapacityResult, index: number): readonly Figure[] {
  const axis = axisOf(result);
  if (axis === null) return [];
  return result.points.flatMap((point, i) => {
    if (point.answer === 'isolated' || trialsOf(point).length === 0) return [];
    return [figureOf(point, result, axis, `${index + 1}-${i + 1}`), ...curveFigure(point, result, `${index + 1}-${i + 1}`)];
  });
}

/** How often rates are sustained, with the trials that say so; none without an estimate. */
function curveFigure(point: CapacityPoint, result: CapacityResult, number: string): readonly Figure[] {
  const { name, estimate } = point;
  if (estimate === undefined || estimate === null) return [];
  return [
    {
      title: `${titleOf(point)}: how often a rate is sustained`,
      summary: `A rate is ${estimateTexts(point, result).join('; ')}.`,
      chart: sustainedChart({
        curve: estimate.curve,
        interval: estimate.nineInTen.interval,
        trials: trialsOf(point).flatMap((trial) => (trial.isWarmup === true ? [] : [{ ...trial, title: trialText(trial) }])),
      }),
      data: {
        name: `capacity-curve-${number}`,
        caption: `${name}: how often a rate is sustained`,
        columns: [
          { label: 'rate', unit: 'perSecond' },
          { label: 'sustained', unit: 'ratio' },
        ],
        rows: estimate.curve.map(({ ratePerSecond, probability }) => [ratePerSecond, probability]),
      },
    },
  ];
}

function titleOf({ layer, server }: CapacityPoint): string {
  return `${labelText(layer.name)}, ${labelText(server.kind)}, ${counted(server.processes, 'process', 'processes')}`;
}

/** Latencies where a goal is about them, else what the first goal is about; null without goals. */
function axisOf({ goal }: CapacityResult): TrialAxis | null {
  const goals = goal.slo.flatMap((expression) => storedLimit(expression) ?? []);
  const first = goals.find((limit) => metricOf(limit).unit === 'duration') ?? goals[0];
  if (first === undefined) return null;
  const { unit, direction } = metricOf(first);
  const drawn = goals.filter((limit) => metricOf(limit).unit === unit && metricOf(limit).direction === direction);
  const metrics = [...new Set(drawn.map(({ metric }) => metric))];
  return { unit, lowerIsBetter: direction === 'lowerIsBetter', drawn, metrics };
}

function metricOf({ metric }: Limit): MetricKind {
  return METRIC_KINDS.get(metric)!;
}

function figureOf(point: CapacityPoint, result: CapacityResult, axis: TrialAxis, number: string): Figure {
  const marks = trialsOf(point).flatMap((trial) => marksOf(trial, axis));
  const known = marks.some(({ value }) => value !== null) ? marks : [...marks, ...atLowerBound(point, axis)];
  return {
    title: `${titleOf(point)}: ${axis.metrics.join(' and ')} by rate`,
    summary: summaryOf(point, result, axis, known === marks),
    chart: trialChart({
      marks: known,
      metrics: axis.metrics,
      bounds: axis.drawn.map(({ expression, bound }) => ({ label: expression, value: bound })),
      capacity: { from: point.lower?.ratePerSecond ?? null, to: point.upper?.ratePerSecond ?? null },
      isLogarithmic: axis.lowerIsBetter,
      format: (value) => formatMetric(value, axis.unit),
    }),
    data: dataOf(point, result, number),
  };
}

function trialsOf({ searches }: CapacityPoint): readonly TrialSummary[] {
  return searches.flatMap(({ trials }) => trials);
}

/** A mark for each metric of the axis, or one without a value. */
function marksOf(trial: TrialSummary, { metrics, drawn }: TrialAxis): readonly TrialMark[] {
  const { ratePerSecond, verdict } = trial;
  const title = trialText(trial);
  const found = metrics.flatMap((metric, series): readonly TrialMark[] => {
    const { expression } = drawn.find((limit) => limit.metric === metric)!;
    const value = trial.goals?.find((outcome) => outcome.expression === expression)?.value ?? null;
    return value === null ? [] : [{ ratePerSecond, value, verdict, series, title }];
  });
  return found.length > 0 ? found : [{ ratePerSecond, value: null, verdict, series: 0, title }];
}

/** What results of earlier versions have: the response at the lower bound. */
function atLowerBound({ lower, latency }: CapacityPoint, { metrics }: TrialAxis): readonly TrialMark[] {
  const series = metrics.findIndex((metric) => canonicalName(metric) === RESPONSE_P99);
  const value = latency?.responseP99Us ?? null;
  if (lower === null || value === null || series === -1) return [];
  const { ratePerSecond } = lower;
  const title = `${formatPerSecond(ratePerSecond)}, the lower bound\n${RESPONSE_P99}  ${formatMetric(value, 'duration')}`;
  return [{ ratePerSecond, value, verdict: 'ok', series, title }];
}

function trialText({ ratePerSecond, durationSeconds, verdict, reasons, goals = [] }: TrialSummary): string {
  const measured = goals.map((outcome) => `${outcome.expression}  ${limitValueText(outcome)}`);
  return [`${formatPerSecond(ratePerSecond)} for ${durationSeconds} s: ${TRIAL_VERDICTS[verdict]}`, ...measured, ...reasons].join('\n');
}

function unitOf(expression: string): MetricUnit {
  const limit = storedLimit(expression);
  return limit === null ? 'count' : metricOf(limit).unit;
}

function summaryOf(point: CapacityPoint, result: CapacityResult, { drawn }: TrialAxis, hasValues: boolean): string {
  const others = result.goal.slo.filter((expression) => !drawn.some((limit) => limit.expression === expression));
  const kept = others.map((expression) => {
    const outcomes = trialsOf(point).flatMap((trial) => trial.goals?.filter((outcome) => outcome.expression === expression) ?? []);
    const count = outcomes.filter(({ ok }) => ok).length;
    return outcomes.length === 0 ? expression : `${expression}, kept in ${count} of ${counted(outcomes.length, 'trial')}`;
  });
  return [
    `Capacity ${[capacityText(point), ...estimateTexts(point, result)].join('; ')}.`,
    ...(kept.length === 0 ? [] : [`Also asked: ${kept.join('; ')}.`]),
    ...(hasValues ? [] : ['This result has no values of its trials, but of the one at the lower bound: they stand below by their rates.']),
  ].join(' ');
}

function goalCell({ goals = [] }: TrialSummary, expression: string): Cell {
  const outcome = goals.find((entry) => entry.expression === expression);
  return boundedCell(outcome?.value ?? null, outcome?.censored === true);
}

/** Every trial with what was measured of each goal. */
function dataOf({ name, searches }: CapacityPoint, { goal }: CapacityResult, number: string): DataTable {
  const rows = searches.flatMap(({ replicate, trials }) =>
    trials.map((trial, i): readonly Cell[] => [
      `${replicate + 1}.${i + 1}`,
      trial.ratePerSecond,
      trial.durationSeconds * 1000,
      TRIAL_VERDICTS[trial.verdict],
      ...goal.slo.map((expression) => goalCell(trial, expression)),
      trial.reasons.join('; '),
      trial.runId ?? '',
    ]),
  );
  return {
    name: `capacity-trials-${number}`,
    caption: `${name}: trials`,
    columns: [
      { label: 'search.trial', unit: 'text' },
      { label: 'rate', unit: 'perSecond' },
      { label: 'duration', unit: 'ms' },
      { label: 'verdict', unit: 'text' },
      ...goal.slo.map((expression) => ({ label: expression, unit: METRIC_UNITS[unitOf(expression)] })),
      { label: 'reasons', unit: 'text' },
      { label: 'run', unit: 'text' },
    ],
    rows,
  };
}
