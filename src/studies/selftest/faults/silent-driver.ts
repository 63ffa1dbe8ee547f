import { onCommand } from './on-command.ts';

/* Planted by the self-test: the driver that loads this ends without its last report. */

onCommand('collect', () => process.kill(process.pid, 'SIGKILL'));
