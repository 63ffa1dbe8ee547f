import type { ParameterValue } from '../src/core/parameters.ts';
import { validatePlan, type Plan } from '../src/core/plan.ts';
import type { Scenario, Topology } from '../src/core/scenario.ts';
import { fanout } from './fanout.ts';

/** The scenarios that bench knows. */
export type ScenarioName = 'fanout';

/** A scenario whose parameters have been looked up by its name. */
type RegisteredScenario = Omit<Scenario, 'plan'> & { readonly plan: (parameters: never, topology: Topology) => Plan };

export const SCENARIOS: Readonly<Record<ScenarioName, RegisteredScenario>> = { fanout };

export const SCENARIO_NAMES: readonly ScenarioName[] = Object.keys(SCENARIOS) as ScenarioName[];

/** The Plan of a scenario, checked. Throws a usage error, with the number, for one that cannot be run. */
export function planOf(name: ScenarioName, parameters: Readonly<Record<string, ParameterValue>>, topology: Topology): Plan {
  const plan = SCENARIOS[name].plan(parameters as never, topology);
  validatePlan(plan);
  return plan;
}
