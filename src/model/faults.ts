import { usageError } from './errors.ts';
import { formatMs, parseCount, parseDurationMs } from './units.ts';

/** Something that breaks on purpose, at a time of the measure phase. Plain data. */
export type Fault =
  /** Ends the process at once; a new one takes its place, at the same address. */
  | { readonly kind: 'killServer'; readonly server: number; readonly atMs: number }
  | { readonly kind: 'freezeServer'; readonly server: number; readonly atMs: number; readonly forMs: number }
  | { readonly kind: 'pauseRedis'; readonly atMs: number; readonly forMs: number }
  /** Ends Redis and starts an empty one at the same address. */
  | { readonly kind: 'restartRedis'; readonly atMs: number }
  /** Redis drops every connection, its servers' included. */
  | { readonly kind: 'dropConnections'; readonly atMs: number }
  /** What the user does to the backend by hand, at this time or later. Bench does nothing. */
  | { readonly kind: 'external'; readonly atMs: number };

const FORMS =
  "Write 'kill server 1 at 5s', 'freeze server 0 1s at 5s', 'pause redis 2s at 3s', 'restart redis at 5s' or 'drop connections at 4s'; or 'external at 3s' for what you do by hand.";

/** Reads a fault as it is written on the command line. Throws a usage error. */
export function parseFault(text: string): Fault {
  const words = text.trim().split(/\s+/);
  const at = words.at(-1) ?? '';
  const what = words.slice(0, -2);
  if (words.at(-2) !== 'at') throw unreadable(text);
  const atMs = parseDurationMs(at);
  const [verb, object, first, second] = what;
  const count = what.length;
  if (verb === 'kill' && object === 'server' && count === 3) return { kind: 'killServer', server: parseCount(first!), atMs };
  if (verb === 'freeze' && object === 'server' && count === 4)
    return { kind: 'freezeServer', server: parseCount(first!), forMs: parseDurationMs(second!), atMs };
  if (verb === 'pause' && object === 'redis' && count === 3) return { kind: 'pauseRedis', forMs: parseDurationMs(first!), atMs };
  if (verb === 'restart' && object === 'redis' && count === 2) return { kind: 'restartRedis', atMs };
  if (verb === 'external' && count === 1) return { kind: 'external', atMs };
  if (verb === 'drop' && object === 'connections' && count === 2) return { kind: 'dropConnections', atMs };
  throw unreadable(text);
}

/** A fault as text that `parseFault` reads back. */
export function formatFault(fault: Fault): string {
  const time = (ms: number): string => (ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`);
  const at = `at ${time(fault.atMs)}`;
  switch (fault.kind) {
    case 'killServer':
      return `kill server ${fault.server} ${at}`;
    case 'freezeServer':
      return `freeze server ${fault.server} ${time(fault.forMs)} ${at}`;
    case 'pauseRedis':
      return `pause redis ${time(fault.forMs)} ${at}`;
    case 'restartRedis':
      return `restart redis ${at}`;
    case 'dropConnections':
      return `drop connections ${at}`;
    case 'external':
      return `external ${at}`;
  }
}

export function isRedisFault(fault: Fault): boolean {
  return fault.kind === 'pauseRedis' || fault.kind === 'restartRedis' || fault.kind === 'dropConnections';
}

/** Whether somebody else does it: what happened is what is seen of it. */
export function isDeclared({ kind }: Fault): boolean {
  return kind === 'external';
}

/**
 * Throws a usage error for a fault of Redis where that is not bench's: nobody restarts it, and the rest only where the user says so.
 * `remedy` says how there would be one of bench's, or none needed.
 */
export function refuseOnForeignRedis(faults: readonly Fault[], mayBreak: boolean, remedy: string): void {
  const fault = faults.find(isRedisFault);
  if (fault === undefined) return;
  if (faults.some(({ kind }) => kind === 'restartRedis')) throw usageError('bench cannot restart a Redis that it did not start', remedy);
  if (!mayBreak)
    throw usageError(
      `the fault '${formatFault(fault)}' would hit everybody who uses this Redis`,
      `${remedy.replace(/\.$/, '')}; or say --allow-faults-on-my-redis.`,
    );
}

/** What faults are checked against. */
export interface FaultTarget {
  readonly processes: number;
  readonly durationMs: number;
  readonly usesRedis: boolean;
  /** Whether the layer keeps anything outside of its processes. */
  readonly hasBackend: boolean;
}

/** Throws a usage error for a fault that cannot happen in a run. */
export function checkFaults(faults: readonly Fault[], { processes, durationMs, usesRedis, hasBackend }: FaultTarget): void {
  for (const fault of faults) {
    const text = `the fault '${formatFault(fault)}'`;
    if (fault.atMs >= durationMs)
      throw usageError(`${text} comes after the measure phase of ${formatMs(durationMs)}`, 'Use a longer --duration.');
    if ('server' in fault && fault.server >= processes)
      throw usageError(`${text} names a server that does not exist`, `Servers are numbered from 0 to ${processes - 1}.`);
    if (isRedisFault(fault) && !usesRedis) throw usageError(`${text} needs a layer that uses Redis`, 'Use --layer redis or redis-pubsub.');
    if (isDeclared(fault) && !hasBackend)
      throw usageError(
        `${text} needs a layer with a backend, to which you do something`,
        'Use --layer redis or redis-pubsub, or leave out the fault.',
      );
  }
}

function unreadable(text: string): Error {
  return usageError(`'${text}' is not a fault`, FORMS);
}

export type FaultOutcome = 'nothing' | 'back' | 'away';

/** A fault that the Plan wanted; times from the beginning of the measure phase. */
export interface FaultSpan {
  readonly spec: string;
  /** Of what the user did by hand: the first that was seen of it. */
  readonly startMs: number;
  /** What was broken was there again. */
  readonly endMs: number;
  /** Only of what the user did by hand: nothing was seen of it; the backend was away, and was back; or it was away to the end. */
  readonly outcome?: FaultOutcome;
  /** From `startMs` until the last delivery that was lost after it; 0: none was, null: losses went on to the end. */
  readonly recoveryMs: number | null;
}
