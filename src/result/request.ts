import type { BenchError } from '../model/errors.ts';
import type { EncodedLatency } from '../stats/histogram.ts';
import type { SettingValue } from '../model/layer-setting.ts';
import type { ChosenLayer } from '../model/chosen-layer.ts';
import type { ChosenServers } from '../model/servers.ts';
import type { Limit } from './limits.ts';
import type { ParameterValue } from '../model/parameters.ts';
import type { Plan } from '../model/plan.ts';
import type { Phase, RunResult } from './run-result.ts';

/** Everything that one run needs; plain data. */
export interface RunRequest {
  readonly scenario: { readonly name: string; readonly parameters: Readonly<Record<string, ParameterValue>> };
  readonly plan: Plan;
  readonly layer: ChosenLayer;
  readonly servers: ChosenServers;
  /** Number of driver processes; null: chosen from the Plan and the machine. */
  readonly drivers: number | null;
  /** Redis hosts of the user's, in any form of CHANNEL_LAYERS; null: bench starts one of its own where the layer needs it. */
  readonly hosts: readonly SettingValue[] | null;
  /** Whether faults may hit a Redis that is not bench's. */
  readonly mayBreakRedis: boolean;
  /** The prefix that a configuration has: that of the run begins with it; null for bench's own. */
  readonly prefix: string | null;
  readonly seed: number;
  readonly limits: readonly Limit[];
  readonly tags: Readonly<Record<string, string>>;
  /** The command line as it goes into the result: without secrets. */
  readonly command: string;
}

/** What a run tells while it goes on. */
export type RunEvent =
  | { readonly kind: 'phase'; readonly phase: Phase; readonly runId: string }
  /** About twice a second in warmup, measure and drain. */
  | {
      readonly kind: 'progress';
      readonly phase: Phase;
      readonly secondsLeft: number;
      readonly deliveredPerSecond: number;
      /** As far as can be told; by the mean of the Plan where messages are owed to unequal numbers of members. */
      readonly lost: number;
      readonly isLostExact: boolean;
    }
  /** Which pairs of processes a probe has crossed: [sending × processes + receiving] is 1. */
  | { readonly kind: 'probed'; readonly crossed: Uint8Array }
  /** Several times a second: seconds of one driver whose counts have grown, which replace what it said of them before. */
  | { readonly kind: 'seconds'; readonly driver: number; readonly seconds: readonly SecondCount[] }
  /** Latencies of messages that were due in one second of the measure phase, some seconds later; more may follow. */
  | { readonly kind: 'latencies'; readonly second: number; readonly response: readonly EncodedLatency[]; readonly pacerLag: EncodedLatency }
  /** About once a second in measure and drain, for each server process. */
  | { readonly kind: 'server'; readonly use: ServerUse }
  /** Something is broken on purpose, and is there again; times from the beginning of the measure phase. */
  | { readonly kind: 'fault'; readonly spec: string; readonly startMs: number; readonly endMs: number | null }
  /** Something went wrong that does not end the run at once, in one sentence. */
  | { readonly kind: 'notice'; readonly message: string };

/** Messages due in one second of the measure phase, their distinct deliveries so far, and how many arrived in it of whatever second. */
export interface SecondCount {
  readonly second: number;
  readonly attempted: number;
  readonly delivered: number;
  readonly arrived: number;
}

/** What a server process says to have used, up to a time of the host's monotonic clock; null for what it does not tell. */
export interface ServerUse {
  readonly index: number;
  readonly atNs: number;
  readonly cpuSeconds: number | null;
  readonly rssBytes: number | null;
}

/** How one point of a matrix ended: a result, or the error that kept it from having one. */
export type RunOutcome =
  | {
      readonly kind: 'result';
      readonly request: RunRequest;
      readonly result: RunResult;
      readonly path: string | null;
      /** Why its file is nowhere; null where it is. */
      readonly unsaved: BenchError | null;
    }
  | { readonly kind: 'failed'; readonly request: RunRequest; readonly error: unknown };
