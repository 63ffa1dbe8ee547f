import { usageError } from '../../model/errors.ts';
import type { NumberSpec, ParameterSpec, ParameterSpecs } from '../../model/parameters.ts';
import type { RunRequest } from '../../result/request.ts';
import { planOf, type AnyScenario } from '../../model/scenario.ts';

/*
 * A scenario whose rate is searched: what every trial chooses is no parameter of it any more.
 */

/** Names of the parameters that trials choose. */
export interface SearchParameters {
  readonly rate: string;
  readonly duration: string;
  /** null where the scenario has none. */
  readonly warmup: string | null;
}

export interface SearchableScenario {
  /** With all its parameters. */
  readonly whole: AnyScenario;
  /** With those that are left to the user. */
  readonly rest: AnyScenario;
  readonly parameters: SearchParameters;
  readonly rate: NumberSpec;
}

export interface TrialChoice {
  readonly ratePerSecond: number;
  readonly durationSeconds: number;
  readonly warmupSeconds: number;
}

/** null for a scenario without a rate and a duration. */
export function searchable(scenario: AnyScenario): SearchableScenario | null {
  const specs = Object.entries(scenario.parameters);
  const named = (flag: string, kind: ParameterSpec['kind']): readonly [string, ParameterSpec] | undefined =>
    specs.find(([, spec]) => spec.flag === flag && spec.kind === kind);
  const [rate, duration, warmup] = [named('rate', 'rate'), named('duration', 'duration'), named('warmup', 'duration')];
  if (rate === undefined || duration === undefined) return null;
  const chosen = [rate, duration, ...(warmup === undefined ? [] : [warmup])];
  const defaults = Object.fromEntries(chosen.map(([name, spec]) => [name, spec.default]));
  const rest: ParameterSpecs = Object.fromEntries(specs.filter(([name]) => !Object.hasOwn(defaults, name)));
  return {
    whole: scenario,
    rest: {
      ...scenario,
      parameters: rest,
      plan: (parameters, topology) => scenario.plan({ ...defaults, ...(parameters as object) } as never, topology),
    },
    parameters: { rate: rate[0], duration: duration[0], warmup: warmup?.[0] ?? null },
    rate: rate[1] as NumberSpec,
  };
}

/** The run of one trial. `request` is one of the scenario's rest. */
export function trialRequest(request: RunRequest, { whole, parameters: names }: SearchableScenario, choice: TrialChoice): RunRequest {
  const parameters = {
    ...request.scenario.parameters,
    [names.rate]: choice.ratePerSecond,
    [names.duration]: choice.durationSeconds * 1000,
    ...(names.warmup === null ? {} : { [names.warmup]: choice.warmupSeconds * 1000 }),
  };
  const plan = planOf(whole, parameters, { processes: request.plan.processes });
  return { ...request, scenario: { name: whole.name, parameters }, plan: { ...plan, measures: [...(plan.measures ?? []), 'connections'] } };
}

/** How many messages are sent for each of a rate: one to every group that anybody sends to. */
export function sendersOf({ publishers }: RunRequest['plan']): number {
  return new Set(publishers.map(({ group }) => group)).size;
}

/** Throws a usage error for a request whose load does not follow its rate. */
export function checkSearchable({ plan }: RunRequest): void {
  if (plan.publishers.some(({ arrivals }) => arrivals.kind === 'ramp'))
    throw usageError('arrivals that climb have no rate to search', 'Use --arrivals constant, poisson or burst.');
  if ((plan.faults ?? []).length > 0)
    throw usageError('a scenario with faults has no steady state to search', 'Use a scenario without faults, such as fanout.');
}
