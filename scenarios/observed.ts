import {
  type AnyScenario,
  defineScenario,
  observedRatePerSecond,
  TRAFFIC,
  usageError,
  workloadDemand,
  workloadPlan,
  type WorkloadProfile,
  type WorkloadScaleBy,
} from '../src/index.ts';

const PARAMETERS = {
  workload: { kind: 'file', flag: 'workload', default: '', holds: 'workload', help: 'the workload of a deployment' },
  scale: { kind: 'factor', flag: 'scale', default: 1, min: 0.001, max: 1000, help: 'how many times the observed workload' },
  scaleBy: {
    kind: 'choice',
    flag: 'scale-by',
    default: 'groups',
    choices: ['groups', 'members', 'rate'],
    help: 'what there is more of: groups, members of each group, or messages to each group',
  },
  ratePerSecond: {
    kind: 'rate',
    flag: 'rate',
    default: 0,
    min: 0,
    max: 100_000,
    help: 'mean rate of messages to a group, in the proportions of the workload; 0/s: as observed',
  },
  durationMs: TRAFFIC.durationMs,
  warmupMs: TRAFFIC.warmupMs,
} as const;

/** Reproduces the workload of a live deployment, as a profile describes it: its groups by size and rate, its messages, its joins. */
export const observed: AnyScenario = defineScenario({
  name: 'observed',
  summary: 'the workload of a live deployment, from its profile',
  parameters: PARAMETERS,
  plan: ({ workload, scale, scaleBy, ratePerSecond, durationMs, warmupMs }, { processes }) => {
    if (workload === '')
      throw usageError(
        'this scenario reproduces a workload, and it lacks --workload',
        'Name a workload profile: --workload observed.json.',
      );
    if (ratePerSecond > 0 && scaleBy === 'rate' && scale !== 1)
      throw usageError('--rate says which rate groups have, and so does --scale-by rate', 'Leave out one of them.');
    const scaling = { factor: scale, by: scaleBy as WorkloadScaleBy, ratePerSecond: ratePerSecond === 0 ? null : ratePerSecond };
    const demand = workloadDemand(JSON.parse(workload) as WorkloadProfile, scaling);
    return workloadPlan(demand, { processes, warmupMs, durationMs });
  },
  suggests: ({ workload, scale, scaleBy }) => {
    if (workload === '') return {};
    const profile = JSON.parse(workload) as WorkloadProfile;
    const { processes } = profile;
    const ratePerSecond = observedRatePerSecond(profile) ?? 0;
    return {
      ...(processes === null || processes === 0 ? {} : { processes }),
      ...(ratePerSecond === 0 ? {} : { ratePerSecond: scaleBy === 'rate' ? ratePerSecond * scale : ratePerSecond }),
    };
  },
});
