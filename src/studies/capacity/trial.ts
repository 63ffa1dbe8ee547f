import { METRIC_KINDS } from '../../model/metrics.ts';
import { warningsThatMean } from '../../model/warnings.ts';
import { evaluateLimits, messagesSentOf, type Limit, type LimitData } from '../../result/limits.ts';
import type { LimitOutcome, RunResult } from '../../result/run-result.ts';
import { unsteadiness } from '../../result/stationarity.ts';
import { formatCount } from '../../model/units.ts';
import { limitFoundText } from '../../result/limit-text.ts';

export interface TrialJudgement {
  readonly verdict: 'ok' | 'bad' | 'invalid';
  readonly reasons: readonly string[];
  /** Of each goal what was measured, in their order; none where that says nothing of the layer. */
  readonly goals: readonly LimitOutcome[];
}

/** Whether a load was sustained in a run: every goal kept, nothing that piles up. What the harness made does not count. */
export function judgeTrial(result: RunResult, goals: readonly Limit[], ignoreIsolated: boolean): TrialJudgement {
  const { validity, run, ledger } = result;
  if (!validity.valid || run.state !== 'completed')
    return { verdict: 'invalid', reasons: validity.reasons.length > 0 ? validity.reasons : [`the run was ${run.state}`], goals: [] };
  const outcomes = evaluateLimits(goals, limitDataOf(result, ignoreIsolated));
  const growing = unsteadiness(result.intervals);
  const reasons = [
    ...outcomes.filter(({ ok }) => !ok).map(missedText),
    ...(growing === null ? [] : [growing]),
    ...warningsThatMean(result.warnings, 'behind').map(({ message }) => message),
    ...(ledger.inFlight > 0 ? [`${formatCount(ledger.inFlight)} deliveries were still under way after the drain`] : []),
  ];
  return { verdict: reasons.length === 0 ? 'ok' : 'bad', reasons, goals: outcomes };
}

/** Whether a goal is about deliveries arriving at all: a layer that does not connect the processes cannot keep it. */
export function hasLossGoal(goals: readonly Limit[]): boolean {
  return goals.some(({ metric }) => METRIC_KINDS.get(metric)?.isAboutArriving === true);
}

function limitDataOf(result: RunResult, ignoreIsolated: boolean): LimitData {
  const { run, ledger, reach } = result;
  const messagesSent = messagesSentOf(result.throughput, run.durationSeconds);
  const { isolated } = ledger.lost;
  if (!ignoreIsolated || isolated === 0) return { ...result, messagesSent };
  const expected = ledger.expected - isolated;
  return {
    ...result,
    messagesSent,
    ledger: { ...ledger, expected, lostTotal: ledger.lostTotal - isolated, lost: { ...ledger.lost, isolated: 0 } },
    reach: { ...reach, ratio: expected === 0 ? null : ledger.delivered / expected },
  };
}

function missedText(outcome: LimitOutcome): string {
  const { expression, value, noData } = outcome;
  if (noData || value === null) return `no data for ${expression}`;
  const [name] = /^[\w.]+/.exec(expression)!;
  return `${name} was ${limitFoundText(outcome)}, not ${expression.slice(name.length)}`;
}
