import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../model/errors.ts';
import { connectRedis, type RedisConnection } from '../redis/connection.ts';
import type { HostSpec } from '../redis/hosts.ts';
import { BackendError, type LayerCounters, type LayerEvent } from './layer.ts';

/** Time between tries to restore what a connection had. */
const RESTORE_AGAIN_MS = 100;

/** EXEC only repeats that something before it failed; what that was says why. */
function firstOfTransaction(error: unknown): unknown {
  return (error as { readonly previousErrors?: readonly unknown[] } | null)?.previousErrors?.[0] ?? error;
}

/**
 * The connections of one layer instance to its Redis. An operation that fails is a BackendError, never tried again.
 * When a connection is lost, and when all are there again, the layer's owner is told.
 */
export class Backend {
  private readonly host: HostSpec;
  private readonly counters: LayerCounters;
  private readonly onEvent: (event: LayerEvent) => void;
  private readonly connections = new Set<RedisConnection>();
  private readonly down = new Set<RedisConnection>();
  private closed = false;

  constructor(host: HostSpec, counters: LayerCounters, onEvent: (event: LayerEvent) => void) {
    this.host = host;
    this.counters = counters;
    this.onEvent = onEvent;
  }

  /** Opens one more connection and watches it. `restore` is run when it is there again, and has to be done before that is told. */
  async connect(restore: (connection: RedisConnection) => Promise<unknown> = async () => undefined): Promise<RedisConnection> {
    const connection = await connectRedis(this.host);
    if (this.closed) connection.disconnect();
    this.connections.add(connection);
    let last: string | undefined;
    connection.on('error', (error: Error) => (last = error.message));
    connection.on('close', () => this.lost(connection, last));
    connection.on('ready', () => void this.found(connection, restore));
    return connection;
  }

  /** Waits for one reply, or for one of several that were sent together. */
  async reply<T>(reply: Promise<T>): Promise<T> {
    this.counters.roundTrips += 1;
    try {
      return await reply;
    } catch (error) {
      throw new BackendError(messageOf(firstOfTransaction(error)), { cause: error });
    }
  }

  /** Resolves when a connection can be used; false once the layer is closed. */
  async whenReady(connection: RedisConnection): Promise<boolean> {
    if (!this.closed && connection.status !== 'ready') {
      await new Promise<void>((resolve) => {
        const done = (): void => {
          connection.off('ready', done);
          connection.off('end', done);
          resolve();
        };
        connection.once('ready', done);
        connection.once('end', done);
      });
    }
    return !this.closed;
  }

  get isClosed(): boolean {
    return this.closed;
  }

  close(): void {
    this.closed = true;
    for (const connection of this.connections) connection.disconnect();
  }

  private lost(connection: RedisConnection, reason: string | undefined): void {
    if (this.closed) return;
    this.down.add(connection);
    if (this.down.size === 1) this.onEvent({ kind: 'backendDown', ...(reason !== undefined && { reason }) });
  }

  private async found(connection: RedisConnection, restore: (connection: RedisConnection) => Promise<unknown>): Promise<void> {
    // What fails on a connection that stays is tried again; what is lost once more begins anew when it is there.
    while (!(await isDone(restore(connection)))) {
      await sleep(RESTORE_AGAIN_MS, undefined, { ref: false });
      if (this.closed || connection.status !== 'ready') return;
    }
    if (!this.down.delete(connection)) return;
    this.counters.reconnects += 1;
    if (this.down.size === 0) this.onEvent({ kind: 'backendUp' });
  }
}

function isDone(work: Promise<unknown>): Promise<boolean> {
  return work.then(
    () => true,
    () => false,
  );
}
