import type { SearchEnd } from '../../result/capacity-result.ts';
import { triedLoads, rateOf, stepOf, stepsPerOctave, widthSteps, type TriedLoad, type SearchCourse, type Trial } from './tried-loads.ts';

/*
 * The course of a capacity search, as a pure function of its trials so far: decide the rate that was asked for, if there
 * is one; double until a load fails, halve the interval on a logarithmic scale, come back to both bounds with longer
 * trials, and soak the lower one. The list of trials is the whole state: a search that was interrupted goes on from
 * those that it has.
 */

/** With so many loads whose trials disagree, an interval gets no narrower by more of them. */
const MOST_CONTESTED = 3;
/** What is delivered is a little less than what is offered: the last deliveries come after the last message was due. */
const ASKED_MARGIN = 1.02;

export interface SearchAnswer {
  /** Steps of the bounds; null where there is none. */
  readonly lower: number | null;
  readonly upper: number | null;
  readonly end: SearchEnd;
  /** Which of them are decided: the lower one was carried for a soak, the upper one failed for as long as it takes. */
  readonly confirmed: { readonly lower: boolean; readonly upper: boolean };
  /** A load was carried that is above one that was not: steps of the lowest that failed, and of the highest carried. */
  readonly irregular: { readonly failed: number; readonly carried: number } | null;
  /** Loads that were tried long enough, and are on neither side. */
  readonly contested: readonly number[];
}

export type SearchStep =
  | { readonly kind: 'trial'; readonly step: number; readonly durationSeconds: number }
  | { readonly kind: 'done'; readonly answer: SearchAnswer };

interface Bounds {
  readonly loads: readonly TriedLoad[];
  readonly lower: TriedLoad | null;
  readonly upper: TriedLoad | null;
  /** The lowest load at which nothing can be measured. */
  readonly wall: number | null;
  /** How long a trial has to be that looks where to look. */
  readonly exploreSeconds: number;
}

/** What is left of the time for a search. */
export interface TimeLeft {
  readonly leftSeconds: number;
  /** What a trial takes beside its measure phase. */
  readonly overheadSeconds: number;
}

export const UNLIMITED: TimeLeft = { leftSeconds: Infinity, overheadSeconds: 0 };
const NO_TIME: TimeLeft = { leftSeconds: 0, overheadSeconds: 0 };

/** What is to be done after the trials so far. Where time runs out the search goes no further, and confirms what it has. */
export function nextTrial(course: SearchCourse, trials: readonly Trial[], time: TimeLeft = UNLIMITED): SearchStep {
  const bounds = boundsOf(course, trials);
  const done = (end: SearchEnd): SearchStep => ({ kind: 'done', answer: answerOf(bounds, end) });
  const wanted = askedTrial(course, bounds) ?? hurry(course, bounds, wantedTrial(course, bounds), time);
  if (wanted.kind === 'end') return done(wanted.end);
  if (trials.length >= course.maxTrials) return done('trialCap');
  const last = trials.at(-1);
  // Once more, the same: by itself an invalid trial says nothing.
  const isAgain = last?.verdict === 'invalid' && !bounds.loads.some(({ step, isWall }) => step === last.step && isWall);
  const { step, durationSeconds } = isAgain ? last : wanted;
  return durationSeconds + time.overheadSeconds > time.leftSeconds ? done('timeBudget') : { kind: 'trial', step, durationSeconds };
}

/** What a search for the asked rate knows: `open` until trials have decided it. */
export type AskedRate = 'open' | 'sustained' | 'missed';

/** What the trials so far say of the rate that was asked for. Without one, or where they disagree, it is missed. */
export function askedRate(course: SearchCourse, trials: readonly Trial[]): AskedRate {
  const bounds = boundsOf(course, trials);
  if (askedTrial(course, bounds) !== null) return 'open';
  return bounds.lower !== null && bounds.lower.isDecided && bounds.lower.step >= askedStep(course) ? 'sustained' : 'missed';
}

/** What the trials so far say, if there are to be no more. */
export function answerSoFar(course: SearchCourse, trials: readonly Trial[]): SearchAnswer {
  const next = nextTrial(course, trials, NO_TIME);
  if (next.kind === 'done') return next.answer;
  throw new Error('a search goes on though there is no time left');
}

/** Instead of a trial that only narrows the interval, one that confirms its lower end, where there is not time for both. */
function hurry(course: SearchCourse, bounds: Bounds, wanted: Wanted, { leftSeconds, overheadSeconds }: TimeLeft): Wanted {
  const { lower } = bounds;
  if (wanted.kind === 'end' || lower === null || wanted.step === lower.step) return wanted;
  const full = Math.ceil(course.durationSumSeconds / course.finalTrialSeconds / 2);
  const toConfirm = lower.isSoaked ? 0 : full * course.finalTrialSeconds + course.soakSeconds + (full + 1) * overheadSeconds;
  if (wanted.durationSeconds + overheadSeconds + toConfirm <= leftSeconds) return wanted;
  const confirming = confirm(course, { ...bounds, upper: null }, lower);
  return confirming.kind === 'end' ? wanted : confirming;
}

type Wanted =
  { readonly kind: 'trial'; readonly step: number; readonly durationSeconds: number } | { readonly kind: 'end'; readonly end: SearchEnd };

/** The smallest upper bound wins: what is carried above a load that failed counts for nothing. */
function boundsOf(course: SearchCourse, trials: readonly Trial[]): Bounds {
  const loads = triedLoads(course, trials);
  const upper = loads.find(({ side }) => side === 'upper') ?? null;
  const wall = loads.find((load) => load.isWall)?.step ?? null;
  return {
    loads,
    lower: loads.findLast(({ side, step }) => side === 'lower' && step < Math.min(upper?.step ?? Infinity, wall ?? Infinity)) ?? null,
    upper,
    wall,
    exploreSeconds: Math.max(course.shortTrialSeconds, ...loads.map(({ hidSeconds }) => hidSeconds)),
  };
}

function wantedTrial(course: SearchCourse, bounds: Bounds): Wanted {
  const { lower, upper, wall } = bounds;
  // A load that was looked at and has not said enough is looked at for longer.
  const isKnown = (step: number): boolean => bounds.loads.some((load) => load.step === step && load.side !== 'unknown');
  const secondsAt = (step: number): number => Math.max(bounds.exploreSeconds, isKnown(step) ? course.finalTrialSeconds : 0);
  const explore = (step: number): Wanted => ({ kind: 'trial', step, durationSeconds: secondsAt(step) });
  const [minStep, maxStep] = [Math.ceil(gridStep(course.minPerSecond, course)), Math.floor(gridStep(course.maxPerSecond, course))];
  const ceiling = Math.min(upper?.step ?? Infinity, wall ?? Infinity);
  if (lower === null) {
    if (ceiling === Infinity) return explore(clamp(stepOf(course.startPerSecond, course), minStep, maxStep));
    if (ceiling > minStep) return explore(Math.max(minStep, ceiling - descent(course, bounds)));
    return atMinimum(course, bounds);
  }
  if (ceiling === Infinity && lower.step < maxStep) return explore(Math.min(maxStep, lower.step + stepsPerOctave(course)));
  if (ceiling !== Infinity) {
    const between = stepBetween(course, bounds, lower.step, ceiling);
    if (between !== null) return explore(between);
  }
  return confirm(course, bounds, lower);
}

/** The rate that was asked for: a short look, then its soak, or as many long trials as it takes to say that it fails. null once that is decided. */
function askedTrial(course: SearchCourse, { loads }: Bounds): (Wanted & { readonly kind: 'trial' }) | null {
  const step = askedStep(course);
  if (step === Infinity) return null;
  const trial = (durationSeconds: number): Wanted & { readonly kind: 'trial' } => ({ kind: 'trial', step, durationSeconds });
  const load = loads.find((one) => one.step === step);
  if (load === undefined) return trial(course.shortTrialSeconds);
  if (load.isWall || load.isDecided || load.side === 'contested') return null;
  if (load.side === 'lower') return trial(course.soakSeconds);
  return trial(Math.max(course.finalTrialSeconds, load.hidSeconds));
}

/** The asked rate on the grid, and above it, so that what is delivered at this load is enough; Infinity for none. */
function askedStep(course: SearchCourse): number {
  if (course.targetPerSecond === undefined) return Infinity;
  const perSecond = clamp(ASKED_MARGIN * course.targetPerSecond, course.minPerSecond, course.maxPerSecond);
  return Math.min(Math.ceil(gridStep(perSecond, course)), Math.floor(gridStep(course.maxPerSecond, course)));
}

/** Both bounds with longer trials, the lower one first; then the soak. */
function confirm(course: SearchCourse, { upper, wall }: Bounds, lower: TriedLoad): Wanted {
  const trial = (step: number, durationSeconds: number): Wanted => ({ kind: 'trial', step, durationSeconds });
  if (!lower.isSustained) return trial(lower.step, course.finalTrialSeconds);
  const hasUpper = upper !== null && upper.step < (wall ?? Infinity);
  if (hasUpper && !upper.isDecided) return trial(upper.step, Math.max(course.finalTrialSeconds, upper.hidSeconds));
  if (!lower.isSoaked) return trial(lower.step, course.soakSeconds);
  if (!hasUpper) return { kind: 'end', end: wall === null ? 'maximum' : 'invalidTrials' };
  return { kind: 'end', end: upper.step - lower.step > widthSteps(course) ? 'noise' : 'found' };
}

/** Nothing is carried down to the lowest rate: it is not given up before that is decided. */
function atMinimum(course: SearchCourse, { upper, wall, loads }: Bounds): Wanted {
  const lowest = loads[0]!;
  if (wall !== null && wall <= (upper?.step ?? Infinity)) return { kind: 'end', end: 'invalidTrials' };
  if (lowest.isDecided) return { kind: 'end', end: 'minimum' };
  return { kind: 'trial', step: lowest.step, durationSeconds: course.finalTrialSeconds };
}

/** How far below the lowest load that failed the next one is: an octave; twice as far each time, from one width on, where short trials have shown nothing. */
function descent(course: SearchCourse, { loads, exploreSeconds }: Bounds): number {
  const octave = stepsPerOctave(course);
  if (exploreSeconds <= course.shortTrialSeconds) return octave;
  const [lowest, second] = loads.filter((load) => load.isWall || load.failedSeconds >= exploreSeconds).map(({ step }) => step);
  if (lowest === undefined || second === undefined) return widthSteps(course);
  return clamp(2 * (second - lowest), widthSteps(course), octave);
}

/** The middle of the bounds, or what is closest to it of that which may be tried; null where they are close enough, or nothing is left to try. */
function stepBetween(course: SearchCourse, { loads }: Bounds, lower: number, ceiling: number): number | null {
  if (ceiling - lower <= widthSteps(course)) return null;
  if (loads.filter(({ side }) => side === 'contested').length >= MOST_CONTESTED) return null;
  const isOpen = (step: number): boolean => !loads.some((load) => load.step === step && (load.side === 'contested' || load.isSustained));
  const middle = (lower + ceiling) / 2;
  const open = Array.from({ length: ceiling - lower - 1 }, (_, i) => lower + 1 + i).filter(isOpen);
  const [closest] = open.toSorted((a, b) => Math.abs(a - middle) - Math.abs(b - middle));
  return closest ?? null;
}

function answerOf({ loads, lower, upper, wall }: Bounds, end: SearchEnd): SearchAnswer {
  const isBounded = upper !== null && upper.step < (wall ?? Infinity);
  const failed = loads.find(({ side, isDecided }) => side === 'upper' && isDecided);
  const carried = loads.findLast(({ side, isSustained }) => side === 'lower' && isSustained);
  // Better than none, and said not to be confirmed: what was carried by trials too short to be trusted.
  const briefly = loads.findLast(
    ({ step, side, sustainedSeconds }) =>
      side === 'unknown' && sustainedSeconds > 0 && step < Math.min(upper?.step ?? Infinity, wall ?? Infinity),
  );
  return {
    lower: (lower ?? briefly)?.step ?? null,
    upper: isBounded ? upper.step : null,
    end,
    confirmed: { lower: lower?.isDecided ?? false, upper: isBounded && upper.isDecided },
    irregular:
      failed !== undefined && carried !== undefined && carried.step > failed.step ? { failed: failed.step, carried: carried.step } : null,
    contested: loads.filter(({ side }) => side === 'contested').map(({ step }) => step),
  };
}

function gridStep(perSecond: number, course: SearchCourse): number {
  return Math.round(Math.log2(perSecond) * stepsPerOctave(course) * 1e6) / 1e6;
}

/** Trials that the search takes where just a rate is carried, and nothing is in doubt: what it may be expected to take. */
export function expectedTrials(course: SearchCourse, carriedPerSecond: number): readonly Trial[] {
  const trials: Trial[] = [];
  for (;;) {
    const next = nextTrial(course, trials);
    if (next.kind === 'done') return trials;
    trials.push({
      step: next.step,
      durationSeconds: next.durationSeconds,
      verdict: rateOf(next.step, course) <= carriedPerSecond ? 'ok' : 'bad',
    });
  }
}

function clamp(value: number, min: number, max: number): number {
  return Math.min(max, Math.max(min, value));
}
