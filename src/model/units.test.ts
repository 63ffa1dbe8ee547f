import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BenchError } from './errors.ts';
import { builtInLayer, layerOptions, shownOptions } from './chosen-layer.ts';
import { formatParameter, parseParameter, type NumberSpec } from './parameters.ts';
import {
  formatBytes,
  formatCount,
  formatNumber,
  formatRatio,
  formatUs,
  parseCount,
  parseDurationMs,
  parsePercentRatio,
  parseRatePerSecond,
  parseSizeBytes,
} from './units.ts';

const usage = (message: RegExp) => (error: unknown) =>
  error instanceof BenchError && error.kind === 'usage' && error.hint !== '' && message.test(error.message);

describe('quantities', () => {
  it.each<[(text: string) => number, string, number]>([
    [parseDurationMs, '10s', 10_000],
    [parseDurationMs, '1.5m', 90_000],
    [parseDurationMs, '250 ms', 250],
    [parseDurationMs, '50µs', 0.05],
    [parseSizeBytes, '4KiB', 4096],
    [parseSizeBytes, '1kB', 1000],
    [parseRatePerSecond, '200/s', 200],
    [parseRatePerSecond, '30/min', 0.5],
    [parsePercentRatio, '0.01%', 0.0001],
    [parseCount, '10000', 10_000],
  ])('%o reads %s', (parse, text, value) => expect(parse(text)).toBeCloseTo(value, 12));

  it.each<[(text: string) => number, string, RegExp]>([
    [parseRatePerSecond, '200', /no unit/],
    [parseRatePerSecond, '200/x', /unknown unit/],
    [parseDurationMs, '10', /no unit/],
    [parseDurationMs, 'ten s', /not a number/],
    [parseDurationMs, '10constructor', /unknown unit/],
    [parseSizeBytes, '4 apples', /unknown unit/],
    [parseCount, '1.5', /not a whole number/],
    [parseCount, '', /not a whole number/],
  ])('%o refuses %j', (parse, text, message) => expect(() => parse(text)).toThrow(expect.toSatisfy(usage(message))));

  it.each<[string, string]>([
    [formatUs(87), '87 µs'],
    [formatUs(1240), '1.24 ms'],
    [formatUs(2.5e6), '2.5 s'],
    [formatUs(999.6), '1 ms'],
    [formatBytes(1536), '1.5 KiB'],
    [formatCount(1_234_567), '1,234,567'],
    [formatNumber(0.012345), '0.0123'],
    [formatRatio(0), '0 %'],
    [formatRatio(1), '100 %'],
    [formatRatio(0.999_999), '99.9999 %'],
    [formatRatio(0.999_999_9), '99.9999 %'],
    [formatRatio(0.875), '87.5 %'],
  ])('are shown as people read them: %s', (shown, expected) => expect(shown).toBe(expected));
});

describe('a parameter', () => {
  const spec: NumberSpec = { kind: 'duration', flag: 'wait', default: 1000, min: 100, max: 60_000, help: 'x' };

  it.each(['99ms', '61s', '-1s'])('refuses %s, which is out of its range, and says which that is', (text) => {
    expect(() => parseParameter(spec, text)).toThrow(expect.objectContaining({ hint: 'It takes 100 ms to 60 s; the default is 1 s.' }));
  });

  it('reads back what it shows', () => {
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 999 }), (ms) => {
        expect(parseParameter(spec, formatParameter(spec, ms))).toBeCloseTo(ms, 6);
      }),
    );
  });
});

describe('options of a layer', () => {
  it('are read with units, and shown with their unit in the name and without secrets', () => {
    const options = layerOptions('redis', ['capacity=200', 'expiry=10s', 'symmetric_encryption_keys=geheim,alt']);
    expect(options).toMatchObject({ capacity: 200, expiry: 10_000, symmetric_encryption_keys: ['geheim', 'alt'] });
    const shown = shownOptions({ ...builtInLayer('redis', []), options });
    expect(shown).toMatchObject({ capacity: 200, expirySeconds: 10, group_expirySeconds: 86_400, symmetric_encryption_keys: '***' });
    expect(JSON.stringify(shown)).not.toContain('geheim');
  });

  it.each([
    ['redis', 'capacity'],
    ['redis', 'capacity=0'],
    ['redis', 'expiry=1500ms'],
    ['redis', 'serializer_format=xml'],
    ['memory', '=5'],
  ] as const)('of %s refuse %s', (layer, text) => expect(() => layerOptions(layer, [text])).toThrow(BenchError));
});
