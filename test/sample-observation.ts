import type { Observation } from '../src/observe/observation.ts';
import { observed } from '../src/observe/observed-figure.ts';

/** A portal of 60 groups on 4 processes, of which one more was killed. */
export function sampleObservation(): Observation {
  return {
    layer: 'redis',
    seconds: 60.02,
    servers: 1,
    isInterrupted: false,
    figures: {
      processes: observed(4, 'counted'),
      connections: observed(600, 'counted'),
      groups: observed(60, 'counted'),
      memberships: observed(600, 'counted'),
      groupSizeP50: observed(5, 'counted'),
      groupSizeP90: observed(21, 'counted'),
      groupSizeMax: observed(106, 'sampled', 106, Infinity),
      sendsPerSecond: observed(30.86, 'counted', 29.4, 32.3),
      deliveriesPerSecond: observed(551, 'reckoned', 545, 556),
      messageBytes: observed(299, 'reckoned', 296, 302),
      entriesPerSecond: observed(98.3, 'counted', 95.1, 101.5),
      lostPerSecond: observed(0, 'counted'),
      joinsPerSecond: observed(3.69, 'counted'),
      leavesPerSecond: observed(3.69, 'counted'),
      dispersion: observed(1.02, 'counted', 0.66, 1.38),
      capacity: observed(100, 'counted'),
      groupExpirySeconds: observed(86_400, 'counted'),
    },
    rows: [
      { sizes: [1, 1], groups: 9, members: 9, sendsPerSecond: 1.612 },
      { sizes: [2, 3], groups: 16, members: 40, sendsPerSecond: 4.4 },
      { sizes: [4, 7], groups: 14, members: 72, sendsPerSecond: 6.1 },
      { sizes: [8, 15], groups: 10, members: 111, sendsPerSecond: 6.2 },
      { sizes: [17, 30], groups: 8, members: 178, sendsPerSecond: 6.9 },
      { sizes: [40, 106], groups: 3, members: 190, sendsPerSecond: 5.7 },
    ],
    options: { capacity: 100, group_expiry: 86_400 },
    findings: [
      {
        id: 'deadProcesses',
        message: '1 server process takes nothing from its queue and still has 10 memberships: it was killed, or hangs.',
        remedy: 'The memberships stay until group_expiry (86,400 s) has passed.',
      },
    ],
  };
}
