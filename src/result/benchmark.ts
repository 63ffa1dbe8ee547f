import { choiceText, nameText } from '../model/choice-text.ts';
import type { RunResult } from './run-result.ts';

/** What results have in common that are measurements of the same thing. */
export interface BenchmarkIdentity {
  readonly scenario: RunResult['scenario'];
  readonly layer: RunResult['layer'];
  readonly server: Pick<RunResult['server'], 'kind' | 'processes'>;
}

/** `fanout/redis/node/p8`: under this name a benchmark is followed from commit to commit. */
export function benchmarkName({ scenario, layer, server }: BenchmarkIdentity): string {
  return [scenario.name, layer.name, server.kind, `p${server.processes}`].join('/');
}

/** A choice that a result does not have, which is another than to have chosen `none`. */
const NO_CHOICE = 'not there';

/** What was chosen of a scenario's parameters. */
export function parameterChoices({ parameters }: Pick<RunResult['scenario'], 'parameters'>): readonly (readonly [string, string])[] {
  return Object.entries(parameters).map(([name, value]) => [`parameter ${name}`, String(value)]);
}

/** Everything that was chosen for a run and changes its numbers, one line a choice; equal for results that may be compared. */
export function choicesOf({ scenario, layer, server, drivers, faults }: RunResult): ReadonlyMap<string, string> {
  const members = [...new Set(server.members.map((member) => member.kind))].map(
    (kind) => `${server.members.filter((member) => member.kind === kind).length} ${kind}`,
  );
  return new Map([
    ['scenario', scenario.name],
    ...parameterChoices(scenario),
    ['layer', layer.name],
    ['layer scope', layer.scope],
    ...Object.entries(layer.options).map(([name, value]) => [`layer option ${name}`, String(value)] as const),
    ['server kind', server.kind === 'mixed' ? members.join(' + ') : server.kind],
    ['processes', String(server.processes)],
    ['drivers', String(drivers)],
    ['faults', faults.map(({ spec }) => spec).join(', ')],
  ]);
}

/** What two results chose differently: `layer: redis, redis-fast`. */
export function differences(base: RunResult, head: RunResult): readonly string[] {
  const [ours, theirs] = [choicesOf(base), choicesOf(head)];
  const names = [...new Set([...ours.keys(), ...theirs.keys()])];
  return names.flatMap((name) => {
    const [our, their] = [ours.get(name), theirs.get(name)];
    if (our === their) return [];
    const values = [our, their].map((value) => (value === undefined ? NO_CHOICE : choiceText(name, value)[1]));
    // What is equal as it is shown is shown as it is.
    const [one, other] = values[0] === values[1] ? [our, their] : values;
    return [`${nameText(name)}: ${one}, ${other}`];
  });
}

/** Equal for results of one benchmark with the same parameters and options, whatever the machine. */
export function choicesKey(result: RunResult): string {
  return JSON.stringify([...choicesOf(result)]);
}
