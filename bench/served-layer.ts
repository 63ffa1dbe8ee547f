import type { LayerName } from '../src/model/layers.ts';
import type { ChannelLayer, LayerSettings } from '../src/layers/layer.ts';
import { openLayer as openBuiltIn } from '../src/layers/registry.ts';

/*
 * A layer of bench's own with a service time: one message at a time, and each takes so long. What one process carries is
 * known by arithmetic, 1 ÷ service time messages a second, and needs next to no CPU. Options: `over` (a built-in layer),
 * `serviceUs`, and those of that layer.
 */

export const scope = 'shared';

const NS_PER_US = 1000n;

export async function openLayer(settings: LayerSettings): Promise<ChannelLayer> {
  const { over = 'redis', serviceUs = 0, ...options } = settings.options;
  const base = await openBuiltIn(over as LayerName, { ...settings, options });
  const counter = new Counter(BigInt(Number(serviceUs)) * NS_PER_US);
  return new Proxy(base, {
    get: (layer, name) => {
      if (name === 'groupSend') {
        return async (...args: Parameters<ChannelLayer['groupSend']>) => {
          await counter.serve();
          return layer.groupSend(...args);
        };
      }
      const value: unknown = Reflect.get(layer, name);
      return typeof value === 'function' ? (value.bind(layer) as unknown) : value;
    },
  });
}

/** Timers are late by up to this; what one is late, the next service is shorter, so that the rate is exact. */
const SLACK_NS = 5_000_000n;

/** Serves in turn. */
class Counter {
  private readonly serviceNs: bigint;
  private freeAtNs = 0n;

  constructor(serviceNs: bigint) {
    this.serviceNs = serviceNs;
  }

  async serve(): Promise<void> {
    const now = process.hrtime.bigint();
    const earliest = now - SLACK_NS;
    this.freeAtNs = (this.freeAtNs > earliest ? this.freeAtNs : earliest) + this.serviceNs;
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, Number(this.freeAtNs - now) / 1e6)));
  }
}
