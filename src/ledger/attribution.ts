import {
  pairKey,
  pairOfKey,
  rangesByPair,
  type AccountInput,
  type MissingRange,
  type Pair,
  type ProcessCrash,
  type SocketAccount,
  type SocketOutage,
} from './account.ts';
import { NAMED_CAUSES, type Fate, type NamedCause } from '../model/causes.ts';
import { groupBy } from '../model/group-by.ts';
import { attributeCounts, type OpenRanges } from './counted-evidence.ts';
import { type SequenceRange, lowerBound, normalizeRanges, splitRanges } from '../model/ranges.ts';
import { attributeGroupExpiry } from './group-expiry.ts';
import { crossings, isReply, placementAt, sendingSocket } from './placements.ts';
import { Isolation } from './still-to-come.ts';
import { NS_PER_SECOND } from '../model/units.ts';

/** Evidence that a process had not flushed when it died reaches back this far (it flushes every second). */
const CRASH_WINDOW_NS = 2 * NS_PER_SECOND;
/** Messages may have been under way for this long when a socket or the backend went away. */
const IN_TRANSIT_WINDOW_NS = NS_PER_SECOND;

/** Missing deliveries of one (publisher, socket) with their fate. */
export interface Attributed extends MissingRange {
  readonly fate: Fate;
}

/** One (publisher, socket) whose missing deliveries are being explained; `open` shrinks until nothing explains the rest. */
interface Case extends OpenRanges {
  /** Of a reply: what no question came for. Nothing befell it but what befell the question. */
  readonly following: readonly SequenceRange[];
}

/**
 * Gives every missing delivery exactly one fate: the first of the causes, in their order, whose evidence holds.
 * A delivery that arrived after all (`lateAfterDrain`) or is still held (`inFlight`) proves that nothing else befell
 * it, so these two are assigned before the causes that rest on times and counts. What no layer had been given yet is in
 * flight too, and comes after what is known of single messages; so does what was due just before a socket was on a process
 * that nothing crosses to. `away` is what is not owed at all, by (publisher, socket).
 */
export function attribute(input: AccountInput, away: ReadonlyMap<number, readonly SequenceRange[]>): readonly Attributed[] {
  const attributed: Attributed[] = [];
  const assign = (subject: OpenRanges, fate: Fate, mask: readonly SequenceRange[]): void => {
    if (mask.length === 0) return;
    const { inside, outside } = splitRanges(subject.open, mask);
    const { publisher, socket } = subject;
    for (const { from, to } of inside) attributed.push({ publisher, socket, from, to, fate });
    subject.open = outside;
  };
  const cases = openCases(input);
  const late = rangesByPair(input.lateArrivals);
  const held = heldByPair(input);
  const named = namedEvidence(input);
  const outages = outageSpans(input);
  const closings = backpressureClosings(input);
  const isolation = Isolation.of(input.scope, input.crossed, input.processes);
  for (const subject of cases) {
    assign(subject, 'isolated', isolated(input, isolation, subject, 0));
    assign(subject, 'lateAfterDrain', late.get(pairKey(subject)) ?? []);
    assign(subject, 'processCrashed', crashed(input, subject));
    assign(subject, 'disconnected', disconnected(input, subject, closings));
    assign(subject, 'inFlight', held.get(pairKey(subject)) ?? []);
    assign(subject, 'refused', isReply(input, subject) ? [] : input.publishers[subject.publisher]!.refused);
    for (const cause of NAMED_CAUSES) if (subject.open.length > 0) assign(subject, cause, named.masks(cause, subject));
    assign(subject, 'inFlight', unpublished(input, subject));
    assign(subject, 'isolated', isolated(input, isolation, subject, input.guardNs));
  }
  attributeCounts(input, cases, away, assign);
  attributeGroupExpiry(input, cases, assign);
  for (const subject of cases) {
    assign(subject, 'backendLost', backendLost(input, subject, outages));
    // What a slow client had not read is as old as its slowness.
    assign(subject, 'backpressureClosed', closings.has(subject.socket) ? subject.open : []);
    assign(subject, 'unexplained', subject.open);
  }
  const replies = cases.filter(({ following }) => following.length > 0);
  return replies.length === 0 ? attributed : [...attributed, ...replies.flatMap(followers(input, attributed))];
}

/** Replies to what did not arrive: each has the fate of its question. */
function followers(input: AccountInput, attributed: readonly Attributed[]): (subject: Case) => readonly Attributed[] {
  const byPair = groupBy(attributed, pairKey);
  return (subject) => {
    const { publisher, socket } = subject;
    const fates = groupBy(byPair.get(questionsOf(input, subject)) ?? [], ({ fate }) => fate);
    return [...fates].flatMap(([fate, ranges]) =>
      splitRanges(subject.following, normalizeRanges(ranges)).inside.map(({ from, to }) => ({ publisher, socket, from, to, fate })),
    );
  };
}

/** The pair whose messages are answered by those of a pair of replies. */
function questionsOf(input: AccountInput, { publisher }: Pair): number {
  return pairKey({ publisher, socket: input.publishers[publisher]!.answeredBy! });
}

function openCases(input: AccountInput): readonly Case[] {
  const byPair = rangesByPair(input.missing);
  return [...byPair].map(([key, missing]) => {
    const pair = pairOfKey(key);
    const { inside, outside } = splitRanges(missing, isReply(input, pair) ? (byPair.get(questionsOf(input, pair)) ?? []) : []);
    return { ...pair, crossings: crossings(input, pair), missing, open: outside, following: inside };
  });
}

/** What had to cross between processes that nothing ever crossed; from `beforeNs` before the sockets were there on. */
function isolated(input: AccountInput, isolation: Isolation, subject: Case, beforeNs: number): readonly SequenceRange[] {
  if (subject.open.length === 0) return [];
  const apart = subject.crossings.filter(({ sending, receiving }) => isolation.parts(sending, receiving));
  if (beforeNs === 0) return normalizeRanges(apart);
  const due = input.dueNs(subject.publisher);
  return normalizeRanges(apart.map(({ from, to }) => ({ from: from === 0 ? 0 : lowerBound(due, due[from]! - beforeNs), to })));
}

/** Sequence numbers of a publisher that were due in [fromNs, toNs]. */
function dueBetween(input: AccountInput, publisher: number, fromNs: number, toNs: number): readonly SequenceRange[] {
  const due = input.dueNs(publisher);
  const from = lowerBound(due, fromNs);
  const to = toNs === Infinity ? due.length : lowerBound(due, toNs + 1);
  return to > from ? [{ from, to }] : [];
}

/** Messages that a crash of the sending or of the receiving process can have taken with it. */
function crashed(input: AccountInput, subject: Case): readonly SequenceRange[] {
  const sockets = new Set([subject.socket, sendingSocket(input, subject)]);
  return normalizeRanges(
    input.crashes.flatMap((crash) =>
      [...sockets].flatMap((socket) => {
        const span = crashSpan(input.sockets[socket]!, crash);
        return span === null ? [] : dueBetween(input, subject.publisher, span.fromNs, span.toNs);
      }),
    ),
  );
}

/** What a crash meant to a socket: from what its process had not told yet until it was open and joined again; null where it was elsewhere. */
function crashSpan(socket: SocketAccount, { process, atNs }: ProcessCrash): SocketOutage | null {
  const placement = placementAt(socket.placements, atNs);
  if (placement.process !== process) return null;
  const fromNs = Math.max(atNs - CRASH_WINDOW_NS, placement === socket.placements[0] ? -Infinity : placement.fromNs);
  // A socket that was away by the Plan is back when its absence ends.
  const gone = [...socket.outages, ...socket.absences.map(({ leavingNs, joinedNs }) => ({ fromNs: leavingNs, toNs: joinedNs }))];
  let toNs = Math.min(...gone.map((gap) => (gap.toNs > atNs ? gap.toNs : Infinity)));
  // Away and closed in one: back is when both have ended.
  for (const gap of gone.toSorted((a, b) => a.fromNs - b.fromNs)) if (gap.fromNs < toNs && gap.toNs > toNs) toNs = gap.toNs;
  return { fromNs, toNs };
}

/** Sockets that their server closed because the client did not read. */
function backpressureClosings(input: AccountInput): ReadonlySet<number> {
  const channels = new Set(
    input.evidence.flatMap((entries) => entries.flatMap((entry) => (entry.kind === 'closed' ? [entry.channel] : []))),
  );
  if (channels.size === 0) return new Set();
  return new Set(
    input.sockets.flatMap(({ placements }, index) => (placements.some(({ channel }) => channels.has(channel)) ? [index] : [])),
  );
}

function disconnected(input: AccountInput, subject: Case, closings: ReadonlySet<number>): readonly SequenceRange[] {
  const { unsendable } = input.publishers[subject.publisher]!;
  const masks: SequenceRange[] = isReply(input, subject) ? [] : [...unsendable];
  const ended = closings.has(subject.socket) ? [] : input.sockets[subject.socket]!.outages;
  for (const { fromNs, toNs } of ended) masks.push(...dueBetween(input, subject.publisher, fromNs - IN_TRANSIT_WINDOW_NS, toNs));
  for (const { fromNs } of input.sockets[sendingSocket(input, subject)]!.outages)
    masks.push(...dueBetween(input, subject.publisher, fromNs - IN_TRANSIT_WINDOW_NS, fromNs));
  return normalizeRanges(masks);
}

function heldByPair(input: AccountInput): ReadonlyMap<number, readonly SequenceRange[]> {
  const sockets = new Map(input.sockets.flatMap(({ placements }, index) => placements.map(({ channel }) => [channel, index] as const)));
  const ranges: MissingRange[] = [];
  for (const frame of input.held.flat()) {
    const socket = sockets.get(frame.channel);
    if (socket !== undefined && !frame.expired) ranges.push({ publisher: frame.sender, socket, from: frame.seq, to: frame.seq + 1 });
  }
  return rangesByPair(ranges);
}

/**
 * What the publisher's server had not handed to the layer yet, or may not have: it takes the messages of a socket one after another,
 * and answers every request.
 */
function unpublished(input: AccountInput, { publisher }: Case): readonly SequenceRange[] {
  const from = input.published[publisher] ?? null;
  const { attempted: to, unanswered } = input.publishers[publisher]!;
  return from === null || from >= to ? unanswered : normalizeRanges([...unanswered, { from, to }]);
}

/** Evidence that names its messages, by cause, sender and channel (or all channels). */
function namedEvidence(input: AccountInput): { masks: (cause: NamedCause, subject: Case) => readonly SequenceRange[] } {
  const byCause = new Map<NamedCause, Map<string, SequenceRange[]>>();
  const add = (cause: NamedCause, key: string, range: SequenceRange): void => {
    let lists = byCause.get(cause);
    if (lists === undefined) byCause.set(cause, (lists = new Map()));
    const list = lists.get(key);
    if (list === undefined) lists.set(key, [range]);
    else list.push(range);
  };
  for (const entries of input.evidence)
    for (const entry of entries)
      if (entry.kind === 'message' && entry.queues === null) add(entry.cause, `${entry.sender}/${entry.channel ?? '*'}`, entry);
  for (const frame of input.held.flat())
    if (frame.expired) add('expired', `${frame.sender}/${frame.channel}`, { from: frame.seq, to: frame.seq + 1 });
  const masks = (cause: NamedCause, { publisher, socket }: Case): readonly SequenceRange[] => {
    const lists = byCause.get(cause);
    if (lists === undefined) return [];
    const own = input.sockets[socket]!.placements.flatMap(({ channel }) => lists.get(`${publisher}/${channel}`) ?? []);
    const all = lists.get(`${publisher}/*`) ?? [];
    return own.length + all.length === 0 ? [] : normalizeRanges([...own, ...all]);
  };
  return { masks };
}

/** Infinity: to the end. */
interface OutageSpan {
  readonly process: number;
  readonly fromNs: number;
  readonly toNs: number;
}

/**
 * When the backend of each process was away. A server tells of an outage when it begins, and again when it is over; where it never told
 * of the end, the outage lasted at most until the process died.
 */
export function outageSpans(input: Pick<AccountInput, 'evidence' | 'crashes'>): readonly OutageSpan[] {
  return input.evidence.flatMap((entries, process) => {
    const diedNs = (fromNs: number): number =>
      Math.min(...input.crashes.map((crash) => (crash.process === process && crash.atNs > fromNs ? crash.atNs : Infinity)));
    const outages = groupBy(
      entries.filter((entry) => entry.kind === 'outage'),
      ({ fromNs }) => fromNs,
    );
    return [...outages].map(([fromNs, told]) => {
      const ends = told.flatMap(({ toNs }) => toNs ?? []);
      return { process, fromNs, toNs: ends.length > 0 ? Math.max(...ends) : diedNs(fromNs) };
    });
  });
}

function backendLost(input: AccountInput, subject: Case, outages: readonly OutageSpan[]): readonly SequenceRange[] {
  const around = ({ fromNs, toNs }: SocketOutage): readonly SequenceRange[] =>
    dueBetween(input, subject.publisher, fromNs - IN_TRANSIT_WINDOW_NS, toNs + IN_TRANSIT_WINDOW_NS);
  const ofProcesses = outages.flatMap((span) => {
    const there = subject.crossings.filter(({ sending, receiving }) => sending === span.process || receiving === span.process);
    return there.length === 0 ? [] : splitRanges(around(span), normalizeRanges(there)).inside;
  });
  // A member that has joined since is in its groups again.
  const { joinsNs } = input.sockets[subject.socket]!;
  const untilJoin = (atNs: number): SocketOutage => ({ fromNs: atNs, toNs: joinsNs.find((joinNs) => joinNs > atNs) ?? Infinity });
  const lost = input.membershipsLostNs.map(untilJoin);
  const replaced = input.backendReplacedNs.map(untilJoin).filter((span) => !getsAnything(input, subject, span));
  return normalizeRanges([...ofProcesses, ...[...lost, ...replaced].flatMap(around)]);
}

/** Whether anything that was surely published in a time after its first second has arrived: then its membership was there. */
function getsAnything(input: AccountInput, { publisher, socket, missing }: Case, { fromNs, toNs }: SocketOutage): boolean {
  const due = dueBetween(input, publisher, fromNs + IN_TRANSIT_WINDOW_NS, toNs - input.guardNs);
  const away = input.sockets[socket]!.absences.flatMap(({ leavingNs, joinedNs }) => dueBetween(input, publisher, leavingNs, joinedNs));
  return splitRanges(due, normalizeRanges([...missing, ...away])).outside.length > 0;
}
