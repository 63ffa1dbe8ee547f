import { usageError } from './errors.ts';
import type { SettingValue } from './layer-setting.ts';
import { formatParameter, parseParameter, type ChoiceSpec, type NumberSpec, type ParameterValue, type TextSpec } from './parameters.ts';
import { HIDDEN } from './secret.ts';

/*
 * One option of a layer: declared once, and read from a flag or from a configuration, each in its own form. What a file
 * says never passes through the text of a flag.
 */

/** A list of secrets. On the command line they are separated by commas. */
export interface KeysSpec {
  readonly kind: 'keys';
  readonly flag: string;
  readonly help: string;
}

/** Other values for some names: by glob, the first that fits decides. */
export interface CapacitiesSpec {
  readonly kind: 'capacities';
  readonly flag: string;
  readonly help: string;
}

/** A number of seconds or of things; in a configuration it has no upper bound where upstream has none. */
export type OptionSpec = (NumberSpec & { readonly isUnbounded?: boolean }) | ChoiceSpec | TextSpec | KeysSpec | CapacitiesSpec;
export type OptionSpecs = Readonly<Record<string, OptionSpec>>;

/** Counts, milliseconds, words; keys; capacities by glob, in order. */
export type OptionValue = ParameterValue | readonly string[] | readonly Capacity[];
export type Capacity = readonly [glob: string, capacity: number];

/** Values of a layer's options. */
export type LayerOptions = Readonly<Record<string, OptionValue>>;

export function optionDefault(spec: OptionSpec): OptionValue {
  return spec.kind === 'keys' || spec.kind === 'capacities' ? [] : spec.default;
}

/** What `bench list` says of the default. */
export function defaultText(spec: OptionSpec): string {
  return spec.kind === 'keys' || spec.kind === 'capacities' ? '' : formatParameter(spec, spec.default);
}

/** Text of `--layer-option` → value. Throws a usage error. */
export function optionFromText(spec: OptionSpec, text: string): OptionValue {
  const label = `--layer-option ${spec.flag}`;
  if (spec.kind === 'keys') return text === '' ? [] : text.split(',');
  if (spec.kind === 'capacities') return text === '' ? [] : text.split(',').map((pair) => capacityOf(pair, label));
  return parseParameter(spec, text, label);
}

function capacityOf(pair: string, label: string): Capacity {
  const cut = pair.lastIndexOf(':');
  const count = pair.slice(cut + 1).trim();
  if (cut < 1 || !/^[1-9]\d*$/.test(count))
    throw usageError(`${label} '${pair}' is not glob:count`, 'Write it as channel_capacity=specific.*:50,task-?:10.');
  return [pair.slice(0, cut).trim(), Number(count)];
}

/** Value of a CONFIG → value; durations are seconds there. Throws a usage error that begins with its place and shows no value. */
export function optionFromSetting(spec: OptionSpec, value: SettingValue, place: string): OptionValue {
  const { flag } = spec;
  switch (spec.kind) {
    case 'keys':
      if (value === null) return [];
      if (Array.isArray(value) && value.every((entry) => typeof entry === 'string')) return value as readonly string[];
      throw usageError(`${place}: ${flag} is no list of texts`, `Write it as ${flag}: [key].`);
    case 'capacities':
      return value === null ? [] : capacitiesOf(value, place, flag);
    case 'text':
      if (value === null) return spec.default;
      if (typeof value === 'string') return value;
      throw usageError(`${place}: ${flag} is no text`, `Write it as ${flag}: ${spec.form}.`);
    case 'choice':
      if (typeof value === 'string' && spec.choices.includes(value)) return value;
      throw usageError(`${place}: ${flag} is none of its choices`, `Use one of: ${spec.choices.join(', ')}.`);
    case 'count':
    case 'factor':
    case 'rate':
    case 'size':
    case 'duration':
      return numberFromSetting(spec, value, place);
  }
}

function numberFromSetting(spec: NumberSpec & { readonly isUnbounded?: boolean }, value: SettingValue, place: string): number {
  const { flag, kind } = spec;
  const isDuration = kind === 'duration';
  if (typeof value !== 'number')
    throw usageError(`${place}: ${flag} is no number${isDuration ? ' of seconds' : ''}`, `Write it as ${flag}: 60.`);
  const unit = isDuration ? 1000 : 1;
  if (!Number.isSafeInteger(value) && (!isDuration || spec.wholeSeconds === true))
    throw usageError(`${place}: ${flag} is no whole number${isDuration ? ' of seconds' : ''}`, `Write it as ${flag}: 60.`);
  const inUnits = value * unit;
  if (inUnits < spec.min) throw usageError(`${place}: ${flag} is less than ${spec.min / unit}`, `Write it as ${flag}: 60.`);
  if (inUnits > (spec.isUnbounded === true ? Number.MAX_SAFE_INTEGER : spec.max))
    throw usageError(`${place}: ${flag} is more than ${spec.max / unit}`, 'Write a smaller one.');
  return inUnits;
}

function capacitiesOf(value: SettingValue, place: string, flag: string): readonly Capacity[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw usageError(`${place}: ${flag} is no map`, `Write it as ${flag}: { 'specific.*': 50 }.`);
  return Object.entries(value as Readonly<Record<string, SettingValue>>).map(([glob, capacity]) => {
    if (Number.isSafeInteger(capacity) && Number(capacity) > 0) return [glob, Number(capacity)];
    throw usageError(`${place}: a capacity of ${flag} is no whole number above 0`, `Write it as ${flag}: { 'specific.*': 50 }.`);
  });
}

/** A value as Django's CONFIG has it. */
export function optionAsSetting(spec: OptionSpec, value: OptionValue): SettingValue {
  if (spec.kind === 'duration') return Number(value) / 1000;
  if (spec.kind === 'capacities') return Object.fromEntries(value as readonly Capacity[]);
  return value as ParameterValue | readonly string[];
}

/** A value as results and screens show it, under a name with its unit: durations in seconds, secrets hidden. */
export function shownOption(name: string, spec: OptionSpec, value: OptionValue): readonly [string, ParameterValue] {
  if (spec.kind === 'duration') return [`${name}Seconds`, Number(value) / 1000];
  if (spec.kind === 'keys') return [name, (value as readonly string[]).length === 0 ? '' : HIDDEN];
  if (spec.kind === 'capacities') return [name, (value as readonly Capacity[]).map((pair) => pair.join(':')).join(',')];
  return [name, value as ParameterValue];
}

/** Whether a value may be shown. */
export function isSecretOption(spec: OptionSpec): boolean {
  return spec.kind === 'keys';
}
