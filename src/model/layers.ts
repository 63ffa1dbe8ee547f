import type { Traits } from './layer-traits.ts';
import type { CapacitiesSpec, KeysSpec, OptionSpecs } from './layer-options.ts';
import type { ChoiceSpec, NumberSpec, TextSpec } from './parameters.ts';

/** The layers that bench knows. */
export type LayerName = 'memory' | 'redis' | 'redis-fast' | 'redis-pubsub';

/** Whether a layer is meant to connect processes. */
export type LayerScope = 'process' | 'shared';

/** What carries the messages of a layer between processes, and may be away. */
export type LayerBackend = 'redis';

/** Where what a layer keeps is: in its backend, of which bench may know nothing, or, null, in its process. */
export type BackendOfLayer = LayerBackend | 'unknown' | null;

export interface LayerDescription {
  readonly name: LayerName;
  readonly scope: LayerScope;
  /** What it connects processes by; null: it needs nothing. */
  readonly backend: LayerBackend | null;
  /** Where the members of a group are known: what loses them when it is gone. */
  readonly membershipsIn: 'process' | 'backend';
  /** The class of upstream whose semantics it has. */
  readonly pythonClass: string;
  /** Whether settings that name `pythonClass` mean this layer: only then do Python's servers have it. */
  readonly isUpstream: boolean;
  /** In a sentence: "Redis delivered everything". */
  readonly label: string;
  readonly summary: string;
  /** Options of `--layer-option`, under the names that Django's CONFIG gives them. */
  readonly options: OptionSpecs;
  /** Those of them that `pythonClass` does not have. */
  readonly ownOptions: readonly string[];
  /** What `pythonClass` takes, and does nothing with. */
  readonly ignoredSettings: readonly string[];
  /** Which behaviours of docs/conformance.md apply to it. */
  readonly traits: Traits;
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

const PROCESS_QUEUE = 'a queue belongs to a process and is kept in Redis: no channel has one of its own';
const CORE_TRAITS: Traits = {
  names: true,
  queues: true,
  'channel-queues': PROCESS_QUEUE,
  shared: true,
  wire: true,
  'core-wire': true,
  'pubsub-wire': 'publishes nothing: messages are members of sorted sets',
};

const CORE_OWN_OPTIONS: readonly string[] = ['serializer_format', 'random_prefix_length', 'on_reconnect'];

/** Every layer, as data. */
export const LAYERS: Readonly<Record<LayerName, LayerDescription>> = {
  memory: {
    name: 'memory',
    scope: 'process',
    backend: null,
    membershipsIn: 'process',
    pythonClass: 'channels.layers.InMemoryChannelLayer',
    isUpstream: true,
    label: 'in-memory',
    summary: 'queues in the memory of one process; nothing crosses processes',
    options: {
      capacity: CAPACITY,
      channel_capacity: CHANNEL_CAPACITY,
      expiry: { ...EXPIRY, min: 1, wholeSeconds: false },
      group_expiry: GROUP_EXPIRY,
    },
    ownOptions: [],
    ignoredSettings: [],
    traits: {
      names: true,
      queues: true,
      'channel-queues': true,
      shared: 'nothing crosses processes',
      wire: 'messages are not encoded',
      'core-wire': 'keeps nothing in Redis',
      'pubsub-wire': 'publishes nothing',
    },
  },
  redis: {
    name: 'redis',
    scope: 'shared',
    backend: 'redis',
    membershipsIn: 'backend',
    pythonClass: 'channels_redis.core.RedisChannelLayer',
    isUpstream: true,
    label: 'Redis',
    summary: 'sorted sets in Redis, command for command as channels_redis core',
    options: CORE_OPTIONS,
    ownOptions: CORE_OWN_OPTIONS,
    ignoredSettings: [],
    traits: CORE_TRAITS,
  },
  'redis-fast': {
    name: 'redis-fast',
    scope: 'shared',
    backend: 'redis',
    membershipsIn: 'backend',
    pythonClass: 'channels_redis.core.RedisChannelLayer',
    isUpstream: false,
    label: 'redis-fast',
    summary: 'the same wire as redis, with the fewest round trips that it allows',
    options: CORE_OPTIONS,
    ownOptions: CORE_OWN_OPTIONS,
    ignoredSettings: [],
    traits: CORE_TRAITS,
  },
  'redis-pubsub': {
    name: 'redis-pubsub',
    scope: 'shared',
    backend: 'redis',
    membershipsIn: 'process',
    pythonClass: 'channels_redis.pubsub.RedisPubSubChannelLayer',
    isUpstream: true,
    label: 'Redis pub/sub',
    summary: 'PUBLISH and SUBSCRIBE; no capacity, no expiry',
    options: {
      serializer_format: SERIALIZER,
      symmetric_encryption_keys: KEYS,
      on_disconnect: MESSAGE_TYPE('on_disconnect', 'type of a message for every local channel when Redis is lost'),
      on_reconnect: MESSAGE_TYPE('on_reconnect', 'type of a message for every local channel when Redis is back'),
    },
    ownOptions: ['serializer_format'],
    ignoredSettings: ['capacity', 'channel_capacity', 'expiry', 'group_expiry'],
    traits: {
      names: 'takes any name, as upstream does',
      queues: 'keeps no queue in Redis: no capacity, no expiry',
      'channel-queues': 'keeps no queue: no capacity, no expiry',
      shared: true,
      wire: true,
      'core-wire': 'keeps nothing in Redis',
      'pubsub-wire': true,
    },
  },
};

export const LAYER_NAMES: readonly LayerName[] = Object.keys(LAYERS) as LayerName[];

/** Layers that settings can name, and Python's servers have. */
export const UPSTREAM_LAYERS: readonly LayerName[] = LAYER_NAMES.filter((name) => LAYERS[name].isUpstream);
/** Their names, one of which is to be chosen. */
export const UPSTREAM_LAYERS_TEXT: string = `${UPSTREAM_LAYERS.slice(0, -1).join(', ')} or ${UPSTREAM_LAYERS.at(-1)}`;

export function isLayerName(name: string): name is LayerName {
  return Object.hasOwn(LAYERS, name);
}

/** The layer that settings mean by a class; undefined for one that bench does not know. */
export function layerOfClass(pythonClass: string): LayerDescription | undefined {
  return UPSTREAM_LAYERS.map((name) => LAYERS[name]).find((layer) => layer.pythonClass === pythonClass);
}

/** Whether a layer, as results carry it, has a backend: another process, which costs too. A layer of the user's has one where it connects processes. */
export function hasBackend({ name, scope }: { readonly name: string; readonly scope: LayerScope }): boolean {
  return isLayerName(name) ? LAYERS[name].backend !== null : scope === 'shared';
}
