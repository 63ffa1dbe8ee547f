import { type AnyScenario, broadcast, BROADCAST, defineScenario, TRAFFIC } from '../src/index.ts';

const PARAMETERS = {
  ...BROADCAST,
  members: { ...BROADCAST.members, default: 20 },
  ...TRAFFIC,
  ratePerSecond: { ...TRAFFIC.ratePerSecond, default: 50 },
} as const;

/** A broadcast in whose middle something breaks: without another fault, server 0 is killed, and started again, half-way. */
export const failover: AnyScenario = defineScenario({
  name: 'failover',
  summary: 'something breaks in the middle: what is lost, for how long',
  parameters: PARAMETERS,
  plan: (parameters, { processes }) => ({
    ...broadcast(parameters, parameters, processes),
    faults: [{ kind: 'killServer', server: 0, atMs: Math.floor(parameters.durationMs / 2) }],
  }),
});
