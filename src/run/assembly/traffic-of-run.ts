import { arrivedBy } from '../../ledger/arrival-slots.ts';
import { dueCount, shortfallReasons } from '../../ledger/attempts.ts';
import { rangesLength } from '../../model/ranges.ts';
import type { RunRequest } from '../../result/request.ts';
import { backlogOf, type Backlog, type Traffic } from '../../result/throughput.ts';
import type { Measured } from './measured.ts';

/** What a run was to send, and what became of it. */
export interface RunTraffic extends Traffic {
  /** Drivers that attempted less than their schedules had due, each in a sentence. */
  readonly shortfalls: readonly string[];
  readonly backlog: Backlog;
  /** How many deliveries had arrived by an offset from the start of the measure phase. */
  readonly arrivedBy: (offsetNs: number) => number;
}

/** Puts what the schedule had due beside what drivers attempted, sent and took. */
export function trafficOf({ plan, seed }: RunRequest, measured: Measured, delivered: number): RunTraffic {
  const { startNs, durationNs, requestsNs, publishers, drivers } = measured;
  const due = plan.publishers.map((_, publisher) => dueCount(plan, publisher, seed, durationNs));
  const attempted = new Map(publishers.map((report) => [report.publisher, report.attempted] as const));
  const attemptedInAll = publishers.reduce((sum, report) => sum + report.attempted, 0);
  const unsendable = publishers.reduce((sum, report) => sum + rangesLength(report.unsendable), 0);
  // A driver that heard late of the end of its phase has gone on beyond it.
  const wanted = due.reduce<number>((sum, count, publisher) => sum + Math.max(count ?? 0, attempted.get(publisher) ?? 0), 0);
  const times = {
    fromNs: requestsNs?.fromNs ?? startNs,
    toNs: requestsNs?.toNs ?? startNs + durationNs,
    lastSendNs: measured.lastSendNs,
    lastDeliveryNs: Math.max(-Infinity, ...drivers.map((report) => report?.lastDeliveryNs ?? -Infinity)),
  };
  const arrived = arrivedBy(drivers.flatMap((report) => report?.arrivals ?? []));
  return {
    ...times,
    due: wanted - unsendable,
    sent: attemptedInAll - unsendable,
    delivered,
    backlog: backlogOf(times, arrived, startNs),
    arrivedBy: arrived,
    shortfalls: shortfallReasons(
      due,
      drivers.map((report) => report?.publishers ?? null),
    ),
  };
}
