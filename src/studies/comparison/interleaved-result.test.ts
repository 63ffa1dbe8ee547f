import { describe, expect, it } from 'vitest';
import { DELIVERED, P50, sampleBlock } from '../../../test/sample-blocks.ts';
import { sampleRun } from '../../../test/sample-results.ts';
import type { SideName, Block, Round } from '../../result/comparison-result.ts';
import { BY_RANKS } from './by-ranks.ts';
import { interleavedResult } from './interleaved-result.ts';
import { resolvedEffects, tooFewPairs } from './resolution.ts';
import { atLook, type Course } from './next-pair.ts';
import type { RunRequest } from '../../result/request.ts';

const COURSE: Course = { interleaved: true, pairs: 6, maxPairs: 6, alpha: 0.01, seed: 7, gates: [P50, DELIVERED], method: BY_RANKS };

/** Pairs of a round; the second block of each pair takes `ratio` as long. */
function pairs(round: Round, count: number, ratio: number): readonly Block[] {
  return Array.from({ length: count }, (_, pair) =>
    ([0, 1] as const).map((position): Block => {
      const arm: SideName = round === 'noise' || position === 0 ? 'base' : 'head';
      return sampleBlock({ round, pair, arm, position }, { 'response.p50': position === 0 ? 1000 : 1000 * ratio, delivered: 1000 });
    }),
  ).flat();
}

/** What a comparison of head at twice the latency of base warns of, after so many pairs. */
function warningsAfter(compared: number, noiseRatio: number, course: Course = COURSE): readonly string[] {
  const blocks = [...pairs('noise', 3, noiseRatio), ...pairs('comparison', compared, 2)];
  const sample = sampleRun({ id: 'base' });
  const arm = { source: 'a', git: null } as never;
  return interleavedResult({
    course,
    blocks,
    judgement: atLook(course, blocks),
    sample,
    base: { scenario: sample.scenario } as unknown as RunRequest,
    goal: undefined,
    head: { layer: sample.layer, plan: { processes: 1 }, command: '', tags: {} } as unknown as RunRequest,
    sides: { base: arm, head: arm },
    tool: sample.tool,
    id: 'c',
    startedAt: sample.run.startedAt,
    durationSeconds: 1,
    state: 'completed',
    repeated: 0,
  }).warnings;
}

describe('the warnings of an interleaved comparison', () => {
  it('say that so few pairs cannot show anything, and how many it takes', () => {
    expect(warningsAfter(6, 1.01)).toEqual([
      '6 pairs cannot show that response.p50, delivered became worse, however much: it takes 9 at least. That none was shown says nothing',
    ]);
    expect(tooFewPairs(COURSE, 8)).not.toBeNull();
    expect(tooFewPairs(COURSE, 9)).toBeNull();
    // With the number that it names, head at twice the latency of base is found; with one less it is not.
    const verdictOf = (compared: number): string =>
      atLook({ ...COURSE, pairs: compared, maxPairs: compared }, pairs('comparison', compared, 2)).verdict;
    expect([verdictOf(8), verdictOf(9)]).toEqual(['inconclusive', 'regression']);
  });

  it('say what change enough pairs find, where the machine is noisy', () => {
    const course = { ...COURSE, pairs: 10, maxPairs: 10 };
    const noisy = warningsAfter(10, 1.5, course);
    expect(noisy).toHaveLength(1);
    expect(noisy[0]).toMatch(
      /^with the noise of this machine, 10 pairs find, nine times in ten: response\.p50 from \+\d+ %\. Smaller changes can go unseen$/,
    );
    expect(warningsAfter(10, 1.001, course)).toEqual([]);
  });

  it('are about the pairs that were compared, and not about those that the time was not enough for', () => {
    const course = { ...COURSE, pairs: 20, maxPairs: 20 };
    expect(warningsAfter(6, 1.01, course)).toEqual([
      'the time was over after 6 of 20 pairs',
      expect.stringContaining('6 pairs cannot show that response.p50, delivered became worse'),
    ]);
    const effectOf = (count: number): number => resolvedEffects(course, pairs('noise', 3, 1.5), count)[0]!.effect;
    expect(warningsAfter(12, 1.5, course)[1]).toContain(
      `12 pairs find, nine times in ten: response.p50 from +${(100 * effectOf(12)).toPrecision(2)} %`,
    );
  });
});
