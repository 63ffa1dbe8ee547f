import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { LAYER_NAMES } from '../../src/model/layers.ts';
import type { ChannelLayer } from '../../src/layers/layer.ts';
import { LayerBed, numbered, until } from './layer-bed.ts';

/* 10,000 channels that were made, joined and left leave nothing behind: in Redis, in its connections, in this process. */

const bed = new LayerBed();
const CHANNELS = 10_000;
const GROUPS = 100;
/** Well under what 10,000 names alone would take. */
const BYTES_MAX = 600_000;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

async function comeAndGo(layer: ChannelLayer): Promise<void> {
  for (let from = 0; from < CHANNELS; from += 500) {
    await Promise.all(
      Array.from({ length: 500 }, async (_, i) => {
        const group = `g${(from + i) % GROUPS}`;
        const channel = await layer.newChannel();
        const consumer = layer.consume(channel, () => undefined);
        await layer.groupAdd(group, channel);
        await layer.groupDiscard(group, channel);
        await consumer.close();
      }),
    );
  }
  await layer.groupSend('g0', numbered(1));
}

const heapBytes = (): number => {
  collectGarbage();
  collectGarbage();
  return process.memoryUsage().heapUsed;
};

const clients = async (): Promise<number> =>
  String(await bed.admin.client('LIST'))
    .trim()
    .split('\n').length;

describe.each(LAYER_NAMES)('%s', (name) => {
  it('keeps nothing of channels that are gone', { timeout: 120_000 }, async () => {
    const connections = await clients();
    const { layer, prefix } = await bed.open(name);
    await comeAndGo(layer);
    const before = heapBytes();
    await comeAndGo(layer);
    await comeAndGo(layer);
    expect(heapBytes() - before).toBeLessThan(BYTES_MAX);
    expect(await layer.held()).toEqual([]);

    expect(await bed.admin.pubsub('CHANNELS', `${prefix}*`)).toEqual([]);
    const keys = await bed.admin.keys(`${prefix}*`);
    const lifetimes = await Promise.all(keys.map((key) => bed.admin.ttl(key)));
    expect(keys.filter((_, i) => lifetimes[i] === -1)).toEqual([]);
    expect(keys.length).toBeLessThan(10);

    await layer.close();
    await until(async () => (await clients()) === connections);
  });
});
