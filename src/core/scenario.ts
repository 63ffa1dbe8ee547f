import type { ParameterSpecs, ParameterValues } from './parameters.ts';
import type { Plan } from './plan.ts';

/** What a scenario may know of the run beside its own parameters. */
export interface Topology {
  /** Number of server processes. */
  readonly processes: number;
}

/** A pure function from parameters to a Plan, with everything that help, validation and docs need. */
export interface Scenario<S extends ParameterSpecs = ParameterSpecs> {
  readonly name: string;
  /** One line: what it shows. */
  readonly summary: string;
  readonly parameters: S;
  readonly plan: (parameters: ParameterValues<S>, topology: Topology) => Plan;
}

/** A scenario that was looked up by its name: its parameters fit its own specs. */
export type AnyScenario = Omit<Scenario, 'plan'> & { readonly plan: (parameters: never, topology: Topology) => Plan };

/** Declares a scenario, keeping the types of its parameters. */
export function defineScenario<const S extends ParameterSpecs>(scenario: Scenario<S>): Scenario<S> {
  return scenario;
}
