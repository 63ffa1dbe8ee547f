import { setTimeout as sleep } from 'node:timers/promises';
import { CounterTally } from '../counters.ts';
import type { ServerReadings } from '../observation.ts';
import { queueKeysBegin } from '../allowed-commands.ts';
import { QueueWatch } from '../queue-watch.ts';
import { MOST_COMMANDS, type ObserverConnection } from './observer-connection.ts';
import { READING, readServer, timeIn, type ServerReading } from './server-reading.ts';

const EVERY_MS = 1000;

/** One server of a layer while it is observed: its counters each second, and the queues of the layer's processes. */
export class WatchedServer {
  readonly connection: ObserverConnection;
  readonly queues: QueueWatch[] = [];
  /** The last one. */
  reading: ServerReading;
  private readonly prefix: string;
  private readonly first: ServerReading;
  private readonly tally = new CounterTally();
  private restarts = 0;
  private mostWaiting: number | null = 0;

  private constructor(connection: ObserverConnection, prefix: string, first: ServerReading) {
    this.connection = connection;
    this.prefix = prefix;
    this.first = first;
    this.reading = first;
    this.add(first);
  }

  /** Takes the first reading. Rejects as `ObserverConnection.ask` does. */
  static async start(connection: ObserverConnection, prefix: string): Promise<WatchedServer> {
    return new WatchedServer(connection, prefix, readServer(await connection.ask(READING)));
  }

  /** Until the signal ends it. `processes`: names of processes, in the order of their indices; new ones may come. */
  async watch(processes: ReadonlyMap<string, number>, signal: AbortSignal, onReading: () => void): Promise<void> {
    try {
      for (;;) {
        await sleep(EVERY_MS, undefined, { signal });
        this.add(readServer(await this.connection.ask(READING)));
        onReading();
        await this.lookAtQueues([...processes.keys()]);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
    const last = await this.connection.askLast(READING);
    if (last !== null) this.add(readServer(last));
  }

  get readings(): ServerReadings {
    const { reading, first, restarts } = this;
    return {
      totals: this.tally.totals,
      intervals: this.tally.intervals,
      health: {
        maxMemoryBytes: reading.maxMemoryBytes,
        usedMemoryBytes: reading.usedMemoryBytes,
        evictionPolicy: reading.evictionPolicy,
        evictedKeys: reading.runId === first.runId ? reading.evictedKeys - first.evictedKeys : reading.evictedKeys,
        restarts,
      },
      mostWaiting: this.mostWaiting,
    };
  }

  private add(reading: ServerReading): void {
    if (reading.runId !== this.reading.runId) this.restarts += 1;
    this.reading = reading;
    this.tally.add(reading.counters);
    const { blockedClients } = reading;
    this.mostWaiting = blockedClients === null || this.mostWaiting === null ? null : Math.max(this.mostWaiting, blockedClients);
  }

  /** Entries of each queue, and those of them that were there when its mark was set. */
  private async lookAtQueues(processes: readonly string[]): Promise<void> {
    const each = Math.floor((MOST_COMMANDS - 1) / 2);
    for (let at = 0; at < processes.length; at += each) {
      const some = processes.slice(at, at + each).map((name, i) => ({ key: `${this.prefix}${name}`, watch: this.queueOf(at + i) }));
      // A user may read the queues of consumers alone.
      const seen = some.filter(({ key }) => key.startsWith(queueKeysBegin(this.prefix)));
      if (seen.length === 0) continue;
      const questions = seen.flatMap(({ key, watch }) => [
        ['ZCARD', key],
        ['ZCOUNT', key, '-inf', watch.markSeconds],
      ]);
      const { replies } = await this.connection.ask([['TIME'], ...questions]);
      const seconds = timeIn(replies[0]);
      for (const [i, { watch }] of seen.entries())
        watch.add({ seconds, depth: Number(replies[2 * i + 1]), marked: Number(replies[2 * i + 2]) });
    }
  }

  private queueOf(index: number): QueueWatch {
    return (this.queues[index] ??= new QueueWatch());
  }
}
