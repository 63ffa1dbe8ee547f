import { DeliveryLedger } from '../../core/delivery-ledger.ts';
import {
  ChecksumChecker,
  frameDueNs,
  frameGroup,
  frameIssuedNs,
  frameRecvNs,
  frameRun,
  frameSendNs,
  frameSender,
  frameSeq,
} from '../../core/frame.ts';
import { LatencyRecorder } from '../../core/histogram.ts';
import { MessageSpans } from '../../core/message-spans.ts';
import { StampCheck } from '../../core/stamp-check.ts';
import { NS_PER_SECOND } from '../../core/units.ts';
import { nowNs } from '../../observe/clock.ts';
import type { DrainOrder, DriverAssignment } from '../protocol.ts';
import { Intervals } from './intervals.ts';

/** A delivery later than this after the last send is `late`. */
const LATE_AFTER_NS = NS_PER_SECOND;
/** Frames that wait at most before they are accounted for. */
const BATCH = 256;
/** Stands where a frame was, so that its memory is freed while it is young. */
const NO_FRAME = new Uint8Array(0);

/** One socket of this driver as a receiver: where its pairs stand in the ledger. */
export interface MemberSocket {
  /** Index in the Plan. */
  readonly index: number;
  readonly groups: readonly number[];
  processIndex: number;
  isOpen: boolean;
  /** First pair of each of its groups, aligned with `groups`. */
  readonly pairBase: number[];
}

/**
 * The receiving side of the measure phase: every delivery goes through the ledger and, when it is the first of its
 * (sender, seq, member), into the histograms. The hot path of the instrument; `bench/driver-cost` holds its price.
 */
export class Receiver implements Disposable {
  strays = 0;
  corrupt = 0;
  late = 0;
  delivered = 0;
  /** What the stamps of servers are like. */
  readonly stamps: StampCheck = new StampCheck();
  readonly ledger: DeliveryLedger;
  readonly deliveredMatrix: Float64Array;
  readonly ingress: LatencyRecorder = new LatencyRecorder();
  readonly edge: LatencyRecorder = new LatencyRecorder();
  readonly roundTrip: LatencyRecorder = new LatencyRecorder();
  readonly spans: MessageSpans;
  readonly intervals: Intervals;
  /** Triples publisher, socket, seq that arrived after the end of drain. */
  readonly lateArrivals: number[] = [];
  private readonly run: number;
  private readonly processes: number;
  private readonly startNs: number;
  private readonly publisherProcess: Int32Array;
  private readonly replySockets: Int32Array;
  private readonly replyProcess: Int32Array;
  /** Position of a publisher among those of its group; -1 for none of ours. */
  private readonly slot: Int32Array;
  private readonly group: Int32Array;
  private readonly own: Uint8Array;
  private lateAfterNs = Infinity;
  private outstanding = Infinity;
  private onSettled: () => void = () => undefined;
  private closed = false;
  /** Frames that have arrived and are not accounted for yet. */
  private waiting = 0;
  private readonly frames: Uint8Array[] = [];
  private readonly frameMembers: MemberSocket[] = [];
  private readonly arrivedNs = new Float64Array(BATCH);
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
    this.slot = new Int32Array(publishers).fill(-1);
    this.group = new Int32Array(publishers).fill(-1);
    this.own = new Uint8Array(publishers);
    for (const publisher of assignment.publishers) this.own[publisher.index] = 1;
    this.ledger = new DeliveryLedger(this.layOut(assignment, members));
    this.deliveredMatrix = new Float64Array(this.processes * this.processes);
    const shared = new Set(assignment.sharedGroups);
    const sharedPublishers = assignment.publishersByGroup.flatMap((list, group) => (shared.has(group) ? list : []));
    this.spans = new MessageSpans(this.membersByPublisher(members), new Set(sharedPublishers));
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
    this.frames[at] = frame;
    this.frameMembers[at] = member;
    this.waiting = at + 1;
    if (at === 0) setImmediate(this.settleLater);
    else if (this.waiting === BATCH) this.settle();
  }

  /** Accounts for every frame that has arrived. */
  private settle(): void {
    for (let at = 0; at < this.waiting; at++) {
      this.take(this.frameMembers[at]!, this.frames[at]!, this.arrivedNs[at]!);
      this.frames[at] = NO_FRAME;
    }
    this.waiting = 0;
  }

  private take(member: MemberSocket, frame: Uint8Array, arrivedNs: number): void {
    if (!this.checker.holds(frame)) {
      this.corrupt += 1;
      return;
    }
    const sender = frameSender(frame);
    const pair = this.pairOf(member, frame, sender);
    if (pair < 0) {
      this.strays += 1;
      return;
    }
    const seq = frameSeq(frame);
    if (this.ledger.record(pair, seq) === 'duplicate') return;
    if (this.closed) {
      this.lateArrivals.push(sender, member.index, seq);
      return;
    }
    this.measure(member, frame, sender, seq, arrivedNs);
    if (arrivedNs > this.lateAfterNs) this.late += 1;
    this.outstanding -= 1;
    if (this.outstanding === 0) this.onSettled();
  }

  /** Accounts for the last frames, before the report. */
  finish(): void {
    this.settle();
  }

  private measure(member: MemberSocket, frame: Uint8Array, sender: number, seq: number, arrivedNs: number): void {
    const dueNs = frameDueNs(frame);
    const sendNs = frameSendNs(frame);
    const recvNs = frameRecvNs(frame);
    const isReply = this.replySockets[sender] === member.index;
    const from = this.senderProcess(sender, member);
    this.delivered += 1;
    this.deliveredMatrix[from * this.processes + member.processIndex]! += 1;
    const interval = this.intervals.delivered(dueNs - this.startNs);
    if (isReply) return this.roundTrip.record(arrivedNs - dueNs);
    const placement = from === member.processIndex ? interval.sameProcess : interval.crossProcess;
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
    this.outstanding = this.hopefulCount(order, members);
    if (this.outstanding <= 0) return Promise.resolve(0);
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        resolve(Math.max(0, this.outstanding));
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
    const missing: number[] = [];
    this.eachPair(members, (publisher, member, pair) => {
      for (const range of this.ledger.missing(pair, attempted[publisher]!)) missing.push(publisher, member.index, range.from, range.to);
    });
    return Uint32Array.from(missing);
  }

  /** Deliveries that are missing and may still come: not between isolated processes, not at closed sockets, not of messages that reached nobody. */
  private hopefulCount(order: DrainOrder, members: readonly MemberSocket[]): number {
    let hopeful = 0;
    this.eachPair(members, (publisher, member, pair) => {
      const from = this.senderProcess(publisher, member);
      if (!member.isOpen || order.isolated[from * this.processes + member.processIndex] === 1) return;
      const missing = this.ledger.missing(pair, order.attempted[publisher]!).reduce((sum, range) => sum + range.to - range.from, 0);
      hopeful += missing - order.hopeless[publisher]!;
    });
    return hopeful;
  }

  /** The process that a delivery to a member comes from: a reply's is that of who answers. */
  private senderProcess(publisher: number, member: MemberSocket): number {
    return (this.replySockets[publisher] === member.index ? this.replyProcess : this.publisherProcess)[publisher]!;
  }

  private eachPair(members: readonly MemberSocket[], visit: (publisher: number, member: MemberSocket, pair: number) => void): void {
    const publishersByGroup = this.publishersByGroup();
    for (const member of members) {
      member.groups.forEach((group, i) => {
        publishersByGroup.get(group)?.forEach((publisher, slot) => visit(publisher, member, member.pairBase[i]! + slot));
      });
    }
  }

  private publishersByGroup(): ReadonlyMap<number, readonly number[]> {
    const groups = new Map<number, number[]>();
    this.group.forEach((group, publisher) => {
      if (group < 0) return;
      const list = groups.get(group);
      if (list === undefined) groups.set(group, [publisher]);
      else list.push(publisher);
    });
    return groups;
  }

  private pairOf(member: MemberSocket, frame: Uint8Array, sender: number): number {
    if (frameRun(frame) !== this.run || sender >= this.slot.length) return -1;
    const group = frameGroup(frame);
    const i = member.groups.length === 1 && member.groups[0] === group ? 0 : member.groups.indexOf(group);
    return i < 0 || this.group[sender] !== group ? -1 : member.pairBase[i]! + this.slot[sender]!;
  }

  /** Numbers the pairs member by member; answers how many there are. Publishers of a group are in ascending order. */
  private layOut(assignment: DriverAssignment, members: readonly MemberSocket[]): number {
    assignment.publishersByGroup.forEach((publishers, group) => {
      publishers.forEach((publisher, slot) => {
        this.slot[publisher] = slot;
        this.group[publisher] = group;
      });
    });
    let pairs = 0;
    for (const member of members) {
      member.pairBase.length = 0;
      for (const group of member.groups) {
        member.pairBase.push(pairs);
        pairs += assignment.publishersByGroup[group]?.length ?? 0;
      }
    }
    return pairs;
  }

  private membersByPublisher(members: readonly MemberSocket[]): Uint32Array {
    const size = new Map<number, number>();
    for (const member of members) for (const group of member.groups) size.set(group, (size.get(group) ?? 0) + 1);
    return Uint32Array.from(this.group, (group) => size.get(group) ?? 0);
  }

  [Symbol.dispose](): void {
    this.ingress[Symbol.dispose]();
    this.edge[Symbol.dispose]();
    this.roundTrip[Symbol.dispose]();
    this.spans[Symbol.dispose]();
    this.intervals[Symbol.dispose]();
  }
}
