import { CONNECTION_ERRORS, type ConnectionErrorCode } from './connection-errors.ts';
import type { ErrorPlace, KnownErrorRow } from './known-error.ts';
import { REDIS_ERRORS, type RedisErrorCode } from './redis-errors.ts';

/* What an error means and what to do about it, by its text: the one place that knows. */

const KNOWN_ERRORS: Readonly<Record<ErrorCode, KnownErrorRow>> = { ...REDIS_ERRORS, ...CONNECTION_ERRORS };

/** Errors of which it is known what to do about them. */
export type ErrorCode = RedisErrorCode | ConnectionErrorCode;

export interface KnownError {
  readonly code: ErrorCode;
  /** What it means, in a clause. */
  readonly meaning: string;
  /** What to do about it, in a sentence or two. */
  readonly remedy: string;
  /** Whether nobody was reached: it says nothing of a Redis. */
  readonly isOfNetwork: boolean;
}

/** What is known of an error, by its text: the first row whose pattern fits decides. null for one that is not known. */
export function knownError(text: string, place: ErrorPlace = {}): KnownError | null {
  for (const [code, row] of Object.entries(KNOWN_ERRORS) as [ErrorCode, KnownErrorRow][]) {
    const found = row.pattern.exec(text);
    if (found !== null) return say(code, row, found, place);
  }
  return null;
}

function say(
  code: ErrorCode,
  { meaning, remedy, isOfNetwork = false }: KnownErrorRow,
  found: RegExpExecArray,
  place: ErrorPlace,
): KnownError {
  const redis = place.redis === undefined ? 'Redis' : `the Redis at ${place.redis}`;
  return {
    code,
    meaning: typeof meaning === 'string' ? meaning : meaning(redis, found, place),
    remedy: typeof remedy === 'string' ? remedy : remedy(found, place),
    isOfNetwork,
  };
}
