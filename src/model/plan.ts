import type { Fault } from './faults.ts';
import { groupBy } from './group-by.ts';
import { NS_PER_MS } from './units.ts';
import { messageCount, type Arrivals } from './pacer.ts';
import { meanPayloadBytes, type PayloadSizes } from './payloads.ts';

/** A Plan with more (publisher, member) pairs than this is refused: the ledger keeps 16 bytes for each. */
export const MAX_PAIRS = 5_000_000;
/** More sockets than one host's loopback and one harness can be expected to hold. */
export const MAX_SOCKETS = 200_000;

/** A part of the measure phase. */
export interface TimeSpan {
  readonly fromMs: number;
  readonly toMs: number;
}

/** A part of the measure phase in which a member is not there. */
export interface PlannedAbsence extends TimeSpan {
  /** By leaving its groups, or by closing its socket. */
  readonly how: 'leave' | 'disconnect';
}

/** One client connection: the server process it opens to, and the groups it joins. */
export interface PlannedSocket {
  readonly process: number;
  readonly groups: readonly number[];
  /** When its consumer takes nothing from its layer. */
  readonly pauses?: readonly TimeSpan[];
  /** When its client reads nothing from its socket. */
  readonly stalls?: readonly TimeSpan[];
  /** When it is not a member, in order of time; it may not publish then. */
  readonly absences?: readonly PlannedAbsence[];
}

/** What a run finds out beside latency and loss. */
export type ExtraMeasure = 'knee' | 'connections' | 'roundTrip' | 'popped';

/** A page view, and the WebSocket that the page opens: a server process each. */
export interface PlannedVisit {
  readonly page: number;
  readonly socket: number;
}

/**
 * One stream of messages: who sends, to which group, when. Its index in the Plan is the frame's sender. A flood goes as
 * HTTP requests to the process that its socket is on.
 */
export interface PlannedPublisher {
  readonly socket: number;
  readonly group: number;
  /** The one socket that gets the messages, by `send` instead of `group_send`, and answers each. Both are the group's members. */
  readonly to?: number;
  readonly arrivals: Arrivals;
}

/** Who is connected where, in which groups, who sends what and when. Plain data. */
export interface Plan {
  readonly processes: number;
  readonly groups: number;
  readonly sockets: readonly PlannedSocket[];
  readonly publishers: readonly PlannedPublisher[];
  readonly payloadBytes: number;
  /** Where payloads are not all of `payloadBytes`: their sizes, drawn for each message by the seed of the run. */
  readonly payloads?: PayloadSizes;
  readonly warmupMs: number;
  readonly durationMs: number;
  /** Page views, evenly spaced over the measure phase. */
  readonly visits?: readonly PlannedVisit[];
  /** What breaks, and when. */
  readonly faults?: readonly Fault[];
  readonly measures?: readonly ExtraMeasure[];
}

/** Numbers that follow from a Plan without running it. */
export interface PlanNumbers {
  readonly sockets: number;
  readonly members: number;
  readonly publishers: number;
  /** (publisher, member) pairs. */
  readonly pairs: number;
  readonly messagesPerSecond: number;
  readonly deliveriesPerSecond: number;
  /** Mean size of the payload of a message. */
  readonly payloadBytes: number;
  /** Over the measure phase. */
  readonly messages: number;
  readonly deliveries: number;
  /** The mean over all messages; `isEqual` where each is owed to as many members as any other. */
  readonly deliveriesPerMessage: { readonly mean: number; readonly isEqual: boolean };
  /** Of these, the ones whose publisher and member are on the same process: all that a layer of scope `process` reaches. */
  readonly sameProcessDeliveries: number;
}

/** Members of each group: socket indices in Plan order. */
export function membersByGroup(plan: Plan): readonly (readonly number[])[] {
  const members: number[][] = Array.from({ length: plan.groups }, () => []);
  plan.sockets.forEach((socket, index) => {
    for (const group of socket.groups) members[group]?.push(index);
  });
  return members;
}

/** What a Plan asks for, in numbers. */
export function planNumbers(plan: Plan): PlanNumbers {
  const sizes = groupSizesByProcess(plan);
  const seconds = plan.durationMs / 1000;
  const totals = { pairs: 0, messages: 0, deliveries: 0, same: 0 };
  const owed = new Set<number>();
  for (const publisher of plan.publishers) {
    const size = sizes[publisher.group] ?? [];
    const members = size.reduce((sum, count) => sum + count, 0);
    const messages = messageCount(publisher.arrivals, durationNs(plan));
    owed.add(members);
    totals.pairs += members;
    totals.messages += messages;
    totals.deliveries += messages * members;
    totals.same += messages * (size[plan.sockets[publisher.socket]?.process ?? 0] ?? 0);
  }
  const away = deliveriesWhileAway(plan);
  totals.deliveries -= away.all;
  totals.same -= away.same;
  return {
    sockets: plan.sockets.length,
    members: plan.sockets.reduce((sum, socket) => sum + socket.groups.length, 0),
    publishers: plan.publishers.length,
    pairs: totals.pairs,
    messagesPerSecond: totals.messages / seconds,
    deliveriesPerSecond: totals.deliveries / seconds,
    payloadBytes: meanPayloadBytes(plan),
    messages: totals.messages,
    deliveries: totals.deliveries,
    deliveriesPerMessage: {
      mean: totals.messages === 0 ? 0 : totals.deliveries / totals.messages,
      isEqual: owed.size < 2 && plan.sockets.every(({ absences = [] }) => absences.length === 0),
    },
    sameProcessDeliveries: totals.same,
  };
}

/** Deliveries that members are not owed, since they are away. */
function deliveriesWhileAway(plan: Plan): { readonly all: number; readonly same: number } {
  const away = { all: 0, same: 0 };
  const publishers = groupBy(plan.publishers, ({ group }) => group);
  for (const { absences = [], groups, process } of plan.sockets) {
    if (absences.length === 0) continue;
    for (const { arrivals, socket } of groups.flatMap((group) => publishers.get(group) ?? [])) {
      const until = (ms: number): number => messageCount(arrivals, Math.min(ms, plan.durationMs) * NS_PER_MS);
      const messages = absences.reduce((sum, { fromMs, toMs }) => sum + until(toMs) - until(fromMs), 0);
      away.all += messages;
      if (plan.sockets[socket]?.process === process) away.same += messages;
    }
  }
  return away;
}

function groupSizesByProcess(plan: Plan): readonly (readonly number[])[] {
  const sizes = Array.from({ length: plan.groups }, () => Array.from({ length: plan.processes }, () => 0));
  for (const socket of plan.sockets) {
    for (const group of socket.groups) {
      const row = sizes[group];
      if (row !== undefined) row[socket.process] = (row[socket.process] ?? 0) + 1;
    }
  }
  return sizes;
}

/** The part of a Plan that one driver runs: indices into the Plan. */
export interface DriverShare {
  readonly sockets: readonly number[];
  readonly publishers: readonly number[];
}

/**
 * Divides a Plan over `drivers` processes. The sockets of a group (members and publishers) stay together where they fit
 * in one driver's share; a larger group is spread. Every socket and publisher is in exactly one share.
 */
export function partition(plan: Plan, drivers: number): readonly DriverShare[] {
  const target = Math.ceil(plan.sockets.length / drivers);
  const shares = Array.from({ length: drivers }, () => ({ sockets: [] as number[], publishers: [] as number[] }));
  const home = new Int32Array(plan.sockets.length).fill(-1);
  const lightest = (): number =>
    shares.reduce((best, share, i) => (share.sockets.length < (shares[best]?.sockets.length ?? 0) ? i : best), 0);
  const place = (socket: number, driver: number): void => {
    if (home[socket] !== -1) return;
    home[socket] = driver;
    shares[driver]?.sockets.push(socket);
  };
  for (const sockets of socketsByGroup(plan)) {
    const unplaced = sockets.filter((socket) => home[socket] === -1);
    const placed = sockets.find((socket) => home[socket] !== -1);
    let driver = placed === undefined ? lightest() : (home[placed] ?? 0);
    const fits = (shares[driver]?.sockets.length ?? 0) + unplaced.length <= target;
    for (const socket of unplaced) {
      if (!fits && (shares[driver]?.sockets.length ?? 0) >= target) driver = lightest();
      place(socket, driver);
    }
  }
  plan.sockets.forEach((_, socket) => {
    if (home[socket] === -1) place(socket, lightest());
  });
  plan.publishers.forEach((publisher, index) => shares[home[publisher.socket] ?? 0]?.publishers.push(index));
  return shares;
}

/** Sockets that touch each group, publishers first. */
function socketsByGroup(plan: Plan): readonly (readonly number[])[] {
  const sockets: Set<number>[] = Array.from({ length: plan.groups }, () => new Set<number>());
  for (const publisher of plan.publishers) sockets[publisher.group]?.add(publisher.socket);
  plan.sockets.forEach((socket, index) => {
    for (const group of socket.groups) sockets[group]?.add(index);
  });
  return sockets.map((set) => [...set]);
}

/** Whether no schedule says when messages are due: each is due when it is issued. */
export function isSelfPaced(plan: Plan): boolean {
  return plan.publishers.length > 0 && plan.publishers.every((publisher) => publisher.arrivals.kind === 'flood');
}

/** End of the measure phase, relative to its beginning. */
export function durationNs(plan: Plan): number {
  return plan.durationMs * NS_PER_MS;
}
