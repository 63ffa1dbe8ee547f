import { onCommand } from './on-command.ts';

/* Planted by the self-test: the driver that loads this is blocked for 2 s, half a second after it was told to measure. */

const AFTER_MS = 500;
const BLOCK_MS = 2000;

onCommand('measure', () => {
  setTimeout(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, BLOCK_MS), AFTER_MS);
});
