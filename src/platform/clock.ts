import { NS_PER_MS } from '../model/units.ts';

/**
 * The monotonic clock that all processes of one host share (CLOCK_MONOTONIC on Linux), in ns. A double: exact up to
 * 2^53 ns, which is 104 days of uptime.
 */
export function nowNs(): number {
  const [seconds, ns] = process.hrtime();
  return seconds * 1e9 + ns;
}

/** The same clock, in ms. */
export function nowMs(): number {
  return nowNs() / NS_PER_MS;
}
