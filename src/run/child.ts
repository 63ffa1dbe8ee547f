import { fork, type ChildProcess } from 'node:child_process';
import { BenchError, environmentError } from '../model/errors.ts';
import { printableLines } from '../model/printable.ts';
import type { Phase } from '../result/run-result.ts';
import { endGroup } from '../platform/end-group.ts';
import { DIES_WITH_PARENT } from '../platform/dies-with-parent.ts';
import { failureIn } from './phase-log.ts';
import type { Numbered, Said } from '../processes/ipc.ts';
import type { Failed } from '../processes/protocol.ts';

/** How a child ended: by a code or by a signal, or neither where the system did not start it. */
export interface ChildExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export type ChildRole = 'server' | 'driver' | 'warden';

/** Modules that a process loads before all else: the self-test plants its faults there. */
export type Preload = (role: ChildRole, index: number) => readonly URL[];

interface Waiter {
  readonly resolve: (message: never) => void;
  readonly reject: (error: Error) => void;
}

/** What nobody waits for. */
export interface ChildEvents<Message> {
  readonly onMessage: (message: Message) => void;
  /** Every failure, also one that somebody waits for. */
  readonly onFailure: (error: Error) => void;
}

const STDERR_KEPT_BYTES = 4096;

/**
 * One forked process with a typed channel to it. It leads a process group of its own, so that a terminal's Ctrl-C does
 * not reach it. Every wait has a deadline that names process and phase, and ends when the process does.
 */
export class Child<Command extends { readonly type: string }, Message extends { readonly type: string }> {
  readonly role: ChildRole;
  readonly index: number;
  readonly exited: Promise<ChildExit>;
  /** null while it runs. */
  exit: ChildExit | null = null;
  /** How it ended, as an error; null while it runs. */
  private endError: BenchError | null = null;
  /** The first that it has told of; null for none. */
  failure: Error | null = null;
  private readonly process: ChildProcess;
  /** By the number of the command that is to be answered. */
  private readonly waiters = new Map<number, Waiter>();
  private commands = 0;
  private readonly events: ChildEvents<Message>;
  private stderr = '';

  /** The process loads `preload` before all else. */
  constructor(role: ChildRole, index: number, entry: URL, events: ChildEvents<Message>, preload: readonly URL[] = []) {
    this.role = role;
    this.index = index;
    this.events = events;
    this.process = fork(entry, [String(index)], {
      detached: true,
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      ...executable(role, preload),
    });
    this.process.stderr?.on('data', (chunk: Buffer) => (this.stderr = (this.stderr + chunk.toString()).slice(-STDERR_KEPT_BYTES)));
    this.process.on('message', (message) => this.receive(message as Said<Message | Failed>));
    this.exited = new Promise((resolve) => {
      const end = (exit: ChildExit, error: BenchError): void => {
        this.exit = exit;
        this.endError = error;
        this.rejectAll(error);
        resolve(exit);
      };
      // A process that does not exist ends with no event but this one.
      this.process.on('error', (error) => {
        if (this.process.pid !== undefined) return this.rejectAll(error);
        end(
          { code: null, signal: null },
          environmentError(
            `${this.label} cannot be started: ${error.message}`,
            'See what the system allows (`ulimit -a`), and run again.',
            { cause: error },
          ),
        );
      });
      this.process.on('exit', (code, signal) =>
        end(
          { code, signal },
          new BenchError(
            'invalid',
            `${this.label} ${describeExit({ code, signal })}`,
            printableLines(this.stderr.trim()) || 'See what ended it, and run again.',
          ),
        ),
      );
    });
  }

  /** Loaded by `fork`: src/processes/<role>/main.ts. */
  static entry(role: ChildRole): URL {
    return new URL(`../processes/${role}/main.js`, import.meta.url);
  }

  get label(): string {
    return this.role === 'warden' ? 'the warden' : `${this.role} ${this.index}`;
  }

  get pid(): number {
    return this.process.pid ?? -1;
  }

  /** Sends a command; a child that is gone does not hear it, and its exit tells of that. Answers its number. */
  send(command: Command): number {
    const numbered: Numbered<Command> = { id: this.commands++, command };
    if (this.process.connected) this.process.send(numbered, () => undefined);
    return numbered.id;
  }

  /** Sends a command and waits for its answer, which is of type `type`. */
  request<T extends Message['type']>(command: Command, type: T, phase: Phase, timeoutMs: number): Promise<Extract<Message, { type: T }>> {
    return new Promise((resolve, reject) => {
      if (this.endError !== null) return reject(this.endError);
      const id = this.send(command);
      const timer = setTimeout(() => this.take(id)?.reject(this.failure ?? phaseTimeout(this.label, phase, timeoutMs)), timeoutMs);
      this.waiters.set(id, {
        resolve: (message) => {
          clearTimeout(timer);
          const answer: Message = message;
          if (answer.type === type) resolve(message);
          else reject(new Error(`${this.label} answered ${command.type} with ${answer.type}`));
        },
        reject: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      });
    });
  }

  /** Ends the process, and what it has started: asks, then SIGTERM, then SIGKILL. Resolves when it is gone. */
  async stop(graceMs: number): Promise<void> {
    if (this.exit === null) {
      if (this.process.connected) this.process.disconnect();
      for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
        const timer = setTimeout(() => this.kill(signal), graceMs * (signal === 'SIGKILL' ? 2 : 1));
        void this.exited.then(() => clearTimeout(timer));
      }
      await this.exited;
    }
    endGroup(this.process);
  }

  kill(signal: NodeJS.Signals): void {
    if (this.exit === null) this.process.kill(signal);
  }

  private receive({ to, message }: Said<Message | Failed>): void {
    if (message.type === 'failed') return this.receiveFailure(to, message as Failed);
    const waiter = to === null ? undefined : this.take(to);
    if (waiter === undefined) this.events.onMessage(message as Message);
    else waiter.resolve(message as never);
  }

  /** A command that has failed is not answered; where nobody waits for it, nothing that others wait for is sure to come. */
  private receiveFailure(to: number | null, failed: Failed): void {
    const error = failedError(this.label, failed);
    this.failure ??= error;
    this.events.onFailure(error);
    if (to === null) return;
    const waiter = this.take(to);
    if (waiter === undefined) this.rejectAll(error);
    else waiter.reject(error);
  }

  private take(id: number): Waiter | undefined {
    const waiter = this.waiters.get(id);
    this.waiters.delete(id);
    return waiter;
  }

  private rejectAll(error: Error): void {
    const waiting = [...this.waiters.values()];
    this.waiters.clear();
    for (const waiter of waiting) waiter.reject(error);
  }
}

/** Node, tied to the coordinator; the warden alone outlives it. */
function executable(role: ChildRole, preload: readonly URL[]): { readonly execPath: string; readonly execArgv: string[] } {
  const [execPath, ...execArgv] = role === 'warden' ? [process.execPath] : [...DIES_WITH_PARENT, process.execPath];
  return { execPath: execPath!, execArgv: [...execArgv, ...preload.flatMap((url) => ['--import', url.href])] };
}

/** "was killed by SIGKILL", "exited with code 1", "was never started". */
export function describeExit(exit: ChildExit): string {
  if (exit.code === null && exit.signal === null) return 'was never started';
  return exit.signal === null ? `exited with code ${exit.code}` : `was killed by ${exit.signal}`;
}

function phaseTimeout(label: string, phase: Phase, timeoutMs: number): BenchError {
  return new BenchError(
    failureIn(phase),
    `${label} gave no answer in phase ${phase} within ${timeoutMs / 1000} s`,
    'The machine may be overloaded: use fewer processes or members, or look at `bench doctor`.',
  );
}

function failedError(label: string, failed: Failed): Error {
  if (failed.kind !== 'bug') return new BenchError(failed.kind, `${label}: ${failed.message}`, failed.hint);
  const error = new Error(`${label}: ${failed.message}`);
  error.stack = failed.stack;
  return error;
}
