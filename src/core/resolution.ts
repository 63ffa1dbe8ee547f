import { seededRandom, type Random } from './random.ts';
import { hodgesLehmann, signedRankGreater } from './statistics.ts';

/** How often an effect has to be found to be one that a design can resolve. */
export const POWER = 0.9;
const TRIALS = 300;
const STEPS = 14;
const LARGEST = Math.log(16);

/** What a comparison of pairs can tell. */
export interface PairDesign {
  readonly pairs: number;
  /** Of this one metric. */
  readonly alpha: number;
  /** Ratio: 0.05 is 5 %. */
  readonly minEffect: number;
}

/**
 * The smallest change for the worse (a ratio) that pairs with normal noise of a standard deviation (of ln(head ÷ base))
 * would show nine times in ten; null where not even 16 times would: too few pairs for α. By simulation with common
 * random numbers, so that the same design has the same answer.
 */
export function resolvableEffect(noise: number, { pairs, alpha, minEffect }: PairDesign): number | null {
  const random = seededRandom(1, pairs);
  const trials = Array.from({ length: TRIALS }, () => Array.from({ length: pairs }, () => noise * normal(random)));
  const bound = Math.log1p(minEffect);
  const isFound = (effect: number): boolean => {
    const found = trials.filter((trial) => {
      const changes = trial.map((value) => value + effect);
      return hodgesLehmann(changes) > bound && signedRankGreater(changes) < alpha;
    });
    return found.length >= POWER * TRIALS;
  };
  if (!isFound(LARGEST)) return null;
  let [low, high] = [bound, LARGEST];
  for (let step = 0; step < STEPS; step++) {
    const middle = (low + high) / 2;
    if (isFound(middle)) high = middle;
    else low = middle;
  }
  return Math.expm1(high);
}

/** A standard normal number (Box, Muller, Ann. Math. Statist. 29, 1958). */
export function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
