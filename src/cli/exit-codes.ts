import { BenchError, type ErrorKind } from '../model/errors.ts';
import type { RunOutcome } from '../result/request.ts';

/** What `bench` ends with; scripts and CI read it. */
export const EXIT = {
  ok: 0,
  bug: 1,
  usage: 2,
  environment: 3,
  invalid: 4,
  regression: 5,
  limitMissed: 6,
  inconclusive: 7,
  interrupted: 130,
  terminated: 143,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** From the most serious to the least; a matrix ends with the first that occurred. */
const SEVERITY: readonly ExitCode[] = [
  EXIT.bug,
  EXIT.interrupted,
  EXIT.terminated,
  EXIT.usage,
  EXIT.environment,
  EXIT.invalid,
  EXIT.regression,
  EXIT.limitMissed,
  EXIT.inconclusive,
  EXIT.ok,
];

const BY_KIND: Readonly<Record<ErrorKind, ExitCode>> = {
  usage: EXIT.usage,
  environment: EXIT.environment,
  invalid: EXIT.invalid,
  interrupted: EXIT.interrupted,
};

export function exitCodeOfError(error: unknown): ExitCode {
  return error instanceof BenchError ? BY_KIND[error.kind] : EXIT.bug;
}

function exitCodeOfOutcome(outcome: RunOutcome): ExitCode {
  if (outcome.kind === 'failed') return exitCodeOfError(outcome.error);
  const { result } = outcome;
  if (result.run.state === 'interrupted') return EXIT.interrupted;
  if (outcome.unsaved !== null) return exitCodeOfError(outcome.unsaved);
  if (!result.validity.valid) return EXIT.invalid;
  return result.limits.some((limit) => !limit.ok) ? EXIT.limitMissed : EXIT.ok;
}

/** The exit code of several runs. */
export function mostSerious(outcomes: readonly RunOutcome[]): ExitCode {
  const codes = new Set(outcomes.map(exitCodeOfOutcome));
  return SEVERITY.find((code) => codes.has(code)) ?? EXIT.ok;
}
