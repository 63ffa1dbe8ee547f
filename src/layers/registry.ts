import type { LayerName } from '../core/layer-catalog.ts';
import type { ChannelLayer, LayerSettings } from './layer.ts';
import { MemoryLayer } from './memory.ts';
import { RedisFastLayer } from './redis-fast.ts';
import { RedisPubSubLayer } from './redis-pubsub.ts';
import { RedisLayer } from './redis.ts';

/** Every layer's way to be opened. */
const OPEN: Readonly<Record<LayerName, (settings: LayerSettings) => Promise<ChannelLayer>>> = {
  memory: (settings) => Promise.resolve(new MemoryLayer(settings)),
  redis: (settings) => RedisLayer.open(settings),
  'redis-fast': (settings) => RedisFastLayer.open(settings),
  'redis-pubsub': (settings) => RedisPubSubLayer.open(settings),
};

/** Opens one layer instance: one per server process. Throws a BenchError where its backend cannot be used. */
export function openLayer(name: LayerName, settings: LayerSettings): Promise<ChannelLayer> {
  return OPEN[name](settings);
}
