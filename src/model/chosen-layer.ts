import { type BackendOfLayer, type LayerScope, type LayerDescription, LAYERS, isLayerName, type LayerName } from './layers.ts';
import { type LayerOptions, isSecretOption, shownOption, type OptionValue, optionFromText, optionDefault } from './layer-options.ts';
import type { LayerSetting } from './layer-setting.ts';
import type { ParameterValue } from './parameters.ts';
import { HIDDEN } from './secret.ts';
import { parseDurationMs } from './units.ts';
import { usageError } from './errors.ts';

/** The layer of one run. */
export interface ChosenLayer {
  /** Of a built-in layer, or what stands for a module in tables and file names. */
  readonly name: string;
  readonly scope: LayerScope;
  readonly backend: BackendOfLayer;
  readonly membershipsIn: LayerDescription['membershipsIn'];
  readonly options: LayerOptions;
  /** The entry of CHANNEL_LAYERS that it is from, as it stands: what Python's servers get; null for none. */
  readonly setting: LayerSetting | null;
  /** The user's module that implements it; null for a built-in layer. */
  readonly module: { readonly specifier: string; readonly url: string; readonly shownOptions: readonly string[] } | null;
}

/** Options of built-in layers that are known to hold no secret: a module's option of that name is shown. */
const SHOWN: ReadonlySet<string> = new Set(
  Object.values(LAYERS).flatMap(({ options }) => Object.values(options).flatMap((spec) => (isSecretOption(spec) ? [] : spec.flag))),
);

/** A layer's options as a result carries them: durations in seconds, as Django has them, and named so; secrets are left out. */
export function shownOptions({ name: layer, options, module }: ChosenLayer): Readonly<Record<string, ParameterValue>> {
  const specs = module === null && isLayerName(layer) ? LAYERS[layer].options : {};
  const shown = Object.entries(options).map(([name, value]) => {
    if (Object.hasOwn(specs, name)) return shownOption(name, specs[name]!, value);
    return [name, module !== null && mayShow(name, module.shownOptions) ? (value as ParameterValue) : HIDDEN] as const;
  });
  return Object.fromEntries(shown);
}

/** Whether an option of a module may be shown: it has the name of one that is no secret, or its module says so. */
function mayShow(name: string, shownByModule: readonly string[]): boolean {
  return SHOWN.has(name) || shownByModule.includes(name);
}

/** A text of `--layer-option` as a command line shows it. */
export function shownOptionText(text: string): string {
  const cut = text.indexOf('=');
  if (cut < 1) return HIDDEN;
  const name = text.slice(0, cut);
  return SHOWN.has(name) ? text : `${name}=${HIDDEN}`;
}

/** A built-in layer with its options. */
export function builtInLayer(name: LayerName, texts: readonly string[]): ChosenLayer {
  return chosenLayer(name, layerOptions(name, texts), null);
}

/** The same with options that were read, defaults filled in, and the entry of CHANNEL_LAYERS that it is from. */
export function chosenLayer(name: LayerName, options: LayerOptions, setting: LayerSetting | null): ChosenLayer {
  const { scope, backend, membershipsIn } = LAYERS[name];
  return { name, scope, backend, membershipsIn, options: { ...optionDefaults(name), ...options }, setting, module: null };
}

/** `capacity=200` texts → the options of a layer that declares none: counts and durations as numbers, everything else as text. */
export function readCustomOptions(texts: readonly string[]): LayerOptions {
  const entries = texts.map((text) => {
    const [name, value] = splitOption(text);
    if (/^\d+$/.test(value)) return [name, Number(value)] as const;
    return [name, /^\d+(ms|s|m|h)$/.test(value) ? parseDurationMs(value) : value] as const;
  });
  return Object.fromEntries(entries);
}

function splitOption(text: string): readonly [string, string] {
  const cut = text.indexOf('=');
  if (cut < 1) throw usageError('--layer-option is not name=value', 'Write it as --layer-option capacity=200.');
  return [text.slice(0, cut), text.slice(cut + 1)];
}

/**
 * `capacity=200` texts → the options of one layer, defaults filled in.
 * Throws a usage error for text that is not `name=value` or a value out of range; an option of another layer is left out.
 */
export function layerOptions(layer: LayerName, texts: readonly string[]): LayerOptions {
  const specs = LAYERS[layer].options;
  const values: Record<string, OptionValue> = { ...optionDefaults(layer) };
  for (const text of texts) {
    const [name, value] = splitOption(text);
    if (Object.hasOwn(specs, name)) values[name] = optionFromText(specs[name]!, value);
  }
  return values;
}

function optionDefaults(layer: LayerName): LayerOptions {
  return Object.fromEntries(Object.entries(LAYERS[layer].options).map(([name, spec]) => [name, optionDefault(spec)]));
}
