import type { BenchmarkIdentity } from '../../result/benchmark.ts';
import type { CapacityGoal, CapacityPoint, CapacityResult } from '../../result/capacity-result.ts';
import { capacityPoint, scalabilitiesOf, type SearchRecord } from './summary.ts';
import type { RunRequest } from '../../result/request.ts';
import type { RunResult } from '../../result/run-result.ts';
import type { Environment } from '../../model/environment.ts';

export interface CapacityParts {
  /** In the order of the points. */
  readonly points: readonly { readonly identity: BenchmarkIdentity; readonly records: readonly SearchRecord[] }[];
  readonly goal: CapacityGoal;
  /** Of any point. */
  readonly request: RunRequest;
  readonly environment: Environment | null;
  readonly drivers: number;
  readonly tool: RunResult['tool'];
  readonly id: string;
  readonly startedAt: string;
  readonly durationSeconds: number;
  readonly state: 'completed' | 'interrupted';
}

/** Makes the searches of all points into their result. */
export function capacityResult(parts: CapacityParts): CapacityResult {
  const { request, environment, goal, drivers } = parts;
  const points = parts.points.filter(({ records }) => records.length > 0).map(({ identity, records }) => capacityPoint(identity, records));
  return {
    schemaVersion: 1,
    kind: 'capacity',
    tool: parts.tool,
    run: {
      id: parts.id,
      startedAt: parts.startedAt,
      durationSeconds: parts.durationSeconds,
      command: request.command,
      seed: request.seed,
      tags: request.tags,
      state: parts.state,
    },
    environment,
    scenario: request.scenario,
    goal,
    points,
    scalability: scalabilitiesOf(points, { cores: environment?.host.cores ?? Infinity, seed: request.seed, drivers }),
    warnings: warningsOf(points, parts),
  };
}

function warningsOf(points: readonly CapacityPoint[], { state, points: asked }: CapacityParts): readonly string[] {
  const searches = points.flatMap((point) => point.searches);
  const count = (end: string): number => searches.filter((search) => search.end === end).length;
  const named = (isOne: (point: CapacityPoint) => boolean): string =>
    points
      .filter(isOne)
      .map(({ name }) => name)
      .join(', ');
  const noisy = named((point) => point.searches.some((search) => search.end === 'noise'));
  const hidden = named(({ estimate }) => estimate?.isHidden === true);
  return [
    ...(state === 'interrupted' ? [`interrupted: ${points.length} of ${asked.length} points were begun`] : []),
    ...(count('timeBudget') > 0 ? [`the time was over before ${count('timeBudget')} of ${searches.length} searches had ended`] : []),
    ...(count('trialCap') > 0 ? [`${count('trialCap')} of ${searches.length} searches did not end within their number of trials`] : []),
    ...(noisy === '' ? [] : [`trials differ too much for an interval as narrow as asked: ${noisy}`]),
    ...(hidden === '' ? [] : [`soaks failed where shorter trials were sustained, so only trials as long as a soak count: ${hidden}`]),
  ];
}
