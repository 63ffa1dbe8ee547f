import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_TRIALS, PROFILES, type Profile } from './profile.ts';
import { askedRate, expectedTrials, nextTrial, UNLIMITED, type SearchAnswer, type TimeLeft } from './search.ts';
import { rateOf, stepOf, type SearchCourse, type Trial } from './tried-loads.ts';
import { seededRandom, type Random } from '../../model/random.ts';
import { normal } from '../comparison/detectable-effect.ts';

/** As `bench capacity` searches. */
const courseOf = (profile: Profile): SearchCourse => ({
  ...profile,
  startPerSecond: 20,
  minPerSecond: 0.5,
  maxPerSecond: 100_000,
  maxTrials: MAX_TRIALS,
});
const THOROUGH = courseOf(PROFILES.thorough);
const QUICK = courseOf(PROFILES.quick);

/** What a trial at a rate, in messages a second, finds. */
type System = (perSecond: number, durationSeconds: number) => Trial['verdict'];

interface Searched {
  readonly answer: SearchAnswer;
  readonly trials: readonly Trial[];
  readonly lower: number;
  readonly upper: number;
}

function search(course: SearchCourse, system: System, time: (trials: readonly Trial[]) => TimeLeft = () => UNLIMITED): Searched {
  const trials: Trial[] = [];
  for (;;) {
    const next = nextTrial(course, trials, time(trials));
    if (next.kind === 'done') {
      const { lower, upper } = next.answer;
      return {
        answer: next.answer,
        trials,
        lower: lower === null ? 0 : rateOf(lower, course),
        upper: upper === null ? Infinity : rateOf(upper, course),
      };
    }
    const { step, durationSeconds } = next;
    trials.push({ step, durationSeconds, verdict: system(rateOf(step, course), durationSeconds) });
  }
}

const verdict = (isSustained: boolean): 'ok' | 'bad' => (isSustained ? 'ok' : 'bad');

/** Systems that carry a rate, with what they do beyond it. */
const SYSTEMS: Readonly<Record<string, (capacity: number, random: Random) => System>> = {
  'whose response grows linearly': (capacity) => (perSecond) => verdict((100 * perSecond) / capacity <= 100),
  // p99 of an M/M/1 queue is ln 100 ÷ (μ − λ), measured with an error that falls with the length of the trial; the goal is 100 ms.
  'with a queue, M/M/1': (capacity, random) => (perSecond, durationSeconds) => {
    const left = capacity + Math.log(100) / 0.1 - perSecond;
    return verdict(left > 0 && (Math.log(100) / left) * Math.exp(0.1 * Math.sqrt(5 / durationSeconds) * normal(random)) <= 0.1);
  },
  'with a cliff': (capacity) => (perSecond) => verdict(perSecond <= capacity),
  // From one trial of 5 s to the next.
  'whose capacity varies by 2 %': (capacity, random) => (perSecond, durationSeconds) =>
    verdict(perSecond <= capacity * Math.exp(0.02 * Math.sqrt(5 / durationSeconds) * normal(random))),
  'that fails once in twenty trials for no reason': (capacity, random) => (perSecond) => verdict(perSecond <= capacity && random() >= 0.05),
  'whose trials are invalid once in twenty': (capacity, random) => (perSecond) =>
    random() < 0.05 ? 'invalid' : verdict(perSecond <= capacity),
};
const BUFFERED: Readonly<Record<string, (capacity: number) => System>> = {
  'whose buffer hides overload for 20 s': (capacity) => (perSecond, durationSeconds) =>
    verdict(perSecond <= capacity || (perSecond < 1.5 * capacity && durationSeconds <= 20)),
  'whose buffer hides any overload for 20 s': (capacity) => (perSecond, durationSeconds) =>
    verdict(perSecond <= capacity || durationSeconds <= 20),
  'whose buffer hides overload for longer than a full trial': (capacity) => (perSecond, durationSeconds) =>
    verdict(perSecond <= capacity || (perSecond < 1.5 * capacity && durationSeconds <= 45)),
};

const SEEDS = 500;
/** Capacities from 250/s to 16,000/s, anywhere between two steps of the grid. */
const capacityOf = (random: Random): number => 250 * 2 ** (6 * random());

function searchAll(
  course: SearchCourse,
  system: (capacity: number, random: Random) => System,
): readonly (Searched & { capacity: number })[] {
  return Array.from({ length: SEEDS }, (_, seed) => {
    const random = seededRandom(seed, 0);
    const capacity = capacityOf(random);
    return { capacity, ...search(course, system(capacity, random)) };
  });
}

describe('the interval of a search', () => {
  const cases = [
    ...Object.entries(SYSTEMS).flatMap(([name, system]) => [
      ['thorough', name, THOROUGH, system] as const,
      ['quick', name, QUICK, system] as const,
    ]),
    ...Object.entries(BUFFERED).map(([name, system]) => ['thorough', name, THOROUGH, system] as const),
  ];
  it.each(cases)('contains what is carried, in 95 of 100 %s searches of a system %s', (_, __, course, system) => {
    const found = searchAll(course, system);
    const containing = found.filter(({ capacity, lower, upper }) => lower <= capacity && capacity <= upper);
    expect(containing.length).toBeGreaterThanOrEqual(0.95 * SEEDS);
    for (const { answer, trials, lower, upper } of found) {
      expect(trials.length).toBeLessThan(course.maxTrials);
      expect(answer.confirmed).toEqual({ lower: true, upper: answer.upper !== null });
      // Wider than asked for only where it says why.
      if (answer.end === 'found') expect(upper / lower).toBeLessThanOrEqual(1 + course.widthRatio);
      else if (answer.end === 'noise') expect(answer.contested.length).toBeGreaterThan(0);
      else expect(answer.end).toBe('invalidTrials');
    }
  });

  it('is narrow in most searches, where trials do not contradict each other', () => {
    for (const system of [SYSTEMS['with a cliff']!, SYSTEMS['with a queue, M/M/1']!]) {
      expect(searchAll(THOROUGH, system).filter(({ answer }) => answer.end === 'found').length).toBeGreaterThan(0.85 * SEEDS);
    }
  });

  it('has no upper end where nothing fails, and the highest rate as its lower', () => {
    const { answer, lower } = search(THOROUGH, () => 'ok');
    expect(answer).toMatchObject({ end: 'maximum', upper: null, confirmed: { lower: true, upper: false } });
    expect(lower).toBeLessThanOrEqual(THOROUGH.maxPerSecond);
    expect(lower).toBeGreaterThan(THOROUGH.maxPerSecond / 1.03);
  });

  it('has no lower end where everything fails, down to the lowest rate', () => {
    const { answer, upper, trials } = search(THOROUGH, () => 'bad');
    expect(answer).toMatchObject({ end: 'minimum', lower: null, confirmed: { lower: false, upper: true } });
    expect(upper / THOROUGH.minPerSecond).toBeLessThan(1.03);
    expect(trials.filter(({ step }) => rateOf(step, THOROUGH) === upper).length).toBeGreaterThan(2);
  });

  it('contains one of the rates at which a system begins to fail, where it fails between others', () => {
    for (const { capacity, lower, upper } of searchAll(
      THOROUGH,
      (capacity) => (perSecond) => verdict(perSecond <= capacity && !(perSecond > 0.6 * capacity && perSecond < 0.68 * capacity)),
    )) {
      expect([0.6 * capacity, capacity].some((edge) => lower <= edge && edge <= upper)).toBe(true);
    }
  });
});

/** Trials at rates near 100/s, as a search would have made them. */
const at = (perSecond: number, durationSeconds: number, ...verdicts: readonly Trial['verdict'][]): readonly Trial[] =>
  verdicts.map((each) => ({ step: stepOf(perSecond, THOROUGH), durationSeconds, verdict: each }));

describe('a search', () => {
  it('takes the smallest load that failed, and says that a higher one was carried', () => {
    const next = nextTrial({ ...THOROUGH, maxTrials: 0 }, [
      ...at(100, 60, 'ok', 'ok'),
      ...at(110, 30, 'bad', 'bad', 'bad'),
      ...at(200, 30, 'ok', 'ok'),
      ...at(400, 30, 'bad', 'bad', 'bad'),
    ]);
    expect(next).toMatchObject({ kind: 'done', answer: { lower: stepOf(100, THOROUGH), upper: stepOf(110, THOROUGH) } });
    expect(next).toMatchObject({ answer: { irregular: { failed: stepOf(110, THOROUGH), carried: stepOf(200, THOROUGH) } } });
  });

  it('tries an invalid trial once more, and measures nothing at a load with two', () => {
    const once = at(100, 5, 'invalid');
    expect(nextTrial(THOROUGH, once)).toEqual({ kind: 'trial', step: stepOf(100, THOROUGH), durationSeconds: 5 });
    const twice = nextTrial(THOROUGH, [...once, ...once]);
    expect(twice.kind === 'trial' && twice.step).toBeLessThan(stepOf(100, THOROUGH));
    const between = nextTrial(THOROUGH, [...once, ...at(100, 5, 'ok')]);
    expect(between.kind === 'trial' && between.step).toBeGreaterThan(stepOf(100, THOROUGH));
  });

  it('has a lower end alone where trials above are invalid, and rests on none of those', () => {
    for (const { answer, trials, capacity, lower } of searchAll(
      QUICK,
      (capacity) => (perSecond) => (perSecond <= capacity ? 'ok' : 'invalid'),
    )) {
      expect(answer).toMatchObject({ end: 'invalidTrials', upper: null, confirmed: { lower: true, upper: false } });
      expect(lower).toBeLessThanOrEqual(capacity);
      expect(capacity / lower).toBeLessThanOrEqual(1.1);
      expect(trials.filter(({ step, verdict: each }) => step === answer.lower && each === 'invalid')).toEqual([]);
    }
  });

  it('rests on no load whose soak is invalid', () => {
    const { answer, lower, trials } = search(QUICK, (perSecond, durationSeconds) =>
      durationSeconds >= QUICK.soakSeconds && perSecond > 300 ? 'invalid' : verdict(perSecond <= 777),
    );
    expect(answer).toMatchObject({ end: 'invalidTrials', upper: null, confirmed: { lower: true } });
    expect(lower).toBeGreaterThan(300 / 1.2);
    expect(lower).toBeLessThanOrEqual(300);
    expect(trials.length).toBeLessThan(QUICK.maxTrials);
  });

  it('has no answer where every trial is invalid', () => {
    expect(search(QUICK, () => 'invalid').answer).toMatchObject({
      end: 'invalidTrials',
      lower: null,
      upper: null,
      confirmed: { lower: false, upper: false },
    });
  });

  it('makes the same trials whether it was interrupted or not', () => {
    const system = SYSTEMS['with a cliff']!(777, seededRandom(1, 0));
    const { trials } = search(QUICK, system);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: trials.length - 1 }), (kept) => {
        const { step, durationSeconds } = trials[kept]!;
        expect(nextTrial(QUICK, trials.slice(0, kept))).toEqual({ kind: 'trial', step, durationSeconds });
      }),
    );
  });

  it.each([
    [5, false],
    [20, false],
    [60, true],
    [80, true],
    [90, true],
  ])('ends within %i s, and has soaked what it says is carried: %j', (budgetSeconds, isSoaked) => {
    const overheadSeconds = 3;
    const spent = (trials: readonly Trial[]): number => trials.reduce((sum, trial) => sum + trial.durationSeconds + overheadSeconds, 0);
    const { answer, trials, lower } = search(QUICK, SYSTEMS['with a cliff']!(777, seededRandom(1, 0)), (sofar) => ({
      leftSeconds: budgetSeconds - spent(sofar),
      overheadSeconds,
    }));
    expect(spent(trials)).toBeLessThanOrEqual(budgetSeconds);
    expect(answer).toMatchObject({ end: 'timeBudget', confirmed: { lower: isSoaked, upper: false } });
    expect(lower).toBeLessThanOrEqual(777);
    expect(trials.some(({ step, durationSeconds }) => step === answer.lower && durationSeconds >= QUICK.soakSeconds)).toBe(isSoaked);
  });

  it('has what short trials carried for a lower end, unconfirmed, where time is over before longer ones have carried anything', () => {
    const hidden = BUFFERED['whose buffer hides any overload for 20 s']!(30);
    const { answer, trials } = search(THOROUGH, hidden, (sofar) => ({
      leftSeconds: sofar.some(({ verdict: each }) => each === 'bad') ? 0 : Infinity,
      overheadSeconds: 0,
    }));
    expect(answer).toMatchObject({ end: 'timeBudget', confirmed: { lower: false } });
    expect(answer.lower).toBeLessThan(answer.upper!);
    expect(trials.some(({ step, verdict: each }) => step === answer.lower && each === 'ok')).toBe(true);
  });

  it('takes about as many trials as the logarithms of its range and its width', () => {
    for (const capacity of [25, 100, 1000, 10_000]) {
      const expected = Math.log2(capacity / THOROUGH.startPerSecond) + Math.log2(1 / THOROUGH.widthRatio) + 6;
      expect(Math.abs(expectedTrials(THOROUGH, capacity).length - expected)).toBeLessThanOrEqual(3);
    }
  });
});

describe('a rate that was asked for', () => {
  const carries = (capacity: number): System => SYSTEMS['with a cliff']!(capacity, seededRandom(1, 0));
  const asked = (targetPerSecond: number, capacity: number): Searched & { readonly course: SearchCourse } => {
    const course = { ...QUICK, targetPerSecond };
    return { course, ...search(course, carries(capacity)) };
  };

  it('is tried before all others, and soaked at once', () => {
    const { course, trials } = asked(3, 500);
    const step = trials[0]!.step;
    expect(trials.slice(0, 2)).toEqual([
      { step, durationSeconds: QUICK.shortTrialSeconds, verdict: 'ok' },
      { step, durationSeconds: QUICK.soakSeconds, verdict: 'ok' },
    ]);
    expect([0, 1, 2].map((count) => askedRate(course, trials.slice(0, count)))).toEqual(['open', 'open', 'sustained']);
    expect(rateOf(step, course)).toBeGreaterThanOrEqual(1.02 * 3);
  });

  it('is missed once it has failed for as long as it takes, and what is carried is still found', () => {
    const { course, trials, lower, upper } = asked(300, 100);
    expect(new Set(trials.slice(0, 3).map(({ step }) => step)).size).toBe(1);
    expect(askedRate(course, trials)).toBe('missed');
    expect(lower).toBeLessThanOrEqual(100);
    expect(upper).toBeGreaterThan(100);
  });

  it('changes nothing of what a search finds, and its trials always decide it', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.1, max: 5000, noNaN: true }), fc.double({ min: 2, max: 5000, noNaN: true }), (target, capacity) => {
        const { course, trials, answer, lower, upper } = asked(target, capacity);
        expect(answer.end).toBe('found');
        expect([lower <= capacity, upper > capacity]).toEqual([true, true]);
        const tried = rateOf(trials[0]!.step, course);
        expect(askedRate(course, trials)).toBe(tried <= capacity ? 'sustained' : 'missed');
      }),
      { numRuns: 200 },
    );
  });
});
