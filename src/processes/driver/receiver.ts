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
import { rangesByPublisher, splitRanges } from '../../model/ranges.ts';
import { StampCheck } from '../../ledger/stamp-check.ts';
import { NS_PER_SECOND } from '../../model/units.ts';
import { nowNs } from '../../platform/clock.ts';
import type { DrainOrder, DriverAssignment, DriverReport } from '../protocol.ts';
import { Intervals } from './intervals.ts';
import { lateRanges } from './late-arrivals.ts';
import { Outstanding } from './outstanding.ts';
import { PairTable, type MemberSocket } from './publisher-member-pairs.ts';

/** What a receiver knows of the report of its driver. */
type ReceiverReport = Omit<
  DriverReport,
  | 'publishers'
  | 'missing'
  | 'placements'
  | 'closed'
  | 'absent'
  | 'joined'
  | 'aimed'
  | 'broken'
  | 'errors'
  | 'steps'
  | 'visits'
  | 'requests'
  | 'health'
>;

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
  corrupt = 0;
  late = 0;
  /** Distinct deliveries by the end of drain. */
  delivered = 0;
  /** What the stamps of servers are like. */
  readonly stamps: StampCheck = new StampCheck();
  readonly ledger: DeliveryRecord;
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
  private readonly processes: number;
  private readonly startNs: number;
  private readonly publisherProcess: Int32Array;
  private readonly replySockets: Int32Array;
  private readonly replyProcess: Int32Array;
  private readonly pairs: PairTable;
  private readonly own: Uint8Array;
  /** Messages of each publisher that were due by now; of another driver's, as many as there will ever be. */
  private sent: Float64Array;
  private lateAfterNs = Infinity;
  private outstanding: Outstanding | null = null;
  private onSettled: () => void = () => undefined;
  private closed = false;
  /** Frames that have arrived and are not accounted for yet. */
  private waiting = 0;
  private readonly frames: Uint8Array[] = [];
  private readonly frameMembers: MemberSocket[] = [];
  private readonly arrivedNs = new Float64Array(BATCH);
  /** Server process that each came from. */
  private readonly arrivedFrom = new Int32Array(BATCH);
  private readonly checker = new ChecksumChecker();
  private readonly settleLater = (): void => this.settle();

  constructor(
    assignment: DriverAssignment,
    members: readonly MemberSocket[],
    startNs: number,
    publisherProcess: Int32Array,
    replyProcess: Int32Array,
  ) {
    this.replySockets = assignment.replySockets;
    this.replyProcess = replyProcess;
    this.run = assignment.run;
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
    this.pairs = new PairTable(assignment.publishersByGroup, members, publishers);
    this.ledger = new DeliveryRecord(this.pairs.count);
    this.crossings = new Uint8Array(this.processes * this.processes);
    const shared = new Set(assignment.sharedGroups);
    const sharedPublishers = assignment.publishersByGroup.flatMap((list, group) => (shared.has(group) ? list : []));
    this.spans = new MessageSpans(this.pairs.membersByPublisher(members), new Set(sharedPublishers));
    this.intervals = new Intervals();
  }

  /**
   * Takes one frame of the measure epoch that arrived at a member's socket. Only its time is taken at once; the rest is
   * done for many frames together, at the end of the event loop's turn, where code and tables are in the cache: that
   * halves its cost.
   */
  onFrame(member: MemberSocket, frame: Uint8Array): void {
    const at = this.waiting;
    this.arrivedNs[at] = nowNs();
    this.arrivedFrom[at] = member.processIndex;
    this.frames[at] = frame;
    this.frameMembers[at] = member;
    this.waiting = at + 1;
    if (at === 0) setImmediate(this.settleLater);
    else if (this.waiting === BATCH) this.settle();
  }

  /** A message of a publisher of this driver was due. */
  attempted(publisher: number, dueNs: number): void {
    this.sent[publisher]! += 1;
    this.intervals.attempted(dueNs - this.startNs);
  }

  /** Who answers a publisher's messages is on another process from now on. */
  answeredFrom(publisher: number, process: number): void {
    this.settle();
    this.replyProcess[publisher] = process;
  }

  /** Accounts for every frame that has arrived. */
  private settle(): void {
    for (let at = 0; at < this.waiting; at++) {
      this.take(this.frameMembers[at]!, this.frames[at]!, this.arrivedNs[at]!, this.arrivedFrom[at]!);
      this.frames[at] = NO_FRAME;
    }
    this.waiting = 0;
  }

  private pairOf(member: MemberSocket, frame: Uint8Array, sender: number): number {
    if (frameRun(frame) !== this.run || frameProcess(frame) >= this.processes) return -1;
    return this.pairs.pairOf(member, frameGroup(frame), sender);
  }

  private take(member: MemberSocket, frame: Uint8Array, arrivedNs: number, to: number): void {
    if (!this.checker.holds(frame)) {
      this.corrupt += 1;
      return;
    }
    const sender = frameSender(frame);
    const pair = this.pairOf(member, frame, sender);
    const seq = frameSeq(frame);
    if (pair < 0 || seq >= this.sent[sender]!) {
      this.strays += 1;
      return;
    }
    if (this.ledger.record(pair, seq) === 'duplicate') return;
    if (this.closed) {
      this.lateArrivals.push(sender, member.index, seq);
      return;
    }
    this.measure(member, frame, sender, seq, arrivedNs, to);
    if (arrivedNs > this.lateAfterNs) this.late += 1;
    if (this.outstanding?.arrived(pair, seq) === true) this.onSettled();
  }

  /** Its part of the driver's report, once the last frames are accounted for. */
  report(): ReceiverReport {
    this.settle();
    const { delivered, crossings, ledger, late, strays, corrupt } = this;
    const { duplicates, reordered, reorderExtentMax } = ledger;
    const spans = this.spans.finish();
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
      corrupt,
      stamps: this.stamps.findings(),
      lateArrivals: lateRanges(this.lateArrivals),
      intervals: this.intervals.flush(Infinity),
      ingress: this.ingress.encode(),
      edge: this.edge.encode(),
      roundTrip: this.roundTrip.encode(),
      firstDelivery: spans.first,
      lastDelivery: spans.last,
      sharedSpans: spans.shared,
    };
  }

  private measure(member: MemberSocket, frame: Uint8Array, sender: number, seq: number, arrivedNs: number, to: number): void {
    const dueNs = frameDueNs(frame);
    const sendNs = frameSendNs(frame);
    const recvNs = frameRecvNs(frame);
    const isReply = this.replySockets[sender] === member.index;
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

  /** Resolves when everything that can still arrive has arrived, or at the deadline; answers what is outstanding. */
  drain(order: DrainOrder, members: readonly MemberSocket[]): Promise<number> {
    this.settle();
    this.lateAfterNs = order.lastSendNs + LATE_AFTER_NS;
    const outstanding = this.hopeful(order, members);
    this.outstanding = outstanding;
    if (outstanding.count === 0) return Promise.resolve(0);
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        resolve(outstanding.count);
      };
      const timer = setTimeout(end, Math.max(0, order.deadlineNs - nowNs()) / 1e6);
      this.onSettled = end;
    });
  }

  /** Ends a drain before everything has arrived. */
  endDrain(): void {
    this.onSettled();
  }

  /** Ends the account: what is missing now stays missing. Quadruples publisher, socket, from, to. */
  close(attempted: Uint32Array, members: readonly MemberSocket[]): Uint32Array {
    this.settle();
    this.closed = true;
    this.sent = Float64Array.from(attempted);
    const missing: number[] = [];
    this.pairs.each(members, (publisher, member, pair) => {
      // What nobody has sent is a stray, also where that is only known now: the account is of what was sent.
      const beyond = this.ledger.beyond(pair, attempted[publisher]!);
      this.delivered -= beyond;
      this.strays += beyond;
      for (const range of this.ledger.missing(pair, attempted[publisher]!)) missing.push(publisher, member.index, range.from, range.to);
    });
    return Uint32Array.from(missing);
  }

  /** What is missing and may still come: not between isolated processes, not at closed sockets, nothing of messages that reached nobody. */
  private hopeful(order: DrainOrder, members: readonly MemberSocket[]): Outstanding {
    const hopeless = rangesByPublisher(order.hopeless);
    const outstanding = new Outstanding();
    this.pairs.each(members, (publisher, member, pair) => {
      if (!member.isOpen || this.isIsolated(order, publisher, member)) return;
      const missing = this.ledger.missing(pair, order.attempted[publisher]!);
      outstanding.add(pair, splitRanges(missing, hopeless.get(publisher) ?? []).outside);
    });
    return outstanding;
  }

  /** Whether nothing crosses between any process that a delivery may have come from and any that the member was on. */
  private isIsolated({ isolated, publisherProcess }: DrainOrder, publisher: number, member: MemberSocket): boolean {
    const isReply = this.replySockets[publisher] === member.index;
    const senders = isReply ? [this.replyProcess[publisher]!] : [this.publisherProcess[publisher]!, publisherProcess[publisher]!];
    return senders.every((from) => [...member.processes].every((to) => isolated[from * this.processes + to] === 1));
  }

  [Symbol.dispose](): void {
    this.ingress[Symbol.dispose]();
    this.edge[Symbol.dispose]();
    this.roundTrip[Symbol.dispose]();
    this.spans[Symbol.dispose]();
    this.intervals[Symbol.dispose]();
  }
}
