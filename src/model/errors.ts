/** What kind of failure an error is; the command line maps each to its exit code. */
export type ErrorKind = 'usage' | 'environment' | 'invalid' | 'interrupted';

/**
 * A failure that the user can do something about: one sentence on what is wrong, and one on what to do next.
 * Anything else that is thrown is a bug in bench.
 */
export class BenchError extends Error {
  readonly kind: ErrorKind;
  /** What to do next; printed under the message. */
  readonly hint: string;

  constructor(kind: ErrorKind, message: string, hint: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'BenchError';
    this.kind = kind;
    this.hint = hint;
  }
}

/** A flag, value, file or Plan that cannot be used (exit 2). */
export function usageError(message: string, hint: string, options?: ErrorOptions): BenchError {
  return new BenchError('usage', message, hint, options);
}

/** Something that the run needs is missing on this machine (exit 3). */
export function environmentError(message: string, hint: string, options?: ErrorOptions): BenchError {
  return new BenchError('environment', message, hint, options);
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

const FILE_FAILURES: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'it may not be read',
  ENXIO: 'it is a socket',
  ENOTDIR: 'there is no such file',
  EFBIG: 'it is larger than any such file is',
  ETIMEDOUT: 'nothing comes through it',
  ENOTREG: 'it is no regular file',
};

/** Why a file could not be read, in words. */
export function readFailure(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return FILE_FAILURES[code] ?? messageOf(error);
}

/** Marks a branch that the types rule out; reaching it is a bug. */
export function assertNever(value: never): never {
  throw new Error(`unexpected value ${JSON.stringify(value)}`);
}
