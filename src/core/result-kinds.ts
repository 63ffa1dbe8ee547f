import type { CapacityResult } from './capacity-result.ts';
import type { CompareResult } from './compare-result.ts';
import type { DeploymentPlan } from './deployment-result.ts';
import type { RunResult } from './result.ts';

/** Any file that bench writes into a results folder. */
export type ResultFile = RunResult | CompareResult | CapacityResult | DeploymentPlan;
