import { isByDesign } from '../model/causes.ts';
import type { LatencySummary } from '../stats/histogram.ts';
import type { AccountInput } from './account.ts';
import type { Attributed } from './attribution.ts';
import { PartDistributions, type IntervalReport } from './interval-parts.ts';
import { censor } from '../stats/censoring.ts';
import { groupBy } from '../model/group-by.ts';
import { IntervalGrid } from '../model/interval-length.ts';
import { lowerBound } from '../model/ranges.ts';
import { NS_PER_MS, NS_PER_SECOND, NS_PER_US } from '../model/units.ts';

/** Messages due in each interval, and what became of them and of their deliveries. */
interface IntervalCounts {
  offered: number;
  unsendable: number;
  lost: number;
  /** Of these, all but the isolated ones. */
  missing: number;
}

/** What drivers have taken: by the second in which messages were due, and by when it arrived, as an offset from the phase's start. */
interface Taken {
  readonly reports: readonly IntervalReport[];
  readonly arrivedBy: (offsetNs: number) => number;
}

/** The measure phase by time, and its distributions as a whole. */
export interface Timeline {
  readonly intervals: readonly Interval[];
  readonly whole: PartDistributions;
}

/** When the measure phase was, and how long its intervals are. */
interface MeasureTime {
  readonly startNs: number;
  readonly durationNs: number;
  readonly intervalSeconds: number;
}

/**
 * The measure phase from interval to interval, by due time; what was due after its end is of the last one. `withStamps` is false
 * where servers' stamps cannot be used. The work is linear in the ranges that are read and in the intervals that they are spread over.
 */
export function timeline(
  account: AccountInput,
  attributed: readonly Attributed[],
  { reports, arrivedBy }: Taken,
  { startNs, durationNs, intervalSeconds }: MeasureTime,
  withStamps: boolean,
): Timeline {
  const grid = new IntervalGrid(intervalSeconds, durationNs);
  const counts = Array.from({ length: grid.count }, (): IntervalCounts => ({ offered: 0, unsendable: 0, lost: 0, missing: 0 }));
  const whole = new PartDistributions();
  if (counts.length === 0) {
    for (const report of reports) whole.add(report);
    return { intervals: [], whole };
  }
  const spread = (publisher: number, from: number, to: number, add: (count: IntervalCounts, messages: number) => void): void => {
    const due = account.dueNs(publisher);
    const end = Math.min(to, due.length);
    if (from >= end) return;
    const last = grid.at(due[end - 1]! - startNs);
    for (let seq = from; seq < end;) {
      const at = grid.at(due[seq]! - startNs);
      const next = at >= last ? end : Math.max(seq + 1, Math.min(end, lowerBound(due, startNs + grid.endNs(at))));
      add(counts[at]!, next - seq);
      seq = next;
    }
  };
  account.publishers.forEach((publisher, index) => {
    spread(index, 0, publisher.attempted, (count, messages) => (count.offered += messages));
    for (const range of publisher.unsendable) spread(index, range.from, range.to, (count, messages) => (count.unsendable += messages));
  });
  for (const entry of attributed) {
    spread(entry.publisher, entry.from, entry.to, (count, messages) => {
      count.lost += messages;
      if (!isByDesign(entry.fate)) count.missing += messages;
    });
  }
  const parts = groupBy(reports, ({ second }) => grid.at(second * NS_PER_SECOND));
  const intervals = counts.map((count, index) => {
    const own = parts.get(index) ?? [];
    const distributions = new PartDistributions();
    for (const part of own) distributions.add(part);
    whole.add(distributions);
    const delivered = own.reduce((sum, part) => sum + part.delivered, 0);
    const times = { startNs: grid.startNs(index), endNs: grid.endNs(index) };
    const arrived = arrivedBy(times.endNs) - arrivedBy(times.startNs);
    return intervalOf({ ...count, delivered, arrived }, times, distributions, withStamps);
  });
  return { intervals, whole };
}

function intervalOf(
  count: IntervalCounts & { readonly delivered: number; readonly arrived: number },
  { startNs, endNs }: { readonly startNs: number; readonly endNs: number },
  distributions: PartDistributions,
  withStamps: boolean,
): Interval {
  const lagNs = distributions.pacerLag.percentileNs(99);
  const shortfall = { owed: count.delivered + count.missing, missing: count.missing };
  return {
    startMs: startNs / NS_PER_MS,
    endMs: endNs / NS_PER_MS,
    offered: count.offered,
    sent: count.offered - count.unsendable,
    delivered: count.delivered,
    arrived: count.arrived,
    lost: count.lost,
    pacerLagP99Us: lagNs === null ? null : lagNs / NS_PER_US,
    response: censor(distributions.both('response').summary(), shortfall),
    transit: withStamps ? censor(distributions.both('transit').summary(), shortfall) : null,
  };
}

export interface Interval {
  /** Milliseconds since the measure phase began. */
  readonly startMs: number;
  readonly endMs: number;
  /** Messages due, and of these the ones sent. */
  readonly offered: number;
  readonly sent: number;
  /** Deliveries of the messages due in this interval, whenever they arrived. */
  readonly delivered: number;
  /** Deliveries that arrived in this interval, whenever their messages were due: what was carried. Results of before have none. */
  readonly arrived?: number;
  /** Those that had not arrived when the drain was over, by whatever cause, or since they were in flight. */
  readonly lost: number;
  readonly pacerLagP99Us: number | null;
  readonly response: LatencySummary | null;
  readonly transit: LatencySummary | null;
}
