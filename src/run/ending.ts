import { setImmediate } from 'node:timers/promises';
import { BenchError, messageOf } from '../model/errors.ts';
import type { Phase } from '../result/run-result.ts';
import { nowNs } from '../platform/clock.ts';
import { failureIn } from './phase-log.ts';
import { describeExit, type ChildExit } from './child.ts';

/** A process of the run that ended before it was told to. */
export interface Death {
  readonly role: 'server' | 'driver' | 'redis' | 'proxy';
  readonly index: number;
  readonly atNs: number;
  /** "server 3 was killed by SIGKILL in phase measure". */
  readonly description: string;
}

/** A process of the run that has met an error which it could not deal with. */
export interface Failure {
  readonly role: 'server' | 'driver';
  readonly index: number;
  readonly error: Error;
  /** "driver 0 failed in phase measure: …". */
  readonly description: string;
}

/** What can end a run before its time: the user, or the death or the failure of a process. */
export class Ending {
  readonly deaths: Death[] = [];
  /** The first of each process. */
  readonly failures: Failure[] = [];
  /** Aborted by any of them. */
  readonly signal: AbortSignal;
  private readonly stop: AbortSignal;
  private readonly broken = new AbortController();
  private readonly phase: () => Phase;
  private readonly ended: Promise<void>;

  constructor(stop: AbortSignal, phase: () => Phase) {
    this.stop = stop;
    this.phase = phase;
    this.signal = AbortSignal.any([stop, this.broken.signal]);
    this.ended = new Promise((resolve) => {
      if (this.signal.aborted) resolve();
      else this.signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  get interrupted(): boolean {
    return this.stop.aborted;
  }

  onDeath(role: Death['role'], label: string, index: number, exit: ChildExit): void {
    this.deaths.push({ role, index, atNs: nowNs(), description: `${label} ${describeExit(exit)} in phase ${this.phase()}` });
    this.broken.abort();
  }

  onFailure(role: Failure['role'], label: string, index: number, error: Error): void {
    if (this.failures.some((failure) => failure.role === role && failure.index === index)) return;
    const what = messageOf(error).replace(`${label}: `, '');
    this.failures.push({ role, index, error, description: `${label} failed in phase ${this.phase()}: ${what}` });
    this.broken.abort();
  }

  /** Waits for `work`, unless the run ends before: then there is nothing to write, and the error says why. */
  async unlessEnded<T>(work: Promise<T>): Promise<T> {
    if (this.signal.aborted) {
      work.catch(() => undefined);
      throw this.error();
    }
    let onAbort: () => void = () => undefined;
    const ended = new Promise<never>((_, reject) => {
      onAbort = () => reject(this.error());
      this.signal.addEventListener('abort', onAbort, { once: true });
    });
    try {
      return await Promise.race([work, ended]);
    } catch (error) {
      // A child's failure is often the shadow of another process' death, which is the better explanation.
      if (this.signal.aborted) throw this.error();
      if (error instanceof BenchError && error.kind === 'invalid')
        throw new BenchError(failureIn(this.phase()), error.message, error.hint, { cause: error });
      throw error;
    } finally {
      this.signal.removeEventListener('abort', onAbort);
    }
  }

  /**
   * Waits for `work` to its end, since it makes what has to be disposed of. Where it fails as the run ends, that is why: a
   * terminal's Ctrl-C also reaches a process that is just being forked.
   */
  async orWhyEnded<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      // Of two signals, the death of a child may be heard before the Ctrl-C that was its cause: the next turn of the loop hears both.
      await setImmediate();
      await setImmediate();
      throw this.signal.aborted ? this.error() : error;
    }
  }

  /** Resolves when the run is ended before its time. The runs of a session wait for the same end, one after another. */
  early(): Promise<void> {
    return this.ended;
  }

  /** Processes die of an interrupt, and a failure is often the shadow of a death. */
  private error(): Error {
    const death = this.deaths[0];
    const failure = this.failures[0];
    const isInterrupted = this.stop.aborted || (death === undefined && failure === undefined);
    if (isInterrupted)
      return new BenchError('interrupted', `interrupted in phase ${this.phase()}, before anything was measured`, 'There is no result.');
    if (death === undefined) return failure!.error;
    const kind = this.phase() === 'start' ? 'environment' : 'invalid';
    return new BenchError(kind, `${death.description}, before anything was measured`, 'See what ended it, and run again.');
  }
}
