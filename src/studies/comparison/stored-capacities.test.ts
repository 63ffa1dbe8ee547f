import { describe, expect, it } from 'vitest';
import { sampleCapacity } from '../../../test/sample-results.ts';
import type { CapacityPoint, CapacityResult, TrialSummary } from '../../result/capacity-result.ts';
import { normal, seededRandom } from '../../model/random.ts';
import type { StoredQuestion } from './stored.ts';
import { compareCapacities } from './stored-capacities.ts';

const QUESTION: StoredQuestion = { gateNames: null, minEffects: new Map(), alpha: 0.01, force: false };

/** A search of a point that sustains so much, with a noise of 3 %. */
function searched(perSecond: number, parts: Partial<CapacityResult> = {}, seed = 1): CapacityResult {
  const random = seededRandom(seed, perSecond);
  const trials = Array.from({ length: 40 }, (_, i): TrialSummary => {
    const ratePerSecond = 80 * 1.04 ** (i - 20);
    const isSustained = ratePerSecond <= perSecond * Math.exp(0.03 * normal(random));
    return { runId: null, ratePerSecond, durationSeconds: 2, verdict: isSustained ? 'ok' : 'bad', reasons: [] };
  });
  const [point] = sampleCapacity().points as [CapacityPoint];
  const search = { replicate: 0, end: 'found' as const, lower: null, upper: null, trials };
  return { ...sampleCapacity(), points: [{ ...point, searches: [search] }], ...parts };
}

const compare = (
  base: CapacityResult,
  head: CapacityResult,
  question: Partial<StoredQuestion> = {},
): ReturnType<typeof compareCapacities> =>
  compareCapacities({ path: 'base.json', result: base }, { path: 'head.json', result: head }, { ...QUESTION, ...question });

describe('two capacity searches', () => {
  it.each([
    [100, 70, 'regression'],
    [70, 100, 'improvement'],
    [100, 99, 'inconclusive'],
  ] as const)('of %i/s and %i/s: %s', (base, head, verdict) => {
    const { benchmarks, warnings } = compare(searched(base), searched(head, {}, 2));
    expect(benchmarks).toMatchObject([{ name: 'fanout/redis/node/p4', verdict, metrics: [{ name: 'capacity', unit: 'rate', verdict }] }]);
    const [{ change }] = benchmarks[0]!.metrics as [(typeof benchmarks)[0]['metrics'][0]];
    expect((1 + change!) / (head / base)).toBeCloseTo(1, 0);
    expect(warnings).toEqual([]);
  });

  it('have an interval that contains the true change in nine of ten jobs', () => {
    const hits = Array.from({ length: 30 }, (_, seed) => {
      const { metrics } = compare(searched(100, {}, 2 * seed), searched(90, {}, 2 * seed + 1)).benchmarks[0]!;
      const [lower, upper] = metrics[0]!.interval!;
      return lower <= -0.1 && -0.1 <= upper;
    });
    expect(hits.filter(Boolean).length).toBeGreaterThanOrEqual(27);
  });

  it('pass where head is shown to be no worse than the smallest effect that counts', () => {
    const minEffects = new Map([['capacity', 0.3]]);
    expect(compare(searched(100), searched(100, {}, 2), { minEffects }).benchmarks[0]!.verdict).toBe('pass');
  });

  it('say nothing where a side has no estimate', () => {
    const { benchmarks, warnings } = compare(searched(100), searched(1000));
    expect(benchmarks).toMatchObject([{ verdict: 'inconclusive', metrics: [{ change: null, interval: null }] }]);
    expect(warnings).toEqual([expect.stringContaining('a side has no estimate')]);
  });

  it('are compared by their capacity alone', () => {
    expect(() => compare(searched(100), searched(100), { gateNames: ['response.p99'] })).toThrow(
      "'response.p99' is no metric of a capacity search",
    );
    expect(compare(searched(100), searched(100), { gateNames: ['capacity'] }).benchmarks).toHaveLength(1);
  });

  it('are refused where they searched something else, unless that is forced', () => {
    const other = searched(100, { goal: { ...sampleCapacity().goal, slo: ['p99<50ms'] } });
    expect(() => compare(searched(100), other)).toThrow('they differ in goals: p99<100ms, loss<0.01%, p99<50ms');
    expect(compare(searched(100), other, { force: true }).warnings[0]).toContain('differ in goals');
    const renamed = searched(100);
    expect(() => compare(searched(100), { ...renamed, points: renamed.points.map((point) => ({ ...point, name: 'x' })) })).toThrow(
      'no point is on both sides',
    );
  });
});
