import type { Absence } from '../ledger/account.ts';

/* What becomes of the sockets of a run, as drivers tell it. Times are ns of the host's monotonic clock. */

export interface SocketOpened {
  readonly socket: number;
  readonly processIndex: number;
  readonly channel: string;
}

/** One time that a socket was opened: in force until the next, and on that process. */
export interface PlacedSocket extends SocketOpened {
  readonly fromNs: number;
}

export interface ClosedSocket {
  readonly socket: number;
  readonly atNs: number;
  readonly code: number;
  /** When it had joined its groups again, and under which name; null where it had not. */
  readonly back: { readonly atNs: number; readonly channel: string } | null;
}

/** A time in which a member was away by the Plan; Infinity for what did not happen. */
export interface AbsentSocket extends Absence {
  readonly socket: number;
}

/** From when on the messages of a publisher went to one channel. */
export interface AimedPublisher {
  readonly publisher: number;
  readonly channel: string;
  readonly atNs: number;
}

/** One time that a socket joined its groups: when it asked. */
export interface JoinedSocket {
  readonly socket: number;
  readonly joiningNs: number;
}
