import { BenchError, messageOf } from '../model/errors.ts';
import { paragraph } from '../report/paragraph.ts';
import { EXIT, exitCodeOfError, type ExitCode } from './exit-codes.ts';
import type { Output } from './terminal.ts';

/** A request of the user or of a supervisor to end. */
export interface Interruption {
  /** Aborted by the first signal. */
  readonly signal: AbortSignal;
  /** What to exit with; null while nobody has asked. */
  readonly exitCode: ExitCode | null;
}

/** Says what went wrong and what to do next. A stack trace is shown for bugs, and on --debug. */
export function printError(error: unknown, output: Output, debug: boolean): void {
  const { errStyle } = output;
  const indent = '       ';
  output.err(paragraph(`${errStyle.bad('bench:')} `, messageOf(error), errStyle));
  if (error instanceof BenchError && error.hint !== '') output.err(paragraph(indent, error.hint, errStyle));
  const isBug = exitCodeOfError(error) === EXIT.bug;
  if (isBug) output.err(paragraph(indent, 'This is a bug in bench. Please report it with the lines below.', errStyle));
  if ((isBug || debug) && error instanceof Error && error.stack !== undefined) output.err(`${errStyle.dim(error.stack)}\n`);
}
