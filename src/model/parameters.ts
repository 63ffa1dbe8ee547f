import { documentText } from './document-text.ts';
import { usageError } from './errors.ts';
import {
  formatBytes,
  formatCount,
  formatMs,
  formatNumber,
  formatPerSecond,
  parseCount,
  parseFactor,
  parseDurationMs,
  parseRatePerSecond,
  parseSizeBytes,
} from './units.ts';

/**
 * One parameter of a scenario, or one option of a layer: declared once, used by flags, validation, `explain` and docs.
 * Values are numbers in the base unit of the kind (count, 1/s, bytes, ms), one of its words for a choice, and for a file
 * what it holds.
 */
export type ParameterSpec = NumberSpec | ChoiceSpec | TextSpec | FileSpec;

export interface NumberSpec {
  readonly kind: 'count' | 'factor' | 'rate' | 'size' | 'duration';
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

/** What a file holds: any JSON document, or a workload profile. */
export type FileContent = 'json' | 'workload';

/**
 * A file that the user names. The command line reads it: the value is what it holds, as canonical JSON, so that a result
 * needs no file beside it, and results of equal content are equal; empty where none is named.
 */
export interface FileSpec {
  readonly kind: 'file';
  readonly flag: string;
  readonly default: '';
  readonly holds: FileContent;
  readonly help: string;
}

/** The kinds of parameters. */
export const PARAMETER_KINDS: readonly ParameterSpec['kind'][] = ['count', 'factor', 'rate', 'size', 'duration', 'choice', 'text', 'file'];

export type ParameterValue = number | string;
export type ParameterSpecs = Readonly<Record<string, ParameterSpec>>;
export type ParameterValues<S extends ParameterSpecs = ParameterSpecs> = {
  readonly [K in keyof S]: S[K] extends NumberSpec ? number : string;
};

const PARSERS: Readonly<Record<NumberSpec['kind'], (text: string) => number>> = {
  count: parseCount,
  factor: parseFactor,
  rate: parseRatePerSecond,
  size: parseSizeBytes,
  duration: parseDurationMs,
};

/** Text as a user writes it → value in the base unit; of a file, its path. Throws a usage error that names the flag and its range. */
export function parseParameter(spec: ParameterSpec, text: string, label: string = `--${spec.flag}`): ParameterValue {
  if (spec.kind === 'text' || spec.kind === 'file') return text;
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

/** A value in the base unit → text that `parseParameter` reads back; of a file, what tells its content from another. */
export function formatParameter(spec: ParameterSpec, value: ParameterValue): string {
  if (spec.kind === 'file') return documentText(String(value));
  if (typeof value === 'string' || spec.kind === 'choice' || spec.kind === 'text') return String(value);
  switch (spec.kind) {
    case 'count':
      return formatCount(value);
    case 'factor':
      return formatNumber(value);
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
