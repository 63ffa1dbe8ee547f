import type { IntervalReport } from '../ledger/interval-parts.ts';
import type { ArrivalReport } from '../ledger/arrival-slots.ts';
import type { ErrorCount } from '../ledger/error-tally.ts';
import type { EncodedLatency } from '../stats/histogram.ts';
import type { SettingValue } from '../model/layer-setting.ts';
import type { ChosenLayer } from '../model/chosen-layer.ts';
import type { SpanChunk } from '../ledger/message-spans.ts';
import type { PlannedPayloads } from '../model/payloads.ts';
import type { PlannedPublisher, PlannedSocket, PlannedVisit } from '../model/plan.ts';
import type { Trust } from '../model/servers.ts';
import type { SequenceRange } from '../model/ranges.ts';
import type { StampFindings } from '../ledger/stamp-check.ts';
import type { SecondCount } from '../result/request.ts';
import type { BrokenSocket } from '../result/find-warnings.ts';
import type { AbsentSocket, AimedPublisher, ClosedSocket, JoinedSocket, PlacedSocket, SocketOpened } from './socket-history.ts';

/*
 * Everything that coordinator and children say to each other, over IPC (advanced serialization: typed arrays and
 * Infinity survive). What drivers and servers say to each other is in client-protocol.ts.
 * Times are ns of the host's monotonic clock; `…OffsetNs` are relative to the epoch's start.
 */

// ---------------------------------------------------------------------------------------------- servers

export type ServerCommand =
  | {
      readonly type: 'start';
      readonly runId: string;
      readonly processIndex: number;
      /** 0 for any that is free. */
      readonly port: number;
      readonly layer: ChosenLayer & { readonly prefix: string; readonly hosts: readonly SettingValue[] };
    }
  /** The measure phase begins: the use of the event loop counts from here. */
  | { readonly type: 'mark' }
  | { readonly type: 'stop' };

export type ServerMessage =
  | { readonly type: 'ready'; readonly port: number; readonly version: string }
  | { readonly type: 'marked' }
  | { readonly type: 'stopped' }
  | Failed;

// ---------------------------------------------------------------------------------------------- drivers

export interface DriverSocket extends PlannedSocket {
  /** Index in the Plan. */
  readonly index: number;
}

export interface DriverPublisher extends PlannedPublisher {
  readonly index: number;
}

/** What one driver is to do. */
export interface DriverAssignment {
  readonly driverIndex: number;
  readonly runId: string;
  /** The number in every frame. */
  readonly run: number;
  /** The numbers of the runs that these sockets have carried before. */
  readonly earlierRuns: readonly number[];
  readonly seed: number;
  /** Of servers behind TLS. */
  readonly trust: Trust;
  readonly processes: number;
  readonly payloads: PlannedPayloads;
  readonly sockets: readonly DriverSocket[];
  readonly publishers: readonly DriverPublisher[];
  readonly visits: readonly PlannedVisit[];
  /** Whether no schedule says when the phase is over. */
  readonly isSelfPaced: boolean;
  /** Groups of two: whoever sends to one channel, and who answers. They are no groups of the layer. */
  readonly directGroups: readonly number[];
  /** Sockets that answer. */
  readonly targets: readonly number[];
  /** Socket that gets the replies to a publisher's messages, by publisher of the Plan; -1 for none. */
  readonly replySockets: Int32Array;
  /** How many messages each publisher of the Plan has in the measure phase, at most. */
  readonly messages: Float64Array;
  /** Publishers of each group in the whole Plan, by group index: their frames arrive here too. */
  readonly publishersByGroup: readonly (readonly number[])[];
  /** Whether a socket that ends is opened again. */
  readonly reconnects: boolean;
  /** Groups that have members in other drivers as well. */
  readonly sharedGroups: readonly number[];
}

/** What differs between runs over the same sockets. */
export type DriverRenewal = Pick<DriverAssignment, 'run' | 'earlierRuns' | 'seed' | 'publishers' | 'messages' | 'isSelfPaced'>;

export type DriverCommand =
  | ({ readonly type: 'start' } & DriverAssignment)
  | { readonly type: 'connect'; readonly servers: readonly string[]; readonly deadlineMs: number }
  /** The channels of all sockets of the Plan, for those that send to one. */
  | { readonly type: 'aim'; readonly channels: readonly string[] }
  /** Opens one socket per server, and probes every pair of processes over them. */
  | {
      readonly type: 'probe';
      readonly servers: readonly string[];
      readonly group: number;
      readonly deadlineMs: number;
      readonly minTries: number;
    }
  /** A socket that messages go to is another channel from now on. */
  | ({ readonly type: 'follow' } & SocketOpened)
  | { readonly type: 'warmup'; readonly startNs: number; readonly durationNs: number }
  /** Takes on another run over the same sockets, once nothing of the one before is under way. */
  | ({ readonly type: 'renew' } & DriverRenewal)
  /**
   * Be ready for a measure phase that begins at `startNs`, or later where this is said again. By publisher of the Plan: the
   * server process of its socket, and of the socket that replies to it (or its own).
   */
  | {
      readonly type: 'arm';
      readonly startNs: number;
      readonly publisherProcess: Int32Array;
      readonly replyProcess: Int32Array;
    }
  /** Begins when the last `arm` has said. */
  | { readonly type: 'measure'; readonly durationNs: number }
  /** The phase ends at `atNs`: what is due later is not part of it. */
  | { readonly type: 'halt'; readonly atNs: number }
  | ({ readonly type: 'drain' } & DrainOrder)
  /** Nothing can arrive any more: the drain is over. */
  | { readonly type: 'endDrain' }
  /** What was sent so far, while the measure phase goes on. */
  | { readonly type: 'tally' }
  /** A report of the messages before `attempted`, by publisher of the Plan, while the measure phase goes on: nothing ends by it. */
  | { readonly type: 'glance'; readonly attempted: Uint32Array }
  | { readonly type: 'collect' }
  | { readonly type: 'ping' };

/** What is to be waited for, and until when. Arrays are by publisher of the Plan. */
export interface DrainOrder {
  readonly attempted: Uint32Array;
  /** Messages that nobody gets, unsendable or refused: triples publisher, from, to. */
  readonly toNobody: Uint32Array;
  /** The server process that the socket of each is on now. */
  readonly publisherProcess: Int32Array;
  readonly lastSendNs: number;
  readonly deadlineNs: number;
  /** Pairs of processes that nothing crosses: [sending × processes + receiving] is 1. */
  readonly isolated: Uint8Array;
}

/** Sessions of pages, by what the process of their WebSocket said. */
export interface VisitReport {
  readonly known: number;
  readonly unknown: number;
  /** Without an answer. */
  readonly failed: number;
}

/** The sending side of one publisher. */
export interface PublisherReport {
  readonly publisher: number;
  /** Server process of its socket, by now. */
  readonly process: number;
  readonly attempted: number;
  /** Due where nothing could be sent. */
  readonly unsendable: readonly SequenceRange[];
  /** HTTP requests without an answer: they may have been published. */
  readonly unanswered: readonly SequenceRange[];
  readonly refused: readonly SequenceRange[];
  /** When each message was issued, where no schedule said when it was due; else null. */
  readonly issuedNs: Float64Array | null;
}

/** What has become of the HTTP requests of one driver. */
export interface RequestReport {
  readonly answered: number;
  /** Refused, or never sent: it published nothing. */
  readonly failed: number;
  /** It may have published. */
  readonly unanswered: number;
  /** From the first request to the last answer; to when the others were given up, where some had none. */
  readonly fromNs: number;
  readonly toNs: number;
}

/** What arrived at the sockets of one driver, and what did not. */
export interface ReceiverReport extends ArrivalReport {
  /** Distinct deliveries by the end of drain. */
  readonly delivered: number;
  /** [sending process × processes + receiving process] is 1 where a delivery arrived. */
  readonly crossings: Uint8Array;
  /** Quadruples publisher, socket, from, to. */
  readonly missing: Uint32Array;
  readonly lateArrivals: Uint32Array;
  readonly duplicates: number;
  readonly reordered: number;
  readonly reorderExtentMax: number;
  readonly late: number;
  readonly strays: number;
  /** Frames of runs before. */
  readonly earlier: number;
  readonly corrupt: number;
  readonly intervals: readonly IntervalReport[];
  readonly ingress: EncodedLatency;
  readonly edge: EncodedLatency;
  /** Of messages that were replied to. */
  readonly roundTrip: EncodedLatency;
  readonly firstDelivery: EncodedLatency;
  readonly lastDelivery: EncodedLatency;
  /** Messages of groups that are spread over several drivers. */
  readonly sharedSpans: readonly SpanChunk[];
  readonly stamps: StampFindings;
}

/** Where the sockets of one driver were, and what became of them. */
export interface SocketsReport {
  /** Whenever a socket was opened, in the order of time for each. */
  readonly placements: readonly PlacedSocket[];
  /** Sockets that ended before collect, and when they were open again. */
  readonly closed: readonly ClosedSocket[];
  readonly absent: readonly AbsentSocket[];
  /** In the order of time for each socket. */
  readonly joined: readonly JoinedSocket[];
  readonly aimed: readonly AimedPublisher[];
  readonly broken: readonly BrokenSocket[];
  /** What was said of refusals, and of sockets that ended. */
  readonly errors: readonly ErrorCount[];
  /** Of members that come and go: from the request until it was acknowledged; reconnect: until they were in their groups. */
  readonly steps: { readonly join: EncodedLatency; readonly leave: EncodedLatency; readonly reconnect: EncodedLatency };
}

export interface DriverReport extends ReceiverReport, SocketsReport {
  readonly publishers: readonly PublisherReport[];
  readonly requests: RequestReport;
  readonly visits: VisitReport;
  readonly health: HealthReading;
}

export type DriverMessage =
  | { readonly type: 'ready' }
  | { readonly type: 'connected'; readonly sockets: readonly SocketOpened[] }
  /** `crossed[from × processes + to]` is 1 where a probe arrived. */
  | { readonly type: 'probed'; readonly crossed: Uint8Array; readonly tries: number }
  | { readonly type: 'aimed' }
  /** A socket that messages go to was opened again, and is another channel. */
  | ({ readonly type: 'moved' } & SocketOpened)
  | { readonly type: 'warmedUp' }
  /** `isWhole`: every socket has been open, in its groups and in order since it was opened. */
  | { readonly type: 'renewed'; readonly isWhole: boolean }
  | { readonly type: 'armed' }
  /** The schedule has ended (or was halted): every publisher's last word. */
  | { readonly type: 'sent'; readonly publishers: readonly PublisherReport[]; readonly lastSendNs: number }
  /**
   * Messages attempted and deliveries so far; `settled…` of these, the ones of messages due in seconds that ended a second ago.
   * `seconds` are the ones whose counts have grown since the last time.
   */
  | {
      readonly type: 'progress';
      readonly delivered: number;
      readonly rssBytes: number;
      readonly settledAttempted: number;
      readonly settledDelivered: number;
      readonly seconds: readonly SecondCount[];
    }
  | { readonly type: 'interval'; readonly interval: IntervalReport }
  | { readonly type: 'drained'; readonly outstanding: number }
  | { readonly type: 'tallied'; readonly publishers: readonly PublisherReport[] }
  | { readonly type: 'report'; readonly report: DriverReport }
  | { readonly type: 'pong'; readonly ns: number }
  | Failed;

/** An error of a child that it could not deal with. */
export interface Failed {
  readonly type: 'failed';
  /** The command that has failed, and is not answered; null where something else has, and answers may still come. */
  readonly during: string | null;
  readonly kind: 'usage' | 'environment' | 'invalid' | 'interrupted' | 'bug';
  readonly message: string;
  readonly hint: string;
  readonly stack: string;
}

/** A process' health in the measure phase. */
export interface HealthReading {
  readonly cpuSecondsSinceMark: number;
  readonly rssBytes: number;
  readonly eventLoopUtilization: number;
  readonly eventLoopDelayP99Us: number | null;
}
