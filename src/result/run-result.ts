import type { Warning } from '../model/warnings.ts';
import type { Interval } from '../ledger/timeline.ts';
import type { Environment, ClockCheck } from '../model/environment.ts';
import type { FaultSpan } from '../model/faults.ts';
import type { ToldError } from '../ledger/error-tally.ts';
import type { Reach, Ledger } from '../ledger/ledger.ts';
import type { LatencySummary } from '../stats/histogram.ts';
import type { Measure } from '../model/measures.ts';
import type { LayerScope } from '../model/layers.ts';
import type { LayerInUse } from '../model/layer-in-use.ts';
import type { ParameterValue } from '../model/parameters.ts';

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
  /** The measure phase by due time: one a second, or longer ones where there would be more than 600. Each has its own start and end. */
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
  /** Of a run whose processes and sockets had measured others before it; left out of one that had them to itself. */
  readonly session?: {
    /** The same for all runs that shared processes: the id of the first of them. */
    readonly id: string;
    readonly runsBefore: number;
    /** Frames of those runs that arrived in this one. They are nowhere in its ledger. */
    readonly earlierFrames: number;
  };
  /** partial: a process died or the run was cut short, and what was there was collected. */
  readonly state: 'completed' | 'interrupted' | 'partial';
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

export interface Validity {
  readonly valid: boolean;
  readonly reasons: readonly string[];
}
