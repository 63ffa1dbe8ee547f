import { ArrivalCounter } from '../../ledger/arrival-slots.ts';
import { DeliveryRecord } from '../../ledger/arrivals.ts';
import {
  ChecksumChecker,
  frameDueNs,
  frameGroup,
  frameIssuedNs,
  frameProcess,
  frameRecvNs,
  frameRun,
  frameSendNs,
  frameSender,
  frameSeq,
} from '../../wire/frame.ts';
import { LatencyRecorder } from '../../stats/histogram.ts';
import { MessageSpans } from '../../ledger/message-spans.ts';
import { rangesByPublisher, type SequenceRange } from '../../model/ranges.ts';
import { Isolation, stillToCome } from '../../ledger/still-to-come.ts';
import { StampCheck } from '../../ledger/stamp-check.ts';
import { NS_PER_SECOND } from '../../model/units.ts';
import type { DrainOrder, DriverAssignment, ReceiverReport } from '../protocol.ts';
import { Intervals } from './intervals.ts';
import { lateRanges } from './late-arrivals.ts';
import { DrainWait } from './drain-wait.ts';
import { PairTable } from './publisher-member-pairs.ts';

/** A member, as far as its receiver asks; by slot, its position among the sockets of the driver. */
export interface Reachable {
  readonly isOpen: boolean;
  /** Every server process that its socket has been on. */
  readonly processes: Iterable<number>;
}

/** A delivery later than this after the last send is `late`. */
const LATE_AFTER_NS = NS_PER_SECOND;
/** Frames that wait at most before they are accounted for. */
const BATCH = 256;
/** Stands where a frame was, so that its memory is freed while it is young. */
const NO_FRAME = new Uint8Array(0);

/**
 * The receiving side of the measure phase: every delivery goes through the ledger and, when it is the first of its
 * (sender, seq, member), into the histograms. The hot path of the instrument; `bench/driver-cost` holds its price.
 */
export class Receiver implements Disposable {
  /** Frames of another run, of a group that is none of the member's, or of a message that nobody has sent. */
  strays = 0;
  /** Frames of runs before, which are nothing to this one. */
  earlier = 0;
  corrupt = 0;
  late = 0;
  /** Distinct deliveries by the end of drain. */
  delivered = 0;
  /** What the stamps of servers are like. */
  readonly stamps: StampCheck = new StampCheck();
  readonly record: DeliveryRecord;
  /** [sending process × processes + receiving process] is 1 where a delivery has arrived. */
  readonly crossings: Uint8Array;
  readonly ingress: LatencyRecorder = new LatencyRecorder();
  readonly edge: LatencyRecorder = new LatencyRecorder();
  readonly roundTrip: LatencyRecorder = new LatencyRecorder();
  readonly spans: MessageSpans;
  readonly intervals: Intervals;
  private readonly arrivals = new ArrivalCounter();
  private lastDeliveryNs = -Infinity;
  /** Triples publisher, socket, seq that arrived after the end of drain. */
  readonly lateArrivals: number[] = [];
  private readonly run: number;
  private readonly earlierRuns: ReadonlySet<number>;
  private readonly processes: number;
  private readonly startNs: number;
  private readonly publisherProcess: Int32Array;
  private readonly replySockets: Int32Array;
  private readonly replyProcess: Int32Array;
  private readonly pairs: PairTable;
  /** Index in the Plan of each slot. */
  private readonly sockets: Uint32Array;
  private readonly own: Uint8Array;
  /** Messages of each publisher that were due by now; of another driver's, as many as there will ever be. */
  private sent: Float64Array;
  private lateAfterNs = Infinity;
  private wait: DrainWait | null = null;
  /** Quadruples publisher, socket, from, to of what is missing; null until the account ends. */
  private missing: Uint32Array | null = null;
  /** Frames that have arrived and are not accounted for yet. */
  private waiting = 0;
  private readonly frames: Uint8Array[] = [];
  private readonly slots = new Int32Array(BATCH);
  private readonly arrivedNs = new Float64Array(BATCH);
  /** Server process that each came from. */
  private readonly arrivedFrom = new Int32Array(BATCH);
  private readonly checker = new ChecksumChecker();
  private readonly takeLater = (): void => this.takeWaiting();

  constructor(assignment: DriverAssignment, startNs: number, publisherProcess: Int32Array, replyProcess: Int32Array) {
    this.replySockets = assignment.replySockets;
    this.replyProcess = replyProcess;
    this.run = assignment.run;
    this.earlierRuns = new Set(assignment.earlierRuns);
    this.processes = assignment.processes;
    this.startNs = startNs;
    this.publisherProcess = publisherProcess;
    const publishers = publisherProcess.length;
    this.own = new Uint8Array(publishers);
    this.sent = Float64Array.from(assignment.messages);
    for (const { index } of assignment.publishers) {
      this.own[index] = 1;
      this.sent[index] = 0;
    }
    this.pairs = new PairTable(assignment.publishersByGroup, assignment.sockets, publishers);
    this.sockets = Uint32Array.from(assignment.sockets, ({ index }) => index);
    this.record = new DeliveryRecord(this.pairs.count);
    this.crossings = new Uint8Array(this.processes * this.processes);
    const shared = new Set(assignment.sharedGroups);
    const sharedPublishers = assignment.publishersByGroup.flatMap((list, group) => (shared.has(group) ? list : []));
    this.spans = new MessageSpans(this.pairs.membersByPublisher, new Set(sharedPublishers));
    this.intervals = new Intervals();
  }

  /**
   * Takes one frame of the measure epoch that arrived at the socket of a slot, from a server process, at a time. The rest is
   * done for many frames together, at the end of the event loop's turn, where code and tables are in the cache: that
   * halves its cost.
   */
  onFrame(slot: number, process: number, frame: Uint8Array, arrivedNs: number): void {
    const at = this.waiting;
    this.arrivedNs[at] = arrivedNs;
    this.arrivedFrom[at] = process;
    this.frames[at] = frame;
    this.slots[at] = slot;
    this.waiting = at + 1;
    if (at === 0) setImmediate(this.takeLater);
    else if (this.waiting === BATCH) this.takeWaiting();
  }

  /** A message of a publisher of this driver was due. */
  attempted(publisher: number, dueNs: number): void {
    this.sent[publisher]! += 1;
    this.intervals.attempted(dueNs - this.startNs);
  }

  /** Who answers a publisher's messages is on another process from now on. */
  answeredFrom(publisher: number, process: number): void {
    this.takeWaiting();
    this.replyProcess[publisher] = process;
  }

  /** Accounts for every frame that has arrived. */
  private takeWaiting(): void {
    for (let at = 0; at < this.waiting; at++) {
      this.take(this.slots[at]!, this.frames[at]!, this.arrivedNs[at]!, this.arrivedFrom[at]!);
      this.frames[at] = NO_FRAME;
    }
    this.waiting = 0;
  }

  private pairOf(slot: number, frame: Uint8Array, sender: number): number {
    if (frameRun(frame) !== this.run || frameProcess(frame) >= this.processes) return -1;
    return this.pairs.pairOf(slot, frameGroup(frame), sender);
  }

  private take(slot: number, frame: Uint8Array, arrivedNs: number, to: number): void {
    if (!this.checker.holds(frame)) {
      this.corrupt += 1;
      return;
    }
    const sender = frameSender(frame);
    const pair = this.pairOf(slot, frame, sender);
    const seq = frameSeq(frame);
    if (pair < 0 || seq >= this.sent[sender]!) {
      if (this.earlierRuns.has(frameRun(frame))) this.earlier += 1;
      else this.strays += 1;
      return;
    }
    if (this.record.record(pair, seq) === 'duplicate') return;
    if (this.missing !== null) {
      this.lateArrivals.push(sender, this.sockets[slot]!, seq);
      return;
    }
    this.measure(slot, frame, sender, seq, arrivedNs, to);
    if (arrivedNs > this.lateAfterNs) this.late += 1;
    this.wait?.arrived(pair, seq);
  }

  /** Its part of a report while the run goes on, of the messages before `attempted`: nothing ends by it. */
  glance(attempted: Uint32Array): ReceiverReport {
    this.takeWaiting();
    const { missing, beyond } = this.enumerate(attempted);
    const { first, last } = this.spans.soFar();
    return {
      ...this.counts(),
      delivered: this.delivered - beyond,
      missing,
      lateArrivals: new Uint32Array(),
      intervals: [],
      firstDelivery: first,
      lastDelivery: last,
      sharedSpans: [],
    };
  }

  /** Its part of the driver's report, once the last frames are accounted for. */
  report(): ReceiverReport {
    this.takeWaiting();
    const spans = this.spans.finish();
    return {
      ...this.counts(),
      missing: this.missing ?? new Uint32Array(),
      lateArrivals: lateRanges(this.lateArrivals),
      intervals: this.intervals.flush(Infinity),
      firstDelivery: spans.first,
      lastDelivery: spans.last,
      sharedSpans: spans.shared,
    };
  }

  private counts(): Omit<ReceiverReport, 'missing' | 'lateArrivals' | 'intervals' | 'firstDelivery' | 'lastDelivery' | 'sharedSpans'> {
    const { delivered, crossings, late, strays, earlier, corrupt } = this;
    const { duplicates, reordered, reorderExtentMax } = this.record;
    return {
      delivered,
      arrivals: this.arrivals.counts(),
      lastDeliveryNs: this.lastDeliveryNs,
      crossings,
      duplicates,
      reordered,
      reorderExtentMax,
      late,
      strays,
      earlier,
      corrupt,
      stamps: this.stamps.findings(),
      ingress: this.ingress.encode(),
      edge: this.edge.encode(),
      roundTrip: this.roundTrip.encode(),
    };
  }

  private measure(slot: number, frame: Uint8Array, sender: number, seq: number, arrivedNs: number, to: number): void {
    const dueNs = frameDueNs(frame);
    const sendNs = frameSendNs(frame);
    const recvNs = frameRecvNs(frame);
    const isReply = this.replySockets[sender] === this.sockets[slot];
    const from = isReply ? this.replyProcess[sender]! : frameProcess(frame);
    this.delivered += 1;
    this.crossings[from * this.processes + to] = 1;
    this.lastDeliveryNs = arrivedNs;
    this.arrivals.add(arrivedNs - this.startNs);
    const interval = this.intervals.delivered(dueNs - this.startNs, arrivedNs - this.startNs);
    if (isReply) return this.roundTrip.record(arrivedNs - dueNs);
    const placement = from === to ? interval.sameProcess : interval.crossProcess;
    placement.response.record(arrivedNs - dueNs);
    const first = this.spans.record(sender, seq, arrivedNs - dueNs);
    const issuedNs = frameIssuedNs(frame);
    if (!this.stamps.holds(issuedNs, sendNs, recvNs, arrivedNs)) return;
    placement.transit.record(recvNs - sendNs);
    this.edge.record(arrivedNs - recvNs);
    if (first && this.own[sender] === 1) this.ingress.record(sendNs - issuedNs);
  }

  /**
   * Resolves when everything that can still arrive has arrived, at the deadline, or when the wait is given up; then the account ends:
   * what is missing now stays missing. Answers how many were still waited for. `members` by slot.
   */
  async drain(order: DrainOrder, members: readonly Reachable[]): Promise<number> {
    this.takeWaiting();
    this.lateAfterNs = order.lastSendNs + LATE_AFTER_NS;
    this.wait = new DrainWait(this.awaited(order, members));
    const outstanding = await this.wait.until(order.deadlineNs);
    this.close(order.attempted);
    return outstanding;
  }

  /** Ends a drain before everything has arrived. */
  endDrain(): void {
    this.wait?.giveUp();
  }

  private close(attempted: Uint32Array): void {
    this.takeWaiting();
    this.sent = Float64Array.from(attempted);
    const { missing, beyond } = this.enumerate(attempted);
    // What nobody has sent is a stray, also where that is only known now: the account is of what was sent.
    this.delivered -= beyond;
    this.strays += beyond;
    this.missing = missing;
  }

  /** What is missing of the messages before `attempted`, by publisher; and how many deliveries of later ones there are. */
  private enumerate(attempted: Uint32Array): { readonly missing: Uint32Array; readonly beyond: number } {
    const missing: number[] = [];
    let beyond = 0;
    this.pairs.each((publisher, slot, pair) => {
      beyond += this.record.beyond(pair, attempted[publisher]!);
      for (const { from, to } of this.record.missing(pair, attempted[publisher]!)) missing.push(publisher, this.sockets[slot]!, from, to);
    });
    return { missing: Uint32Array.from(missing), beyond };
  }

  /** What is missing and may still come, by pair. */
  private awaited(order: DrainOrder, members: readonly Reachable[]): ReadonlyMap<number, readonly SequenceRange[]> {
    const toNobody = rangesByPublisher(order.toNobody);
    const isolation = new Isolation(order.isolated, this.processes);
    const awaited = new Map<number, readonly SequenceRange[]>();
    this.pairs.each((publisher, slot, pair) => {
      const isReply = this.replySockets[publisher] === this.sockets[slot];
      const ranges = stillToCome(
        {
          missing: this.record.missing(pair, order.attempted[publisher]!),
          toNobody: toNobody.get(publisher) ?? [],
          isOpen: members[slot]!.isOpen,
          sending: isReply ? [this.replyProcess[publisher]!] : [this.publisherProcess[publisher]!, order.publisherProcess[publisher]!],
          receiving: members[slot]!.processes,
        },
        isolation,
      );
      if (ranges.length > 0) awaited.set(pair, ranges);
    });
    return awaited;
  }

  [Symbol.dispose](): void {
    this.ingress[Symbol.dispose]();
    this.edge[Symbol.dispose]();
    this.roundTrip[Symbol.dispose]();
    this.spans[Symbol.dispose]();
    this.intervals[Symbol.dispose]();
  }
}
