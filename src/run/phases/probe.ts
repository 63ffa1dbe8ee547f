import type { DriverFleet } from '../driver-fleet.ts';
import type { RunRequest } from '../../result/request.ts';

const PROBE_DEADLINE_MS = { process: 600, shared: 5000 } as const;
const PROBE_TRIES = 5;

/** The first driver probes for all: one group of its own, after the groups of the Plan. */
export async function probePairs(fleet: DriverFleet, request: RunRequest, servers: readonly string[]): Promise<Uint8Array> {
  const deadlineMs = PROBE_DEADLINE_MS[request.layer.scope];
  const command = { type: 'probe', servers, group: request.plan.groups, deadlineMs, minTries: PROBE_TRIES } as const;
  const answer = await fleet.children[0]!.request(command, 'probed', 'probe', deadlineMs + 20_000);
  return answer.crossed;
}
