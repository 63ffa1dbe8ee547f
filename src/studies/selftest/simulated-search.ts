import { PROFILES } from '../capacity/profile.ts';
import { nextTrial, type SearchAnswer, type SearchCourse, type Trial } from '../capacity/search.ts';
import { normal, type Random } from '../../model/random.ts';
import { normalUpperTail } from '../../stats/ranks.ts';

/* Capacity searches whose truth is known: the code that decides, over a system that is simulated. */

/** What a trial finds, and what it should be found to sustain. */
export interface SimulatedSystem {
  readonly verdict: (perSecond: number, durationSeconds: number, atSeconds: number) => Trial['verdict'];
  /** The rate that is sustained nine times in ten, and every second time, once the trials are over. */
  readonly nineInTen: () => number;
  readonly half: () => number;
}

export interface SimulatedKind {
  readonly name: string;
  readonly profile: keyof typeof PROFILES;
  /** A system that sustains about so many messages a second. */
  readonly system: (capacity: number, random: Random) => SimulatedSystem;
}

const Z_NINE_IN_TEN = 1.281_551_565_545;

function judged(isSustained: boolean): Trial['verdict'] {
  return isSustained ? 'ok' : 'bad';
}

/** A system that is always the same, but for what its trials add. */
function steady(capacity: number, verdict: SimulatedSystem['verdict']): SimulatedSystem {
  return { verdict, nineInTen: () => capacity, half: () => capacity };
}

/** A capacity that differs from trial to trial. */
function noisy(noise: number, lapse = 0): SimulatedKind['system'] {
  return (capacity, random) => ({
    verdict: (perSecond) => judged(perSecond <= capacity * Math.exp(noise * normal(random)) && random() >= lapse),
    nineInTen: () => capacity * Math.exp(-Z_NINE_IN_TEN * noise),
    half: () => capacity,
  });
}

/** p99 of an M/M/1 queue is ln 100 ÷ (μ − λ), measured with an error that falls with the length of the trial; the goal is 100 ms. */
const queue: SimulatedKind['system'] = (capacity, random) =>
  steady(capacity, (perSecond, durationSeconds) => {
    const left = capacity + Math.log(100) / 0.1 - perSecond;
    return judged(left > 0 && (Math.log(100) / left) * Math.exp(0.1 * Math.sqrt(5 / durationSeconds) * normal(random)) <= 0.1);
  });

const DRIFT_SECONDS = 120;

/** A capacity that falls by 10 % in the first two minutes, and differs by 3 % from trial to trial. The truth is that of all its trials together. */
const drifting: SimulatedKind['system'] = (capacity, random) => {
  const capacities: number[] = [];
  const noise = 0.03;
  const sustainedAt = (perSecond: number): number =>
    capacities.reduce((sum, one) => sum + normalUpperTail(Math.log(perSecond / one) / noise), 0) / capacities.length;
  const rateWith = (share: number): number => {
    let [from, to] = [capacity / 2, 2 * capacity];
    while (to / from > 1.0001) {
      const middle = Math.sqrt(from * to);
      if (sustainedAt(middle) > share) from = middle;
      else to = middle;
    }
    return from;
  };
  return {
    verdict: (perSecond, _, atSeconds) => {
      const now = capacity * (1.05 - 0.1 * Math.min(1, atSeconds / DRIFT_SECONDS));
      capacities.push(now);
      return judged(perSecond <= now * Math.exp(noise * normal(random)));
    },
    nineInTen: () => rateWith(0.9),
    half: () => rateWith(0.5),
  };
};

/** Response climbs to 85 % of its goal at 60 % of the capacity, and stays there until it leaves; p99 is measured with an error of 10 %. */
const twoKnees: SimulatedKind['system'] = (capacity, random) =>
  steady(capacity, (perSecond) => {
    const share = 0.85 * Math.min(1, perSecond / (0.6 * capacity));
    return judged(perSecond <= capacity && share * Math.exp(0.1 * normal(random)) <= 1);
  });

/** A buffer that hides overload up to so many times the capacity, for so long. */
function buffered(hiddenSeconds: number, times: number): SimulatedKind['system'] {
  return (capacity) =>
    steady(capacity, (perSecond, durationSeconds) =>
      judged(perSecond <= capacity || (perSecond < times * capacity && durationSeconds <= hiddenSeconds)),
    );
}

/** Processes that carry three fifths of their capacity until they have been busy for so long, and fail two of seven trials at any rate. */
const COLD_SECONDS = 6;
const cold: SimulatedKind['system'] = (capacity, random) => {
  let busySeconds = 0;
  return steady(capacity, (perSecond, durationSeconds) => {
    const isCold = busySeconds < COLD_SECONDS;
    const now = capacity * (isCold ? 0.6 : 1) * Math.exp(0.01 * normal(random));
    busySeconds += durationSeconds * Math.min(1, perSecond / now);
    return judged(perSecond <= now && !(isCold && random() < 2 / 7));
  });
};

export const SIMULATED_SYSTEMS: readonly SimulatedKind[] = [
  { name: 'with a cliff', profile: 'quick', system: (capacity) => steady(capacity, (perSecond) => judged(perSecond <= capacity)) },
  { name: 'with a queue, M/M/1', profile: 'quick', system: queue },
  ...[0.01, 0.03, 0.05, 0.1, 0.2].map((noise) => ({
    name: `whose capacity differs by ${100 * noise} % from trial to trial`,
    profile: 'quick' as const,
    system: noisy(noise),
  })),
  { name: 'whose capacity falls by 10 % over the search', profile: 'quick', system: drifting },
  { name: 'beside bursts of other load in 1 of 8 trials', profile: 'quick', system: noisy(0.03, 1 / 8) },
  { name: 'that fails once in twenty trials for no reason', profile: 'quick', system: noisy(0.001, 0.05) },
  {
    name: 'whose trials are invalid once in twenty',
    profile: 'quick',
    system: (capacity, random) => steady(capacity, (perSecond) => (random() < 0.05 ? 'invalid' : judged(perSecond <= capacity))),
  },
  { name: 'whose processes start slowly', profile: 'quick', system: cold },
  { name: 'with two knees', profile: 'quick', system: twoKnees },
  { name: 'whose buffer hides overload for 20 s', profile: 'thorough', system: buffered(20, 1.5) },
  { name: 'whose buffer hides any overload for 20 s', profile: 'thorough', system: buffered(20, Infinity) },
  { name: 'whose buffer hides overload for 45 s', profile: 'thorough', system: buffered(45, 1.5) },
];

/** A search as `bench capacity` makes it, and what it took. */
export interface SimulatedSearch {
  readonly capacity: number;
  readonly course: SearchCourse;
  readonly trials: readonly Trial[];
  readonly answer: SearchAnswer;
  readonly seconds: number;
  readonly system: SimulatedSystem;
}

/** Between trials on the same servers. */
export const OVERHEAD_SECONDS = 0.6;
/** At its capacity a system is all busy; at low rates a message costs more. */
const BUSY_AT_CAPACITY = 1.3;

export function courseOf(profile: SimulatedKind['profile']): SearchCourse {
  return { ...PROFILES[profile], senders: 1, startPerSecond: 20, minPerSecond: 0.5, maxPerSecond: 100_000 };
}

/** From 250/s to 16,000/s. */
export function someCapacity(random: Random): number {
  return 250 * 2 ** (6 * random());
}

/** What a trial of a system finds that sustains about so much, begun after so many seconds. */
export function simulatedTrial(
  { system, capacity }: Pick<SimulatedSearch, 'system' | 'capacity'>,
  { ratePerSecond, durationSeconds }: Pick<Trial, 'ratePerSecond' | 'durationSeconds'>,
  atSeconds: number,
): Trial {
  const verdict = system.verdict(ratePerSecond, durationSeconds, atSeconds);
  return { ratePerSecond, durationSeconds, verdict, busyRatio: Math.min(1, (BUSY_AT_CAPACITY * ratePerSecond) / capacity) };
}

export function simulateSearch(kind: SimulatedKind, random: Random): SimulatedSearch {
  const capacity = someCapacity(random);
  const course = courseOf(kind.profile);
  const system = kind.system(capacity, random);
  const trials: Trial[] = [];
  let seconds = 0;
  for (;;) {
    const next = nextTrial(course, trials);
    if (next.kind === 'done') return { capacity, course, trials, answer: next.answer, seconds, system };
    trials.push(simulatedTrial({ system, capacity }, next, seconds));
    seconds += next.durationSeconds + OVERHEAD_SECONDS;
  }
}

/** Whether the interval has the rate that is sustained nine times in ten. */
export function isContained({ answer: { lower, upper }, system }: SimulatedSearch): boolean {
  // Rates have four digits.
  const [truth, rounding] = [system.nineInTen(), 1.0005];
  return lower !== null && lower <= truth * rounding && truth <= (upper ?? Infinity) * rounding;
}
