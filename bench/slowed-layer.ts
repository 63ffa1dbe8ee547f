import type { LayerName } from '../src/model/layers.ts';
import type { ChannelLayer, Handler, LayerSettings } from '../src/layers/layer.ts';
import { openLayer as openBuiltIn } from '../src/layers/registry.ts';

/*
 * A layer of bench's own that works on every delivery for nothing: the regression that the gate's proof plants. Options:
 * `over` (a built-in layer), `busyNs` (work for each delivery), and those of that layer.
 */

export const scope = 'shared';

export async function openLayer(settings: LayerSettings): Promise<ChannelLayer> {
  const { over = 'redis', busyNs = 0, ...options } = settings.options;
  const base = await openBuiltIn(over as LayerName, { ...settings, options });
  const slowed =
    (handler: Handler): Handler =>
    (message) => {
      work(BigInt(Number(busyNs)));
      return handler(message);
    };
  return new Proxy(base, {
    get: (layer, name) => {
      if (name === 'consume') return (channel: string, handler: Handler) => layer.consume(channel, slowed(handler));
      const value: unknown = Reflect.get(layer, name);
      return typeof value === 'function' ? (value.bind(layer) as unknown) : value;
    },
  });
}

function work(ns: bigint): void {
  const end = process.hrtime.bigint() + ns;
  while (process.hrtime.bigint() < end);
}
