import { Worker } from 'node:worker_threads';

/*
 * Wakes the event loop at a given time. A timer of the event loop is good to about a millisecond, and a spin costs a
 * core; so a thread sleeps on a futex until the time has come (good to about 0.1 ms) and posts a message.
 * `bench/README.md` has the curve of lag against CPU that this and the numbers below rest on.
 */

/** Layout of the memory that both threads share. */
export interface MetronomeMemory {
  /** [0]: when to wake, ns of the monotonic clock. */
  readonly wakeAtNs: Float64Array;
  /** [0]: 1 when armed. */
  readonly armed: Int32Array;
}

/** A view of the shared memory; both threads use it. */
export function metronomeMemory(buffer: SharedArrayBuffer): MetronomeMemory {
  return { wakeAtNs: new Float64Array(buffer, 0, 1), armed: new Int32Array(buffer, 8, 1) };
}

export class Metronome implements AsyncDisposable {
  private readonly worker: Worker;
  private readonly memory: MetronomeMemory;

  /** `onTick` runs on the event loop, once for each `wakeAt`. */
  constructor(onTick: () => void) {
    const buffer = new SharedArrayBuffer(16);
    this.memory = metronomeMemory(buffer);
    this.worker = new Worker(new URL('./metronome-thread.js', import.meta.url), { workerData: buffer });
    this.worker.on('message', onTick);
  }

  /** Asks for one tick at a time that may be past. One tick at a time: ask again after it came. */
  wakeAt(ns: number): void {
    this.memory.wakeAtNs[0] = ns;
    Atomics.store(this.memory.armed, 0, 1);
    Atomics.notify(this.memory.armed, 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.worker.terminate();
  }
}
