import { formatMs, formatCount, formatRatio, NS_PER_MS, NS_PER_SECOND } from '../model/units.ts';
import type { Throughput } from './run-result.ts';
import type { Interval } from '../ledger/timeline.ts';
import { medianOf } from '../stats/ranks.ts';

/** What was due, sent and delivered, and when. Times in ns of one clock. */
export interface Traffic {
  /** When messages began to be due, and ceased to be. */
  readonly fromNs: number;
  readonly toNs: number;
  /** Messages that the schedule had due by then, and those that were sent; of both, what no open socket could send is left out. */
  readonly due: number;
  readonly sent: number;
  readonly delivered: number;
  /** -Infinity without one. */
  readonly lastSendNs: number;
  readonly lastDeliveryNs: number;
}

/**
 * The rates of a run, each over the time that it took: a generator that needed longer than the phase to send what was due
 * has a lower rate for it, and so has a system that was still delivering. So no more is delivered a second than is sent,
 * times the members that it is sent to.
 */
export function throughputOf(traffic: Traffic): Throughput {
  const { fromNs, delivered, due, sent } = traffic;
  const seconds = (untilNs: number): number => Math.max(0, untilNs - fromNs) / NS_PER_SECOND;
  const per = (count: number, time: number): number => (time > 0 ? count / time : 0);
  const deliverySeconds = seconds(Math.max(endOfMeasureNs(traffic), traffic.lastDeliveryNs));
  return {
    offeredPerSecond: per(due, seconds(traffic.toNs)),
    sentPerSecond: per(sent, seconds(endOfMeasureNs(traffic))),
    deliveredPerSecond: per(delivered, deliverySeconds),
    deliverySeconds,
  };
}

/** A phase is over when everything is sent that was due in it. */
export function endOfMeasureNs({ toNs, lastSendNs }: Pick<Traffic, 'toNs' | 'lastSendNs'>): number {
  return Math.max(toNs, lastSendNs);
}

/** What a drain had to work off. */
export interface Backlog {
  /** Deliveries that arrived after the end of measure, and all of them. */
  readonly deliveries: number;
  readonly delivered: number;
  /** From the end of measure to the last delivery. */
  readonly ms: number;
}

/** `arrivedBy` counts deliveries by when they arrived, from `startNs` on. */
export function backlogOf(
  traffic: Pick<Traffic, 'toNs' | 'lastSendNs' | 'lastDeliveryNs'>,
  arrivedBy: (offsetNs: number) => number,
  startNs: number,
): Backlog {
  const endNs = endOfMeasureNs(traffic);
  const delivered = arrivedBy(Infinity);
  return {
    deliveries: delivered - arrivedBy(endNs - startNs),
    delivered,
    ms: Math.max(0, traffic.lastDeliveryNs - endNs) / NS_PER_MS,
  };
}

/** Any end of a run finds deliveries under way. A backlog took longer than this, … */
const LEAST_BACKLOG_MS = 250;
/** … and is so large a share of all deliveries, … */
const LEAST_BACKLOG_SHARE = 0.01;
/** … and so many times what was under way in the middle of the run: where all is carried, that stays the same. */
const USUAL_TIMES = 1.5;

/**
 * Says that the system was behind what it was sent, where more was left for the drain than is always under way, or than the drain
 * could work off (`isUnfinished`).
 */
export function backlogMessages(
  { deliveries, delivered, ms }: Backlog,
  intervals: readonly Interval[],
  isUnfinished: boolean,
): readonly string[] {
  const isMore = isUnfinished || deliveries > USUAL_TIMES * usuallyUnderWay(intervals);
  if (!isMore || deliveries < LEAST_BACKLOG_SHARE * delivered || ms <= LEAST_BACKLOG_MS) return [];
  return [
    `${formatCount(deliveries)} deliveries (${formatRatio(deliveries / delivered)}) came in the ${formatMs(Math.round(ms))} after the end of measure: the system was behind what it was sent`,
  ];
}

/** The median of what was under way at the end of each interval but the last: deliveries that were due and came later; 0 where there is none. */
function usuallyUnderWay(intervals: readonly Interval[]): number {
  let underWay = 0;
  const atEnds = intervals.map(({ delivered, arrived = 0 }) => (underWay += delivered - arrived));
  return atEnds.length < 2 ? 0 : medianOf(atEnds.slice(0, -1));
}
