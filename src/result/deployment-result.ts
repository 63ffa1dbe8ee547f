import type { LayerScope } from '../model/layers.ts';
import type { RunIdentity, RunResult } from './run-result.ts';
import type { Environment } from '../model/environment.ts';

/*
 * What to deploy for a demand, schema version 1, `kind: plan`: part of `result.schema.json`, like the result of a run.
 */

export interface DeploymentPlan {
  readonly schemaVersion: 1;
  readonly kind: 'plan';
  readonly tool: RunResult['tool'];
  readonly run: RunIdentity;
  /** Of the capacity results that it rests on; null without any. */
  readonly environment: Environment | null;
  readonly demand: Demand;
  /** Results of earlier versions have none: without an answer, they do not say which. */
  readonly outcome?: DeploymentOutcome;
  /** null where nothing is sure to do it. */
  readonly answer: Deployment | null;
  /** Everything that was looked at, and why it was not chosen. */
  readonly candidates: readonly Candidate[];
  /** What limits the answer, in a sentence each. */
  readonly warnings: readonly string[];
}

export type DeploymentOutcome =
  | 'answered'
  /** Every candidate was measured, and missed the goals at the demand with its headroom, or cannot connect processes. */
  | 'cannot'
  /** Some candidate may do it: the evidence is missing, or too thin. */
  | 'unconfirmed';

/** What the deployment has to carry. */
export interface Demand {
  readonly connections: number;
  /** Connections in each group. */
  readonly groupSize: number;
  readonly groups: number;
  /** Messages a second to each group. */
  readonly ratePerSecond: number;
  /** To all groups. */
  readonly sendsPerSecond: number;
  readonly deliveriesPerSecond: number;
  /** Where the demand is an observed workload; then `groupSize` and `ratePerSecond` are means. */
  readonly workload?: DemandedWorkload;
  /** Limits, as those of `bench run --limit`. */
  readonly slo: readonly string[];
  /** How many times the demand a configuration must have carried. */
  readonly headroom: number;
}

/** An observed workload, so many times. */
export interface DemandedWorkload {
  /** `layerbench-workload/1`, as canonical JSON. */
  readonly profile: string;
  readonly scale: number;
  readonly scaleBy: string;
  /** Mean size of a message. */
  readonly messageBytes: number;
}

/** One measured configuration beside the demand. */
export interface Candidate {
  /** `fanout/redis/node/p4`. */
  readonly name: string;
  /** File of the capacity result. */
  readonly source: string;
  /** Run id of the capacity result; results of earlier versions have none. */
  readonly sourceRunId?: string;
  readonly layer: { readonly name: string; readonly scope: LayerScope };
  readonly server: { readonly kind: string; readonly processes: number };
  /** At the lower bound; null where there is none. */
  readonly deliveredPerSecond: number | null;
  /** What was carried ÷ what is demanded; null where nothing was. */
  readonly marginRatio: number | null;
  /** Why it cannot be relied on for this demand; empty where it can. */
  readonly objections: readonly string[];
  /** Whether a measurement shows that it cannot do it. Results of earlier versions do not say. */
  readonly cannot?: boolean;
}

export interface Deployment {
  readonly candidate: Candidate;
  readonly settings: readonly Setting[];
  /** What gives out first when the demand grows. */
  readonly breaksFirst: string;
}

/** One value to deploy with. */
export interface Setting {
  readonly name: 'processes' | 'layer' | 'capacity' | 'expiry' | 'redisShards' | 'redisMemory' | 'serverMemory';
  /** Count, seconds or bytes; a name for the layer. */
  readonly value: number | string;
  /** Where it comes from, in a sentence. */
  readonly evidence: string;
  /** How many times what is needed it is; null where that says nothing. */
  readonly marginRatio: number | null;
}
