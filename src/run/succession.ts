import { isDeepStrictEqual } from 'node:util';
import type { Evidence } from '../ledger/evidence.ts';
import type { RunRequest } from '../result/request.ts';
import type { RunResult } from '../result/run-result.ts';
import type { Measured } from './assembly/measured.ts';

/* Which run may follow another over the same processes and sockets. */

/** Whether a request differs from the one before only in what drivers can be told anew: rate, duration, seed, and what is said of the run. */
export function mayFollow(before: RunRequest, next: RunRequest): boolean {
  return isSteady(before) && isDeepStrictEqual(lasting(before), lasting(next));
}

/** Whether a run leaves processes and sockets as they were: what ends, goes away or is broken does not come back for the next one. */
function isSteady({ plan: { faults = [], visits = [], sockets } }: RunRequest): boolean {
  return faults.length + visits.length === 0 && sockets.every(({ absences = [] }) => absences.length === 0);
}

/** What processes and sockets are made by. */
function lasting({ scenario, plan, layer, servers, drivers, hosts, mayBreakRedis, prefix }: RunRequest): unknown {
  const publishers = plan.publishers.map((publisher) => ({ ...publisher, arrivals: null }));
  const lastingPlan = { ...plan, publishers, durationMs: null, warmupMs: null };
  return { scenario: scenario.name, plan: lastingPlan, layer, servers, drivers, hosts, mayBreakRedis, prefix };
}

/**
 * Evidence that is about one run alone: it names messages, or counts those of a queue, which is empty between runs. The rest tells of
 * memberships, sockets and backends that are no more, which the next run would have to know.
 */
const OF_ONE_RUN: Readonly<Record<Evidence['kind'], (entry: Evidence) => boolean>> = {
  message: () => true,
  count: ({ cause }) => cause === 'expired',
  unread: () => false,
  outage: () => false,
  closed: () => false,
};

/** Whether a run left processes and sockets whole: nothing died or was cut, every process told of it, and of it alone. */
export function endedWhole(result: RunResult, { drivers, serversAfter, evidence }: Measured, run: number): boolean {
  return (
    result.ledger.balanced &&
    result.run.state === 'completed' &&
    drivers.every((report) => report !== null && report.closed.length + report.absent.length + report.broken.length === 0) &&
    serversAfter.every((report) => report?.run === run) &&
    evidence.flat().every((entry) => OF_ONE_RUN[entry.kind](entry))
  );
}
