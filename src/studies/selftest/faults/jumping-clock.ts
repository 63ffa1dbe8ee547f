import { onCommand } from './on-command.ts';

/*
 * Planted by the self-test: while the measure phase goes on, the monotonic clock of the process that loads this is an hour
 * ahead for a while. Before and after it is right, so that no comparison of clocks finds it.
 */

const AFTER_MS = 500;
const FOR_MS = 300;
const JUMP_S = 3600;
const truly = process.hrtime.bind(process);
let isAhead = false;

const jumping = (since?: [number, number]): [number, number] => {
  const [seconds, ns] = truly(since);
  return [seconds + (isAhead && since === undefined ? JUMP_S : 0), ns];
};
process.hrtime = Object.assign(jumping, {
  bigint: () => process.hrtime().reduce((sum, part, i) => sum + BigInt(part) * (i === 0 ? 1_000_000_000n : 1n), 0n),
});

onCommand('mark', () => {
  setTimeout(() => (isAhead = true), AFTER_MS);
  setTimeout(() => (isAhead = false), AFTER_MS + FOR_MS);
});
