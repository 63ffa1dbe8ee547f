import { type AnyScenario, broadcast, BROADCAST, defineScenario, TRAFFIC } from '../src/index.ts';

const PARAMETERS = { ...BROADCAST, ...TRAFFIC } as const;

/** Broadcasts: every message goes to all members of its group. */
export const fanout: AnyScenario = defineScenario({
  name: 'fanout',
  summary: 'groups of members on all processes, who get every message of their group',
  parameters: PARAMETERS,
  plan: (parameters, { processes }) => broadcast(parameters, parameters, processes),
});
