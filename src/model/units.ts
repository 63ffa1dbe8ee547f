import { usageError } from './errors.ts';

/*
 * Quantities are plain numbers in one base unit each, which their names carry:
 * durations in milliseconds (…Ms) or nanoseconds (…Ns), rates in 1/s (…PerSecond), sizes in bytes (…Bytes),
 * percentages as ratios from 0 to 1 (…Ratio).
 */

export const NS_PER_US = 1e3;
export const NS_PER_MS = 1e6;
export const NS_PER_SECOND = 1e9;

const DURATION_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1e3,
  m: 6e4,
  min: 6e4,
  h: 36e5,
};
const SIZE_BYTES: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1e3,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
};
const RATE_PER_SECOND: Readonly<Record<string, number>> = { s: 1, sec: 1, m: 1 / 60, min: 1 / 60, h: 1 / 3600 };

const QUANTITY = /^([+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?)\s*(.*)$/i;

function split(text: string, what: string, right: string): { value: number; unit: string } {
  const match = QUANTITY.exec(text.trim());
  const value = Number(match?.[1]);
  if (match === null || !Number.isFinite(value)) throw usageError(`${what} '${text}' is not a number with a unit`, `Write it as ${right}.`);
  return { value, unit: match[2] ?? '' };
}

function scaled(text: string, what: string, right: string, factors: Readonly<Record<string, number>>): number {
  const { value, unit } = split(text, what, right);
  if (unit === '') throw usageError(`${what} '${text}' has no unit`, `Write it as ${right}.`);
  const factor = Object.hasOwn(factors, unit) ? factors[unit] : undefined;
  if (factor === undefined) {
    throw usageError(
      `${what} '${text}' has the unknown unit '${unit}'`,
      `Write it as ${right}; units: ${Object.keys(factors).join(', ')}.`,
    );
  }
  return value * factor;
}

/** `10s`, `250ms`, `1.5m` → milliseconds. A bare number is a usage error. */
export function parseDurationMs(text: string): number {
  return scaled(text, 'duration', '10s or 250ms', DURATION_MS);
}

/** `128B`, `4KiB` → bytes. */
export function parseSizeBytes(text: string): number {
  return scaled(text, 'size', '128B or 4KiB', SIZE_BYTES);
}

/** `1MiB/s` → bytes per second. */
export function parseByteRate(text: string): number {
  const [, size] = /^(.*)\/\s*s$/.exec(text.trim()) ?? [];
  if (size === undefined) throw usageError(`growth '${text}' is not a size per second`, 'Write it as 64KiB/s.');
  return parseSizeBytes(size);
}

/** `200/s`, `30/min` → events per second. */
export function parseRatePerSecond(text: string): number {
  const { value, unit } = split(text, 'rate', '200/s');
  const per = unit.startsWith('/') ? unit.slice(1).trim() : undefined;
  const factor = per !== undefined && Object.hasOwn(RATE_PER_SECOND, per) ? RATE_PER_SECOND[per] : undefined;
  if (factor === undefined) {
    throw usageError(
      unit === '' ? `rate '${text}' has no unit` : `rate '${text}' has the unknown unit '${unit}'`,
      `Write it as ${value}/s; units: /s, /min, /h.`,
    );
  }
  return value * factor;
}

/** `0.01%` → 0.0001. */
export function parsePercentRatio(text: string): number {
  return scaled(text, 'percentage', '0.01%', { '%': 0.01 });
}

/** `2`, `0.5` → how many times something is. */
export function parseFactor(text: string): number {
  const { value, unit } = split(text, 'factor', '2 or 1.5');
  if (unit !== '') throw usageError(`factor '${text}' has a unit`, 'Write it as 2 or 1.5.');
  return value;
}

/** `8`, `10000` → a whole number. */
export function parseCount(text: string): number {
  if (!/^[+-]?\d+$/.test(text.trim())) throw usageError(`'${text}' is not a whole number`, 'Write it as 8.');
  return Number(text);
}

/** At most `digits` significant digits, without trailing zeros or exponents. */
export function formatNumber(value: number, digits = 3): string {
  if (!Number.isFinite(value)) return String(value);
  const magnitude = value === 0 ? 0 : Math.floor(Math.log10(Math.abs(value)));
  const decimals = Math.max(0, Math.min(9, digits - 1 - magnitude));
  const rounded = value.toFixed(decimals);
  return decimals === 0 ? formatCount(Number(rounded)) : rounded.replace(/\.?0+$/, '');
}

/** 1234567 → `1,234,567`. */
export function formatCount(value: number): string {
  return Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ',');
}

/** To how many significant digits; by name, so that the index of a list is never taken for it. */
export interface Precision {
  readonly digits: number;
}

const USUAL: Precision = { digits: 3 };

/** Microseconds in the unit that reads best: `87 µs`, `1.24 ms`, `2.5 s`. */
export function formatUs(us: number, { digits }: Precision = USUAL): string {
  const size = Math.abs(us);
  if (size < 999.5) return `${formatNumber(us, digits)} µs`;
  if (size < 999_500) return `${formatNumber(us / 1e3, digits)} ms`;
  return `${formatNumber(us / 1e6, digits)} s`;
}

/** Milliseconds in the unit that reads best: `250 ms`, `10 s`. */
export function formatMs(ms: number): string {
  return formatUs(ms * 1e3);
}

/** Bytes in binary units: `128 B`, `4 KiB`, `1.5 MiB`. */
export function formatBytes(bytes: number, { digits }: Precision = USUAL): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const step = Math.abs(bytes) < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(Math.abs(bytes)) / 10));
  return `${formatNumber(bytes / 1024 ** step, digits)} ${units[step] ?? 'B'}`;
}

/** `1.5 MiB/s`. */
export function formatByteRate(bytesPerSecond: number, precision: Precision = USUAL): string {
  return `${formatBytes(bytesPerSecond, precision)}/s`;
}

/** A rate in 1/s: `50/s`, `10,000/s`. */
export function formatPerSecond(perSecond: number, { digits }: Precision = USUAL): string {
  return `${formatNumber(perSecond, digits)}/s`;
}

/** A ratio as a percentage, never rounded to 0 % or 100 % unless it is. */
export function formatRatio(ratio: number, { digits }: Precision = USUAL): string {
  if (ratio === 0 || ratio === 1) return `${ratio * 100} %`;
  const percent = ratio * 100;
  if (percent > 99.9 && percent < 100) {
    const scale = 10 ** Math.max(4, digits - 2);
    return `${(Math.floor(percent * scale) / scale).toFixed(Math.log10(scale)).replace(/0+$/, '')} %`;
  }
  return `${formatNumber(percent, digits)} %`;
}

/** `1 run`, `2 runs`. */
export function counted(count: number, what: string, plural = `${what}s`): string {
  return `${formatCount(count)} ${count === 1 ? what : plural}`;
}

/** `≥ 497 ms`: what is known of a number that is a lower bound. */
export function atLeast(text: string, isLowerBound: boolean | undefined): string {
  return isLowerBound === true ? `≥ ${text}` : text;
}
