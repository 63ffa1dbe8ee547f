import { NORMAL_95, observed, withdrawn, type ObservedFigure } from './observed-figure.ts';

/* How evenly events come: the index of dispersion, and what it means for a rate that was counted for a while. */

export interface CountedInterval {
  readonly seconds: number;
  readonly events: number;
}

/** Fewer intervals show no dispersion. */
const MIN_INTERVALS = 3;

/**
 * Variance ÷ mean of the counts of intervals of one length; 1 for a Poisson process. Each server has its own rate. null for too few
 * intervals, and without events.
 */
export function dispersionOf(servers: readonly (readonly CountedInterval[])[]): number | null {
  let squares = 0;
  let freedom = 0;
  for (const intervals of servers) {
    const seconds = intervals.reduce((sum, interval) => sum + interval.seconds, 0);
    const events = intervals.reduce((sum, interval) => sum + interval.events, 0);
    if (events <= 0) continue;
    for (const interval of intervals) {
      const expected = (events * interval.seconds) / seconds;
      squares += (interval.events - expected) ** 2 / expected;
    }
    freedom += intervals.length - 1;
  }
  return freedom < MIN_INTERVALS - 1 ? null : squares / freedom;
}

/** The dispersion as a figure: its interval is that of the mean of squares. */
export function dispersionFigure(servers: readonly (readonly CountedInterval[])[]): ObservedFigure {
  const value = dispersionOf(servers);
  if (value === null) return withdrawn('there were too few sends, or the observation was too short');
  const freedom = servers.reduce((sum, intervals) => sum + Math.max(0, intervals.length - 1), 0);
  const spread = NORMAL_95 * Math.sqrt(2 / freedom);
  return observed(value, 'counted', value * Math.max(0, 1 - spread), value * (1 + spread));
}

/** A rate as the level behind what was counted for `seconds`: its interval holds the level in 19 of 20 cases, where the level is steady. */
export function levelOf(perSecond: number, seconds: number, dispersion: number | null): ObservedFigure {
  const margin = NORMAL_95 * Math.sqrt((Math.max(dispersion ?? 1, 0) * Math.max(0, perSecond)) / seconds);
  return observed(perSecond, 'counted', Math.max(0, perSecond - margin), perSecond + margin);
}
