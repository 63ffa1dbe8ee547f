import { usageError } from './errors.ts';
import { parseDurationMs } from './units.ts';
import type { LayerSetting } from './layer-setting.ts';
import {
  isSecretOption,
  optionDefault,
  optionFromText,
  shownOption,
  type CapacitiesSpec,
  type KeysSpec,
  type LayerOptions,
  type OptionSpecs,
  type OptionValue,
} from './layer-options.ts';
import type { ChoiceSpec, NumberSpec, ParameterValue, TextSpec } from './parameters.ts';
import { HIDDEN } from './secret.ts';

/** The layers that bench knows. */
export type LayerName = 'memory' | 'redis' | 'redis-fast' | 'redis-pubsub';

/** Whether a layer is meant to connect processes. */
export type LayerScope = 'process' | 'shared';

export interface LayerDescription {
  readonly name: LayerName;
  readonly scope: LayerScope;
  /** Where the members of a group are known: what loses them when it is gone. */
  readonly membershipsIn: 'process' | 'redis';
  /** The upstream backend whose semantics it has. */
  readonly backend: string;
  readonly summary: string;
  /** Options of `--layer-option`, under the names that Django's CONFIG gives them. */
  readonly options: OptionSpecs;
}

/** The layer of one run. */
export interface ChosenLayer {
  /** Of a built-in layer, or what stands for a module in tables and file names. */
  readonly name: string;
  readonly scope: LayerScope;
  readonly membershipsIn: LayerDescription['membershipsIn'];
  readonly options: LayerOptions;
  /** The entry of CHANNEL_LAYERS that it is from, as it stands: what Python's servers get; null for none. */
  readonly setting: LayerSetting | null;
  /** The user's module that implements it; null for a built-in layer. */
  readonly module: { readonly specifier: string; readonly url: string; readonly shownOptions: readonly string[] } | null;
}

const CAPACITY: NumberSpec & { readonly isUnbounded: true } = {
  kind: 'count',
  isUnbounded: true,
  flag: 'capacity',
  default: 100,
  min: 1,
  max: 10_000_000,
  help: 'messages that one queue holds before it refuses more',
};
const GROUP_EXPIRY: NumberSpec & { readonly isUnbounded: true } = {
  kind: 'duration',
  isUnbounded: true,
  flag: 'group_expiry',
  default: 86_400_000,
  min: 1000,
  max: 31_536_000_000,
  wholeSeconds: true,
  help: 'a membership ends this long after its last group_add',
};
const EXPIRY: NumberSpec & { readonly isUnbounded: true } = {
  kind: 'duration',
  isUnbounded: true,
  flag: 'expiry',
  default: 60_000,
  min: 1000,
  max: 31_536_000_000,
  wholeSeconds: true,
  help: 'an unread message is dropped after this long',
};

const CHANNEL_CAPACITY: CapacitiesSpec = {
  kind: 'capacities',
  flag: 'channel_capacity',
  help: 'other capacities, by channel name; the first glob that fits decides',
};
const SERIALIZER: ChoiceSpec = {
  kind: 'choice',
  flag: 'serializer_format',
  default: 'msgpack',
  choices: ['msgpack', 'json'],
  help: 'how messages are encoded',
};
const KEYS: KeysSpec = {
  kind: 'keys',
  flag: 'symmetric_encryption_keys',
  help: 'messages are encrypted with the first, and read with any',
};
const MESSAGE_TYPE = (flag: string, help: string): TextSpec => ({ kind: 'text', flag, default: '', form: 'message.type', help });

/** Options of the layers that speak the wire of channels_redis core. */
const CORE_OPTIONS = {
  capacity: CAPACITY,
  channel_capacity: CHANNEL_CAPACITY,
  expiry: EXPIRY,
  group_expiry: GROUP_EXPIRY,
  serializer_format: SERIALIZER,
  symmetric_encryption_keys: KEYS,
  random_prefix_length: {
    kind: 'count',
    flag: 'random_prefix_length',
    default: 12,
    min: 0,
    max: 64,
    help: 'random bytes before each message; with 0, equal messages of one moment become one',
  },
  on_reconnect: {
    kind: 'choice',
    flag: 'on_reconnect',
    default: 'none',
    choices: ['none', 'rejoin'],
    help: 'rejoin: memberships are renewed after Redis was away, which it may have lost',
  },
} as const satisfies OptionSpecs;

/** Every layer, as data. */
export const LAYERS: Readonly<Record<LayerName, LayerDescription>> = {
  memory: {
    name: 'memory',
    scope: 'process',
    membershipsIn: 'process',
    backend: 'channels.layers.InMemoryChannelLayer',
    summary: 'queues in the memory of one process; nothing crosses processes',
    options: {
      capacity: CAPACITY,
      channel_capacity: CHANNEL_CAPACITY,
      expiry: { ...EXPIRY, min: 1, wholeSeconds: false },
      group_expiry: GROUP_EXPIRY,
    },
  },
  redis: {
    name: 'redis',
    scope: 'shared',
    membershipsIn: 'redis',
    backend: 'channels_redis.core.RedisChannelLayer',
    summary: 'sorted sets in Redis, command for command as channels_redis core',
    options: CORE_OPTIONS,
  },
  'redis-fast': {
    name: 'redis-fast',
    scope: 'shared',
    membershipsIn: 'redis',
    backend: 'channels_redis.core.RedisChannelLayer',
    summary: 'the same wire as redis, with the fewest round trips that it allows',
    options: CORE_OPTIONS,
  },
  'redis-pubsub': {
    name: 'redis-pubsub',
    scope: 'shared',
    membershipsIn: 'process',
    backend: 'channels_redis.pubsub.RedisPubSubChannelLayer',
    summary: 'PUBLISH and SUBSCRIBE; no capacity, no expiry',
    options: {
      serializer_format: SERIALIZER,
      symmetric_encryption_keys: KEYS,
      on_disconnect: MESSAGE_TYPE('on_disconnect', 'type of a message for every local channel when Redis is lost'),
      on_reconnect: MESSAGE_TYPE('on_reconnect', 'type of a message for every local channel when Redis is back'),
    },
  },
};

export const LAYER_NAMES: readonly LayerName[] = Object.keys(LAYERS) as LayerName[];

export function isLayerName(name: string): name is LayerName {
  return Object.hasOwn(LAYERS, name);
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
  const { scope, membershipsIn } = LAYERS[name];
  return { name, scope, membershipsIn, options: { ...optionDefaults(name), ...options }, setting, module: null };
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
