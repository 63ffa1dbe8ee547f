import { randomBytes } from 'node:crypto';

/** Identity of one run: a short id, and the number that its frames carry, of 16 bits. */
export interface RunId {
  readonly id: string;
  readonly number: number;
}

export function newRunId(): RunId {
  const bytes = randomBytes(5);
  return { id: bytes.toString('hex'), number: bytes.readUInt16LE(0) };
}

/** Prefix of everything that a run makes in Redis: never that of a live deployment. */
export function runPrefix(id: string, configured: string | null): string {
  return configured === null ? `layerbench-${id}` : `${configured}-bench-${id}`;
}

/** The one place that reads the calendar clock. */
export function wallClock(): Date {
  return new Date();
}
