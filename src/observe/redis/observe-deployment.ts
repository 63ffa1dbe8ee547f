import { environmentError } from '../../model/errors.ts';
import { nowMs } from '../../platform/clock.ts';
import type { HostSpec } from '../../redis/hosts.ts';
import type { ObservedLayer } from '../allowed-commands.ts';
import type { Observation, ObservedOptions } from '../observation.ts';
import { CoreReader } from './core-reader.ts';
import type { LayerReader, ReaderContext } from './layer-reader.ts';
import { ObserverConnection } from './observer-connection.ts';
import { PubSubReader } from './pubsub-reader.ts';
import { WatchedServer } from './watched-server.ts';

/** What is observed, and how gently. */
export interface ObserveRequest {
  readonly layer: ObservedLayer;
  /** Shards of one layer; clusters are not among them. */
  readonly hosts: readonly HostSpec[];
  readonly prefix: string;
  readonly forMs: number;
  /** To each server. */
  readonly commandsPerSecond: number;
  /** Options that a configuration names. */
  readonly configured: ObservedOptions;
}

export interface ObserveProgress {
  readonly secondsLeft: number;
  readonly groupsRead: number;
}

const READERS: Readonly<Record<ObservedLayer, new (context: ReaderContext) => LayerReader>> = {
  redis: CoreReader,
  'redis-pubsub': PubSubReader,
};

/**
 * Reads a layer from outside for a while, or until the signal ends it. Throws an environment error for a server that cannot be
 * read, and for a permission that is missing.
 */
export async function observeDeployment(
  { layer, hosts, prefix, forMs, commandsPerSecond, configured }: ObserveRequest,
  interruption: AbortSignal,
  onProgress: (progress: ObserveProgress) => void,
): Promise<Observation> {
  const failed = new AbortController();
  const over = new AbortController();
  const signal = AbortSignal.any([interruption, over.signal, failed.signal]);
  using connections = new Connections();
  const opened = await Promise.all(
    hosts.map(async (host) => connections.add(await ObserverConnection.open(host, { layer, prefix, commandsPerSecond, signal }))),
  );
  const places = await Promise.all(opened.map((connection) => WatchedServer.start(connection, prefix)));
  const endMs = nowMs() + forMs;
  const timer = setTimeout(() => over.abort(), forMs);
  // Each server once: its counters are those of all its databases.
  const servers = [...new Map(places.map((place) => [place.reading.runId, place])).values()];
  const reader = new READERS[layer]({ places, servers, prefix, signal, endMs, nowMs });
  const told = (): void => onProgress({ secondsLeft: Math.max(0, (endMs - nowMs()) / 1000), groupsRead: reader.groupsRead });
  const endAll = (error: unknown): never => {
    failed.abort();
    throw error;
  };
  try {
    await Promise.all([reader.run().catch(endAll), ...servers.map((server) => server.watch(reader.processes, signal, told).catch(endAll))]);
  } finally {
    clearTimeout(timer);
  }
  if (servers.some(({ readings }) => readings.totals.seconds === 0) && !interruption.aborted)
    throw environmentError('a Redis stopped answering, and its counters were read only once', 'See its log, and observe again.');
  return reader.observe(configured, interruption.aborted);
}

/** Closes all at the end, and those that are opened after it. */
class Connections implements Disposable {
  private readonly opened: Disposable[] = [];
  private isOver = false;

  add<C extends Disposable>(connection: C): C {
    if (this.isOver) connection[Symbol.dispose]();
    else this.opened.push(connection);
    return connection;
  }

  [Symbol.dispose](): void {
    this.isOver = true;
    for (const connection of this.opened) connection[Symbol.dispose]();
  }
}
