import { type AnyScenario, broadcast, BROADCAST, defineScenario, TRAFFIC } from '../src/index.ts';

const PARAMETERS = {
  members: { ...BROADCAST.members, default: 400, help: 'members of the one group, dealt over all processes' },
  ...TRAFFIC,
  arrivals: { ...TRAFFIC.arrivals, default: 'burst' },
  burstMessages: { ...TRAFFIC.burstMessages, default: 20 },
} as const;

/** One large group and bursts: where half of the messages were seen to vanish. */
export const massBroadcast: AnyScenario = defineScenario({
  name: 'mass-broadcast',
  summary: 'one large group that gets its messages in bursts',
  parameters: PARAMETERS,
  plan: (parameters, { processes }) => broadcast({ groups: 1, members: parameters.members, publishers: 1 }, parameters, processes),
});
