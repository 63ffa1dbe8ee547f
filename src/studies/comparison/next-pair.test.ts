import { describe, expect, it } from 'vitest';
import { DELIVERED, NO_LOSS, P50, sampleBlock } from '../../../test/sample-blocks.ts';
import type { Block, LossCount, Round } from '../../result/comparison-result.ts';
import type { Judgement } from './verdict.ts';
import { BY_RANKS, NOISE_PAIRS } from './by-ranks.ts';
import { alphaOfLook, nextStep, noiseOf, type Course, type Step } from './next-pair.ts';
import { normal, seededRandom, type Random } from '../../model/random.ts';

const COURSE: Course = { interleaved: true, pairs: 10, maxPairs: 20, alpha: 0.01, seed: 7, gates: [P50, DELIVERED], method: BY_RANKS };

/** A system: the p50 of one block of a side in a round, and what it lost. */
type System = (place: { readonly round: Round; readonly pair: number; readonly isHead: boolean; readonly random: Random }) => {
  readonly p50: number;
  readonly loss?: LossCount;
};

interface Played {
  readonly judgement: Judgement;
  readonly blocks: readonly Block[];
  readonly pairs: readonly Extract<Step, { readonly kind: 'pair' }>[];
}

const pairsOf = ({ pairs }: Played, round: Round): number => pairs.filter((pair) => pair.round === round).length;

/** Plays a comparison to its end; `timeAfterPairs` is when the time is over. */
function play(system: System, changes: Partial<Course> = {}, timeAfterPairs = Infinity): Played {
  const course = { ...COURSE, ...changes };
  const random = seededRandom(course.seed, 99);
  const blocks: Block[] = [];
  const pairs: Extract<Step, { readonly kind: 'pair' }>[] = [];
  for (;;) {
    const step = nextStep(course, blocks, pairs.length >= timeAfterPairs);
    if (step.kind === 'done') return { judgement: step.judgement, blocks, pairs };
    pairs.push(step);
    for (const position of [0, 1] as const) {
      const arm = step.round === 'noise' || (position === 0) === (step.first === 'base') ? 'base' : 'head';
      const { p50, loss = NO_LOSS } = system({ round: step.round, pair: step.pair, isHead: arm === 'head', random });
      blocks.push(sampleBlock({ round: step.round, pair: step.pair, arm, position }, { 'response.p50': p50, delivered: 1000 }, loss));
    }
  }
}

const noisy =
  (cv: number, effect: (round: Round) => number): System =>
  ({ round, isHead, random }) => ({ p50: 1000 * Math.exp(cv * normal(random)) * (isHead ? 1 + effect(round) : 1) });

/** Head is a quarter worse in one pair, and as much better in the next. */
const undecided: System = ({ isHead, pair }) => ({ p50: 1000 * (isHead ? (pair % 2 === 0 ? 1.25 : 0.8) : 1) });

describe('the course of an interleaved comparison', () => {
  it('ends at the first look where equal code is shown to be equal', () => {
    const played = play(noisy(0.01, () => 0));
    expect(played.judgement.verdict).toBe('pass');
    expect([pairsOf(played, 'noise'), pairsOf(played, 'comparison'), pairsOf(played, 'confirmation')]).toEqual([NOISE_PAIRS, 10, 0]);
  });

  it('begins with base against itself, and says how much that varies', () => {
    const played = play(noisy(0.05, () => 0));
    expect(played.pairs.slice(0, NOISE_PAIRS).every(({ round }) => round === 'noise')).toBe(true);
    const noise = noiseOf(played.blocks, P50.name)!;
    const changes = Array.from({ length: NOISE_PAIRS }, (_, pair) => {
      const [a, b] = played.blocks
        .filter((block) => block.round === 'noise' && block.pair === pair)
        .map((block) => block.values[P50.name]!);
      return Math.log(b! / a!) ** 2;
    });
    expect(noise).toBeCloseTo(Math.sqrt(changes.reduce((sum, square) => sum + square, 0) / NOISE_PAIRS), 12);
    expect(played.judgement.metrics[0]!.noise).toBe(noise);
  });

  it('confirms a regression by as many pairs again', () => {
    const played = play(noisy(0.02, () => 0.2));
    expect(played.judgement).toMatchObject({
      verdict: 'regression',
      metrics: [{ verdict: 'regression', confirmed: true }, { confirmed: null }],
    });
    expect([pairsOf(played, 'comparison'), pairsOf(played, 'confirmation')]).toEqual([10, 10]);
  });

  it('is inconclusive where the confirming pairs do not find it again', () => {
    const { judgement } = play(noisy(0.02, (round) => (round === 'comparison' ? 0.2 : 0)));
    expect(judgement).toMatchObject({
      verdict: 'inconclusive',
      metrics: [{ verdict: 'inconclusive', confirmed: false }, { verdict: 'pass' }],
    });
  });

  it('must find it again in the same metric', () => {
    const { blocks, judgement } = play(noisy(0.02, (round) => (round === 'comparison' ? 0.3 : 0)));
    const confirming = blocks.filter(({ round }) => round === 'confirmation');
    expect(confirming).toHaveLength(20);
    // Head is worse by another metric in every confirming pair: that is news, and confirms nothing.
    const otherMetric = blocks.map((block) =>
      block.round === 'confirmation' && block.arm === 'head' ? { ...block, values: { ...block.values, delivered: 500 } } : block,
    );
    expect(nextStep(COURSE, otherMetric, false)).toEqual({ kind: 'done', judgement });
    expect(judgement.verdict).toBe('inconclusive');
  });

  it('goes on to the second look where the first is inconclusive, with another pair of base alone', () => {
    const played = play(undecided);
    expect([pairsOf(played, 'noise'), pairsOf(played, 'comparison')]).toEqual([NOISE_PAIRS + 1, 20]);
  });

  it('looks twice with half of α, and once with all of it', () => {
    expect(alphaOfLook({ pairs: 10, maxPairs: 20, alpha: 0.01 })).toBe(0.005);
    expect(alphaOfLook({ pairs: 10, maxPairs: 10, alpha: 0.01 })).toBe(0.01);
  });

  it('does not wait for a second look at loss that nothing explains', () => {
    const unexplained: LossCount = { expected: 1000, lost: 1, events: 1, unexplained: 1 };
    const played = play(({ isHead, round }) => ({ p50: 1000, loss: isHead && round === 'comparison' ? unexplained : NO_LOSS }));
    expect(played.judgement).toMatchObject({ verdict: 'regression', loss: { verdict: 'regression' } });
    expect(pairsOf(played, 'confirmation')).toBe(0);
  });

  it('ends with what there is where the time is over, and needs one pair at least', () => {
    const played = play(undecided, {}, NOISE_PAIRS + 4);
    expect([pairsOf(played, 'comparison'), played.judgement.verdict]).toEqual([4, 'inconclusive']);
    expect(() => play(undecided, {}, NOISE_PAIRS)).toThrow('the time was over before base and head were compared once');
  });

  it('lets either side go first as often, never three times in a row, by the seed', () => {
    const orders = Array.from({ length: 40 }, (_, seed) => {
      const firsts = play(undecided, { seed })
        .pairs.filter(({ round }) => round === 'comparison')
        .map(({ first }) => first);
      expect(firsts.filter((arm) => arm === 'base')).toHaveLength(10);
      expect(firsts.join(' ')).not.toMatch(/(base|head)(?: \1){2}/);
      return firsts.join(' ');
    });
    expect(new Set(orders).size).toBeGreaterThan(30);
  });

  it('runs both blocks of a pair with one seed, and no two pairs with the same', () => {
    const { pairs } = play(noisy(0.02, () => 0.2));
    expect(new Set(pairs.map(({ seed }) => seed)).size).toBe(pairs.length);
  });
});
