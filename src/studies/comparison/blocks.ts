import type { SideName } from '../../result/comparison-result.ts';
import type { RunRequest } from '../../result/request.ts';
import { attemptRun } from '../attempt-run.ts';
import { trialRequest, type SearchableScenario } from '../capacity/searchable-scenario.ts';
import { SharedTrials } from '../capacity/shared-trials.ts';
import { recordTrial, type TrialGoals } from '../capacity/summary.ts';
import type { BlockMaker, InterleaveRequest } from './run-interleaved.ts';

/** Blocks of fresh processes, as `bench run` makes them. One that is not valid is none. */
export const FRESH_RUNS: InterleaveRequest['blockMaker'] = (options) => ({
  attempt: (_, request) => attemptRun(request, options),
  keep: ({ validity }) => (validity.valid ? {} : validity.reasons),
  end: async () => undefined,
});

/** What trials of capacities need to be known by. */
export interface TrialKind {
  readonly scenario: SearchableScenario;
  readonly goals: TrialGoals;
  readonly warmupSeconds: number;
}

/**
 * Trials over processes of each side's own, which stay alive while the other side is measured: idle, each takes some ms of CPU a second, and
 * both sides pay for it alike; to start them anew takes longer than a trial. Nothing of a trial is left when that of the other side
 * begins. An invalid trial is a block: it shows that nothing can be measured at its rate.
 */
export function sharedTrials({ scenario, goals, warmupSeconds }: TrialKind): InterleaveRequest['blockMaker'] {
  return (options): BlockMaker => {
    const sides: Readonly<Record<SideName, SharedTrials>> = { base: new SharedTrials(options), head: new SharedTrials(options) };
    return {
      attempt: async (arm, request, load) => {
        if (load.kind !== 'trial') throw new Error('a trial of a capacity has no rate');
        const result = await sides[arm].attempt(asTrial(request, load));
        await sides[arm].settle();
        return result;
      },
      keep: (result) => {
        const { ratePerSecond, durationSeconds, verdict, reasons, busyRatio } = recordTrial(result, scenario.parameters, goals);
        return { trial: { ratePerSecond, durationSeconds, verdict, reasons, ...(busyRatio !== undefined && { busyRatio }) } };
      },
      end: async () => {
        await Promise.all(Object.values(sides).map((trials) => trials.end()));
      },
    };
  };

  function asTrial(
    request: RunRequest,
    { ratePerSecond, durationSeconds }: { readonly ratePerSecond: number; readonly durationSeconds: number },
  ): RunRequest {
    return { ...trialRequest(request, scenario, { ratePerSecond, durationSeconds, warmupSeconds }), limits: goals.goals };
  }
}
