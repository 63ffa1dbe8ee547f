import type { AccountInput, Fate, MissingRange } from './account.ts';
import type { MessageEvidence, SequenceRange } from './evidence.ts';
import { attributeCounts, type OpenRanges } from './count-evidence.ts';
import { lowerBound, normalizeRanges, splitRanges } from './ranges.ts';
import { NS_PER_SECOND } from './units.ts';

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
  readonly closedAtNs: number | null;
}

/**
 * Gives every missing delivery exactly one fate: the first of the causes, in their order, whose evidence holds.
 * A delivery that arrived after all (`lateAfterDrain`) or is still held (`inFlight`) proves that nothing else befell
 * it, so these two are settled before the causes that rest on times and counts.
 */
export function attribute(input: AccountInput): readonly Attributed[] {
  const attributed: Attributed[] = [];
  const settle = (subject: OpenRanges, fate: Fate, mask: readonly SequenceRange[]): void => {
    const { inside, outside } = splitRanges(subject.open, mask);
    for (const range of inside) attributed.push({ publisher: subject.publisher, socket: subject.socket, ...range, fate });
    subject.open = outside;
  };
  const cases = openCases(input);
  const late = rangesByPair(input.lateArrivals);
  const held = heldByPair(input);
  const named = namedEvidence(input);
  const outages = outageSpans(input);
  for (const subject of cases) {
    if (isolated(input, subject)) settle(subject, 'isolated', subject.open);
    settle(subject, 'lateAfterDrain', late.get(pairKey(subject)) ?? []);
    settle(subject, 'processCrashed', crashed(input, subject));
    settle(subject, 'disconnected', disconnected(input, subject));
    settle(subject, 'inFlight', held.get(pairKey(subject)) ?? []);
    settle(subject, 'refused', input.publishers[subject.publisher]!.refused);
    settle(subject, 'refused', named.masks('refused', subject));
    settle(subject, 'overCapacity', named.masks('overCapacity', subject));
    settle(subject, 'expired', named.masks('expired', subject));
    settle(subject, 'bufferOverflow', named.masks('bufferOverflow', subject));
  }
  attributeCounts(input, cases, settle);
  for (const subject of cases) {
    settle(subject, 'backendLost', backendLost(input, subject, outages));
    settle(subject, 'unexplained', subject.open);
  }
  return attributed;
}

/** One number per (publisher, socket): both are below 2^26. */
function pairKey(pair: { readonly publisher: number; readonly socket: number }): number {
  return pair.publisher * 2 ** 26 + pair.socket;
}

function rangesByPair(ranges: readonly MissingRange[]): ReadonlyMap<number, readonly SequenceRange[]> {
  const pairs = new Map<number, SequenceRange[]>();
  for (const range of ranges) {
    const key = pairKey(range);
    const list = pairs.get(key);
    if (list === undefined) pairs.set(key, [{ from: range.from, to: range.to }]);
    else list.push({ from: range.from, to: range.to });
  }
  return new Map([...pairs].map(([key, list]) => [key, normalizeRanges(list)]));
}

function openCases(input: AccountInput): readonly Case[] {
  const missing = rangesByPair(input.missing);
  return [...missing].map(([key, open]) => {
    const socket = key % 2 ** 26;
    const account = input.sockets[socket]!;
    return { publisher: Math.floor(key / 2 ** 26), socket, process: account.process, closedAtNs: account.closedAtNs, open };
  });
}

function isolated(input: AccountInput, subject: Case): boolean {
  if (input.scope !== 'process') return false;
  const cell = input.publishers[subject.publisher]!.process * input.processes + subject.process;
  return input.probed[cell] !== true && input.deliveredMatrix[cell] === 0;
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
  const publisher = input.publishers[subject.publisher]!;
  const ends = input.crashes.filter((crash) => crash.process === subject.process || crash.process === publisher.process);
  if (ends.length === 0) return [];
  const first = Math.min(...ends.map((crash) => crash.atNs));
  const unsendable = ends.some((crash) => crash.process === publisher.process) ? publisher.unsendable : [];
  return normalizeRanges([...dueBetween(input, subject.publisher, first - CRASH_WINDOW_NS, Infinity), ...unsendable]);
}

function disconnected(input: AccountInput, subject: Case): readonly SequenceRange[] {
  const publisher = input.publishers[subject.publisher]!;
  const masks: SequenceRange[] = [...publisher.unsendable];
  if (subject.closedAtNs !== null) masks.push(...dueBetween(input, subject.publisher, subject.closedAtNs - IN_TRANSIT_WINDOW_NS, Infinity));
  if (publisher.closedAtNs !== null) {
    masks.push(...dueBetween(input, subject.publisher, publisher.closedAtNs - IN_TRANSIT_WINDOW_NS, publisher.closedAtNs));
  }
  return normalizeRanges(masks);
}

function heldByPair(input: AccountInput): ReadonlyMap<number, readonly SequenceRange[]> {
  const sockets = new Map(input.sockets.map((socket, index) => [socket.channel, index] as const));
  const ranges: MissingRange[] = [];
  for (const frame of input.held.flat()) {
    const socket = sockets.get(frame.channel);
    if (socket !== undefined && !frame.expired) ranges.push({ publisher: frame.sender, socket, from: frame.seq, to: frame.seq + 1 });
  }
  return rangesByPair(ranges);
}

/** Evidence that names its messages, by cause, sender and channel (or all channels). */
function namedEvidence(input: AccountInput): { masks: (cause: MessageEvidence['cause'], subject: Case) => readonly SequenceRange[] } {
  const lists = new Map<string, SequenceRange[]>();
  const add = (key: string, range: SequenceRange): void => {
    const list = lists.get(key);
    if (list === undefined) lists.set(key, [range]);
    else list.push(range);
  };
  for (const entry of input.evidence.flat()) {
    if (entry.kind === 'message' && entry.queues === null) add(`${entry.cause}/${entry.sender}/${entry.channel ?? '*'}`, entry);
  }
  for (const frame of input.held.flat()) {
    if (frame.expired) add(`expired/${frame.sender}/${frame.channel}`, { from: frame.seq, to: frame.seq + 1 });
  }
  const masks = (cause: MessageEvidence['cause'], subject: Case): readonly SequenceRange[] => {
    if (lists.size === 0) return [];
    const key = `${cause}/${subject.publisher}`;
    const own = lists.get(`${key}/${input.sockets[subject.socket]!.channel}`) ?? [];
    const all = lists.get(`${key}/*`) ?? [];
    return own.length + all.length === 0 ? [] : normalizeRanges([...own, ...all]);
  };
  return { masks };
}

interface OutageSpan {
  readonly process: number;
  readonly fromNs: number;
  readonly toNs: number;
}

function outageSpans(input: AccountInput): readonly OutageSpan[] {
  return input.evidence.flatMap((entries, process) =>
    entries.flatMap((entry) => (entry.kind === 'outage' ? [{ process, fromNs: entry.fromNs, toNs: entry.toNs ?? Infinity }] : [])),
  );
}

function backendLost(input: AccountInput, subject: Case, outages: readonly OutageSpan[]): readonly SequenceRange[] {
  const sender = input.publishers[subject.publisher]!.process;
  const spans = outages.filter((span) => span.process === sender || span.process === subject.process);
  return normalizeRanges(
    spans.flatMap((span) => dueBetween(input, subject.publisher, span.fromNs - IN_TRANSIT_WINDOW_NS, span.toNs + IN_TRANSIT_WINDOW_NS)),
  );
}
