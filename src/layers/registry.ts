import type { LayerName } from '../model/layers.ts';
import type { ChannelLayer, LayerSettings } from './layer.ts';
import { MemoryLayer } from './memory.ts';

/** Every layer's way to be opened. What reaches for Redis is loaded by those that use it. */
const OPEN: Readonly<Record<LayerName, (settings: LayerSettings) => Promise<ChannelLayer>>> = {
  memory: (settings) => Promise.resolve(new MemoryLayer(settings)),
  redis: async (settings) => (await import('./redis.ts')).RedisLayer.open(settings),
  'redis-fast': async (settings) => (await import('./redis-fast.ts')).RedisFastLayer.open(settings),
  'redis-pubsub': async (settings) => (await import('./redis-pubsub.ts')).RedisPubSubLayer.open(settings),
};

/** Opens one layer instance: one per server process. Throws a BenchError where its backend cannot be used. */
export function openLayer(name: LayerName, settings: LayerSettings): Promise<ChannelLayer> {
  return OPEN[name](settings);
}
