import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { classifyLoad, type TrialsNeeded, type LoadClass, type LoadTrial } from './load-classification.ts';

interface LossGoal extends TrialsNeeded {
  readonly lossRatio: number;
}

const goal = (finalTrialSeconds: number, durationSumSeconds: number, lossRatio: number, exceedRatio: number): LossGoal => ({
  finalTrialSeconds,
  durationSumSeconds,
  lossRatio,
  exceedRatio,
});

/** The goals of the draft's worked examples: A is that of RFC 2544, B that of TST009. */
const GOALS = { A: goal(60, 60, 0, 0), B: goal(60, 120, 0, 0.5), C: goal(1, 120, 0.005, 0.5), D: goal(60, 60, 0.005, 0.2) } as const;

type Run = readonly [count: number, durationSeconds: number, lossRatio: number];

const classify = (runs: readonly Run[], by: LossGoal): LoadClass =>
  classifyLoad(
    runs.flatMap(([count, durationSeconds, lossRatio]) =>
      Array.from({ length: count }, (): LoadTrial => ({ durationSeconds, verdict: lossRatio > by.lossRatio ? 'bad' : 'ok' })),
    ),
    by,
  );

describe('a load', () => {
  const good59: Run = [59, 1, 0];
  const bad60: Run = [60, 1, 0.01];
  const good60: Run = [60, 1, 0];
  it.each<[name: string, runs: readonly Run[], expected: readonly LoadClass[]]>([
    ['59 good short', [good59], ['undecided', 'undecided', 'undecided', 'undecided']],
    ['and one bad', [good59, [1, 1, 0.01]], ['upper', 'undecided', 'undecided', 'undecided']],
    ['59 good and 60 bad short', [good59, bad60], ['upper', 'undecided', 'undecided', 'upper']],
    ['60 good and 60 bad short', [good60, bad60], ['upper', 'undecided', 'lower', 'upper']],
    ['and a full one with 0.1 % loss', [good60, bad60, [1, 60, 0.001]], ['upper', 'undecided', 'lower', 'upper']],
    ['and a full one without loss', [good60, bad60, [1, 60, 0.001], [1, 60, 0]], ['upper', 'lower', 'lower', 'upper']],
  ])('is classified by goals A to D: %s', (_, runs, expected) => {
    expect(Object.values(GOALS).map((by) => classify(runs, by))).toEqual(expected);
  });

  const trial = fc.record({ durationSeconds: fc.integer({ min: 1, max: 90 }), verdict: fc.constantFrom('ok' as const, 'bad' as const) });
  const evidence = fc.record({
    finalTrialSeconds: fc.integer({ min: 1, max: 60 }),
    durationSumSeconds: fc.integer({ min: 1, max: 180 }),
    exceedRatio: fc.double({ min: 0, max: 0.9, noNaN: true }),
  });

  it('is undecided without trials', () => {
    fc.assert(fc.property(evidence, (by) => classifyLoad([], by) === 'undecided'));
  });

  it('is no upper bound for a bad trial less, and no lower bound for a good one less', () => {
    fc.assert(
      fc.property(fc.array(trial, { minLength: 1, maxLength: 12 }), evidence, ([last, ...others], by) => {
        const before = classifyLoad(others, by);
        const after = classifyLoad([...others, last!], by);
        if (last!.verdict === 'ok') expect(after === 'upper' && before === 'lower').toBe(false);
        else expect(after === 'lower' && before === 'upper').toBe(false);
      }),
    );
  });

  it('does not depend on the order of its trials', () => {
    fc.assert(
      fc.property(fc.array(trial, { maxLength: 12 }), evidence, (trials, by) => {
        expect(classifyLoad(trials.toReversed(), by)).toBe(classifyLoad(trials, by));
      }),
    );
  });
});
