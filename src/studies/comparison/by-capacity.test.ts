import { describe, expect, it } from 'vitest';
import { sampleBlock } from '../../../test/sample-blocks.ts';
import { seededRandom } from '../../model/random.ts';
import type { Block } from '../../result/comparison-result.ts';
import type { Trial } from '../capacity/search.ts';
import { hasTruth, simulateCapacities } from '../selftest/simulated-capacities.ts';
import { courseOf, SIMULATED_SYSTEMS } from '../selftest/simulated-search.ts';
import { byCapacity } from './by-capacity.ts';
import { nextStep, type Course, type Step } from './next-pair.ts';

const COURSE: Course = {
  interleaved: true,
  pairs: 20,
  maxPairs: 40,
  alpha: 0.01,
  seed: 7,
  gates: [{ name: 'capacity', unit: 'rate', direction: 'higherIsBetter', minEffect: 0.05 }],
  method: byCapacity({ ...courseOf('quick'), maxPerSecond: 2000 }),
};

type Verdict = Trial['verdict'];
/** What a trial of a side finds at a rate. */
type Systems = Readonly<Record<'base' | 'head', (perSecond: number) => Verdict>>;
type Load = Extract<Extract<Step, { readonly kind: 'pair' }>['load'], { readonly kind: 'trial' }>;

interface Played {
  readonly step: Extract<Step, { readonly kind: 'done' }>;
  readonly blocks: readonly Block[];
  readonly rates: readonly number[];
}

function play(systems: Systems, changes: Partial<Course> = {}): Played {
  const course = { ...COURSE, ...changes };
  const blocks: Block[] = [];
  const rates: number[] = [];
  for (;;) {
    const step = nextStep(course, blocks, false);
    if (step.kind === 'done') return { step, blocks, rates };
    const { round, pair } = step;
    const { ratePerSecond, durationSeconds } = step.load as Load;
    rates.push(ratePerSecond);
    for (const [position, arm] of (['base', 'head'] as const).entries()) {
      const trial = { ratePerSecond, durationSeconds, verdict: systems[arm](ratePerSecond), reasons: [] };
      blocks.push({ ...sampleBlock({ round, pair, arm, position: position as 0 | 1 }, {}), trial });
    }
  }
}

const sustains =
  (capacity: number, above: Verdict = 'bad') =>
  (perSecond: number): Verdict =>
    perSecond <= capacity ? 'ok' : above;

describe('capacities that are compared in pairs', () => {
  // How often, of each system, is shown by bench/capacity-comparison; a few here find what is plainly wrong.
  const kinds = SIMULATED_SYSTEMS.filter(({ profile }) => profile === 'quick').slice(0, 5);
  const compared = (less: number): ReturnType<typeof simulateCapacities>[] =>
    kinds.flatMap((kind) => [1, 2].map((seed) => simulateCapacities(seededRandom(seed, 100 * less), { base: kind, head: kind, less })));

  it('are not called worse where they are equal, nor equal where head sustains a third less', () => {
    const [equal, less] = [compared(0), compared(1 / 3)];
    expect(equal.filter(({ metric }) => metric.verdict === 'regression')).toEqual([]);
    expect(less.filter(({ metric }) => metric.verdict === 'pass')).toEqual([]);
    expect(less.filter(({ metric }) => metric.verdict === 'regression' && metric.confirmed === true).length).toBeGreaterThan(
      0.7 * less.length,
    );
    const all = [...equal, ...less];
    expect(all.filter(hasTruth).length / all.length).toBeGreaterThanOrEqual(0.9);
  });

  it('are told with the capacity of each side, and say when head sustains more', () => {
    const { step, blocks } = play({ base: sustains(400), head: sustains(800) });
    const { verdict, capacities, metrics } = step.judgement;
    expect(verdict).toBe('improvement');
    expect([capacities!.base!.half.ratePerSecond / 400, capacities!.head!.half.ratePerSecond / 800].map(Math.round)).toEqual([1, 1]);
    expect(metrics[0]!.interval![0]).toBeGreaterThan(0.1);
    expect(blocks.every(({ round }) => round === 'comparison')).toBe(true);
  });

  it('confirm a regression by trials of their own, which begin below and above what is known', () => {
    const { step, blocks } = play({ base: sustains(900), head: sustains(600) });
    expect(step.judgement.metrics[0]).toMatchObject({ verdict: 'regression', confirmed: true });
    const again = blocks.filter(({ round }) => round === 'confirmation').map(({ trial }) => trial!.ratePerSecond);
    expect(again[0]).toBeGreaterThan(300);
    expect(again[0]).toBeLessThan(650);
    expect(again[2]).toBeGreaterThan(850);
    // What the first round found and the second does not is no regression.
    let trials = 0;
    const changing = (perSecond: number): Verdict =>
      ((trials += 1) <= blocks.filter(({ round }) => round === 'comparison').length / 2 ? sustains(600) : sustains(900))(perSecond);
    expect(play({ base: sustains(900), head: changing }).step.judgement.metrics[0]).toMatchObject({
      verdict: 'inconclusive',
      confirmed: false,
    });
  });

  it('end where a side has no capacity within the rates, and say which and why', () => {
    const { step, blocks } = play({ base: sustains(Infinity), head: sustains(500) });
    expect(step.judgement).toMatchObject({ verdict: 'inconclusive', capacities: { base: null } });
    expect(COURSE.method.warnings(COURSE, blocks)).toEqual([
      expect.stringContaining('base has no capacity within these rates: it sustained every trial'),
    ]);
    const nothing = play({ base: sustains(500), head: () => 'bad' });
    expect(COURSE.method.warnings(COURSE, nothing.blocks)).toEqual([
      expect.stringContaining('head has no capacity within these rates: it sustained no trial'),
    ]);
  });

  it('try an invalid trial once more, and nothing above a rate at which nothing can be measured', () => {
    const { rates, step } = play({ base: sustains(400), head: sustains(1000, 'invalid') });
    const walls = [...new Set(rates.filter((rate) => rate > 1000))];
    expect(walls).toEqual(walls.toSorted((a, b) => b - a));
    expect(rates.filter((rate) => rate > 1000)).toEqual(walls.flatMap((rate) => [rate, rate]));
    expect(step.judgement.capacities!.head).toBeNull();
  });

  it('tell sides apart that failed at the same rates, one of them before its processes were busy', () => {
    const blocks = (arm: 'base' | 'head', busyRatio: number): readonly Block[] =>
      (['ok', 'bad', 'ok', 'bad'] as const).map((verdict, pair) => {
        const trial = { ratePerSecond: [100, 200, 150, 400][pair]!, durationSeconds: 2, verdict, reasons: [], busyRatio };
        return { ...sampleBlock({ round: 'comparison', pair, arm, position: 0 }, {}), trial };
      });
    const sides = { base: blocks('base', 0.9), head: blocks('head', 0.3), paired: true };
    const { base, head } = COURSE.method.judge(sides, { gates: COURSE.gates, loss: false, alpha: 0.01 }).capacities!;
    expect([base === null, head]).toEqual([false, null]);
  });

  it('warn where head falls behind nine times in ten alone, since its trials differ more', () => {
    const random = seededRandom(3, 0);
    const noisy = (perSecond: number): Verdict => sustains(600 * Math.exp(0.8 * (random() - 0.5) * 2))(perSecond);
    const { blocks, step } = play({ base: sustains(600), head: noisy }, { pairs: 150, maxPairs: 150 });
    expect(step.judgement.verdict).not.toBe('regression');
    expect(COURSE.method.warnings(COURSE, blocks)).toEqual([
      expect.stringMatching(/^head sustains \d\S* % less than base nine times in ten, though not every second time/),
    ]);
  });
});
