import { MAX_TRIALS, PROFILES } from '../capacity/profile.ts';
import { nextTrial } from '../capacity/search.ts';
import { rateOf, type SearchCourse, type Trial } from '../capacity/tried-loads.ts';
import type { Random } from '../../model/random.ts';
import { normal } from '../comparison/detectable-effect.ts';

/* Capacity searches whose truth is known: the code that decides, over a system that is simulated. */

const COURSE: SearchCourse = { ...PROFILES.thorough, startPerSecond: 20, minPerSecond: 0.5, maxPerSecond: 100_000, maxTrials: MAX_TRIALS };
/** By so much, as a ratio, what is carried varies from one trial of 5 s to the next; of longer trials by less. */
const CAPACITY_CV = 0.02;
const CV_SECONDS = 5;

/** The bounds, in messages a second, that a thorough search finds of a system with a capacity; 0 and Infinity where there is none. */
export function simulateSearch(capacityPerSecond: number, random: Random): { readonly lower: number; readonly upper: number } {
  const trials: Trial[] = [];
  for (;;) {
    const next = nextTrial(COURSE, trials);
    if (next.kind === 'done') {
      const { lower, upper } = next.answer;
      return { lower: lower === null ? 0 : rateOf(lower, COURSE), upper: upper === null ? Infinity : rateOf(upper, COURSE) };
    }
    const { step, durationSeconds } = next;
    const carried = capacityPerSecond * Math.exp(CAPACITY_CV * Math.sqrt(CV_SECONDS / durationSeconds) * normal(random));
    trials.push({ step, durationSeconds, verdict: rateOf(step, COURSE) <= carried ? 'ok' : 'bad' });
  }
}
