/*
 * What trials at one load say together: appendix A of the MLRsearch draft (draft-ietf-bmwg-mlrsearch-12). Good short
 * trials say little, bad ones say much: a queue that fills has no time to show in a short trial.
 */

/** How many trials a load needs before it is a bound. */
export interface TrialsNeeded {
  /** A trial at least as long is full; others are short. */
  readonly finalTrialSeconds: number;
  /** Full trials at one load last so long together. */
  readonly durationSumSeconds: number;
  /** Share of the time that may be bad, below 1. */
  readonly exceedRatio: number;
}

export interface LoadTrial {
  readonly durationSeconds: number;
  /** bad: it missed a goal. */
  readonly verdict: 'ok' | 'bad';
}

export type LoadClass =
  /** Carried, whatever trials are still to come. */
  | 'lower'
  /** Not carried, whatever trials are still to come. */
  | 'upper'
  /** Another trial is needed. */
  | 'undecided';

/** Whether a load is a lower or an upper bound of what is carried, by its trials so far. */
export function classifyLoad(trials: readonly LoadTrial[], goal: TrialsNeeded): LoadClass {
  const { finalTrialSeconds, durationSumSeconds, exceedRatio } = goal;
  const seconds = (verdict: LoadTrial['verdict'], isFull: boolean): number =>
    trials
      .filter((trial) => trial.verdict === verdict && trial.durationSeconds >= finalTrialSeconds === isFull)
      .reduce((sum, trial) => sum + trial.durationSeconds, 0);
  const fullOk = seconds('ok', true);
  const excess = Math.max(0, seconds('bad', false) - seconds('ok', false) * (exceedRatio / (1 - exceedRatio)));
  const effectiveBad = seconds('bad', true) + excess;
  const whole = Math.max(fullOk + effectiveBad, durationSumSeconds);
  const allowed = whole * exceedRatio;
  const isCarriedAtBest = effectiveBad <= allowed;
  const isCarriedAtWorst = whole - fullOk <= allowed;
  if (isCarriedAtBest !== isCarriedAtWorst) return 'undecided';
  return isCarriedAtBest ? 'lower' : 'upper';
}
