import { crc32 } from 'node:zlib';
import { benchmarkName, type BenchmarkIdentity } from '../../result/benchmark.ts';
import type { Profile } from './profile.ts';
import type { CapacityGoal } from '../../result/capacity-result.ts';
import type { TrialGoals } from './summary.ts';
import { hasLossGoal } from './trial.ts';
import type { SearchCourse } from './search.ts';
import { shownOptions } from '../../model/chosen-layer.ts';
import type { RunRequest } from '../../result/request.ts';
import type { SearchableScenario } from './searchable-scenario.ts';
import { kindOfServers } from '../../model/servers.ts';

/** Everything that a capacity study needs; plain data. */
export interface CapacityPlan {
  readonly scenario: SearchableScenario;
  /** One of each layer, kind of server and number of processes. */
  readonly points: readonly RunRequest[];
  readonly goal: CapacityGoal;
  readonly profile: Profile;
  readonly goals: TrialGoals;
  readonly bounds: Pick<SearchCourse, 'startPerSecond' | 'minPerSecond' | 'maxPerSecond'>;
}

/** One search of one point. */
export interface PlannedSearch {
  /** `fanout/redis/node/p4`. */
  readonly name: string;
  readonly request: RunRequest;
  readonly replicate: number;
  /** The layer and kind of server: points that differ in processes only have capacities that are not far apart. */
  readonly series: string;
  /** Whether the layer does not connect the processes, and a goal needs it to. */
  readonly mayBeIsolated: boolean;
}

/** All searches, in their order: every point once, then again, so that what the machine does between them is shared by all points. */
export function searchesOf({ points, goal, goals }: CapacityPlan): readonly PlannedSearch[] {
  return Array.from({ length: goal.replicates }, (_, replicate) =>
    points.map((request): PlannedSearch => {
      const { layer, servers } = request;
      return {
        name: benchmarkName(identityOf(request)),
        request,
        replicate,
        series: `${layer.name}/${kindOfServers(servers)}`,
        mayBeIsolated: mayBeIsolated(request, goals),
      };
    }),
  ).flat();
}

/** Whether the layer does not connect the processes, and a goal needs it to. */
export function mayBeIsolated({ layer, plan }: RunRequest, { goals, ignoreIsolated }: TrialGoals): boolean {
  return layer.scope === 'process' && plan.processes > 1 && !ignoreIsolated && hasLossGoal(goals);
}

export function identityOf({ scenario, layer, servers, plan }: RunRequest): BenchmarkIdentity {
  return {
    scenario,
    layer: { name: layer.name, scope: layer.scope, options: shownOptions(layer) },
    server: { kind: kindOfServers(servers), processes: plan.processes },
  };
}

/** Of searches that estimate how often a rate is sustained. */
export const SEARCH_KIND = 'curve-';

/** Equal for studies whose trials may be taken together. */
export function searchKey({ points, goal, bounds }: CapacityPlan): string {
  const choices = points.map(({ scenario, layer, servers, drivers, hosts, seed, plan }) => ({
    scenario,
    layer: { ...layer, options: shownOptions(layer), setting: null },
    servers,
    drivers,
    hosts: hosts === null ? null : hosts.length,
    seed,
    processes: plan.processes,
  }));
  const text = JSON.stringify({ choices, goal: { ...goal, timeBudgetSeconds: null }, bounds });
  return SEARCH_KIND + crc32(text).toString(16);
}
