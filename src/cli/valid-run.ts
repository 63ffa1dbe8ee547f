import { BenchError, usageError } from '../model/errors.ts';
import type { ResultFile } from '../result/result-kinds.ts';
import { flawOf } from '../result/validity.ts';
import type { RunResult } from '../result/run-result.ts';
import type { StoredResult } from '../store/read.ts';

/** What is asked of a run, and what is done with it where it is not as asked: a sentence each. */
export interface Purpose {
  readonly needsRun: string;
  readonly needsValid: string;
}

const KINDS: Readonly<Record<Exclude<ResultFile['kind'], 'run'>, string>> = {
  compare: 'a comparison',
  capacity: 'a capacity search',
  plan: 'a plan',
};

/** Throws a usage error for anything but a run, and an invalid error for a run whose numbers are not to be relied on. */
export function validRun({ path, result }: StoredResult, { needsRun, needsValid }: Purpose): RunResult {
  if (result.kind !== 'run') throw usageError(`'${path}' is ${KINDS[result.kind]}, not a run`, needsRun);
  const flaw = flawOf(result);
  if (flaw === null) return result;
  throw new BenchError('invalid', `the run of '${path}' ${flaw}`, needsValid);
}
