import type { CapacityGoal } from '../../result/capacity-result.ts';

export type ProfileName = CapacityGoal['profile'];

/** How long the trials of a search are, and how many it may take. */
export type Profile = Pick<CapacityGoal, 'replicates' | 'shortTrialSeconds' | 'soakSeconds' | 'widthRatio'> &
  Required<Pick<CapacityGoal, 'longTrialSeconds' | 'maxTrials'>> & { readonly warmupSeconds: number };

export const PROFILES: Readonly<Record<ProfileName, Profile>> = {
  quick: { replicates: 1, shortTrialSeconds: 2, longTrialSeconds: 5, soakSeconds: 15, widthRatio: 0.2, maxTrials: 36, warmupSeconds: 1 },
  thorough: {
    replicates: 1,
    shortTrialSeconds: 5,
    longTrialSeconds: 30,
    soakSeconds: 60,
    widthRatio: 0.1,
    maxTrials: 80,
    warmupSeconds: 3,
  },
};

export const PROFILE_NAMES: readonly ProfileName[] = ['quick', 'thorough'];

/** On so few cores, longer trials do not make the numbers of the machine any better. */
const FEW_CORES = 2;

export function defaultProfile(cores: number): ProfileName {
  return cores <= FEW_CORES ? 'quick' : 'thorough';
}

/** Trials beside the soak, from a rate that a neighbour has found, and from any: medians of searches at 3 % of noise. */
const TRIALS = { near: 20, anywhere: 25 };

/** Between two trials over the same processes: a lead, a drain, and until all is quiet. */
export const BETWEEN_TRIALS_SECONDS = 1.2;

/** How long a search takes where nothing is in doubt, and where trials contradict each other. `startSeconds`: of fresh processes, which the first trial and the soak take. */
export function expectedSeconds(profile: Profile, hasNeighbour: boolean, startSeconds: number): readonly [from: number, to: number] {
  const { shortTrialSeconds, longTrialSeconds, soakSeconds, maxTrials } = profile;
  const mean = Math.sqrt(shortTrialSeconds * longTrialSeconds);
  const seconds = (trials: number): number => trials * (mean + BETWEEN_TRIALS_SECONDS) + soakSeconds + 2 * startSeconds;
  return [seconds(TRIALS[hasNeighbour ? 'near' : 'anywhere']), seconds(maxTrials)];
}

/** Start, connections, probe and end of a run: processes that start side by side share the cores. */
export function expectedOverheadSeconds(processes: number, hasPython: boolean, warmupSeconds: number): number {
  return warmupSeconds + (hasPython ? 4 : 2) + 0.3 * processes;
}
