import { LAYER_NAMES, LAYERS, type LayerName } from '../model/layers.ts';
import { layerOptions } from '../model/chosen-layer.ts';
import type { LayerOptions } from '../model/layer-options.ts';
import type { ChannelLayer, LayerSettings } from '../layers/layer.ts';
import { openLayer } from '../layers/registry.ts';
import type { Traits } from '../model/layer-traits.ts';

/** A layer under test. */
export interface Subject {
  readonly name: string;
  readonly usesRedis: boolean;
  readonly traits: Traits;
  readonly open: (settings: LayerSettings) => Promise<ChannelLayer>;
  /** Reads option texts as `--layer-option` has them. */
  readonly options: (texts: readonly string[]) => LayerOptions;
}

/** A built-in layer. */
export function builtInSubject(name: LayerName): Subject {
  const { traits, backend } = LAYERS[name];
  return {
    name,
    usesRedis: backend === 'redis',
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
