import type { WorkloadProfile } from '../src/model/workload.ts';

/** A portal of 60 groups on 4 processes, read from Redis in a minute; with changes. */
export function sampleWorkload(changes: Partial<WorkloadProfile> = {}): WorkloadProfile {
  return {
    format: 'layerbench-workload/1',
    observed: { from: ['redis'], layer: 'redis', seconds: 60 },
    processes: 4,
    connections: 640,
    memberships: 600,
    groups: [
      { sizes: [1, 1], groups: 9, members: 9, sendsPerSecond: 1.6, spread: 0.5 },
      { sizes: [2, 3], groups: 16, members: 40, sendsPerSecond: 4.4, spread: 0.6 },
      { sizes: [4, 7], groups: 14, members: 72, sendsPerSecond: 6.1, spread: 0.6 },
      { sizes: [8, 15], groups: 10, members: 111, sendsPerSecond: 6.2, spread: 0.4 },
      { sizes: [17, 30], groups: 8, members: 178, sendsPerSecond: 6.9, spread: 0.7 },
      { sizes: [40, 84], groups: 3, members: 190, sendsPerSecond: 5.7, spread: 0.3 },
    ],
    messages: { at: [0.01, 0.25, 0.5, 0.75, 0.9, 0.99], bytes: [108, 170, 252, 390, 600, 1250], mean: 317 },
    dispersion: 1,
    joinsPerSecond: 3.7,
    leavesPerSecond: 3.7,
    directSendsPerSecond: null,
    options: { group_expiry: 86_400 },
    basis: { sendsPerSecond: 'counted', deliveriesPerSecond: 'reckoned', messages: 'assumed' },
    ...changes,
  };
}
