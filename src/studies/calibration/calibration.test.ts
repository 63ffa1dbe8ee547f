import { describe, expect, it } from 'vitest';
import { calibrationPlan, ceilingOf, nextRate, withHeadroom } from './calibration.ts';
import type { Calibration, CalibrationTrial } from '../../result/calibration-result.ts';
import { validatePlan } from '../../model/plan-check.ts';
import { planNumbers } from '../../model/plan.ts';
import type { RunResult } from '../../result/run-result.ts';

/** The trials against a machine that carries exactly so much. */
function trialsOf(capacity: number): readonly CalibrationTrial[] {
  const trials: CalibrationTrial[] = [];
  for (let rate = nextRate(trials); rate !== null; rate = nextRate(trials)) {
    trials.push({ deliveriesPerSecond: rate, carried: rate <= capacity });
    if (trials.length > 40) throw new Error('the search does not end');
  }
  return trials;
}

describe('the ceiling', () => {
  it.each([700, 16_000, 16_001, 100_000, 3_000_000])('of a machine that carries %i/s is found, a fifth wide', (capacity) => {
    const { carriedPerSecond, failedPerSecond } = ceilingOf(trialsOf(capacity));
    expect(carriedPerSecond).toBeLessThanOrEqual(capacity);
    expect(failedPerSecond).toBeGreaterThan(capacity);
    expect(failedPerSecond! / carriedPerSecond).toBeLessThan(1.2);
  });

  it('of a machine that carries nothing, or everything, is said to be unknown', () => {
    expect(ceilingOf(trialsOf(0)).carriedPerSecond).toBe(0);
    expect(ceilingOf(trialsOf(Infinity)).failedPerSecond).toBeNull();
  });

  it('is below the lowest rate that failed, whatever was carried above', () => {
    const trial = (deliveriesPerSecond: number, carried: boolean): CalibrationTrial => ({ deliveriesPerSecond, carried });
    expect(ceilingOf([trial(1, true), trial(2, false), trial(4, true)])).toEqual({ carriedPerSecond: 1, failedPerSecond: 2 });
  });
});

describe('the Plan of a trial', () => {
  it('keeps every delivery in its process, and has the rate that was asked for', () => {
    const plan = calibrationPlan({ processes: 3, membersPerProcess: 10, payloadBytes: 128 }, 6000);
    validatePlan(plan);
    const numbers = planNumbers(plan);
    expect(numbers.sameProcessDeliveries).toBe(numbers.deliveries);
    expect(numbers.deliveriesPerSecond).toBe(6000);
    expect(numbers.sockets).toBe(33);
  });
});

describe('headroom', () => {
  const calibration = { ceiling: { carriedPerSecond: 10_000, failedPerSecond: 12_000 } } as Calibration;
  const result = (expected: number, isolated: number): RunResult =>
    ({
      run: { durationSeconds: 2 },
      server: { kind: 'node' },
      ledger: { expected, lost: { isolated } },
      measures: [],
      warnings: [],
    }) as unknown as RunResult;

  it('is the ceiling over what was owed and could be carried', () => {
    const { measures, warnings } = withHeadroom(result(8000, 6000), calibration);
    expect(measures).toMatchObject([{ name: 'headroom', unit: 'times', value: 10 }]);
    expect(warnings).toEqual([]);
  });

  it('is warned of when there is little', () => {
    const { measures, warnings } = withHeadroom(result(10_000, 0), calibration);
    expect(measures[0]!.value).toBe(2);
    expect(warnings).toMatchObject([{ code: 'lowHeadroom' }]);
  });

  it('is left out where nothing was owed', () => {
    expect(withHeadroom(result(0, 0), calibration).measures).toEqual([]);
  });
});
