/** Where an error was met, as far as that is known. */
export interface ErrorPlace {
  /** The Redis, as people know it: redis://127.0.0.1:6379. */
  readonly redis?: string;
  /** What every key and channel of the run begins with. */
  readonly prefix?: string;
}

/** An error of which it is known what to do about it, by the texts of Redis, redis-py, Node and Python, as `errorText` shows them. */
export interface KnownErrorRow {
  readonly pattern: RegExp;
  /** What it means, in a clause. `redis` is "Redis", or "the Redis at redis://127.0.0.1:6379". */
  readonly meaning: string | ((redis: string, found: RegExpExecArray, place: ErrorPlace) => string);
  /** What to do about it, in a sentence or two. */
  readonly remedy: string | ((found: RegExpExecArray, place: ErrorPlace) => string);
  /** Whether nobody was reached: it says nothing of a Redis. */
  readonly isOfNetwork?: boolean;
}
