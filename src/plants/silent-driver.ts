import { onCommand } from './commands-of-coordinator.ts';

/* Planted by the self-test: the driver that loads this ends without its last report. */

onCommand('collect', () => process.kill(process.pid, 'SIGKILL'));
