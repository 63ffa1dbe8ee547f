import { type AnyScenario, broadcast, BROADCAST, defineScenario, TRAFFIC } from '../src/index.ts';

const PARAMETERS = {
  ...BROADCAST,
  ...TRAFFIC,
  ratePerSecond: { ...TRAFFIC.ratePerSecond, default: 200, help: 'messages to each group in the last step' },
  arrivals: { ...TRAFFIC.arrivals, default: 'ramp' },
  rampSteps: { ...TRAFFIC.rampSteps, default: 10 },
  durationMs: { ...TRAFFIC.durationMs, default: 20_000 },
} as const;

/** A broadcast whose rate climbs in steps until something gives. */
export const ramp: AnyScenario = defineScenario({
  name: 'ramp',
  summary: 'a rate that climbs in steps: where is the knee',
  parameters: PARAMETERS,
  plan: (parameters, { processes }) => ({ ...broadcast(parameters, parameters, processes), measures: ['knee'] }),
});
