import { describe, expect, it } from 'vitest';
import { limitFoundText } from './limit-text.ts';
import type { LimitOutcome } from './run-result.ts';

function found(expression: string, value: number | null, more: Partial<LimitOutcome> = {}): string {
  return limitFoundText({ expression, value, ok: false, noData: value === null, weak: false, ...more });
}

describe('what was found where a limit was set', () => {
  it.each([
    ['loss<0.01%', 0.00010001, '0.010001 %'],
    ['loss<0.01%', 0.0002, '0.02 %'],
    ['p99<50ms', 50_020, '50.02 ms'],
    ['delivered>=10000/s', 9_999.6, '9999.6/s'],
    ['redisBytes<200KiB', 204_900, '200.1 KiB'],
    ['reach>=99.9999%', 0.99999851, '99.9998 %'],
  ])('is told apart from the bound of %s', (expression, value, told) => {
    expect(found(expression, value)).toBe(told);
  });

  it('is the bound where it is', () => {
    expect(found('p99<50ms', 50_000)).toBe('50 ms');
  });

  it('is no data, or a lower bound with why it misses the limit', () => {
    expect(found('p99<50ms', null)).toBe('no data');
    expect(found('p99<50ms', 10_000, { censored: true })).toBe('≥ 10 ms, a lower bound: too much never arrived');
    expect(found('p99>5ms', 10_000, { censored: true, ok: true })).toBe('≥ 10 ms');
  });
});
