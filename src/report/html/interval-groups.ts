import type { Interval } from '../../ledger/timeline.ts';
import type { Censorable, LatencySummary } from '../../stats/histogram.ts';
import { groupBy } from '../../model/group-by.ts';
import { formatNumber } from '../../model/units.ts';

/** An interval as charts need it: of a result, or of a run that goes on. */
interface Second extends Omit<Interval, 'response' | 'transit'> {
  readonly response: Pick<LatencySummary, 'p50' | 'p99' | 'censored'> | null;
  /** Deliveries of which it is not known yet whether they are lost. */
  readonly pending?: number;
}

/** Intervals of a run that are shown as one. */
export interface IntervalGroup<S extends Second = Second> {
  readonly startMs: number;
  readonly endMs: number;
  readonly offered: number;
  readonly sent: number;
  readonly delivered: number;
  /** What arrived in this time, whenever it was due; null where that is not known. */
  readonly arrived: number | null;
  readonly lost: number;
  readonly pending: number;
  /** The greatest of its intervals: percentiles have no mean. null without data. */
  readonly pacerLagP99Us: number | null;
  readonly p50Us: number | null;
  readonly p99Us: number | null;
  /** Those that are lower bounds in one of its intervals. */
  readonly censored: readonly Censorable[];
  readonly intervals: readonly S[];
}

/** Columns of all runs together, so that a report of many runs stays small. */
const MOST_COLUMNS = 240;
const MOST_COLUMNS_OF_RUN = 60;

/**
 * The intervals of a run, or several together where there are more than fit beside those of other runs: groups of equal time,
 * whatever the lengths of their intervals are.
 */
export function intervalGroups<S extends Second>(intervals: readonly S[], runCount: number): readonly IntervalGroup<S>[] {
  const columns = Math.max(12, Math.min(MOST_COLUMNS_OF_RUN, Math.floor(MOST_COLUMNS / runCount)));
  const lengthMs = intervals.reduce((longest, { startMs, endMs }) => Math.max(longest, endMs - startMs), 0);
  const together = Math.ceil((intervals.at(-1)?.endMs ?? 0) / lengthMs / columns);
  return [...groupBy(intervals, ({ startMs }) => Math.floor(startMs / (together * lengthMs))).values()].map(groupOf);
}

/** `4–5 s` of the measure phase. */
export function secondsText({ startMs, endMs }: Pick<IntervalGroup, 'startMs' | 'endMs'>): string {
  return `${formatNumber(startMs / 1000)}–${formatNumber(endMs / 1000)} s`;
}

function groupOf<S extends Second>(intervals: readonly S[]): IntervalGroup<S> {
  const sum = (of: (interval: S) => number): number => intervals.reduce((total, interval) => total + of(interval), 0);
  const most = (of: (interval: S) => number | null | undefined): number | null => {
    const values = intervals.flatMap((interval) => of(interval) ?? []);
    return values.length === 0 ? null : Math.max(...values);
  };
  return {
    startMs: intervals[0]!.startMs,
    endMs: intervals.at(-1)!.endMs,
    offered: sum(({ offered }) => offered),
    sent: sum(({ sent }) => sent),
    delivered: sum(({ delivered }) => delivered),
    arrived: intervals.every(({ arrived }) => arrived !== undefined) ? sum(({ arrived = 0 }) => arrived) : null,
    lost: sum(({ lost }) => lost),
    pending: sum(({ pending = 0 }) => pending),
    pacerLagP99Us: most(({ pacerLagP99Us }) => pacerLagP99Us),
    p50Us: most(({ response }) => response?.p50),
    p99Us: most(({ response }) => response?.p99),
    censored: [...new Set(intervals.flatMap(({ response }) => response?.censored ?? []))],
    intervals,
  };
}
