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
export async function attemptRun(request: RunRequest, { stop, onEvent }: AttemptOptions): Promise<RunResult | BenchError> {
  try {
    return await runOnce(request, { stop, onEvent, save: async (saved) => saved });
  } catch (error) {
    if (error instanceof BenchError && (error.kind === 'invalid' || error.kind === 'interrupted')) return error;
    throw error;
  }
}
