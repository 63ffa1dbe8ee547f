import { type AnyScenario, broadcast, BROADCAST, defineScenario, TRAFFIC } from '../src/index.ts';

const PARAMETERS = {
  members: { ...BROADCAST.members, default: 10, help: 'members of the one group, dealt over all processes' },
  paused: {
    kind: 'choice',
    flag: 'paused',
    default: 'all',
    choices: ['none', 'one', 'all'],
    help: 'whose consumers take nothing while messages are sent, and all that was kept afterwards',
  },
  ...TRAFFIC,
  ratePerSecond: { ...TRAFFIC.ratePerSecond, default: 125 },
  arrivals: { ...TRAFFIC.arrivals, default: 'burst' },
  burstMessages: { ...TRAFFIC.burstMessages, default: 250 },
  durationMs: { ...TRAFFIC.durationMs, default: 2000 },
  warmupMs: { ...TRAFFIC.warmupMs, default: 1000 },
} as const;

/**
 * Bursts above the capacity of a channel (100): the 101st message disappears. By default one burst of 250 to consumers
 * that are paused, so that what is lost follows from the capacity alone.
 */
export const burst: AnyScenario = defineScenario({
  name: 'burst',
  summary: 'bursts above the capacity of a channel, to consumers that are paused',
  parameters: PARAMETERS,
  plan: (parameters, { processes }) => ({
    ...broadcast({ groups: 1, members: parameters.members, publishers: 1 }, parameters, processes, (member) =>
      parameters.paused === 'all' || (parameters.paused === 'one' && member === 0)
        ? { pauses: [{ fromMs: 0, toMs: parameters.durationMs }] }
        : {},
    ),
    measures: ['popped'],
  }),
});
