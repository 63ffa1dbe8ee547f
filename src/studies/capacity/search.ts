import type { SearchEnd } from '../../result/capacity-result.ts';
import { EVERY_SECOND_TIME, NINE_TIMES_IN_TEN, SustainedCurve } from '../../stats/sustained-curve.ts';

/*
 * The course of a capacity search, as a pure function of its trials so far: decide the rate that was asked for, if there is one;
 * double until a trial fails; then go where the next trial says most of the rate that is sustained nine times in ten, until that is
 * known narrowly enough; and soak it. The list of trials is the whole state: a search that was interrupted goes on from those that
 * it has.
 */

/** What a search is asked for; durations are those of the measure phase. */
export interface SearchCourse {
  readonly startPerSecond: number;
  /** Lower rates are not tried, nor higher ones. */
  readonly minPerSecond: number;
  readonly maxPerSecond: number;
  /** A trial sends as many messages as its goals need, within these lengths. */
  readonly shortTrialSeconds: number;
  readonly longTrialSeconds: number;
  /** Processes that were just started are slow: so long they take, at a high rate, until they are as fast as they will be. */
  readonly warmupSeconds: number;
  /** Messages a second for each of the rate's: the groups that send. */
  readonly senders: number;
  /** The answer is believed once it was sustained for so long at a stretch. */
  readonly soakSeconds: number;
  /** Upper ÷ lower end of the interval − 1 that is narrow enough. */
  readonly widthRatio: number;
  readonly maxTrials: number;
  /** A rate that somebody asked for: it is tried before all others. */
  readonly targetPerSecond?: number;
}

/** One trial. */
export interface Trial {
  readonly ratePerSecond: number;
  readonly durationSeconds: number;
  /** invalid: the harness, not the system, made its numbers. It says nothing of the rate. */
  readonly verdict: 'ok' | 'bad' | 'invalid';
  /** How busy the busiest resource was, of 1; absent where that is not known. */
  readonly busyRatio?: number;
}

export interface SearchAnswer {
  /** Ends of the 95 % interval of the rate that is sustained nine times in ten; null where there is none. */
  readonly lower: number | null;
  readonly upper: number | null;
  readonly end: SearchEnd;
  /** Whether the lower end was sustained for a soak; whether more than one trial failed. */
  readonly confirmed: { readonly lower: boolean; readonly upper: boolean };
}

export type SearchStep = WantedTrial | { readonly kind: 'done'; readonly answer: SearchAnswer };

export interface WantedTrial {
  readonly kind: 'trial';
  readonly ratePerSecond: number;
  readonly durationSeconds: number;
  /** Nothing has failed yet that counts: rates are low, and the trial says where to look. */
  readonly isLook: boolean;
}

/** What is left of the time for a search. */
export interface TimeLeft {
  readonly leftSeconds: number;
  /** What a trial takes beside its measure phase. */
  readonly overheadSeconds: number;
}

const UNLIMITED: TimeLeft = { leftSeconds: Infinity, overheadSeconds: 0 };
const NO_TIME: TimeLeft = { leftSeconds: 0, overheadSeconds: 0 };

/** Sends that a p99 needs: five of them beyond it. */
const SENDS_OF_TRIAL = 500;
/** Rates that are weighed against each other for the next trial. */
const CANDIDATES = 16;
/** What is delivered is a little less than what is offered: the last deliveries come after the last message was due. */
const ASKED_MARGIN = 1.02;
/** So many failed trials at a rate are no lapses. */
const ENOUGH_FAILED = 3;
/** Soaks that fail with so small a probability, by the shorter trials, show what those hid. */
const HIDDEN = 0.03;
/** Of the estimate, the quantile that is soaked where time is short. */
const CAUTIOUS = 0.2;
/** Of its trials, a search keeps so many for soaks. */
const SOAKS = 3;
/** Trials beyond its most, once a search has found that the short ones hide overload and begins anew with long ones. */
export const TRIALS_WHERE_HIDDEN = 12;
/** Of the interval. */
const TAIL = 0.02;
/** Rates of a wall and below it are as good as the same. */
const BELOW_WALL = 0.98;
/** While nothing fails, a busier resource than this is not aimed at, and a rate not raised by more at once. */
const AIMED_BUSY = 0.5;
/** A trial that fails while no resource is busier than this is not one of too high a rate. */
const OVERLOADED_BUSY = 0.7;
const MOST_CLIMB = 16;
const CLIMB = 2;
/** Where short trials hide overload, the first step down, which doubles. */
const FIRST_DESCENT = 1.15;

/** What the trials so far say. */
interface View {
  readonly course: SearchCourse;
  readonly trials: readonly Trial[];
  readonly isHidden: boolean;
  /** null without a trial that was sustained and one that was not. */
  readonly curve: SustainedCurve | null;
  readonly sustained: readonly number[];
  readonly failed: readonly number[];
  readonly ceiling: number;
  readonly isWalled: boolean;
}

type Wanted = WantedTrial | { readonly kind: 'end'; readonly end: SearchEnd };

/** What is to be done after the trials so far. Where time runs out the search narrows its answer no further, and soaks what it has. */
export function nextTrial(course: SearchCourse, trials: readonly Trial[], time: TimeLeft = UNLIMITED): SearchStep {
  const view = viewOf(course, trials);
  const done = (end: SearchEnd): SearchStep => ({ kind: 'done', answer: answerOf(view, end) });
  const wanted = askedTrial(view) ?? hurry(view, wantedTrial(view), time);
  if (wanted.kind === 'end') return done(wanted.end);
  if (trials.length >= mostTrials(view)) return done('trialCap');
  const next = { ...wanted, ...again(view) };
  return next.durationSeconds + time.overheadSeconds > time.leftSeconds ? done('timeBudget') : next;
}

/** What a search for the asked rate knows: `open` until trials have decided it. */
export type AskedRate = 'open' | 'sustained' | 'missed';

/** What the trials so far say of the rate that was asked for. Without one it is missed. */
export function askedRate(course: SearchCourse, trials: readonly Trial[]): AskedRate {
  const view = viewOf(course, trials);
  if (askedTrial(view) !== null) return 'open';
  const asked = askedPerSecond(course);
  return asked !== null && isSoaked(view, asked) ? 'sustained' : 'missed';
}

/** What the trials so far say, if there are to be no more. */
export function answerSoFar(course: SearchCourse, trials: readonly Trial[]): SearchAnswer {
  const next = nextTrial(course, trials, NO_TIME);
  if (next.kind === 'done') return next.answer;
  throw new Error('a search goes on though there is no time left');
}

function viewOf(course: SearchCourse, trials: readonly Trial[]): View {
  const ceiling = ceilingOf(course, trials);
  return { course, trials, ...toldBy(course, countedTrials(course, trials)), ceiling, isWalled: ceiling < course.maxPerSecond };
}

/** No higher rate may be tried: the highest of the course, or below the lowest at which nothing can be measured. */
export function ceilingOf({ maxPerSecond }: Pick<SearchCourse, 'maxPerSecond'>, trials: readonly Trial[]): number {
  return Math.min(maxPerSecond, wallOf(trials) * BELOW_WALL);
}

type SoakLength = Pick<SearchCourse, 'soakSeconds'>;

/** What trials say that count, but for those that are too short to be trusted. */
function toldBy(course: SoakLength, counted: readonly Trial[]): Pick<View, 'isHidden' | 'curve' | 'sustained' | 'failed'> {
  const isHidden = hidesOverload(course, counted);
  const told = isHidden ? counted.filter((trial) => trial.verdict === 'bad' || isLong(course, trial)) : counted;
  const rates = (verdict: Trial['verdict']): readonly number[] =>
    told.filter((trial) => trial.verdict === verdict).map(({ ratePerSecond }) => ratePerSecond);
  const [sustained, failed] = [rates('ok'), rates('bad')];
  return { isHidden, curve: sustained.length > 0 && failed.length > 0 ? curveOf(told) : null, sustained, failed };
}

function validOf<T extends Trial>(trials: readonly T[]): readonly T[] {
  return trials.filter(({ verdict }) => verdict !== 'invalid');
}

interface Warming {
  /** The index of the first trial on processes that have warmed up; what failed before that says nothing. */
  readonly warmAt: number;
  /** The last trial failed on processes that had not: how long its rate is to be tried again. null where it did not. */
  readonly againSeconds: number | null;
}

/**
 * Processes that were just started are slow, so that the first trials fail at rates that are carried later. A failure without a busy resource is
 * tried again. One with it, or a second one, is that of a rate that is high enough to warm up at, unless that rate is sustained then; from then on
 * what fails counts.
 */
function warmingOf(course: Pick<SearchCourse, 'soakSeconds' | 'warmupSeconds'>, valid: readonly Trial[]): Warming {
  const isFailed = (trial: Trial | undefined): boolean => trial?.verdict === 'bad' && !isLong(course, trial);
  const overloaded = valid.findIndex((trial, i) => {
    const before = valid[i - 1];
    const isSecond = isFailed(before) && before!.ratePerSecond === trial.ratePerSecond;
    const after = valid[i + 1];
    const isSustained = after?.verdict === 'ok' && after.ratePerSecond === trial.ratePerSecond;
    return isFailed(trial) && !isSustained && (isSecond || (trial.busyRatio ?? 1) >= OVERLOADED_BUSY);
  });
  if (overloaded < 0) return { warmAt: valid.length, againSeconds: isFailed(valid.at(-1)) ? valid.at(-1)!.durationSeconds : null };
  return { warmAt: overloaded + 2, againSeconds: overloaded === valid.length - 1 ? course.warmupSeconds : null };
}

/** The trials that say something: those that are valid, and did not fail before processes had warmed up. */
export function countedTrials<T extends Trial>(course: SearchCourse, trials: readonly T[]): readonly T[] {
  const valid = validOf(trials);
  const { warmAt } = warmingOf(course, valid);
  return valid.filter((trial, i) => trial.verdict === 'ok' || isLong(course, trial) || i >= warmAt);
}

function mostTrials({ course, isHidden }: View): number {
  return course.maxTrials + (isHidden ? TRIALS_WHERE_HIDDEN : 0);
}

function curveOf(trials: readonly Trial[]): SustainedCurve {
  return new SustainedCurve(trials.map(({ ratePerSecond, verdict }) => ({ load: Math.log(ratePerSecond), isSustained: verdict === 'ok' })));
}

function isLong({ soakSeconds }: SoakLength, { durationSeconds }: Trial): boolean {
  return durationSeconds >= soakSeconds;
}

/** Whether soaks fail where shorter trials say that they should not: a queue that fills hides overload from those. */
function hidesOverload(course: SoakLength, valid: readonly Trial[]): boolean {
  const soaks = valid.filter((trial) => isLong(course, trial));
  const shorter = valid.filter((trial) => !isLong(course, trial));
  if (soaks.every(({ verdict }) => verdict === 'ok') || !shorter.some(({ verdict }) => verdict === 'ok')) return false;
  const highest = Math.max(...shorter.map(({ ratePerSecond }) => ratePerSecond));
  // Without a shorter trial that failed, the first that would have lies above all of them.
  const known = shorter.some(({ verdict }) => verdict === 'bad')
    ? shorter
    : [...shorter, { ratePerSecond: CLIMB * highest, durationSeconds: 0, verdict: 'bad' as const }];
  const curve = curveOf(known);
  const chance = (trial: Trial): number => (trial.verdict === 'ok' ? 1 : 1 - curve.probabilityAt(Math.log(trial.ratePerSecond)));
  return soaks.reduce((product, trial) => product * chance(trial), 1) < HIDDEN;
}

/** The lowest rate whose last two trials were invalid; Infinity for none. */
function wallOf(trials: readonly Trial[]): number {
  const rates = [...new Set(trials.map(({ ratePerSecond }) => ratePerSecond))];
  const isWall = (rate: number): boolean => {
    const last = trials.filter(({ ratePerSecond }) => ratePerSecond === rate).slice(-2);
    return last.length === 2 && last.every(({ verdict }) => verdict === 'invalid');
  };
  return Math.min(Infinity, ...rates.filter(isWall));
}

/** The same rate once more: by itself an invalid trial says nothing, nor does one that failed before processes had warmed up. */
export function again({ course, trials }: Pick<View, 'course' | 'trials'>): Pick<WantedTrial, 'ratePerSecond' | 'durationSeconds'> | null {
  const last = trials.at(-1);
  if (last === undefined) return null;
  const { ratePerSecond, durationSeconds } = last;
  if (last.verdict === 'invalid' && ratePerSecond < wallOf(trials)) return { ratePerSecond, durationSeconds };
  const { againSeconds } = warmingOf(course, validOf(trials));
  return againSeconds === null ? null : { ratePerSecond, durationSeconds: againSeconds };
}

function wantedTrial(view: View): Wanted {
  const { course, curve, sustained, failed, ceiling } = view;
  const { minPerSecond, startPerSecond } = course;
  if (ceiling < minPerSecond) return { kind: 'end', end: 'invalidTrials' };
  if (sustained.length === 0 && failed.length === 0) return explore(view, view.isWalled ? ceiling / CLIMB : startPerSecond);
  if (sustained.length === 0) return descend(view);
  if (curve === null || rateOf(curve, NINE_TIMES_IN_TEN, 0.5) > ceiling) return climb(view);
  const [from, to] = [TAIL, 1 - TAIL].map((share) => rateOf(curve, NINE_TIMES_IN_TEN, share)) as [number, number];
  const isNarrow = to / from <= 1 + course.widthRatio;
  const isSpent = view.trials.length >= mostTrials(view) - SOAKS;
  if (!isNarrow && !isSpent) return explore(view, mostInforming(view, curve));
  if (isSoaked(view, from)) return { kind: 'end', end: isNarrow ? 'found' : 'noise' };
  return soak(view, rateOf(curve, NINE_TIMES_IN_TEN, 0.5));
}

/** What nothing has failed at, or too much above what may be tried. */
function climb(view: View): Wanted {
  const { course, sustained, ceiling, isWalled } = view;
  const highest = Math.max(...sustained);
  // A wall is as high as is known only near it.
  const isThere = isWalled ? ceiling / highest <= 1 + course.widthRatio : highest >= ceiling;
  if (isThere) return isSoaked(view, highest) ? { kind: 'end', end: isWalled ? 'invalidTrials' : 'maximum' } : soak(view, highest);
  if (isWalled) return explore(view, Math.sqrt(highest * ceiling));
  return explore(view, highest * climbFrom(view, highest));
}

/** How much higher the next rate may be: the busier the busiest resource, the less. */
function climbFrom({ trials }: View, rate: number): number {
  const busy = trials.findLast(({ ratePerSecond }) => ratePerSecond === rate)?.busyRatio ?? 1;
  return Math.min(MOST_CLIMB, Math.max(CLIMB, AIMED_BUSY / busy));
}

/** Everything has failed so far. */
function descend(view: View): Wanted {
  const { course, failed, isHidden } = view;
  const [lowest, second] = [...new Set(failed)].toSorted((a, b) => a - b) as [number, number?];
  const isMinimum = lowest <= course.minPerSecond;
  if (isMinimum)
    return failed.filter((rate) => rate === lowest).length >= ENOUGH_FAILED ? { kind: 'end', end: 'minimum' } : explore(view, lowest);
  const widened = second === undefined ? FIRST_DESCENT : Math.max(FIRST_DESCENT, (second / lowest) ** 2);
  return explore(view, lowest / (isHidden ? Math.min(CLIMB, widened) : CLIMB));
}

function mostInforming({ sustained, course, ceiling }: View, curve: SustainedCurve): number {
  const loads = candidateLoads(curve, sustained, { minPerSecond: course.minPerSecond, maxPerSecond: ceiling });
  return Math.exp(curve.mostInforming(NINE_TIMES_IN_TEN, loads));
}

/** Loads (ln of rates) in the interval of an estimate and not far above what was sustained: one of them is that of the next trial. */
export function candidateLoads(
  curve: SustainedCurve,
  sustained: readonly number[],
  { minPerSecond, maxPerSecond }: Pick<SearchCourse, 'minPerSecond' | 'maxPerSecond'>,
): readonly number[] {
  const from = Math.max(minPerSecond, rateOf(curve, NINE_TIMES_IN_TEN, TAIL));
  const to = Math.min(maxPerSecond, CLIMB * Math.max(...sustained), rateOf(curve, EVERY_SECOND_TIME, 1 - TAIL));
  const ratio = Math.log(Math.max(1, to / from)) / (CANDIDATES - 1);
  return Array.from({ length: CANDIDATES }, (_, i) => Math.log(from) + i * ratio);
}

function rateOf(curve: SustainedCurve, often: number, quantile: number): number {
  return Math.exp(curve.loadAt(often, quantile));
}

function explore({ course, isHidden, failed, ceiling }: View, perSecond: number): WantedTrial {
  const trial = trialAt(course, Math.min(ceiling, Math.max(course.minPerSecond, perSecond)));
  if (isHidden) return { ...trial, durationSeconds: course.soakSeconds };
  // Where nothing has failed, a trial only looks where to look.
  return failed.length === 0 ? { ...trial, durationSeconds: course.shortTrialSeconds, isLook: true } : trial;
}

/** A trial at a rate, as long as its goals need. */
export function trialAt(
  { shortTrialSeconds, longTrialSeconds, senders }: Pick<SearchCourse, 'shortTrialSeconds' | 'longTrialSeconds' | 'senders'>,
  perSecond: number,
): WantedTrial {
  const ratePerSecond = tried(perSecond);
  const wantedSeconds = Math.ceil(SENDS_OF_TRIAL / (ratePerSecond * senders));
  const durationSeconds = Math.min(longTrialSeconds, Math.max(shortTrialSeconds, wantedSeconds));
  return { kind: 'trial', ratePerSecond, durationSeconds, isLook: false };
}

function soak({ course, ceiling }: View, perSecond: number): WantedTrial {
  return { kind: 'trial', ratePerSecond: tried(Math.min(ceiling, perSecond)), durationSeconds: course.soakSeconds, isLook: false };
}

/** Rates have four digits. */
function tried(perSecond: number): number {
  return Number(perSecond.toPrecision(4));
}

/** Whether a rate, or a higher one, was sustained for a soak. */
function isSoaked({ course, trials }: View, perSecond: number): boolean {
  return trials.some((trial) => trial.verdict === 'ok' && isLong(course, trial) && trial.ratePerSecond >= perSecond);
}

/** The rate that was asked for: a look, then its soak, or as many trials as it takes to say that it fails. null once that is decided. */
function askedTrial(view: View): WantedTrial | null {
  const asked = askedPerSecond(view.course);
  if (asked === null || asked > view.ceiling || isSoaked(view, asked)) return null;
  const count = (verdict: Trial['verdict']): number =>
    view.trials.filter((trial) => trial.ratePerSecond === asked && trial.verdict === verdict).length;
  if (count('bad') >= ENOUGH_FAILED) return null;
  return count('ok') > count('bad') ? soak(view, asked) : explore(view, asked);
}

/** The asked rate, so that what is delivered at it is enough; null for none. */
function askedPerSecond({ targetPerSecond, minPerSecond, maxPerSecond }: SearchCourse): number | null {
  if (targetPerSecond === undefined) return null;
  const asked = Math.min(maxPerSecond, Math.max(minPerSecond, ASKED_MARGIN * targetPerSecond));
  return tried(asked) >= asked ? tried(asked) : tried(asked * 1.001);
}

/** Instead of a trial that only narrows the answer, its soak, where there is not time for both. */
function hurry(view: View, wanted: Wanted, { leftSeconds, overheadSeconds }: TimeLeft): Wanted {
  const { course, curve, sustained } = view;
  if (wanted.kind === 'end' || sustained.length === 0 || wanted.durationSeconds >= course.soakSeconds) return wanted;
  const { lower } = intervalOf(view);
  if (lower !== null && isSoaked(view, lower)) return wanted;
  if (wanted.durationSeconds + course.soakSeconds + 2 * overheadSeconds <= leftSeconds) return wanted;
  // There is no time for a second one.
  return soak(view, curve === null ? Math.max(...sustained) : rateOf(curve, NINE_TIMES_IN_TEN, CAUTIOUS));
}

/** The 95 % interval of the rate that is sustained nine times in ten, as far as it is known. */
function intervalOf({ course, curve, sustained, failed, ceiling }: View): Pick<SearchAnswer, 'lower' | 'upper'> {
  if (curve === null)
    return { lower: sustained.length === 0 ? null : Math.max(...sustained), upper: failed.length === 0 ? null : Math.min(...failed) };
  const [from, to] = [rateOf(curve, NINE_TIMES_IN_TEN, TAIL), rateOf(curve, NINE_TIMES_IN_TEN, 1 - TAIL)];
  return { lower: Math.max(course.minPerSecond, from), upper: to > ceiling ? null : to };
}

/** A rate, and its 95 % interval; per second. */
export interface RateInterval {
  readonly perSecond: number;
  readonly interval: readonly [lower: number, upper: number];
}

/** What trials say of how often rates are sustained. */
export interface CurveEstimate {
  readonly half: RateInterval;
  readonly nineInTen: RateInterval;
  readonly noiseRatio: number;
  readonly isHidden: boolean;
  readonly curve: SustainedCurve;
}

/** Of trials that count. null where none of them was sustained, or none failed. */
export function estimateOf(course: SoakLength, counted: readonly Trial[]): CurveEstimate | null {
  const { curve, isHidden } = toldBy(course, counted);
  if (curve === null) return null;
  const rate = (often: number): RateInterval => ({
    perSecond: rateOf(curve, often, 0.5),
    interval: [rateOf(curve, often, TAIL), rateOf(curve, often, 1 - TAIL)],
  });
  return {
    half: rate(EVERY_SECOND_TIME),
    nineInTen: rate(NINE_TIMES_IN_TEN),
    noiseRatio: curve.noise(0.5),
    isHidden,
    curve,
  };
}

function answerOf(view: View, end: SearchEnd): SearchAnswer {
  const { lower, upper } = intervalOf(view);
  return {
    lower,
    upper,
    end,
    confirmed: { lower: lower !== null && isSoaked(view, lower), upper: upper !== null && view.failed.length > 1 },
  };
}
