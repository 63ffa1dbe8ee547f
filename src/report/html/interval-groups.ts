import type { RunResult } from '../../core/result.ts';

type Interval = RunResult['intervals'][number];

/** Seconds of a run that are shown as one. */
export interface IntervalGroup {
  readonly startMs: number;
  readonly endMs: number;
  readonly offered: number;
  readonly sent: number;
  readonly delivered: number;
  readonly lost: number;
  /** The greatest of its seconds: percentiles have no mean. null without data. */
  readonly pacerLagP99Us: number | null;
  readonly p50Us: number | null;
  readonly p99Us: number | null;
  readonly intervals: readonly Interval[];
}

/** Columns of all runs together, so that a report of many runs stays small. */
const MOST_COLUMNS = 240;
const MOST_COLUMNS_OF_RUN = 60;

/** The seconds of a run, or several together where there are more than fit beside those of other runs. */
export function intervalGroups({ intervals }: RunResult, runCount: number): readonly IntervalGroup[] {
  const columns = Math.max(12, Math.min(MOST_COLUMNS_OF_RUN, Math.floor(MOST_COLUMNS / runCount)));
  const together = Math.ceil(intervals.length / columns);
  const count = together === 0 ? 0 : Math.ceil(intervals.length / together);
  return Array.from({ length: count }, (_, i) => groupOf(intervals.slice(i * together, (i + 1) * together)));
}

function groupOf(intervals: readonly Interval[]): IntervalGroup {
  const sum = (of: (interval: Interval) => number): number => intervals.reduce((total, interval) => total + of(interval), 0);
  const most = (of: (interval: Interval) => number | null | undefined): number | null => {
    const values = intervals.flatMap((interval) => of(interval) ?? []);
    return values.length === 0 ? null : Math.max(...values);
  };
  return {
    startMs: intervals[0]!.startMs,
    endMs: intervals.at(-1)!.endMs,
    offered: sum(({ offered }) => offered),
    sent: sum(({ sent }) => sent),
    delivered: sum(({ delivered }) => delivered),
    lost: sum(({ lost }) => lost),
    pacerLagP99Us: most(({ pacerLagP99Us }) => pacerLagP99Us),
    p50Us: most(({ response }) => response?.p50),
    p99Us: most(({ response }) => response?.p99),
    intervals,
  };
}
