import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { readHost, type HostSpec } from '../../redis/hosts.ts';
import { observeCore } from '../core-observation.ts';
import { GroupsTally, type GroupsSnapshot } from '../groups.ts';
import type { Observation, ObservedOptions } from '../observation.ts';
import { QueueWatch } from '../queue-watch.ts';
import type { LayerReader, ReaderContext } from './layer-reader.ts';
import { readGroups } from './read-groups.ts';
import type { WatchedServer } from './watched-server.ts';

/** A second pass needs more time than the first took: there may be more groups by then. */
const AGAIN_TIMES = 1.5;
const SPARE_MS = 500;

/** Passes over the groups of a core layer: one from the beginning, another that ends with the observation where there is time for it. */
export class CoreReader implements LayerReader {
  readonly processes: Map<string, number> = new Map();
  private readonly context: ReaderContext;
  /** Each database once. */
  private readonly databases: readonly WatchedServer[];
  private readonly seed = randomInt(2 ** 31);
  private tally: GroupsTally;
  private snapshot: GroupsSnapshot;

  constructor(context: ReaderContext) {
    this.context = context;
    const byDatabase = context.places.map((place) => [`${place.reading.runId} ${databaseOf(place.connection.host)}`, place] as const);
    this.databases = [...new Map(byDatabase).values()];
    this.tally = this.newTally();
    this.snapshot = this.tally.snapshot(0, 1);
  }

  get groupsRead(): number {
    return this.tally.groupsRead;
  }

  async run(): Promise<void> {
    const { signal, endMs, nowMs } = this.context;
    const startMs = nowMs();
    const first = await this.pass();
    this.snapshot = first.snapshot;
    const againMs = AGAIN_TIMES * (nowMs() - startMs) + SPARE_MS;
    if (signal.aborted || endMs - nowMs() < againMs) return;
    await sleep(endMs - againMs - nowMs(), undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    const second = await this.pass();
    if (second.isComplete) this.snapshot = second.snapshot;
  }

  observe(configured: ObservedOptions, isInterrupted: boolean): Observation {
    const { servers } = this.context;
    return observeCore({
      servers: servers.map(({ readings }) => readings),
      snapshot: this.snapshot,
      queues: [...this.processes.values()].map((index) => fullest(servers, index)),
      configured,
      isInterrupted,
    });
  }

  private async pass(): Promise<{ readonly snapshot: GroupsSnapshot; readonly isComplete: boolean }> {
    const { prefix, signal, endMs, nowMs } = this.context;
    const tally = this.newTally();
    this.tally = tally;
    const found = await Promise.all(
      this.databases.map(({ connection, reading }) => {
        const keys = reading.keysOf(databaseOf(connection.host));
        return readGroups(connection, tally, { prefix, seed: this.seed, keys, nowMs, endMs, signal });
      }),
    );
    const groups = found.reduce((sum, { groupsFound }) => sum + groupsFound, 0);
    const all = found.reduce((sum, { groupsFound, scannedRatio }) => sum + groupsFound / Math.max(scannedRatio, Number.EPSILON), 0);
    const errorRatio = Math.max(0, ...found.map((pass) => pass.errorRatio));
    const isComplete = found.every((pass) => pass.isComplete);
    return { snapshot: tally.snapshot(groups, isComplete || all === 0 ? 1 : Math.min(1, groups / all), errorRatio), isComplete };
  }

  private newTally(): GroupsTally {
    return new GroupsTally(this.seed, this.context.prefix, this.processes);
  }
}

function databaseOf(value: HostSpec): number {
  const { host } = readHost(value);
  return host.kind === 'cluster' ? 0 : host.db;
}

/** The queue of a process is on one of the servers. */
function fullest(servers: readonly WatchedServer[], index: number): QueueWatch {
  const watches = servers.flatMap(({ queues }) => queues[index] ?? []);
  return watches.toSorted((a, b) => b.deepest - a.deepest)[0] ?? new QueueWatch();
}
