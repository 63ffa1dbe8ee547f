import { usageError } from './errors.ts';
import { parseDurationMs } from './units.ts';
import type { LayerSetting } from './layer-setting.ts';
import {
  defaultValues,
  parseParameter,
  type ChoiceSpec,
  type NumberSpec,
  type ParameterSpecs,
  type ParameterValue,
  type TextSpec,
} from './parameters.ts';

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
  readonly options: ParameterSpecs;
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
  readonly module: { readonly specifier: string; readonly url: string } | null;
}

/** Values of a layer's options: counts, or durations in milliseconds. */
export type LayerOptions = Readonly<Record<string, ParameterValue>>;

const CAPACITY: NumberSpec = {
  kind: 'count',
  flag: 'capacity',
  default: 100,
  min: 1,
  max: 10_000_000,
  help: 'messages that one queue holds before it refuses more',
};
const GROUP_EXPIRY: NumberSpec = {
  kind: 'duration',
  flag: 'group_expiry',
  default: 86_400_000,
  min: 1000,
  max: 31_536_000_000,
  wholeSeconds: true,
  help: 'a membership ends this long after its last group_add',
};
const EXPIRY: NumberSpec = {
  kind: 'duration',
  flag: 'expiry',
  default: 60_000,
  min: 1000,
  max: 31_536_000_000,
  wholeSeconds: true,
  help: 'an unread message is dropped after this long',
};

const CHANNEL_CAPACITY: TextSpec = {
  kind: 'text',
  flag: 'channel_capacity',
  default: '',
  form: 'glob:count,glob:count',
  help: 'other capacities, by channel name; the first glob that fits decides',
};
const SERIALIZER: ChoiceSpec = {
  kind: 'choice',
  flag: 'serializer_format',
  default: 'msgpack',
  choices: ['msgpack', 'json'],
  help: 'how messages are encoded',
};
const KEYS: TextSpec = {
  kind: 'text',
  flag: 'symmetric_encryption_keys',
  default: '',
  form: 'key,key',
  isSecret: true,
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
} as const satisfies ParameterSpecs;

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

/** A layer's options as a result carries them: durations in seconds, as Django has them, and named so; secrets are left out. */
export function optionsWithUnits({ name: layer, options, module }: ChosenLayer): LayerOptions {
  if (module !== null || !isLayerName(layer)) return options;
  const named = Object.entries(options).map(([name, value]) => {
    const spec = LAYERS[layer].options[name];
    if (spec?.kind === 'duration') return [`${name}Seconds`, Number(value) / 1000] as const;
    return [name, spec?.kind === 'text' && spec.isSecret === true && value !== '' ? '***' : value] as const;
  });
  return Object.fromEntries(named);
}

/** A built-in layer with its options. */
export function builtInLayer(name: LayerName, texts: readonly string[]): ChosenLayer {
  const { scope, membershipsIn } = LAYERS[name];
  return { name, scope, membershipsIn, options: layerOptions(name, texts), setting: null, module: null };
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
  if (cut < 1) throw usageError(`--layer-option '${text}' is not name=value`, 'Write it as --layer-option capacity=200.');
  return [text.slice(0, cut), text.slice(cut + 1)];
}

/**
 * `capacity=200` texts → the options of one layer, defaults filled in.
 * Throws a usage error for text that is not `name=value` or a value out of range; an option of another layer is left out.
 */
export function layerOptions(layer: LayerName, texts: readonly string[]): LayerOptions {
  const specs = LAYERS[layer].options;
  const values: Record<string, ParameterValue> = { ...defaultValues(specs) };
  for (const text of texts) {
    const [name, value] = splitOption(text);
    const spec = specs[name];
    if (spec !== undefined) values[spec.flag] = parseParameter(spec, value, `--layer-option ${spec.flag}`);
  }
  return values;
}
