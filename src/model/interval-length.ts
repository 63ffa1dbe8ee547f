import { NS_PER_SECOND } from './units.ts';

/** A result never has more intervals. */
export const MOST_INTERVALS = 600;

const SECONDS: readonly number[] = [1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600];
const HOUR_SECONDS = 3600;

/**
 * How long each interval of a measure phase is, in whole seconds: the shortest of 1, 2, 5, 10, 30, 60 s … of which there are no
 * more than `MOST_INTERVALS`. It goes by the planned duration, since intervals are put together while a run goes on.
 */
export function intervalSeconds(durationMs: number): number {
  const least = durationMs / 1000 / MOST_INTERVALS;
  return SECONDS.find((seconds) => seconds >= least) ?? Math.ceil(least / HOUR_SECONDS) * HOUR_SECONDS;
}

/** The intervals of a measure phase: all are as long as planned, but the last one, which is as long as the phase went on. */
export class IntervalGrid {
  readonly count: number;
  private readonly lengthNs: number;
  private readonly durationNs: number;

  /** `seconds`: of each; `durationNs`: of the phase as it was run. */
  constructor(seconds: number, durationNs: number) {
    this.durationNs = durationNs;
    this.lengthNs = seconds * NS_PER_SECOND;
    this.count = Math.min(MOST_INTERVALS, Math.ceil(durationNs / this.lengthNs));
  }

  /** The interval of an offset from the start of the phase; what comes after the phase is of the last one. */
  at(offsetNs: number): number {
    return Math.max(0, Math.min(this.count - 1, Math.floor(offsetNs / this.lengthNs)));
  }

  startNs(index: number): number {
    return index * this.lengthNs;
  }

  endNs(index: number): number {
    return index === this.count - 1 ? this.durationNs : (index + 1) * this.lengthNs;
  }
}
