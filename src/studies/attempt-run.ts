import { BenchError } from '../model/errors.ts';
import type { RunEvent, RunRequest } from '../result/request.ts';
import type { RunResult } from '../result/run-result.ts';
import { runOnce } from '../run/run.ts';

export interface AttemptOptions {
  readonly stop: AbortSignal;
  readonly onEvent: (event: RunEvent) => void;
}

/**
 * A run of a study that goes on without it: its result, which nobody has written, or the error of a run that could not
 * be completed. Throws what makes no sense to try again.
 */
export function attemptRun(request: RunRequest, { stop, onEvent }: AttemptOptions): Promise<RunResult | BenchError> {
  return resultOrError(() => runOnce(request, { stop, onEvent, save: async (saved) => saved }));
}

/** What a run gives, or the error of one that could not be completed. Throws what makes no sense to try again. */
export async function resultOrError(run: () => Promise<RunResult>): Promise<RunResult | BenchError> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof BenchError && (error.kind === 'invalid' || error.kind === 'interrupted')) return error;
    throw error;
  }
}
