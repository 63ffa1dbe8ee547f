import { classifyLoad, type TrialsNeeded, type LoadClass, type LoadTrial } from './load-classification.ts';

/*
 * What the trials of a search say of each load that was tried. Loads are steps of a logarithmic grid, so that a load
 * that is met again is the same one.
 */

/** What a search is asked for; durations are those of the measure phase. */
export interface SearchCourse extends TrialsNeeded {
  readonly startPerSecond: number;
  /** Lower rates are not tried, nor higher ones. */
  readonly minPerSecond: number;
  readonly maxPerSecond: number;
  /** Of trials that only look where to look. */
  readonly shortTrialSeconds: number;
  /** A bound is believed once it was carried for so long at a stretch. */
  readonly soakSeconds: number;
  /** Upper ÷ lower bound − 1 that is narrow enough. */
  readonly widthRatio: number;
  readonly maxTrials: number;
  /** A rate that somebody asked for: it is tried before all others. */
  readonly targetPerSecond?: number;
}

/** One trial at a load. */
export interface Trial {
  /** Of the grid of its course. */
  readonly step: number;
  readonly durationSeconds: number;
  /** invalid: the harness, not the system, made its numbers. It says nothing of the load. */
  readonly verdict: 'ok' | 'bad' | 'invalid';
}

export interface TriedLoad {
  readonly step: number;
  /** Which side of what is carried it is on, as far as its trials go. */
  readonly side:
    | 'lower'
    | 'upper'
    /** Long trials disagree: it is close to what is carried, and no bound. */
    | 'contested'
    /** Carried for a short time only, which has been seen to mean nothing here; or not measured. */
    | 'unknown';
  /** Whether it may be an end of the interval: a lower bound that was soaked, or an upper one that failed for long enough. */
  readonly isDecided: boolean;
  /** Whether its trials are enough for a lower bound, but for the soak. */
  readonly isSustained: boolean;
  /** Carried for a whole soak. */
  readonly isSoaked: boolean;
  /** The longest trials that were carried here, and that failed; 0 for none. */
  readonly sustainedSeconds: number;
  readonly failedSeconds: number;
  /** Where longer trials failed than were carried: how long a trial has to be to show it. 0 elsewhere. */
  readonly hidSeconds: number;
  /** The last two trials were invalid: nothing can be measured here. */
  readonly isWall: boolean;
}

const STEPS_PER_OCTAVE = 24;

export function stepsPerOctave({ widthRatio }: Pick<SearchCourse, 'widthRatio'>): number {
  return Math.max(STEPS_PER_OCTAVE, Math.ceil(1 / Math.log2(1 + widthRatio)));
}

/** Steps that are narrow enough between bounds: one at least. */
export function widthSteps(course: Pick<SearchCourse, 'widthRatio'>): number {
  return Math.floor(Math.log2(1 + course.widthRatio) * stepsPerOctave(course) + 1e-9);
}

/** Per second, in six digits: much finer than the grid. */
export function rateOf(step: number, course: Pick<SearchCourse, 'widthRatio'>): number {
  return Number((2 ** (step / stepsPerOctave(course))).toPrecision(6));
}

/** The step that is closest to a rate. */
export function stepOf(perSecond: number, course: Pick<SearchCourse, 'widthRatio'>): number {
  return Math.round(Math.log2(perSecond) * stepsPerOctave(course));
}

/** Every load that was tried, from the lowest to the highest. */
export function triedLoads(course: SearchCourse, trials: readonly Trial[]): readonly TriedLoad[] {
  const steps = [...new Set(trials.map(({ step }) => step))].toSorted((a, b) => a - b);
  const byLoad = steps.map((step) => trials.filter((trial) => trial.step === step));
  const trustedSeconds = Math.max(0, ...byLoad.map((ofLoad) => hiddenFor(course, ofLoad)));
  return byLoad.map((ofLoad) => triedLoad(course, ofLoad, trustedSeconds));
}

function triedLoad(course: SearchCourse, trials: readonly Trial[], trustedSeconds: number): TriedLoad {
  const failed = lengthsOf(trials, 'bad');
  const isFull = (seconds: number): boolean => seconds >= course.finalTrialSeconds;
  const side = sideOf(course, trials, trustedSeconds);
  const isSustained = classOf(course, trials) === 'lower';
  const isSoaked = lengthsOf(trials, 'ok').some((seconds) => seconds >= course.soakSeconds);
  const failedInFull = failed.filter(isFull);
  const isRefuted = failedInFull.length > 1 && failedInFull.reduce((sum, seconds) => sum + seconds, 0) >= course.durationSumSeconds;
  return {
    step: trials[0]!.step,
    side,
    isDecided: side === 'lower' ? isSustained && isSoaked : side === 'upper' && isRefuted,
    isSustained,
    isSoaked,
    sustainedSeconds: Math.max(0, ...lengthsOf(trials, 'ok')),
    failedSeconds: Math.max(0, ...failed),
    hidSeconds: hiddenFor(course, trials),
    isWall: isWall(trials),
  };
}

function sideOf(course: SearchCourse, trials: readonly Trial[], trustedSeconds: number): TriedLoad['side'] {
  const carried = lengthsOf(trials, 'ok');
  const isTrusted = Math.max(0, ...carried) >= trustedSeconds;
  const isFull = (seconds: number): boolean => seconds >= course.finalTrialSeconds;
  switch (classOf(course, trials)) {
    case 'lower':
      if (lengthsOf(trials, 'bad').some(isFull)) return 'contested';
      return isTrusted ? 'lower' : 'unknown';
    case 'upper':
      return hidSeconds(course, trials) === 0 && carried.some(isFull) ? 'contested' : 'upper';
    case 'undecided': {
      const last = trials.findLast(({ verdict }) => verdict !== 'invalid');
      if (last?.verdict === 'bad') return 'upper';
      return last !== undefined && isTrusted ? 'lower' : 'unknown';
    }
  }
}

/** What is only carried for a shorter time than it fails in is not carried: a queue hides it. */
function classOf(course: SearchCourse, trials: readonly Trial[]): LoadClass {
  if (hidSeconds(course, trials) > 0) return 'upper';
  return classifyLoad(
    trials.filter((trial): trial is Trial & LoadTrial => trial.verdict !== 'invalid'),
    course,
  );
}

/** How long trials at this load have to be to show that it is none to rest on. */
function hiddenFor(course: SearchCourse, trials: readonly Trial[]): number {
  return Math.max(hidSeconds(course, trials), isWall(trials) ? hidSeconds(course, trials, 'invalid') : 0);
}

/** The length of the shortest trial that failed, where it is a full one and longer than all that were carried; else 0. */
function hidSeconds(course: SearchCourse, trials: readonly Trial[], failed: Trial['verdict'] = 'bad'): number {
  const sustainedSeconds = Math.max(0, ...lengthsOf(trials, 'ok'));
  const failedSeconds = Math.min(Infinity, ...lengthsOf(trials, failed));
  const isHidden = sustainedSeconds > 0 && failedSeconds < Infinity && failedSeconds > sustainedSeconds;
  return isHidden && failedSeconds >= course.finalTrialSeconds ? failedSeconds : 0;
}

function isWall(trials: readonly Trial[]): boolean {
  return trials.length >= 2 && trials.slice(-2).every(({ verdict }) => verdict === 'invalid');
}

function lengthsOf(trials: readonly Trial[], verdict: Trial['verdict']): readonly number[] {
  return trials.filter((trial) => trial.verdict === verdict).map(({ durationSeconds }) => durationSeconds);
}
