import { withHeadroom } from '../calibration/calibration.ts';
import { BenchError } from '../../model/errors.ts';
import type { RunEvent, RunOutcome, RunRequest } from '../../result/request.ts';
import type { RunResult } from '../../result/run-result.ts';
import { INTERIM_TIMES } from '../../run/interim.ts';
import { runOnce } from '../../run/run.ts';
import { hostOf, readCalibration } from '../../store/calibrations.ts';
import { keepResult, writeResult } from '../../store/write.ts';

export interface MatrixOptions {
  readonly outDir: string;
  /** First Ctrl-C: the run under way ends early, and no other begins. */
  readonly stop: AbortSignal;
  /** A run begins; with its place among the requests. */
  readonly onBegin: (index: number) => void;
  readonly onEvent: (event: RunEvent) => void;
  readonly onOutcome: (outcome: RunOutcome) => void;
}

/**
 * Runs the points of a matrix in turn and writes each result as soon as there is one. A run that was invalid or missed
 * a limit is an outcome like any other; an environment that is not there, a bug, or an interruption ends the matrix.
 */
export async function runMatrix(requests: readonly RunRequest[], options: MatrixOptions): Promise<readonly RunOutcome[]> {
  const outcomes: RunOutcome[] = [];
  for (const [index, request] of requests.entries()) {
    if (options.stop.aborted) break;
    options.onBegin(index);
    const outcome = await runPoint(request, options);
    outcomes.push(outcome);
    options.onOutcome(outcome);
    if (outcome.kind === 'failed' ? !(outcome.error instanceof BenchError && outcome.error.kind === 'invalid') : outcome.unsaved !== null)
      break;
  }
  return outcomes;
}

async function runPoint(request: RunRequest, options: MatrixOptions): Promise<RunOutcome> {
  try {
    const save = async (measured: RunResult): Promise<RunOutcome> => {
      const { environment, server } = measured;
      const calibration = await readCalibration(options.outDir, hostOf(environment), server.processes);
      const result = calibration === null ? measured : withHeadroom(measured, calibration);
      return { kind: 'result', request, result, ...(await keepResult(options.outDir, result)) };
    };
    const interim = { ...INTERIM_TIMES, save: async (known: RunResult) => void (await writeResult(options.outDir, known)) };
    return await runOnce(request, { stop: options.stop, onEvent: options.onEvent, save, interim });
  } catch (error) {
    return { kind: 'failed', request, error };
  }
}
