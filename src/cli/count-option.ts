import { parseParameter, type NumberSpec } from '../model/parameters.ts';

/** An option that takes a whole number. */
export function countOption(flag: string, min: number, max: number, fallback: number, help: string): NumberSpec {
  return { kind: 'count', flag, default: fallback, min, max, help };
}

/** Throws a usage error that names the option and its range. */
export function readCount(spec: NumberSpec, text: string): number {
  return Number(parseParameter(spec, text.trim()));
}
