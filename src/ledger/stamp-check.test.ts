import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CLOCK_BOUND_NS, StampCheck, stampFaults } from './stamp-check.ts';

const ns = fc.integer({ min: 1, max: 2 ** 50 });

describe('StampCheck', () => {
  it('believes exactly what is in order within the bound', () => {
    fc.assert(
      fc.property(fc.tuple(ns, ns, ns, ns), (stamps) => {
        const check = new StampCheck();
        const inOrder = [0, 1, 2].every((i) => stamps[i]! - stamps[i + 1]! <= CLOCK_BOUND_NS);
        expect(check.holds(...stamps)).toBe(inOrder);
        expect(stampFaults([check.findings()]).length === 0).toBe(inOrder);
      }),
    );
  });

  it('takes a latency that is negative within the bound', () => {
    expect(new StampCheck().holds(5e6, 5e6 - CLOCK_BOUND_NS, 5e6, 5e6 + 1)).toBe(true);
  });

  it('tells how many frames of all drivers, which step, and by how much', () => {
    const [a, b] = [new StampCheck(), new StampCheck()];
    a.holds(10e9, 4e9, 11e9, 12e9);
    a.holds(10e9, 7e9, 11e9, 12e9);
    b.holds(10e9, 0, 11e9, 12e9);
    b.holds(10e9, 11e9, 12e9, 13e9);
    expect(stampFaults([a.findings(), b.findings()])).toEqual([
      '1 of 4 frames came without the stamps of their server',
      '2 of 4 frames have stamps that cannot be: issued → send goes back in time, by up to 6 s',
    ]);
  });
});
