import type { CapacityGoal } from '../../result/capacity-result.ts';
import { expectedTrials } from './search.ts';
import type { SearchCourse } from './tried-loads.ts';

export type ProfileName = CapacityGoal['profile'];

/** How many trials a search asks for, and how long they are. */
export type Profile = Pick<
  CapacityGoal,
  'replicates' | 'shortTrialSeconds' | 'finalTrialSeconds' | 'durationSumSeconds' | 'exceedRatio' | 'soakSeconds' | 'widthRatio'
> & { readonly warmupSeconds: number };

export const PROFILES: Readonly<Record<ProfileName, Profile>> = {
  quick: {
    replicates: 1,
    shortTrialSeconds: 2,
    finalTrialSeconds: 5,
    durationSumSeconds: 15,
    exceedRatio: 0.5,
    soakSeconds: 15,
    widthRatio: 0.1,
    warmupSeconds: 1,
  },
  thorough: {
    replicates: 3,
    shortTrialSeconds: 5,
    finalTrialSeconds: 30,
    durationSumSeconds: 90,
    exceedRatio: 0.5,
    soakSeconds: 60,
    widthRatio: 0.05,
    warmupSeconds: 3,
  },
};

export const PROFILE_NAMES: readonly ProfileName[] = ['quick', 'thorough'];

/** On so few cores, longer trials do not make the numbers of the machine any better. */
const FEW_CORES = 2;

export function defaultProfile(cores: number): ProfileName {
  return cores <= FEW_CORES ? 'quick' : 'thorough';
}

/** A search may need this many trials where they contradict each other; most take a third. */
export const MAX_TRIALS = 60;

/** What a search that has a neighbour's answer to start from may find, as multiples of it; and one that has none. */
const NEAR = [0.55, 0.8, 1.3, 1.9];
const ANYWHERE = [0.8, 3, 12, 45];

/** How long a search takes, by what it may be expected to find: measure phases, and what each trial takes beside. */
export function expectedSeconds(course: SearchCourse, hasNeighbour: boolean, overheadSeconds: number): number {
  const found = hasNeighbour ? NEAR : ANYWHERE;
  const costs = found.map((times) =>
    expectedTrials(course, times * course.startPerSecond).reduce((sum, { durationSeconds }) => sum + durationSeconds + overheadSeconds, 0),
  );
  return costs.reduce((sum, cost) => sum + cost, 0) / costs.length;
}

/** Start, connections, probe and end of a run: processes that start side by side share the cores. */
export function expectedOverheadSeconds(processes: number, hasPython: boolean, warmupSeconds: number): number {
  return warmupSeconds + (hasPython ? 4 : 2) + 0.3 * processes;
}
