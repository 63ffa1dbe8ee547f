import { normal, seededRandom } from '../../model/random.ts';
import { medianOfSorted, signedRankCritical, walshAverages } from '../../stats/ranks.ts';

/** How often an effect has to be found to be one that a design can resolve. */
const POWER = 0.9;
const TRIALS = 300;

/** What is asked of one metric. */
export interface Demand {
  /** Standard deviation of ln(head ÷ base) where nothing changed. */
  readonly noise: number;
  /** Of this one metric. */
  readonly alpha: number;
  /** Ratio: 0.05 is 5 %. */
  readonly minEffect: number;
}

/**
 * What a number of pairs can tell, by simulation with normal noise; the same for the same number. An effect only shifts
 * the Walsh averages: W⁺ is how many of them are above 0, and the estimate is their median. So each trial has an effect
 * from which on it is found, and 90 % of the trials have a smaller one than the one that is asked for.
 */
export class PairDesign {
  private readonly pairs: number;
  /** Of each trial, in units of the noise, from the smallest on. */
  private readonly trials: readonly Float64Array[];

  constructor(pairs: number) {
    const random = seededRandom(1, pairs);
    this.pairs = pairs;
    this.trials = Array.from({ length: TRIALS }, () =>
      Float64Array.from(walshAverages(Array.from({ length: pairs }, () => normal(random)))).sort(),
    );
  }

  /** The smallest change for the worse (a ratio) that is shown nine times in ten; null for too few pairs for α. */
  resolvableEffect({ noise, alpha, minEffect }: Demand): number | null {
    const critical = signedRankCritical(this.pairs, alpha);
    if (critical === null) return null;
    const bound = Math.log1p(minEffect);
    const foundFrom = this.trials.map((averages) =>
      Math.max(bound - noise * medianOfSorted(averages), -noise * averages[averages.length - critical]!),
    );
    return Math.expm1(foundFrom.toSorted((a, b) => a - b)[Math.ceil(POWER * TRIALS) - 1]!);
  }
}

/** The smallest number of pairs with which a change can be shown at all: where head is worse in every one. */
export function fewestPairs(alpha: number): number {
  let pairs = 1;
  while (signedRankCritical(pairs, alpha) === null) pairs += 1;
  return pairs;
}
