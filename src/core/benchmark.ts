import type { RunResult } from './result.ts';

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

/** Results by a key, in the order of their first appearance. */
export function groupBy<T>(entries: readonly T[], keyOf: (entry: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const entry of entries) {
    const key = keyOf(entry);
    const known = groups.get(key);
    if (known === undefined) groups.set(key, [entry]);
    else known.push(entry);
  }
  return groups;
}

/** Everything that was chosen for a run and changes its numbers, one line a choice; equal for results that may be compared. */
export function choicesOf({ scenario, layer, server, drivers, faults }: RunResult): ReadonlyMap<string, string> {
  const members = [...new Set(server.members.map((member) => member.kind))].map(
    (kind) => `${server.members.filter((member) => member.kind === kind).length} ${kind}`,
  );
  return new Map([
    ['scenario', scenario.name],
    ...Object.entries(scenario.parameters).map(([name, value]) => [`parameter ${name}`, String(value)] as const),
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
  const said = (value: string | undefined): string => (value === undefined || value === '' ? 'none' : value);
  return names.flatMap((name) =>
    ours.get(name) === theirs.get(name) ? [] : [`${name}: ${said(ours.get(name))}, ${said(theirs.get(name))}`],
  );
}

/** Equal for results of one benchmark with the same parameters and options, whatever the machine. */
export function choicesKey(result: RunResult): string {
  return JSON.stringify([...choicesOf(result)]);
}
