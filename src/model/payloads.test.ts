import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { meanPayloadBytes, payloadStrata, stratumOf } from './payloads.ts';

const PORTAL = { payloadBytes: 0, payloads: { at: [0, 0.5, 1], bytes: [100, 200, 1200] } };

describe('sizes of payloads', () => {
  it('are one where a Plan has one', () => {
    expect(payloadStrata({ payloadBytes: 128 })).toEqual([128]);
    expect(stratumOf(1, 7, 3, 9)).toBe(0);
    expect(meanPayloadBytes({ payloadBytes: 128 })).toBe(128);
  });

  it('are linear between quantiles, and have their mean', () => {
    const strata = payloadStrata(PORTAL);
    expect(strata[64]).toBe(150);
    expect([strata[0], strata.at(-1)]).toEqual([100, 1196]);
    expect(meanPayloadBytes(PORTAL)).toBeCloseTo((150 + 700) / 2, 0);
    expect(payloadStrata({ payloadBytes: 0, payloads: { at: [0.5], bytes: [9] } }).every((bytes) => bytes === 9)).toBe(true);
  });

  it('follow from seed, publisher and sequence number alone', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(1000), fc.nat(100_000), (seed, publisher, seq) => {
        expect(stratumOf(256, seed, publisher, seq)).toBe(stratumOf(256, seed, publisher, seq));
        expect(stratumOf(256, seed, publisher, seq)).toBeLessThan(256);
      }),
    );
  });

  it('are each as often: of many messages, of few publishers or many', () => {
    for (const publishers of [1, 1000]) {
      const counts = Array.from({ length: 256 }, () => 0);
      const messages = 256 * 400;
      for (let i = 0; i < messages; i++) counts[stratumOf(256, 1, i % publishers, Math.floor(i / publishers))]! += 1;
      // Chi-squared with 255 degrees of freedom: 330.5 is exceeded once in a thousand seeds.
      expect(counts.reduce((sum, count) => sum + (count - 400) ** 2 / 400, 0)).toBeLessThan(330.5);
    }
  });
});
