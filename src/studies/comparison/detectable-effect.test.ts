import { describe, expect, it } from 'vitest';
import { normal, seededRandom } from '../../model/random.ts';
import { PairDesign } from './detectable-effect.ts';
import { hodgesLehmann, signedRankGreater } from '../../stats/ranks.ts';

const PAIRS = 10;
const DEMAND = { noise: 0.1, alpha: 0.01, minEffect: 0.05 };

describe('the effect that pairs can resolve', () => {
  const design = new PairDesign(PAIRS);

  it('is the smallest that counts where there is no noise', () => {
    expect(design.resolvableEffect({ ...DEMAND, noise: 0 })).toBeCloseTo(0.05, 9);
  });

  it('is found in nine of ten comparisons, by the tests that decide', () => {
    const effect = Math.log1p(design.resolvableEffect(DEMAND)!);
    const random = seededRandom(2, 0);
    const trials = Array.from({ length: 2000 }, () => Array.from({ length: PAIRS }, () => effect + DEMAND.noise * normal(random)));
    const found = trials.filter(
      (changes) => signedRankGreater(changes) < DEMAND.alpha && hodgesLehmann(changes) > Math.log1p(DEMAND.minEffect),
    );
    // 300 simulated trials say where nine in ten are, give or take 4 standard errors.
    expect(Math.abs(found.length / 2000 - 0.9)).toBeLessThan(4 * Math.sqrt((0.9 * 0.1) / 300));
  });

  it('grows with the noise, and shrinks with the pairs', () => {
    const effects = [0.02, 0.1, 0.3].map((noise) => design.resolvableEffect({ ...DEMAND, noise })!);
    expect(effects).toEqual(effects.toSorted((a, b) => a - b));
    expect(effects[2]!).toBeGreaterThan(3 * effects[0]!);
    expect(new PairDesign(20).resolvableEffect({ ...DEMAND, noise: 0.3 })!).toBeLessThan(effects[2]!);
  });

  it('is nothing where so few pairs can never be significant', () => {
    expect(new PairDesign(6).resolvableEffect(DEMAND)).toBeNull();
    expect(new PairDesign(7).resolvableEffect(DEMAND)).not.toBeNull();
  });
});
