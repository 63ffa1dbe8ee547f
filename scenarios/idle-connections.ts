import { type AnyScenario, broadcast, defineScenario, TRAFFIC } from '../src/index.ts';

const MEMBERS_OF_A_GROUP = 10;

const PARAMETERS = {
  connections: {
    kind: 'count',
    flag: 'connections',
    default: 1000,
    min: 10,
    max: 180_000,
    help: `sockets, in groups of ${MEMBERS_OF_A_GROUP}`,
  },
  ...TRAFFIC,
  ratePerSecond: { ...TRAFFIC.ratePerSecond, default: 0.1 },
} as const;

/** Many sockets with little to do: what a connection costs by being there. */
export const idleConnections: AnyScenario = defineScenario({
  name: 'idle-connections',
  summary: 'many sockets and little traffic: memory and CPU of a connection',
  parameters: PARAMETERS,
  plan: (parameters, { processes }) => ({
    ...broadcast(
      { groups: Math.ceil(parameters.connections / MEMBERS_OF_A_GROUP), members: MEMBERS_OF_A_GROUP, publishers: 1 },
      parameters,
      processes,
    ),
    measures: ['connections'],
  }),
});
