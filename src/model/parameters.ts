import { usageError } from './errors.ts';
import {
  formatBytes,
  formatCount,
  formatMs,
  formatPerSecond,
  parseCount,
  parseDurationMs,
  parseRatePerSecond,
  parseSizeBytes,
} from './units.ts';

/**
 * One parameter of a scenario, or one option of a layer: declared once, used by flags, validation, `explain` and docs.
 * Values are numbers in the base unit of the kind (count, 1/s, bytes, ms) or, for a choice, one of its words.
 */
export type ParameterSpec = NumberSpec | ChoiceSpec | TextSpec;

export interface NumberSpec {
  readonly kind: 'count' | 'rate' | 'size' | 'duration';
  /** Word on the command line, without the dashes. */
  readonly flag: string;
  readonly default: number;
  /** Smallest and largest value allowed, inclusive, in the base unit. */
  readonly min: number;
  readonly max: number;
  /** True where only whole seconds make sense (durations of Redis keys). */
  readonly wholeSeconds?: boolean;
  readonly help: string;
}

export interface ChoiceSpec {
  readonly kind: 'choice';
  readonly flag: string;
  readonly default: string;
  readonly choices: readonly string[];
  readonly help: string;
}

export interface TextSpec {
  readonly kind: 'text';
  readonly flag: string;
  readonly default: string;
  /** What a value looks like. */
  readonly form: string;
  readonly help: string;
}

export type ParameterValue = number | string;
export type ParameterSpecs = Readonly<Record<string, ParameterSpec>>;
export type ParameterValues<S extends ParameterSpecs = ParameterSpecs> = {
  readonly [K in keyof S]: S[K] extends NumberSpec ? number : string;
};

const PARSERS: Readonly<Record<NumberSpec['kind'], (text: string) => number>> = {
  count: parseCount,
  rate: parseRatePerSecond,
  size: parseSizeBytes,
  duration: parseDurationMs,
};

/** Text as a user writes it → value in the base unit. Throws a usage error that names the flag and its range. */
export function parseParameter(spec: ParameterSpec, text: string, label: string = `--${spec.flag}`): ParameterValue {
  if (spec.kind === 'text') return text;
  if (spec.kind === 'choice') {
    if (!spec.choices.includes(text))
      throw usageError(`${label} '${text}' is not one of its choices`, `Use one of: ${spec.choices.join(', ')}.`);
    return text;
  }
  const value = parseNumber(spec, text, label);
  const range = `It takes ${formatParameter(spec, spec.min)} to ${formatParameter(spec, spec.max)}; the default is ${formatParameter(spec, spec.default)}.`;
  if (value < spec.min || value > spec.max) throw usageError(`${label} '${text}' is out of range`, range);
  if (spec.kind === 'size' && !Number.isInteger(value)) throw usageError(`${label} '${text}' is not a whole number of bytes`, range);
  if (spec.wholeSeconds === true && value % 1000 !== 0) throw usageError(`${label} '${text}' is not a whole number of seconds`, range);
  return value;
}

function parseNumber(spec: NumberSpec, text: string, label: string): number {
  try {
    return PARSERS[spec.kind](text);
  } catch (error) {
    if (error instanceof Error && 'hint' in error) throw usageError(`${label}: ${error.message}`, String(error.hint), { cause: error });
    throw error;
  }
}

/** A value in the base unit → text that `parseParameter` reads back. */
export function formatParameter(spec: ParameterSpec, value: ParameterValue): string {
  if (typeof value === 'string' || spec.kind === 'choice' || spec.kind === 'text') return String(value);
  switch (spec.kind) {
    case 'count':
      return formatCount(value);
    case 'rate':
      return formatPerSecond(value);
    case 'size':
      return formatBytes(value);
    case 'duration':
      return value === 0 ? '0 s' : formatMs(value);
  }
}

/** The defaults of a set of parameters. */
export function defaultValues<S extends ParameterSpecs>(specs: S): ParameterValues<S> {
  const entries = Object.entries(specs).map(([name, spec]) => [name, spec.default] as const);
  return Object.fromEntries(entries) as ParameterValues<S>;
}
