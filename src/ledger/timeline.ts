import { type EncodedLatency, type LatencySummary, LatencyDistribution, summarize } from '../stats/histogram.ts';
import type { AccountInput } from './account.ts';
import type { Attributed } from './attribution.ts';
import { censor } from '../stats/censoring.ts';
import { lowerBound } from '../model/ranges.ts';
import { NS_PER_MS, NS_PER_SECOND, NS_PER_US } from '../model/units.ts';

/** Messages due in each second, and what became of them and of their deliveries. */
interface SecondCounts {
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

/** The measure phase second by second, by due time. `withStamps` is false where servers' stamps cannot be used. */
export function timeline(
  account: AccountInput,
  attributed: readonly Attributed[],
  { reports, arrivedBy }: Taken,
  { startNs, durationNs }: { readonly startNs: number; readonly durationNs: number },
  withStamps: boolean,
): readonly Interval[] {
  const seconds = Math.ceil(durationNs / NS_PER_SECOND);
  const counts = Array.from({ length: seconds }, (): SecondCounts => ({ offered: 0, unsendable: 0, lost: 0, missing: 0 }));
  const edges = Float64Array.from({ length: seconds + 1 }, (_, second) => startNs + second * NS_PER_SECOND);
  const spread = (publisher: number, from: number, to: number, add: (count: SecondCounts, messages: number) => void): void => {
    const due = account.dueNs(publisher);
    counts.forEach((count, second) => {
      const first = Math.max(from, lowerBound(due, edges[second]!));
      const last = Math.min(to, lowerBound(due, edges[second + 1]!));
      if (last > first) add(count, last - first);
    });
  };
  account.publishers.forEach((publisher, index) => {
    spread(index, 0, publisher.attempted, (count, messages) => (count.offered += messages));
    for (const range of publisher.unsendable) spread(index, range.from, range.to, (count, messages) => (count.unsendable += messages));
  });
  for (const entry of attributed) {
    spread(entry.publisher, entry.from, entry.to, (count, messages) => {
      count.lost += messages;
      if (entry.fate !== 'isolated') count.missing += messages;
    });
  }
  return counts.map((count, second) => {
    const endNs = Math.min((second + 1) * NS_PER_SECOND, durationNs);
    return intervalOf(
      { ...count, arrived: arrivedBy(endNs) - arrivedBy(second * NS_PER_SECOND) },
      second,
      reports.filter((report) => report.second === second),
      endNs,
      withStamps,
    );
  });
}

function intervalOf(
  count: SecondCounts & { readonly arrived: number },
  second: number,
  parts: readonly IntervalReport[],
  endNs: number,
  withStamps: boolean,
): Interval {
  const lag = new LatencyDistribution();
  for (const part of parts) lag.add(part.pacerLag);
  const lagNs = lag.percentileNs(99);
  const delivered = parts.reduce((sum, part) => sum + part.delivered, 0);
  const shortfall = { owed: delivered + count.missing, missing: count.missing };
  return {
    startMs: second * 1000,
    endMs: endNs / NS_PER_MS,
    offered: count.offered,
    sent: count.offered - count.unsendable,
    delivered,
    arrived: count.arrived,
    lost: count.lost,
    pacerLagP99Us: lagNs === null ? null : lagNs / NS_PER_US,
    response: censor(summarize(parts.flatMap((part) => both(part, 'response'))), shortfall),
    transit: withStamps ? censor(summarize(parts.flatMap((part) => both(part, 'transit'))), shortfall) : null,
  };
}

function both(part: IntervalReport, series: 'response' | 'transit'): readonly EncodedLatency[] {
  return [part.sameProcess[series], part.crossProcess[series]];
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

/** Counts of messages by the second that they were due in; flushed while the run goes on. */
export interface IntervalReport {
  readonly second: number;
  readonly delivered: number;
  readonly pacerLag: EncodedLatency;
  readonly sameProcess: PlacementReport;
  readonly crossProcess: PlacementReport;
}

export interface PlacementReport {
  readonly response: EncodedLatency;
  readonly transit: EncodedLatency;
}
