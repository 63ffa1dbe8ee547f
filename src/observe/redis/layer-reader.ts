import type { Observation, ObservedOptions } from '../observation.ts';
import type { WatchedServer } from './watched-server.ts';

/** What a reader of a layer works with. */
export interface ReaderContext {
  /** One for each host. */
  readonly places: readonly WatchedServer[];
  /** Those of them that are different servers. */
  readonly servers: readonly WatchedServer[];
  readonly prefix: string;
  readonly signal: AbortSignal;
  readonly nowMs: () => number;
  /** By `nowMs`. */
  readonly endMs: number;
}

/** Reads what only one kind of layer has, beside the counters that all have. */
export interface LayerReader {
  /** Processes whose queues are to be watched, with their indices; more may come. */
  readonly processes: ReadonlyMap<string, number>;
  readonly groupsRead: number;
  /** Ends with the signal at the latest. */
  run(): Promise<void>;
  /** After the end. */
  observe(configured: ObservedOptions, isInterrupted: boolean): Observation;
}
