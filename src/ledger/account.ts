import type { Evidence, HeldFrame } from './evidence.ts';
import { type SequenceRange, normalizeRanges } from '../model/ranges.ts';
import type { LayerScope } from '../model/layers.ts';

/*
 * What the ledger is made from: who was owed what, what is missing, and what every process knows about it.
 * Plain data; times are ns of the host's monotonic clock, sequence numbers are of the measure epoch.
 */

/** One publisher's side of the account. */
export interface PublisherAccount {
  readonly group: number;
  /** The socket that it sends through, by its index in the Plan. */
  readonly socket: number;
  /** The socket that answers its messages: deliveries to its own socket are replies, and come from there. */
  readonly answeredBy: number | null;
  /** Whether its messages are under way at once, so that a later one may be there before. */
  readonly overtakes: boolean;
  /** Messages that were due: sent or unsendable. */
  readonly attempted: number;
  /** Due while its socket was not open. */
  readonly unsendable: readonly SequenceRange[];
  /** HTTP requests without an answer: whether they were published, nobody knows. */
  readonly unanswered: readonly SequenceRange[];
  /** Answered `refused` by its server. */
  readonly refused: readonly SequenceRange[];
}

/** From the end of a socket until it had joined its groups again; Infinity where it never did. */
export interface SocketOutage {
  readonly fromNs: number;
  readonly toNs: number;
}

/** One socket's side of the account, by its index in the Plan. */
export interface SocketAccount {
  /** Where it was, from when on; at least one, in the order of time. */
  readonly placements: readonly Placement[];
  readonly outages: readonly SocketOutage[];
  /** When it was not, or not surely, a member, by the Plan. */
  readonly absences: readonly Absence[];
  /** Whenever it asked to join its groups, ascending; none where they are no groups of the layer. */
  readonly joinsNs: readonly number[];
}

/** Deliveries that are missing at the end of drain: of one publisher, at one socket. */
export interface MissingRange extends SequenceRange {
  readonly publisher: number;
  readonly socket: number;
}

/** A server process that ended while the run went on. */
export interface ProcessCrash {
  readonly process: number;
  readonly atNs: number;
}

export interface AccountInput {
  readonly scope: LayerScope;
  readonly processes: number;
  readonly publishers: readonly PublisherAccount[];
  readonly sockets: readonly SocketAccount[];
  /** Sockets of each group. */
  readonly members: readonly (readonly number[])[];
  /** Names of the groups in the layer. */
  readonly groupNames: readonly string[];
  /** Distinct (sender, seq, member) that arrived by the end of drain, as the drivers have counted them. */
  readonly delivered: number;
  /** Every missing (publisher, socket, range), enumerated by the drivers. */
  readonly missing: readonly MissingRange[];
  /** Of these, what arrived between the end of drain and collect. */
  readonly lateArrivals: readonly MissingRange[];
  /** Whether a probe or any delivery crossed: [sending process × processes + receiving process]. */
  readonly crossed: ArrayLike<boolean>;
  readonly crashes: readonly ProcessCrash[];
  /** By server process. */
  readonly evidence: readonly (readonly Evidence[])[];
  readonly held: readonly (readonly HeldFrame[])[];
  /** How many messages of each publisher its server has published by collect, well or not; null where nobody knows. */
  readonly published: readonly (number | null)[];
  /** How long a layer keeps a message, in ns; Infinity where it has no such option. */
  readonly expiryNs: number;
  /** How long a layer keeps a membership after it was last joined, in ns; Infinity where it has no such option. */
  readonly groupExpiryNs: number;
  /** The longest that a message can have been on its way to the layer. */
  readonly guardNs: number;
  /** When the backend lost the memberships that it keeps, and nobody renewed them. */
  readonly membershipsLostNs: readonly number[];
  /** When another server took the place of the backend that keeps memberships: it may have them, or not. */
  readonly backendReplacedNs: readonly number[];
  /** Due times of one publisher's first `attempted` messages, ascending. */
  readonly dueNs: (publisher: number) => Float64Array;
}

/** Deliveries of one publisher to one socket. */
export interface Pair {
  readonly publisher: number;
  readonly socket: number;
}

/** One number per (publisher, socket): both are below 2^26. */
export function pairKey(pair: Pair): number {
  return pair.publisher * 2 ** 26 + pair.socket;
}

/** The pair that a key stands for. */
export function pairOfKey(key: number): Pair {
  return { publisher: Math.floor(key / 2 ** 26), socket: key % 2 ** 26 };
}

const grouped = new WeakMap<readonly MissingRange[], ReadonlyMap<number, readonly SequenceRange[]>>();

/** Ranges of each (publisher, socket), by its key; sorted and merged. Of one list, which nobody changes, that is found out once. */
export function rangesByPair(ranges: readonly MissingRange[]): ReadonlyMap<number, readonly SequenceRange[]> {
  const known = grouped.get(ranges) ?? groupRanges(ranges);
  grouped.set(ranges, known);
  return known;
}

function groupRanges(ranges: readonly MissingRange[]): ReadonlyMap<number, readonly SequenceRange[]> {
  const pairs = new Map<number, SequenceRange[]>();
  for (const range of ranges) {
    const key = pairKey(range);
    const list = pairs.get(key);
    if (list === undefined) pairs.set(key, [{ from: range.from, to: range.to }]);
    else list.push({ from: range.from, to: range.to });
  }
  return new Map([...pairs].map(([key, list]) => [key, normalizeRanges(list)]));
}

/**
 * A time in which a member was not in its groups, or not surely: from the request to leave until it had joined again.
 * ns of the host's monotonic clock; Infinity for what did not happen.
 */
export interface Absence {
  readonly leavingNs: number;
  readonly leftNs: number;
  readonly joiningNs: number;
  readonly joinedNs: number;
}

/**
 * Where a socket is, by time. A socket that is opened again may be on another process than before: behind a proxy, or at a
 * socket that processes share. A placement is in force from the server's `hello` until the next one, also while the socket
 * is not open: what is due then was owed by the process that the socket was last on.
 */
export interface Placement {
  readonly process: number;
  /** The layer's name for its consumer there. */
  readonly channel: string;
  readonly fromNs: number;
}
