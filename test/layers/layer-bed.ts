import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect } from 'vitest';
import type { LayerName } from '../../src/model/layers.ts';
import { layerOptions } from '../../src/model/chosen-layer.ts';
import type { ChannelLayer, LayerEvent, Message } from '../../src/layers/layer.ts';
import { openLayer } from '../../src/layers/registry.ts';
import { connectRedis, type RedisConnection } from '../../src/redis/connection.ts';
import type { HostSpec } from '../../src/redis/hosts.ts';
import { ManagedRedis } from '../../src/redis/managed.ts';

/** One layer instance; those with the same prefix are processes of one deployment. */
export interface Opened extends AsyncDisposable {
  readonly layer: ChannelLayer;
  readonly events: LayerEvent[];
  readonly prefix: string;
}

/** A Redis for the tests of one file, and layers over it. */
export class LayerBed {
  server!: ManagedRedis;
  admin!: RedisConnection;
  private deployments = 0;

  constructor() {
    beforeAll(async () => {
      this.server = await ManagedRedis.start();
      this.admin = await connectRedis(this.server.url);
    });
    afterAll(async () => {
      this.admin.disconnect();
      await this.server[Symbol.asyncDispose]();
    });
  }

  async open(
    name: LayerName,
    options: readonly string[] = [],
    prefix = `t${this.deployments++}`,
    hosts: readonly HostSpec[] = [this.server.url],
  ): Promise<Opened> {
    const events: LayerEvent[] = [];
    const layer = await openLayer(name, {
      prefix,
      options: layerOptions(name, options),
      hosts,
      onEvent: (event) => events.push(event),
    });
    return { layer, events, prefix, [Symbol.asyncDispose]: () => layer.close() };
  }
}

/** Waits until a condition holds; the test's own limit ends it. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(5);
}

export async function noMessage(layer: ChannelLayer, channel: string): Promise<void> {
  await expect(layer.receive(channel, AbortSignal.timeout(150))).rejects.toThrow();
}

export const numbered = (n: number): Message => ({ type: 'test.message', text: `m${n}` });

/** The text of a message made by `numbered`. */
export const textOf = (message: Message): string => (typeof message['text'] === 'string' ? message['text'] : 'no text');
