import { PARAMETER_KINDS, type ParameterSpecs, type ParameterValue, type ParameterValues } from './parameters.ts';
import { validatePlan } from './plan-check.ts';
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
  /** Where the command line leaves something open that the parameters know: what it takes then. Throws nothing. */
  readonly suggests?: (parameters: ParameterValues<S>) => Suggestion;
}

/** What a scenario suggests; absent for what is not known. */
export interface Suggestion {
  readonly processes?: number;
  /** Where a search of the rate begins. */
  readonly ratePerSecond?: number;
}

/** A scenario that was looked up by its name: its parameters fit its own specs. */
export type AnyScenario = Omit<Scenario, 'plan' | 'suggests'> & {
  readonly plan: (parameters: never, topology: Topology) => Plan;
  readonly suggests?: (parameters: never) => Suggestion;
};

/** Declares a scenario, keeping the types of its parameters. */
export function defineScenario<const S extends ParameterSpecs>(scenario: Scenario<S>): Scenario<S> {
  return scenario;
}

/** What a scenario suggests for its parameters. */
export function suggestionOf({ suggests }: AnyScenario, parameters: Readonly<Record<string, ParameterValue>>): Suggestion {
  return suggests?.(parameters as never) ?? {};
}

/** The Plan of a scenario, checked. Throws a usage error, with the number, for one that cannot be run. */
export function planOf(scenario: AnyScenario, parameters: Readonly<Record<string, ParameterValue>>, topology: Topology): Plan {
  const plan = scenario.plan(parameters as never, topology);
  validatePlan(plan);
  return plan;
}

/** What keeps a value from being a scenario, in a few words; null where nothing does. */
export function checkScenario(value: unknown): string | null {
  if (typeof value !== 'object' || value === null) return 'it has no default export';
  const { name, summary, parameters, plan } = value as Partial<Record<keyof Scenario, unknown>>;
  if (typeof name !== 'string' || !/^[a-z][a-z0-9-]*$/.test(name)) return "its name is not like 'my-scenario'";
  if (typeof summary !== 'string') return 'it has no summary';
  if (typeof plan !== 'function') return 'it has no function plan';
  if (typeof parameters !== 'object' || parameters === null) return 'it has no parameters';
  for (const [key, spec] of Object.entries(parameters as Readonly<Record<string, Partial<ParameterSpecs[string]> | null>>)) {
    if (spec === null || typeof spec !== 'object' || !PARAMETER_KINDS.some((kind) => kind === spec.kind))
      return `the kind of its parameter ${key} is not one of ${PARAMETER_KINDS.join(', ')}`;
    if (typeof spec.flag !== 'string' || !/^[a-z][a-z0-9-]*$/.test(spec.flag)) return `its parameter ${key} has no flag like 'my-flag'`;
    if (spec.default === undefined || typeof spec.help !== 'string') return `its parameter ${key} has no default or no help`;
  }
  return null;
}
