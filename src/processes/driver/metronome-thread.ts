import { parentPort, workerData } from 'node:worker_threads';
import { nowNs } from '../../platform/clock.ts';
import { metronomeMemory } from './metronome.ts';

/** The thread of a metronome: waits to be armed, sleeps until the time has come, posts one message. Ends by being terminated. */
const { wakeAtNs, armed } = metronomeMemory(workerData as SharedArrayBuffer);
const pillow = new Int32Array(new SharedArrayBuffer(4));

for (;;) {
  Atomics.wait(armed, 0, 0);
  Atomics.store(armed, 0, 0);
  const sleepNs = wakeAtNs[0]! - nowNs();
  if (sleepNs > 0) Atomics.wait(pillow, 0, 0, sleepNs / 1e6);
  parentPort?.postMessage(0);
}
