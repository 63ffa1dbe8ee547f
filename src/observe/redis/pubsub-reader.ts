import { setTimeout as sleep } from 'node:timers/promises';
import type { Observation, ObservedOptions } from '../observation.ts';
import { observePubSub, type Subscriptions } from '../pubsub-observation.ts';
import type { LayerReader, ReaderContext } from './layer-reader.ts';
import { readSubscriptions } from './read-subscriptions.ts';

const LAST_LOOK_MS = 2000;

/** Looks at the subscriptions of a pub/sub layer: at the beginning, and shortly before the end. */
export class PubSubReader implements LayerReader {
  readonly processes: ReadonlyMap<string, number> = new Map();
  private readonly context: ReaderContext;
  private subscriptions: readonly Subscriptions[] = [];

  constructor(context: ReaderContext) {
    this.context = context;
  }

  get groupsRead(): number {
    return this.subscriptions.reduce((sum, { groups }) => sum + groups, 0);
  }

  async run(): Promise<void> {
    const { servers, prefix, signal, endMs, nowMs } = this.context;
    const look = async (): Promise<void> => {
      this.subscriptions = await Promise.all(servers.map(({ connection }) => readSubscriptions(connection, prefix)));
    };
    try {
      await look();
      await sleep(Math.max(0, endMs - LAST_LOOK_MS - nowMs()), undefined, { signal });
      await look();
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  observe(_: ObservedOptions, isInterrupted: boolean): Observation {
    const servers = this.context.servers.map(({ readings }) => readings);
    return observePubSub({ servers, subscriptions: this.subscriptions, isInterrupted });
  }
}
