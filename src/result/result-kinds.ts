import type { CapacityResult } from './capacity-result.ts';
import type { CompareResult } from './comparison-result.ts';
import type { DeploymentPlan } from './deployment-result.ts';
import type { RunResult } from './run-result.ts';

/** Any file that bench writes into a results folder. */
export type ResultFile = RunResult | CompareResult | CapacityResult | DeploymentPlan;

/** Results by their kinds, each in its order. */
export interface ResultsByKind {
  readonly runs: readonly RunResult[];
  readonly comparisons: readonly CompareResult[];
  readonly capacities: readonly CapacityResult[];
  readonly plans: readonly DeploymentPlan[];
}

export function byKind(results: readonly ResultFile[]): ResultsByKind {
  return {
    runs: results.filter((result) => result.kind === 'run'),
    comparisons: results.filter((result) => result.kind === 'compare'),
    capacities: results.filter((result) => result.kind === 'capacity'),
    plans: results.filter((result) => result.kind === 'plan'),
  };
}
