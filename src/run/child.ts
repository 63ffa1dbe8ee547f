import { fork, type ChildProcess } from 'node:child_process';
import { BenchError } from '../model/errors.ts';
import { printableLines } from '../model/printable.ts';
import type { Phase } from '../result/run-result.ts';
import { endGroup } from '../platform/end-group.ts';
import { DIES_WITH_PARENT } from '../platform/dies-with-parent.ts';
import { failureIn } from './phase-log.ts';
import type { Failed } from '../processes/protocol.ts';

/** How a child ended. */
export interface ChildExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export type ChildRole = 'server' | 'driver' | 'warden';

/** Modules that a process loads before all else: the self-test plants its faults there. */
export type Preload = (role: ChildRole, index: number) => readonly URL[];

interface Waiter {
  readonly type: string;
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
  /** The first that it has told of; null for none. */
  failure: Error | null = null;
  private readonly process: ChildProcess;
  private readonly waiters: Waiter[] = [];
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
    this.process.on('message', (message) => this.receive(message as Message | Failed));
    this.process.on('error', (error) => this.rejectAll(error));
    this.exited = new Promise((resolve) => {
      this.process.on('exit', (code, signal) => {
        this.exit = { code, signal };
        this.rejectAll(
          new BenchError(
            'invalid',
            `${this.label} ${describeExit(this.exit)}`,
            printableLines(this.stderr.trim()) || 'See what ended it, and run again.',
          ),
        );
        resolve(this.exit);
      });
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

  /** Sends a command; a child that is gone does not hear it, and its exit tells of that. */
  send(command: Command): void {
    if (this.process.connected) this.process.send(command, () => undefined);
  }

  /** Sends a command and waits for the answer. */
  request<T extends Message['type']>(command: Command, type: T, phase: Phase, timeoutMs: number): Promise<Extract<Message, { type: T }>> {
    const answer = this.next(type, phase, timeoutMs);
    this.send(command);
    return answer;
  }

  /** Waits for the next message of a type. */
  next<T extends Message['type']>(type: T, phase: Phase, timeoutMs: number): Promise<Extract<Message, { type: T }>> {
    return new Promise((resolve, reject) => {
      if (this.exit !== null)
        return reject(new BenchError('invalid', `${this.label} ${describeExit(this.exit)} before phase ${phase}`, 'Run again.'));
      const timer = setTimeout(() => {
        this.drop(waiter);
        reject(this.failure ?? phaseTimeout(this.label, phase, timeoutMs));
      }, timeoutMs);
      const waiter: Waiter = {
        type,
        resolve: (message) => {
          clearTimeout(timer);
          resolve(message);
        },
        reject: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      };
      this.waiters.push(waiter);
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

  private receive(message: Message | Failed): void {
    if (message.type === 'failed') return this.receiveFailure(message as Failed);
    const waiter = this.waiters.find(({ type }) => type === message.type);
    if (waiter === undefined) return this.events.onMessage(message as Message);
    this.drop(waiter);
    waiter.resolve(message as never);
  }

  /** A command that has failed is not answered. Beside commands, answers may still come: whoever must not wait hears of it. */
  private receiveFailure(failed: Failed): void {
    const error = failedError(this.label, failed);
    this.failure ??= error;
    this.events.onFailure(error);
    if (failed.during !== null) this.rejectAll(error);
  }

  private drop(waiter: Waiter): void {
    const at = this.waiters.indexOf(waiter);
    if (at >= 0) this.waiters.splice(at, 1);
  }

  private rejectAll(error: Error): void {
    for (const waiter of this.waiters.splice(0)) waiter.reject(error);
  }
}

/** Node, tied to the coordinator; the warden alone outlives it. */
function executable(role: ChildRole, preload: readonly URL[]): { readonly execPath: string; readonly execArgv: string[] } {
  const [execPath, ...execArgv] = role === 'warden' ? [process.execPath] : [...DIES_WITH_PARENT, process.execPath];
  return { execPath: execPath!, execArgv: [...execArgv, ...preload.flatMap((url) => ['--import', url.href])] };
}

/** "was killed by SIGKILL", "exited with code 1". */
export function describeExit(exit: ChildExit): string {
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
