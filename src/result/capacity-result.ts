import type { LayerScope } from '../model/layers.ts';
import type { ParameterValue } from '../model/parameters.ts';
import type { LimitOutcome, RunIdentity, RunResult } from './run-result.ts';
import type { Environment } from '../model/environment.ts';

/*
 * The result of a capacity search, schema version 1, `kind: capacity`: part of `result.schema.json`, like that of a run.
 * Rates are those of the scenario's `--rate`: messages a second to each of its groups.
 */

/** The highest rates that layers carry with numbers of processes, within goals. */
export interface CapacityResult {
  readonly schemaVersion: 1;
  readonly kind: 'capacity';
  readonly tool: RunResult['tool'];
  readonly run: RunIdentity;
  /** Of the first trial; null without any. */
  readonly environment: Environment | null;
  /** Without what each trial chooses: rate, duration and warm-up. */
  readonly scenario: { readonly name: string; readonly parameters: { readonly [name: string]: ParameterValue } };
  readonly goal: CapacityGoal;
  /** By layer, kind of server and number of processes. */
  readonly points: readonly CapacityPoint[];
  /** One for each layer and kind of server with enough points. */
  readonly scalability: readonly LayerScalability[];
  /** What limits the answers, in a sentence each. */
  readonly warnings: readonly string[];
}

/** What a rate has to keep to be sustained, and how many trials that takes. */
export interface CapacityGoal {
  /** Limits, as those of `bench run --limit`. */
  readonly slo: readonly string[];
  /** Deliveries to processes that the layer does not connect count as not owed. */
  readonly ignoreIsolated: boolean;
  readonly profile: 'quick' | 'thorough';
  /** Searches of each point; their trials count together. */
  readonly replicates: number;
  /** A trial is as long as its goals need, between these. Searches of before have no longest. */
  readonly shortTrialSeconds: number;
  readonly longTrialSeconds?: number;
  readonly soakSeconds: number;
  /** Upper ÷ lower end of the interval − 1 that is narrow enough. */
  readonly widthRatio: number;
  /** Of a search; searches of before do not say. */
  readonly maxTrials?: number;
  /** Of searches of before: how many full trials had to agree. */
  readonly finalTrialSeconds?: number;
  readonly durationSumSeconds?: number;
  readonly exceedRatio?: number;
  readonly timeBudgetSeconds: number | null;
  /** The rate that a plan asked for, with its headroom: it was tried first. */
  readonly targetPerSecond?: number;
}

/** One layer with one number of processes. */
export interface CapacityPoint {
  /** `fanout/redis/node/p4`. */
  readonly name: string;
  readonly layer: { readonly name: string; readonly scope: LayerScope };
  readonly server: { readonly kind: string; readonly processes: number };
  readonly answer: CapacityAnswer;
  /**
   * Ends of the 95 % interval of the rate that is sustained nine times in ten; null where there is no such end. Searches of before: the
   * highest rate that was sustained, and the lowest that was not, of the middle search.
   */
  readonly lower: CapacityBound | null;
  readonly upper: CapacityBound | null;
  /** What all its trials together say; null where none failed, or none was sustained. Searches of before have none. */
  readonly estimate?: CapacityEstimate | null;
  /** The last trial that was as long as a soak; null without one. Searches of before do not say. */
  readonly soak?: Pick<TrialSummary, 'ratePerSecond' | 'durationSeconds' | 'verdict' | 'reasons'> | null;
  /** What gave out first; null where nothing did, or nothing was measured. */
  readonly limitedBy: LimitingResource | null;
  /** Of the longest trial that was sustained, near the estimate. */
  readonly cost: CapacityCost | null;
  readonly latency: CapacityLatency | null;
  readonly searches: readonly PointSearch[];
}

export type CapacityAnswer =
  /** Both bounds. */
  | 'interval'
  /** A lower bound alone: the harness, the highest rate or the time gave out first. */
  | 'atLeast'
  /** An upper bound alone: not even the lowest rate is sustained, or the time was over before one was found that is. */
  | 'below'
  /** No rate: the layer does not connect the processes, so that deliveries are lost at any. */
  | 'isolated'
  /** Nothing that could be relied on was measured. */
  | 'unknown';

/** The curve of how often a rate is sustained, as the trials of a point tell it. */
export interface CapacityEstimate {
  /** Sustained every second time, and nine times in ten; trials that fail for no reason of their rate are apart. */
  readonly half: RateEstimate;
  readonly nineInTen: RateEstimate;
  /** By how much the capacity of trials differs: the standard deviation of its logarithm. */
  readonly noiseRatio: number;
  /** How likely a trial is to be sustained, by rate, from the lowest rate on. */
  readonly curve: readonly { readonly ratePerSecond: number; readonly probability: number }[];
  /** Shorter trials were sustained where soaks failed, and do not count. */
  readonly isHidden: boolean;
}

export interface RateEstimate {
  readonly ratePerSecond: number;
  /** The rate times what a message of the trials that were sustained delivers. */
  readonly deliveredPerSecond: number;
  /** Of the rate, 95 %. */
  readonly interval: readonly [lower: number, upper: number];
}

export interface CapacityBound {
  readonly ratePerSecond: number;
  /** The rate times what a message of the trials that were sustained delivers. Searches of before: what was delivered at this rate. */
  readonly deliveredPerSecond: number;
  /** What that is over, as in a run's `throughput`. Bounds of before have none: theirs is of the phase. */
  readonly deliverySeconds?: number;
  /** A rate at the lower end or above it was sustained for a soak; at an upper end more than one trial failed. */
  readonly confirmed: boolean;
}

export interface PointSearch {
  readonly replicate: number;
  readonly end: SearchEnd | 'isolated' | 'interrupted';
  readonly lower: CapacityBound | null;
  readonly upper: CapacityBound | null;
  /** Of searches of before: a rate was sustained above one that failed; and rates at which trials disagreed. */
  readonly irregular?: { readonly failedPerSecond: number; readonly carriedPerSecond: number } | null;
  readonly contestedPerSecond?: readonly number[];
  readonly trials: readonly TrialSummary[];
}

export interface TrialSummary {
  /** null for a run that could not be completed. */
  readonly runId: string | null;
  readonly ratePerSecond: number;
  readonly durationSeconds: number;
  readonly verdict: 'ok' | 'bad' | 'invalid';
  /** It failed before its processes had warmed up, and does not count. */
  readonly isWarmup?: boolean;
  /** What was missed, or made it invalid. */
  readonly reasons: readonly string[];
  /** What was measured of each goal, in their order; none of a trial that is not valid. Results of earlier versions have none at all. */
  readonly goals?: readonly LimitOutcome[];
}

export interface LimitingResource {
  readonly kind:
    | 'serverCpu'
    | 'redisCpu'
    | 'proxyCpu'
    /** All cores together: processes wait for one another. */
    | 'machineCpu'
    | 'generator'
    /** Queues were full. */
    | 'lossByCapacity'
    /** A trial was invalid for another reason than the generator. */
    | 'invalidTrials'
    | 'unknown';
  readonly detail: string;
}

/** Of the longest trial that was sustained, near the estimate. */
export interface CapacityCost {
  readonly serverCpuSecondsPer1000Deliveries: number | null;
  readonly redisCpuSecondsPer1000Deliveries: number | null;
  readonly driverCpuSecondsPer1000Deliveries: number | null;
  readonly redisCommandsPer1000Deliveries: number | null;
  readonly redisBytesPer1000Deliveries: number | null;
  readonly serverBytesPerConnection: number | null;
  /** Share of one core that Redis, which has one thread for commands, was busy: 1 is all that it can do. */
  readonly redisCeilingRatio: number | null;
}

/** Of the same trial. */
export interface CapacityLatency {
  readonly responseP99Us: number | null;
  /** How long messages were in the layer; null where servers do not stamp. */
  readonly transitP999Us: number | null;
  readonly transitMaxUs: number | null;
  /** Those that are lower bounds, since too much never arrived; absent where none is. */
  readonly censored?: readonly ('responseP99Us' | 'transitP999Us' | 'transitMaxUs')[];
}

export interface LayerScalability extends Scalability {
  readonly layer: string;
  readonly server: string;
}

/** Why a search ended. */
export type SearchEnd =
  /** The interval is narrow enough, and a soak was sustained. */
  | 'found'
  /** The highest rate that may be tried is sustained. */
  | 'maximum'
  /** The lowest rate that may be tried is not. */
  | 'minimum'
  /** Above the lower bound no trial was valid. */
  | 'invalidTrials'
  /** Trials differ too much for so narrow an interval in so many trials. */
  | 'noise'
  | 'trialCap'
  | 'timeBudget';

/*
 * How capacity grows with processes, by the Universal Scalability Law; and what the data do not carry. A curve through
 * a few noisy points always has a knee somewhere: it is told only where it was nearly reached.
 */

/** A number with its 95 % interval, from block to block; null where blocks are too few for one. */
export interface Estimate {
  readonly value: number;
  /** The upper end is null where it has none: throughput that never falls. */
  readonly interval: readonly [lower: number, upper: number | null] | null;
}

/** The law fitted to the capacities of one layer and kind of server. */
export interface Scalability {
  readonly lambda: Estimate;
  readonly sigma: Estimate;
  readonly kappa: Estimate;
  /** The number of processes beyond which capacity falls, and capacity there; null where that was not seen. */
  readonly knee: { readonly processes: Estimate; readonly perSecond: Estimate } | null;
  /** The largest number of processes that the law may be asked about. */
  readonly validToProcesses: number;
  /** Busy processes outnumber the cores of the machine: the curve is that of their contention for it. */
  readonly isContention: boolean;
  /** What the data do not carry, in a sentence each. */
  readonly caveats: readonly string[];
}
