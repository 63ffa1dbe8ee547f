import type { LayerScope } from './layer-catalog.ts';
import type { LayerInUse } from './layer-in-use.ts';
import type { ParameterValue } from './parameters.ts';

/*
 * The result file, schema version 1. These types are the one source: `result.schema.json` is generated from them
 * (`npm run schema`). Keys carry their unit. Names are fixed, because CI reads them.
 */

export type Phase = 'start' | 'connect' | 'probe' | 'warmup' | 'measure' | 'drain' | 'collect' | 'stop';

/** One run of one scenario over one layer, one kind of server and one number of processes. */
export interface RunResult {
  readonly schemaVersion: 1;
  readonly kind: 'run';
  readonly tool: { readonly name: 'layerbench'; readonly version: string };
  readonly run: RunIdentity;
  readonly environment: Environment;
  readonly scenario: { readonly name: string; readonly parameters: { readonly [name: string]: ParameterValue } };
  /** `name` of a layer of the user's is that of its module. Options under their names in Django's CONFIG, durations with `Seconds` added. */
  readonly layer: {
    readonly name: string;
    readonly scope: LayerScope;
    readonly options: { readonly [name: string]: ParameterValue };
    /** What the servers themselves say that they use, where they do: an application has its layer from its own settings. */
    readonly inUse?: LayerInUse;
  };
  readonly server: ServerSummary;
  /** Number of driver processes. */
  readonly drivers: number;
  readonly phases: readonly PhaseSpan[];
  readonly throughput: Throughput;
  /** One a second of the measure phase, by due time. */
  readonly intervals: readonly Interval[];
  readonly latency: Latencies;
  /** Latency by whether the publisher's and the member's sockets are on one process. */
  readonly placement: { readonly sameProcess: PlacementLatency; readonly crossProcess: PlacementLatency };
  readonly reach: Reach;
  readonly ledger: Ledger;
  /** What was said of messages that were refused, of sockets that ended and of a backend that was away, the most frequent first; left out where nothing was. */
  readonly errors?: readonly ToldError[];
  readonly faults: readonly FaultSpan[];
  readonly clock: ClockCheck;
  /** What a scenario adds. */
  readonly measures: readonly Measure[];
  readonly health: readonly ProcessHealth[];
  readonly cost: Cost;
  /** Why figures are null that such a run has as a rule; left out where all are known. */
  readonly unknown?: readonly UnknownFigure[];
  readonly limits: readonly LimitOutcome[];
  readonly warnings: readonly Warning[];
  readonly validity: Validity;
}

export interface RunIdentity {
  readonly id: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  /** Length of the measure phase as it was run. */
  readonly durationSeconds: number;
  /** The command that made this result, without secrets. */
  readonly command: string;
  readonly seed: number;
  readonly tags: { readonly [key: string]: string };
  /** partial: a process died or the run was cut short, and what was there was collected. */
  readonly state: 'completed' | 'interrupted' | 'partial';
}

export interface Environment {
  readonly host: { readonly cpuModel: string; readonly cores: number; readonly memoryBytes: number; readonly kernel: string };
  readonly node: string;
  /** null where the layer needs no Redis. The URL carries no password. */
  readonly redis: { readonly version: string; readonly url: string } | null;
  /** Of the directory that bench was called in; null outside a repository. */
  readonly git: { readonly sha: string; readonly dirty: boolean } | null;
  /** Equal for results that were made on like machines with like software. */
  readonly fingerprint: string;
}

export interface ServerSummary {
  readonly kind: 'node' | 'daphne' | 'uvicorn' | 'mixed' | 'url';
  readonly processes: number;
  readonly members: readonly { readonly index: number; readonly kind: string; readonly version: string; readonly address: string }[];
}

/** Milliseconds since the run started. */
export interface PhaseSpan {
  readonly name: Phase;
  readonly startMs: number;
  readonly endMs: number;
}

/** Messages (offered, sent) and deliveries (delivered) per second. */
export interface Throughput {
  /** What the schedule had due in the measure phase, over its length. */
  readonly offeredPerSecond: number;
  /** Over the time until the last of it was sent, where that is longer. */
  readonly sentPerSecond: number;
  /** Over `deliverySeconds`. */
  readonly deliveredPerSecond: number;
  /**
   * From the start of the measure phase to its end, or to the last delivery where that came later. Results of before have none:
   * their deliveries are per second of the phase, however long the drain took, and not comparable with those that have it.
   */
  readonly deliverySeconds?: number;
}

export interface Interval {
  /** Milliseconds since the measure phase began. */
  readonly startMs: number;
  readonly endMs: number;
  /** Messages due, and of these the ones sent. */
  readonly offered: number;
  readonly sent: number;
  /** Deliveries of the messages due in this interval, whenever they arrived. */
  readonly delivered: number;
  /** Deliveries that arrived in this interval, whenever their messages were due: what was carried. Results of before have none. */
  readonly arrived?: number;
  /** Those that had not arrived when the drain was over, by whatever cause, or since they were in flight. */
  readonly lost: number;
  readonly pacerLagP99Us: number | null;
  readonly response: LatencySummary | null;
  readonly transit: LatencySummary | null;
}

/** A statistic of latencies that is a lower bound where too much never arrived. */
export type Censorable = 'mean' | 'p50' | 'p90' | 'p99' | 'p999' | 'max';

/** A latency distribution of what arrived, in µs. Percentiles are HdrHistogram's, 3 significant digits; min, mean and max are exact. */
export interface LatencySummary {
  readonly unit: 'us';
  readonly count: number;
  readonly min: number;
  readonly mean: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
  /** Negative latencies: counted here, not in the distribution. */
  readonly negatives: number;
  /** HdrHistogram V2, compressed, base64; values in ns. */
  readonly histogram: string;
  /**
   * Share of what should be in the distribution and never arrived, from 0 to 1; absent where nothing is missing.
   * Isolated and uncertain deliveries are left out; what arrived after the drain and what was in flight is missing.
   */
  readonly missingRatio?: number;
  /** Statistics that are lower bounds, since the share that is missing is larger than what lies beyond them; absent where nothing is missing. */
  readonly censored?: readonly Censorable[];
}

/** null: no data, or stamps whose clocks do not agree. */
export interface Latencies {
  /** arrived − due: what a user feels. */
  readonly response: LatencySummary | null;
  /** recv − send: the layer alone. */
  readonly transit: LatencySummary | null;
  /** send − issued, per message. */
  readonly ingress: LatencySummary | null;
  /** arrived − recv. */
  readonly edge: LatencySummary | null;
  /** issued − due, per message. */
  readonly pacerLag: LatencySummary | null;
  /** From due to the first member that got it, per message. */
  readonly firstDelivery: LatencySummary | null;
  /** From due to the last member that got it, per message. */
  readonly lastDelivery: LatencySummary | null;
}

export interface PlacementLatency {
  readonly response: LatencySummary | null;
  readonly transit: LatencySummary | null;
}

/** delivered ÷ expected; matrix[sending process][receiving process], null where nothing was expected. */
export interface Reach {
  readonly ratio: number | null;
  readonly matrix: readonly (readonly (number | null)[])[];
}

/** Why a delivery was lost; in the order in which the evidence is tried. */
export interface LossByCause {
  readonly isolated: number;
  readonly processCrashed: number;
  readonly disconnected: number;
  readonly refused: number;
  readonly overCapacity: number;
  readonly expired: number;
  readonly groupExpired: number;
  readonly bufferOverflow: number;
  readonly backendLost: number;
  readonly backpressureClosed: number;
  readonly lateAfterDrain: number;
  readonly unexplained: number;
}

export type LossCause = keyof LossByCause;

/** The account: expected = delivered + lostTotal + inFlight. Loss is lostTotal + inFlight: all that had not arrived when the drain was over. */
export interface Ledger {
  readonly expected: number;
  readonly delivered: number;
  readonly lost: LossByCause;
  /** Lost for good, by a cause. */
  readonly lostTotal: number;
  /** Still under way when the drain was over. */
  readonly inFlight: number;
  readonly uncertain: number;
  readonly duplicates: number;
  readonly reordered: number;
  /** The furthest, in sequence numbers, that a delivery came after a later one. */
  readonly reorderExtentMax: number;
  readonly late: number;
  readonly strays: number;
  readonly corrupt: number;
  /** Maximal runs of consecutive sequence numbers of a sender that had not arrived at some member: what many members miss together counts once. */
  readonly lossEvents: number;
  /** Whether the enumerated missing deliveries equal expected − delivered, to the unit. */
  readonly balanced: boolean;
}

export type FaultOutcome = 'nothing' | 'back' | 'away';

/** What an error is of: messages that were refused, sockets that ended or could not be opened again, backends that a layer lost. */
export type ErrorCause = 'refused' | 'disconnected' | 'backendLost';

/** One text that was said of errors of the measure phase and its drain; as a text is of somebody else, it is one line without secrets. */
export interface ToldError {
  readonly cause: ErrorCause;
  /** What differs each time, such as slots and ports, is `…`. */
  readonly text: string;
  /** How often: messages, sockets or tries to open one again, times that a server's layer lost its backend. */
  readonly count: number;
  /** The first and the last time, from the beginning of the measure phase. */
  readonly fromMs: number;
  readonly toMs: number;
  /** What it means, and what to do about it; left out where that is not known. */
  readonly meaning?: string;
  readonly remedy?: string;
}

/** A fault that the Plan wanted; times from the beginning of the measure phase. */
export interface FaultSpan {
  readonly spec: string;
  /** Of what the user did by hand: the first that was seen of it. */
  readonly startMs: number;
  /** What was broken was there again. */
  readonly endMs: number;
  /** Only of what the user did by hand: nothing was seen of it; the backend was away, and was back; or it was away to the end. */
  readonly outcome?: FaultOutcome;
  /** From `startMs` until the last delivery that was lost after it; 0: none was, null: losses went on to the end. */
  readonly recoveryMs: number | null;
}

/** Ping-pongs between the coordinator and every process; a violation is a remote stamp outside its bracket. */
export interface ClockCheck {
  readonly checks: number;
  readonly maxRttUs: number;
  readonly violations: number;
  /** The largest difference to the coordinator's clock, with its sign: half of the round trip that told it is its uncertainty. */
  readonly maxOffsetUs: number;
}

/** Which way a number gets better. */
export type Direction = 'lowerIsBetter' | 'higherIsBetter';

/** What a scenario finds out beside latency and loss. */
export interface Measure {
  readonly name: string;
  /** For people. */
  readonly label: string;
  readonly unit: 'us' | 'bytes' | '1/s' | 'ratio' | 'times' | 'count';
  readonly value: number;
  readonly direction: Direction;
  /** The value is a lower bound: too much never arrived. */
  readonly censored?: true;
}

/** Over the measure phase and its drain; what does not apply is null. */
export interface ProcessHealth {
  readonly role: 'server' | 'driver' | 'coordinator' | 'redis' | 'proxy';
  readonly index: number;
  /** CPU time ÷ wall time: 1 is one core. */
  readonly cpuRatio: number | null;
  readonly eventLoopUtilization: number | null;
  readonly eventLoopDelayP99Us: number | null;
  /** At the end. */
  readonly rssBytes: number | null;
  /** Read about once a second; null or left out where it is not known. */
  readonly memory?: ProcessMemory | null;
}

/** Resident memory of a process over measure and drain: all of its lives, where it was started again. */
export interface ProcessMemory {
  readonly startBytes: number;
  /** The most that was read. */
  readonly peakBytes: number;
  readonly endBytes: number;
  /** null below 9 readings, and for a process that was started again. */
  readonly growthBytesPerSecond: MemoryGrowth | null;
}

/** The mean slope from start to end, and its 95 % interval. */
export interface MemoryGrowth {
  readonly value: number;
  readonly lower: number;
  readonly upper: number;
}

/** A figure that is null, or a measure that is left out. */
export interface UnknownFigure {
  /** Where it would stand: `cost.redisBytesPer1000Deliveries`, `health.server.0.cpuRatio`, `measures.poppedWhilePaused`. */
  readonly figure: string;
  /** Half a sentence: "server 0 does not tell its CPU time". */
  readonly reason: string;
}

/** Of the system under test: servers and Redis. null without deliveries or without Redis, or for the reason that `unknown` gives. */
export interface Cost {
  readonly cpuSecondsPer1000Deliveries: number | null;
  readonly redisCommandsPer1000Deliveries: number | null;
  readonly redisRoundTripsPer1000Deliveries: number | null;
  readonly redisBytesPer1000Deliveries: number | null;
}

export interface LimitOutcome {
  readonly expression: string;
  /** In the unit of the expression's metric: µs, a ratio, 1/s, a count or bytes; null without data. */
  readonly value: number | null;
  readonly ok: boolean;
  readonly noData: boolean;
  /** True where the percentile rests on too few sends. */
  readonly weak: boolean;
  /** The value is a lower bound: too much never arrived. No upper limit holds on it. */
  readonly censored?: true;
}

export interface Warning {
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
}

export interface Validity {
  readonly valid: boolean;
  readonly reasons: readonly string[];
}
