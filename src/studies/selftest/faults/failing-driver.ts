import { onCommand } from './on-command.ts';

/* Planted by the self-test: the driver that loads this meets an error that nobody catches, half a second after it was told to measure. */

const AFTER_MS = 500;

onCommand('measure', () => {
  setTimeout(() => {
    throw new Error('planted by the self-test');
  }, AFTER_MS);
});
