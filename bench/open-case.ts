import type { LayerName } from '../src/model/layers.ts';
import { layerOptions } from '../src/model/chosen-layer.ts';
import { openLayer } from '../src/layers/registry.ts';
import type { LayerCase } from './layer-case.ts';

export const PAYLOAD_BYTES = 128;

export interface OpenCase extends LayerCase {
  /** Waits for a reply of Redis so far. */
  readonly roundTrips: () => number;
}

let opened = 0;

/** A group of members in one process, over a layer whose capacity is never reached. */
export async function openCase(name: LayerName, members: number, url: string): Promise<OpenCase> {
  const options = name !== 'redis-pubsub' ? ['capacity=1000000'] : [];
  const layer = await openLayer(name, {
    prefix: `bench-${name}-${opened++}`,
    options: layerOptions(name, options),
    hosts: [url],
    onEvent: () => undefined,
  });
  let onDelivery: (count: number) => void = () => undefined;
  for (let i = 0; i < members; i++) {
    const channel = await layer.newChannel();
    layer.consume(channel, () => onDelivery(1));
    await layer.groupAdd('g', channel);
  }
  const bytes = new Uint8Array(PAYLOAD_BYTES);
  return {
    members,
    send: (n) => layer.groupSend('g', { type: 'bench.message', n, bytes }),
    onDelivery: (listener) => (onDelivery = listener),
    roundTrips: () => layer.counters.roundTrips,
    end: () => layer.close(),
  };
}
