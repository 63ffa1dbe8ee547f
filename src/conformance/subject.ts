import { LAYER_NAMES, layerOptions, type LayerName } from '../core/layer-catalog.ts';
import type { LayerOptions } from '../core/layer-options.ts';
import type { ChannelLayer, LayerSettings } from '../layers/layer.ts';
import { openLayer } from '../layers/registry.ts';
import type { Trait } from './case.ts';

/** Each trait of a layer: true, or why it has it not. */
export type Traits = Readonly<Record<Trait, true | string>>;

/** A layer under test. */
export interface Subject {
  readonly name: string;
  readonly usesRedis: boolean;
  readonly traits: Traits;
  readonly open: (settings: LayerSettings) => Promise<ChannelLayer>;
  /** Reads option texts as `--layer-option` has them. */
  readonly options: (texts: readonly string[]) => LayerOptions;
}

const PROCESS_QUEUE = 'a queue belongs to a process and is kept in Redis: no channel has one of its own';
const CORE: Traits = {
  names: true,
  queues: true,
  'channel-queues': PROCESS_QUEUE,
  shared: true,
  wire: true,
  'core-wire': true,
  'pubsub-wire': 'publishes nothing: messages are members of sorted sets',
};

/** Traits of the built-in layers, by name. */
const TRAITS: Readonly<Record<string, Traits>> = {
  memory: {
    names: true,
    queues: true,
    'channel-queues': true,
    shared: 'nothing crosses processes',
    wire: 'messages are not encoded',
    'core-wire': 'keeps nothing in Redis',
    'pubsub-wire': 'publishes nothing',
  },
  redis: CORE,
  'redis-fast': CORE,
  'redis-pubsub': {
    names: 'takes any name, as upstream does',
    queues: 'keeps no queue in Redis: no capacity, no expiry',
    'channel-queues': 'keeps no queue: no capacity, no expiry',
    shared: true,
    wire: true,
    'core-wire': 'keeps nothing in Redis',
    'pubsub-wire': true,
  },
};

/** A built-in layer. */
export function builtInSubject(name: LayerName): Subject {
  const traits = TRAITS[name];
  if (traits === undefined) throw new Error(`the layer '${name}' declares no traits`);
  return {
    name,
    usesRedis: traits.wire === true,
    traits,
    open: (settings) => openLayer(name, settings),
    options: (texts) => layerOptions(name, texts),
  };
}

export function builtInSubjects(): readonly Subject[] {
  return LAYER_NAMES.map(builtInSubject);
}

export function traitsOfCustomLayer(scope: 'process' | 'shared'): Traits {
  const own = 'runs for built-in layers only';
  return {
    names: true,
    queues: `how a layer keeps messages is its own affair: ${own}`,
    'channel-queues': `how a layer keeps messages is its own affair: ${own}`,
    shared: scope === 'shared' ? true : "its scope is 'process'",
    wire: `how a layer uses Redis is its own affair: ${own}`,
    'core-wire': `how a layer uses Redis is its own affair: ${own}`,
    'pubsub-wire': `how a layer uses Redis is its own affair: ${own}`,
  };
}
