import type { LayerScope } from '../model/layers.ts';
import type { MetricValue } from './metrics.ts';
import type { ParameterValue } from '../model/parameters.ts';
import type { RunIdentity, RunResult } from './run-result.ts';
import type { Environment } from '../model/environment.ts';
import type { Direction } from '../model/measures.ts';
import type { CapacityGoal, RateEstimate, TrialSummary } from './capacity-result.ts';

/*
 * The result of a comparison, schema version 1, `kind: compare`: part of `result.schema.json`, like that of a run.
 */

/** What a comparison says of one metric, or of all together; from the best to the worst. */
export type Verdict =
  /** Better, by more than the smallest effect that counts. */
  | 'improvement'
  /** Shown to be no worse than the smallest effect that counts. */
  | 'pass'
  /** Neither shown to be worse nor shown not to be. */
  | 'inconclusive'
  /** Worse, by more than the smallest effect that counts. */
  | 'regression';

export type SideName = 'base' | 'head';

/** Two versions of something under the same load: of the user's application, of a layer, of the arguments. */
export interface CompareResult {
  readonly schemaVersion: 1;
  readonly kind: 'compare';
  readonly tool: RunResult['tool'];
  readonly run: RunIdentity;
  /** Of the head's first block. */
  readonly environment: Environment;
  readonly design: Design;
  readonly base: ComparedSide;
  readonly head: ComparedSide;
  /** One for each scenario, layer, kind of server and number of processes. */
  readonly benchmarks: readonly BenchmarkComparison[];
  /** Benchmarks of base that head has not. */
  readonly vanished: readonly string[];
  /** The worst of the benchmarks. */
  readonly verdict: Verdict;
  /** What limits the comparison, in a sentence each. */
  readonly warnings: readonly string[];
}

/** How the blocks were made and judged. */
export interface Design {
  /** true: base and head interleaved, in pairs, and judged by pairs; false: results that were there already. */
  readonly interleaved: boolean;
  /** Pairs after which it is looked at for the first time, and at the most; null for results that were there. */
  readonly pairs: number | null;
  readonly maxPairs: number | null;
  /** Probability of a false alarm over all gating metrics, over all looks. */
  readonly alpha: number;
  /** What a rate had to keep to be sustained; only where capacities were compared in pairs. */
  readonly goal?: Pick<CapacityGoal, 'slo' | 'ignoreIsolated' | 'profile'>;
}

/** One side of a comparison. */
export interface ComparedSide {
  /** As the user named it: a folder, a module, arguments, or files. */
  readonly label: string;
  readonly git: Environment['git'];
}

/** One benchmark, base beside head. */
export interface BenchmarkComparison {
  /** `fanout/redis/node/p8`. */
  readonly name: string;
  readonly scenario: { readonly name: string; readonly parameters: { readonly [name: string]: ParameterValue } };
  readonly layer: { readonly name: string; readonly scope: LayerScope };
  readonly server: { readonly kind: string; readonly processes: number };
  readonly metrics: readonly MetricComparison[];
  readonly loss: LossComparison;
  readonly verdict: Verdict;
  readonly blocks: readonly Block[];
  /** What the trials of each side show alone; only where capacities were compared in pairs. */
  readonly capacities?: Readonly<Record<SideName, SideCapacity | null>>;
}

/** How often a side sustains which rate; null where no trial of it failed, or none was sustained. */
export interface SideCapacity {
  /** Sustained every second time, and nine times in ten. */
  readonly half: SideRate;
  readonly nineInTen: SideRate;
  /** The standard deviation of the logarithm of capacity from trial to trial. */
  readonly noiseRatio: number;
}

/** A rate, per second, with its 95 % interval. */
export type SideRate = Pick<RateEstimate, 'ratePerSecond' | 'interval'>;

/** The change of one metric. Ratios are head ÷ base − 1: 0.2 is 20 % more. */
export interface MetricComparison {
  /** A name of `--metric`. */
  readonly name: string;
  readonly unit: MetricValue['unit'];
  readonly direction: Direction;
  /** Medians over the blocks; null where one of them delivered nothing, and so has no value: what is left says nothing of all. */
  readonly base: number | null;
  readonly head: number | null;
  /**
   * Hodges–Lehmann estimate, set against the median of base where a block is 0, which has no ratio; null where that is 0,
   * where there are no values, and where a side is a lower bound.
   */
  readonly change: number | null;
  /** 95 % interval of the change, from block to block; null where there are too few blocks for one. */
  readonly interval: readonly [number, number] | null;
  /** One-sided, of being worse; adjusted for the number of gating metrics (Holm). */
  readonly pValue: number;
  /** The smallest change for the worse that counts. */
  readonly minEffect: number;
  /** Standard deviation of the change where base was compared with itself; null where it was not. */
  readonly noise: number | null;
  readonly verdict: Verdict;
  /** Whether a round of its own found a regression again; null where there was none to find. */
  readonly confirmed: boolean | null;
  /** Sides whose value is a lower bound, since too much never arrived; absent where none is. */
  readonly censored?: readonly SideName[];
}

/** Loss is judged by events: losses come in bursts, so messages are no trials of their own. */
export interface LossComparison {
  readonly base: LossCount;
  readonly head: LossCount;
  /** One-sided, of head having more events; adjusted as those of metrics. */
  readonly pValue: number;
  readonly verdict: Verdict;
  readonly confirmed: boolean | null;
}

export interface LossCount {
  readonly expected: number;
  /** All that had not arrived when the drain was over, what was in flight too. */
  readonly lost: number;
  /** Unbroken runs of a sender's messages among them. */
  readonly events: number;
  readonly unexplained: number;
}

/** noise: base against itself. comparison: base against head. confirmation: again, after a regression. */
export type Round = 'noise' | 'comparison' | 'confirmation';

/** One short run: what a comparison counts as one observation. Its processes are fresh, but those of trials of a capacity. */
export interface Block {
  readonly round: Round;
  /** From 0 in each round; blocks that are no pairs are numbered within their side. */
  readonly pair: number;
  readonly arm: SideName;
  /** Whether it ran first or second of its pair. */
  readonly position: 0 | 1;
  readonly runId: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  /** What deliveries per second are over, as in a run's `throughput`. Blocks of before have none, and theirs are of the phase. */
  readonly deliverySeconds?: number;
  /** By name of the metric; null without data. */
  readonly values: { readonly [metric: string]: number | null };
  /** Metrics whose value is a lower bound, since too much never arrived; absent where none is. */
  readonly censored?: readonly string[];
  readonly loss: LossCount;
  /** What was tried, and whether it was sustained; only where capacities were compared. */
  readonly trial?: BlockTrial;
}

/** A trial of a capacity, as one block. */
export interface BlockTrial extends Pick<TrialSummary, 'ratePerSecond' | 'durationSeconds' | 'verdict' | 'reasons'> {
  /** How busy the busiest process was, of 1; absent where that is not known. */
  readonly busyRatio?: number;
}
