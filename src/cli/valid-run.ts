import { BenchError, usageError } from '../core/errors.ts';
import type { RunResult } from '../core/result.ts';
import type { StoredResult } from '../store/read.ts';

/** What is asked of a run, and what is done with it where it is not as asked: a sentence each. */
export interface Purpose {
  readonly needsRun: string;
  readonly needsValid: string;
}

/** Throws a usage error for a comparison, and an invalid error for a run whose numbers are not to be relied on. */
export function validRun({ path, result }: StoredResult, { needsRun, needsValid }: Purpose): RunResult {
  if (result.kind !== 'run') throw usageError(`'${path}' is a comparison, not a run`, needsRun);
  const { valid, reasons } = result.validity;
  if (valid && result.run.state === 'completed') return result;
  const why = valid ? `was ${result.run.state}` : `is invalid: ${reasons.join('; ')}`;
  throw new BenchError('invalid', `the run of '${path}' ${why}`, needsValid);
}
