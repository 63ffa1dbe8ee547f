import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sampleRun } from '../../test/sample-results.ts';
import { withCensoring } from '../result/censoring-of-stored.ts';
import { censor, CENSORABLE, isCensored, isCensoredAt } from './censoring.ts';
import { shortfallOf } from '../ledger/shortfalls.ts';
import { metricOf } from '../result/metrics.ts';
import type { RunResult } from '../result/run-result.ts';

const SUMMARY = sampleRun({ id: 'a' }).latency.response!;

function censoredOf(owed: number, missing: number): readonly string[] | undefined {
  return censor(SUMMARY, { owed, missing })?.censored;
}

describe('a statistic is a lower bound', () => {
  it('where the share that is missing is larger than the share beyond it, to the unit', () => {
    expect(censoredOf(1000, 0)).toBeUndefined();
    expect(censoredOf(1000, 1)).toEqual(['mean', 'max']);
    expect(censoredOf(1000, 2)).toEqual(['mean', 'p999', 'max']);
    expect(censoredOf(1000, 10)).toEqual(['mean', 'p999', 'max']);
    expect(censoredOf(1000, 11)).toEqual(['mean', 'p99', 'p999', 'max']);
    expect(censoredOf(1000, 100)).not.toContain('p90');
    expect(censoredOf(1000, 101)).toContain('p90');
    expect(censoredOf(1000, 500)).not.toContain('p50');
    expect(censoredOf(1000, 501)).toEqual(CENSORABLE);
  });

  it('exactly where the missing ones, slower than all others, would have changed it', () => {
    const percents = { p50: 50, p90: 90, p99: 99, p999: 99.9 } as const;
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5000 }), fc.integer({ min: 0, max: 5000 }), (arrived, missing) => {
        const marked = censor(SUMMARY, { owed: arrived + missing, missing })!;
        for (const [name, percent] of Object.entries(percents)) {
          const rank = Math.ceil((Math.round(percent * 10) * (arrived + missing)) / 1000);
          expect(isCensored(marked, name)).toBe(rank > arrived);
          expect(isCensoredAt(marked, percent)).toBe(rank > arrived);
        }
      }),
    );
  });

  it('of all that was owed: what is isolated was not, what is in flight was', () => {
    const { ledger } = sampleRun({ id: 'a', lost: 900 });
    const lost = { ...ledger.lost, overCapacity: 0, isolated: 900 };
    expect(shortfallOf({ ...ledger, lost, inFlight: 3 })).toEqual({ owed: 9100, missing: 3 });
  });
});

describe('a result of a version that did not mark lower bounds', () => {
  const limits: RunResult['limits'] = [
    { expression: 'p99<50ms', value: 2000, ok: true, noData: false, weak: false },
    { expression: 'p99>1ms', value: 2000, ok: true, noData: false, weak: false },
    { expression: 'p50<50ms', value: 1000, ok: true, noData: false, weak: false },
  ];

  it('has them from its ledger, and its limits are judged again', () => {
    const read = withCensoring({ ...sampleRun({ id: 'a', lost: 200 }), limits });
    expect(read.latency.response).toMatchObject({ missingRatio: 0.02, censored: ['mean', 'p99', 'p999', 'max'] });
    expect(metricOf(read, 'response.p99')?.censored).toBe(true);
    expect(metricOf(read, 'response.p50')?.censored).toBe(false);
    expect(read.limits).toEqual([{ ...limits[0]!, ok: false, censored: true }, { ...limits[1]!, censored: true }, limits[2]!]);
  });

  it('is as it was where everything arrived, or where it is marked', () => {
    const whole = sampleRun({ id: 'a' });
    expect(withCensoring(whole)).toBe(whole);
    const marked = withCensoring(sampleRun({ id: 'a', lost: 200 }));
    expect(withCensoring(marked)).toBe(marked);
  });
});
