import type {
  SideName,
  BenchmarkComparison,
  Block,
  LossComparison,
  LossCount,
  MetricComparison,
  Verdict,
} from '../../result/comparison-result.ts';
import { BenchError } from '../../model/errors.ts';
import type { MetricValue } from '../../result/metrics.ts';
import { testChange, testLoss, untestedChange, type TestedChange } from './changes.ts';
import { counted } from '../../model/units.ts';
import { holm, medianOf } from '../../stats/ranks.ts';

/*
 * From blocks to verdicts. The unit is the block, never the message: messages of one run are not independent. A
 * regression has to be shown, and so has its absence; what shows neither is inconclusive.
 */

/** A metric that decides, and the smallest change for the worse that counts: 0.05 is 5 %. */
export interface Gate extends Omit<MetricValue, 'value' | 'censored'> {
  readonly minEffect: number;
}

/** Blocks of base and head; where they are pairs, those of one index belong together. */
export interface Sides {
  readonly paired: boolean;
  readonly base: readonly Block[];
  readonly head: readonly Block[];
}

export type Judgement = Pick<BenchmarkComparison, 'metrics' | 'loss' | 'verdict' | 'capacities'>;

/** What is asked of a comparison. */
export interface Question {
  readonly gates: readonly Gate[];
  /** Whether loss is judged too. */
  readonly loss: boolean;
  /** Probability of a false alarm over everything that is asked. */
  readonly alpha: number;
}

/**
 * Judges the change of every metric, and of loss. A metric that blocks without a delivery have no value of stays open, and so
 * does one of which a block has a lower bound only: loss decides. Throws an invalid error for a metric without data of what was delivered.
 */
export function judge(sides: Sides, { gates, loss, alpha }: Question): Judgement {
  const values = gates.map((gate) => ({ base: valuesOf(sides.base, gate), head: valuesOf(sides.head, gate) }));
  const censored = gates.map((gate) => censoredSides(sides, gate));
  const tested = gates.map(({ direction }, i) => {
    const { base, head } = values[i]!;
    return base === null || head === null || censored[i]!.length > 0
      ? untestedChange(direction)
      : testChange(base, head, direction, sides.paired);
  });
  const ofLoss = testLoss(
    sides.base.map((block) => block.loss),
    sides.head.map((block) => block.loss),
    sides.paired,
  );
  const adjusted = holm([...tested.map(({ worse }) => worse), ...(loss ? [ofLoss.worse] : [])]);
  const better = holm(tested.map((entry) => entry.better));
  const metrics = gates.map((gate, i): MetricComparison => {
    const found = tested[i]!;
    const { name, unit, direction, minEffect } = gate;
    const { base, head } = values[i]!;
    return {
      name,
      unit,
      direction,
      base: base === null ? null : medianOf(base),
      head: head === null ? null : medianOf(head),
      change: asRatio(found.change),
      interval: found.interval === null ? null : [asRatio(found.interval[0])!, asRatio(found.interval[1])!],
      pValue: adjusted[i]!,
      minEffect,
      noise: null,
      verdict: verdictOf(found, { worse: adjusted[i]!, better: better[i]! }, minEffect, alpha),
      confirmed: null,
      ...(censored[i]!.length > 0 && { censored: censored[i]! }),
    };
  });
  const pValue = loss ? adjusted.at(-1)! : ofLoss.worse;
  const lossComparison: LossComparison = {
    base: ofLoss.base,
    head: ofLoss.head,
    pValue,
    verdict: isBlackout(sides) ? 'regression' : lossVerdict(ofLoss.base, ofLoss.head, pValue, alpha),
    confirmed: null,
  };
  return { metrics, loss: lossComparison, verdict: worstOf([...metrics, lossComparison]) };
}

/** The sides of which a block has a lower bound only. */
function censoredSides({ base, head }: Sides, { name }: Gate): readonly SideName[] {
  const isCensored = (blocks: readonly Block[]): boolean => blocks.some((block) => block.censored?.includes(name) === true);
  return [...(isCensored(base) ? ['base' as const] : []), ...(isCensored(head) ? ['head' as const] : [])];
}

/** null where a block that delivered nothing has no value. */
function valuesOf(blocks: readonly Block[], { name }: Gate): readonly number[] | null {
  const values = blocks.map((block) => {
    const value = block.values[name];
    if (value !== undefined && value !== null) return value;
    if (deliveredNothing(block)) return null;
    throw new BenchError(
      'invalid',
      `${block.arm} has no data for ${name}`,
      'Choose metrics that every run has, with --metric; `bench report` shows what is there.',
    );
  });
  return values.every((value) => value !== null) ? values : null;
}

/** Whether nothing arrived of what was due. */
export function deliveredNothing({ loss: { expected, lost } }: Block): boolean {
  return expected > 0 && lost >= expected;
}

/** Whether head delivers nothing at all, and base does: loss beyond any question, in however few events. */
function isBlackout({ base, head }: Sides): boolean {
  return head.length > 0 && head.every(deliveredNothing) && !base.some(deliveredNothing);
}

/** Which sides have blocks without a delivery, a sentence each. */
export function withoutDeliveries({ base, head }: Sides): readonly string[] {
  return [base, head].flatMap((blocks) => {
    const silent = blocks.filter(deliveredNothing);
    if (silent.length === 0) return [];
    return [
      `${silent[0]!.arm} delivered nothing in ${silent.length} of ${counted(blocks.length, 'run')}: loss decides where a metric has no value`,
    ];
  });
}

/** A change on the log scale → head ÷ base − 1. */
function asRatio(log: number | null): number | null {
  return log === null ? null : Math.expm1(log);
}

/** `worse` and `better` are p-values, adjusted. */
function verdictOf(
  { change, upperWorse, allNoWorse, isWorseWhenLarger }: TestedChange,
  p: { readonly worse: number; readonly better: number },
  minEffect: number,
  alpha: number,
): Verdict {
  // Where base is 0, any change counts.
  const bound = change === null ? 0 : Math.log1p(minEffect);
  const size = change === null ? (p.worse < p.better ? 1 : -1) : isWorseWhenLarger ? change : -change;
  if (p.worse < alpha && size > bound) return 'regression';
  const isNoWorse = change === null ? allNoWorse : upperWorse !== null && upperWorse < bound;
  if (p.better < alpha && size < -bound && (isNoWorse || change === null)) return 'improvement';
  return isNoWorse ? 'pass' : 'inconclusive';
}

/** Loss that nothing explains is a defect whatever its size; other loss is judged by its events. */
function lossVerdict(base: LossCount, head: LossCount, pValue: number, alpha: number): Verdict {
  if (isNewlyUnexplained(base, head) || pValue < alpha) return 'regression';
  return head.events * base.expected <= base.events * head.expected ? 'pass' : 'inconclusive';
}

/** Whether head has loss that nothing explains, and base has none. */
export function isNewlyUnexplained(base: LossCount, head: LossCount): boolean {
  return head.unexplained > 0 && base.unexplained === 0;
}

const WORST_FIRST: readonly Verdict[] = ['regression', 'inconclusive', 'improvement', 'pass'];

/** One verdict for several. An improvement of one shows where all others pass. */
export function worstOf(parts: readonly { readonly verdict: Verdict }[]): Verdict {
  return WORST_FIRST.find((verdict) => parts.some((part) => part.verdict === verdict)) ?? 'inconclusive';
}
