import type { CapacityGoal } from '../../result/capacity-result.ts';

export type ProfileName = CapacityGoal['profile'];

/** How long the trials of a search are, and how many it may take. */
export type Profile = Pick<CapacityGoal, 'replicates' | 'shortTrialSeconds' | 'soakSeconds' | 'widthRatio'> &
  Required<Pick<CapacityGoal, 'longTrialSeconds' | 'maxTrials'>> & {
    /** Of processes that start anew, at the rate of their trial: just started, they carry a fraction of what they do after some 100,000 deliveries. */
    readonly warmupSeconds: number;
  };

export const PROFILES: Readonly<Record<ProfileName, Profile>> = {
  quick: { replicates: 1, shortTrialSeconds: 2, longTrialSeconds: 5, soakSeconds: 15, widthRatio: 0.15, maxTrials: 34, warmupSeconds: 6 },
  thorough: {
    replicates: 1,
    shortTrialSeconds: 5,
    longTrialSeconds: 30,
    soakSeconds: 60,
    widthRatio: 0.1,
    maxTrials: 80,
    warmupSeconds: 10,
  },
};

/** Processes that start for the first trials, whose rates are low, warm up no longer. */
export const LOOK_WARMUP_SECONDS = 1;

export const PROFILE_NAMES: readonly ProfileName[] = ['quick', 'thorough'];

/** On so few cores, longer trials do not make the numbers of the machine any better. */
const FEW_CORES = 2;

export function defaultProfile(cores: number): ProfileName {
  return cores <= FEW_CORES ? 'quick' : 'thorough';
}

/** Trials beside the soak, from a rate that a neighbour has found, and from any: medians of searches at 3 % of noise. */
const TRIALS = { near: 26, anywhere: 31 };

/** Between two trials over the same processes: a lead, a drain, and until all is quiet. */
export const BETWEEN_TRIALS_SECONDS = 1.2;

/** How long a search takes where nothing is in doubt, and where trials contradict each other. `startSeconds`: of its processes. */
export function expectedSeconds(profile: Profile, hasNeighbour: boolean, startSeconds: number): readonly [from: number, to: number] {
  const { shortTrialSeconds, longTrialSeconds, soakSeconds, warmupSeconds, maxTrials } = profile;
  const seconds = (trials: number, trialSeconds: number, soaks: number): number =>
    startSeconds + warmupSeconds + trials * (trialSeconds + BETWEEN_TRIALS_SECONDS) + soaks * soakSeconds;
  // Most trials are as short as they may be; where rates are low they are longer, and some soaks fail.
  const trials = TRIALS[hasNeighbour ? 'near' : 'anywhere'];
  return [seconds(trials, shortTrialSeconds, 1), seconds(maxTrials, Math.sqrt(shortTrialSeconds * longTrialSeconds), 2)];
}

/** Start, connections, probe and end of a run: processes that start side by side share the cores. */
export function expectedOverheadSeconds(processes: number, hasPython: boolean, warmupSeconds: number): number {
  return warmupSeconds + (hasPython ? 4 : 2) + 0.3 * processes;
}
