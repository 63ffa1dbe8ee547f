import { spawn, type ChildProcess } from 'node:child_process';
import { BenchError, environmentError, messageOf } from '../../model/errors.ts';
import { printableLines } from '../../model/printable.ts';
import { DIES_WITH_PARENT } from '../../platform/dies-with-parent.ts';
import { endGroup } from '../../platform/end-group.ts';
import type { ChildExit } from '../child.ts';
import { describeExit } from '../child.ts';
import type { Health } from '../../processes/server-says.ts';
import type { ServerClient } from './server-client.ts';

const START_TIMEOUT_MS = 60_000;
const LOOK_EVERY_MS = 50;
const OUTPUT_KEPT = 4096;
const ANSWER_MS = 2000;
const ATTEMPTS = 4;

export interface OutsideCommand {
  /** "daphne 2". */
  readonly label: string;
  readonly command: readonly string[];
  readonly folder: string;
  readonly environment: NodeJS.ProcessEnv;
  /** Descriptor that it inherits as its 0; none by default. */
  readonly inherits?: number;
}

/** One process that is none of ours, in a process group of its own: an ASGI server, an nginx. */
export class OutsideProcess {
  readonly label: string;
  readonly exited: Promise<ChildExit>;
  /** null while it runs. */
  exit: ChildExit | null = null;
  private readonly child: ChildProcess;
  private output = '';

  constructor({ label, command, folder, environment, inherits }: OutsideCommand) {
    this.label = label;
    const [file, ...args] = [...DIES_WITH_PARENT, ...command];
    this.child = spawn(file!, args, { cwd: folder, env: environment, detached: true, stdio: [inherits ?? 'ignore', 'pipe', 'pipe'] });
    for (const stream of [this.child.stdout, this.child.stderr])
      stream?.on('data', (chunk: Buffer) => (this.output = (this.output + chunk.toString()).slice(-OUTPUT_KEPT)));
    this.exited = new Promise((resolve) => {
      const end = (exit: ChildExit): void => {
        this.exit ??= exit;
        resolve(this.exit);
      };
      this.child.on('exit', (code, signal) => end({ code, signal }));
      this.child.on('error', (error) => {
        this.output += messageOf(error);
        end({ code: null, signal: null });
      });
    });
  }

  get pid(): number {
    return this.child.pid ?? -1;
  }

  /**
   * Waits until its health is what is wanted, and gives it. Throws an environment error when it ends before, says nothing until the deadline, or
   * speaks another version of the protocol.
   */
  async answering(client: ServerClient, isWanted: (health: Health) => boolean, deadlineMs: number = START_TIMEOUT_MS): Promise<Health> {
    const deadline = performance.now() + deadlineMs;
    while (this.exit === null && performance.now() < deadline) {
      const health = await client.health(ANSWER_MS).catch((error: unknown) => {
        if (error instanceof BenchError) throw error;
        return null;
      });
      if (health !== null && isWanted(health)) return health;
      await Promise.race([this.exited, new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))]);
    }
    const what = this.exit === null ? `gave no answer to GET /bench/<run>/health within ${deadlineMs / 1000} s` : describeExit(this.exit);
    throw environmentError(`${this.label} ${what}, in phase start`, lastLines(this.output));
  }

  kill(signal: NodeJS.Signals): void {
    if (this.exit === null) this.child.kill(signal);
  }

  /** Ends it: SIGTERM, then SIGKILL. A frozen one goes on first. */
  async stop(graceMs: number): Promise<void> {
    if (this.exit === null) {
      this.kill('SIGCONT');
      this.kill('SIGTERM');
      const timer = setTimeout(() => endGroup(this.child), graceMs);
      await this.exited;
      clearTimeout(timer);
    }
    endGroup(this.child);
  }
}

/** The end of what a process said, which names its error. */
function lastLines(output: string): string {
  const lines = output.trim().split('\n').slice(-4);
  return printableLines(lines.join('\n')) || 'It said nothing.';
}

/**
 * Starts what listens on ports that were free when they were chosen, and again with others where somebody else has
 * taken one by then.
 */
export async function withFreePorts<T>(start: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start();
    } catch (error) {
      const hasLostPort = error instanceof BenchError && /address already in use/i.test(error.hint);
      if (!hasLostPort || attempt === ATTEMPTS) throw error;
    }
  }
}
