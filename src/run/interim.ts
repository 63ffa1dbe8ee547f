import { setTimeout as sleep } from 'node:timers/promises';
import { dueCount } from '../ledger/attempts.ts';
import { isSelfPaced } from '../model/plan.ts';
import { splitRanges, type SequenceRange } from '../model/ranges.ts';
import { NS_PER_MS } from '../model/units.ts';
import { nowNs } from '../platform/clock.ts';
import type { DriverReport, PublisherReport } from '../processes/protocol.ts';
import type { RunResult } from '../result/run-result.ts';
import type { Measured } from './assembly/measured.ts';
import type { MeasuringContext } from './context.ts';

const ANSWER_MS = 15_000;
/** A save takes at most one part of so many of the time, so that it is not what is measured. */
const SPARING = 100;

/** When a result is saved while its run goes on. */
export interface InterimTimes {
  readonly everyMs: number;
  /** What was due has so long to arrive before it counts as lost: longer than drivers keep a second open. */
  readonly settleMs: number;
}

export const INTERIM_TIMES: InterimTimes = { everyMs: 60_000, settleMs: 3500 };

/** Saves of what is known of a run, as if it had ended, at times that are evenly spaced or further apart. */
export interface InterimOptions extends InterimTimes {
  readonly save: (result: RunResult) => Promise<void>;
}

/** What of a run that goes on is known by an offset from the start of its measure phase, and saves it. */
type SaveAt = (offsetNs: number) => Promise<void>;

/** Saves again and again until it is ended; a save that fails is no end of the run, and the next may do. */
export class InterimSaves {
  private readonly over = new AbortController();
  private readonly done: Promise<void>;

  constructor(times: InterimTimes, startNs: number, saveAt: SaveAt) {
    this.done = this.go(times, startNs, saveAt).catch(() => undefined);
  }

  /** No save is begun any more, and one that was begun is not written. */
  get isOver(): boolean {
    return this.over.signal.aborted;
  }

  end(): void {
    this.over.abort();
  }

  /** Resolves when none is under way. */
  async ended(): Promise<void> {
    this.end();
    await this.done;
  }

  private async go({ everyMs, settleMs }: InterimTimes, startNs: number, saveAt: SaveAt): Promise<void> {
    for (let atMs = everyMs; !this.isOver;) {
      const waitMs = (startNs - nowNs()) / NS_PER_MS + atMs + settleMs;
      await sleep(Math.max(0, waitMs), undefined, { signal: this.over.signal });
      const fromNs = nowNs();
      await saveAt(atMs * NS_PER_MS).catch(() => undefined);
      const tookMs = (nowNs() - fromNs) / NS_PER_MS;
      atMs += everyMs * Math.ceil(Math.max(1, (SPARING * tookMs) / everyMs));
    }
  }
}

/** What the coordinator itself knows; the same at any time of the run. */
export type Observed = Omit<
  Measured,
  | 'startNs'
  | 'lastSendNs'
  | 'durationNs'
  | 'requestsNs'
  | 'endNs'
  | 'publishers'
  | 'drivers'
  | 'serversAfter'
  | 'intervals'
  | 'intervalSeconds'
>;

/** What is known of the messages that were due before an offset, once they had time to arrive. Rejects where a driver does not answer. */
export async function glance({ request, fleet }: MeasuringContext, startNs: number, offsetNs: number): Promise<readonly DriverReport[]> {
  const { plan, seed } = request;
  const tallied = await fleet.all({ type: 'tally' }, 'tallied', 'measure', ANSWER_MS);
  const attempted = new Uint32Array(plan.publishers.length);
  for (const { publisher, attempted: so } of tallied.flatMap(({ publishers }) => publishers))
    attempted[publisher] = Math.min(so, dueCount(plan, publisher, seed, offsetNs) ?? so);
  const answers = await fleet.all({ type: 'glance', attempted }, 'report', 'measure', ANSWER_MS);
  return answers.map(({ report }) => ({
    ...report,
    publishers: report.publishers.map((publisher) => cutTo(publisher, attempted[publisher.publisher]!)),
    // What came since belongs to messages that are left out.
    lastDeliveryNs: Math.min(report.lastDeliveryNs, startNs + offsetNs),
  }));
}

/** The parts of `Measured` that a run which goes on has: its phase lasted until the offset. */
export function interimTimes(
  startNs: number,
  offsetNs: number,
): Pick<Measured, 'startNs' | 'lastSendNs' | 'durationNs' | 'requestsNs' | 'endNs'> {
  return { startNs, lastSendNs: startNs + offsetNs, durationNs: offsetNs, requestsNs: null, endNs: nowNs() };
}

/** Whether a phase has a length of its own, so that what is known of a part of it is a result. */
export function hasInterims({ request }: MeasuringContext): boolean {
  return !isSelfPaced(request.plan);
}

function cutTo(report: PublisherReport, attempted: number): PublisherReport {
  const cut = (ranges: readonly SequenceRange[]): readonly SequenceRange[] => splitRanges(ranges, [{ from: 0, to: attempted }]).inside;
  return {
    ...report,
    attempted,
    unsendable: cut(report.unsendable),
    unanswered: cut(report.unanswered),
    refused: cut(report.refused),
    issuedNs: report.issuedNs?.slice(0, attempted) ?? null,
  };
}
