import type { NamedCause } from '../model/causes.ts';
import type { SequenceRange } from '../model/ranges.ts';

/** Evidence that names its messages: sequence numbers `from` (inclusive) to `to` (exclusive) of one sender. */
export interface MessageEvidence extends SequenceRange {
  readonly kind: 'message';
  readonly cause: NamedCause;
  readonly sender: number;
  /** The number of the run in its frames; left out by a server that does not tell runs apart. */
  readonly run?: number;
  /** The member's channel it was lost for; null: for every member, or see `queues`. */
  readonly channel: string | null;
  /** How many process queues refused each of these messages, where the layer tells no names; else null. */
  readonly queues: number | null;
  /** What the layer said, of a refused reply: of other messages the client is told. */
  readonly reason?: string;
}

/** Evidence that only counts: so many messages of one process queue, or memberships of one group, up to a time. */
export interface CountEvidence {
  readonly kind: 'count';
  readonly cause: 'expired' | 'groupExpired';
  /** Non-local name of the queue, or name of the group. */
  readonly name: string;
  readonly count: number;
  /** Monotonic clock of the host. */
  readonly atNs: number;
}

/** Nobody read a process queue for longer than the expiry: what it held by then is gone. */
export interface UnreadEvidence {
  readonly kind: 'unread';
  readonly cause: 'expired';
  /** Non-local name of the queue. */
  readonly name: string;
  readonly fromNs: number;
  readonly toNs: number;
}

/** The backend of one server's layer was unreachable; `toNs` is null while it still is. */
export interface OutageEvidence {
  readonly kind: 'outage';
  readonly cause: 'backendLost';
  readonly fromNs: number;
  readonly toNs: number | null;
  /** What ended the connection, where the layer knows. */
  readonly reason?: string;
}

/** The server closed the socket of a client that did not read: what it had for it is gone. */
export interface ClosedEvidence {
  readonly kind: 'closed';
  readonly cause: 'backpressureClosed';
  readonly channel: string;
  readonly atNs: number;
}

export type Evidence = MessageEvidence | CountEvidence | UnreadEvidence | OutageEvidence | ClosedEvidence;

/** Frames that a server is asked for: of one epoch, and of one run; null for those of any. */
export interface FramesOf {
  readonly epoch: number;
  readonly run: number | null;
}

/** A message that a process still holds at collect: not lost, in flight. */
export interface HeldFrame {
  readonly sender: number;
  readonly seq: number;
  readonly channel: string;
  readonly expired: boolean;
}

/** Counters of a server's layer; keys as the layer names them. */
export type ServerCounters = Readonly<Record<string, number>>;

/** `GET report?after=K`: everything that a server has to say for itself. */
export interface ServerReport {
  readonly processIndex: number;
  readonly pid: number;
  /** Number of evidence entries that exist by now; the next poll asks for those after it. */
  readonly evidenceCount: number;
  /** The entries after the one asked for. */
  readonly evidence: readonly Evidence[];
  readonly counters: ServerCounters;
  readonly connections: number;
  /** CPU time since the process began; null where the server does not know. */
  readonly cpuSeconds: number | null;
  readonly rssBytes: number | null;
  /** Share of the event loop's time in use since the last mark, 0 to 1; null where the server has no such measure. */
  readonly eventLoopUtilization: number | null;
  readonly eventLoopDelayP99Us: number | null;
  /** What is still held, with `?held=1` only. */
  readonly held: readonly HeldFrame[];
  /**
   * By sender, for senders whose frames come over a socket: the sequence number after the last whose publish has ended, with
   * `?held=1` only. What was sent beyond is still on its way to the layer. A server that does not know leaves it out.
   */
  readonly published?: Readonly<Record<string, number>>;
  /** The run that `held` and `published` are of, where one was asked for. A server that does not tell runs apart leaves it out. */
  readonly run?: number;
}
