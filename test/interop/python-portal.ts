import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { PACKAGES, PYTHON } from './python-peer.ts';

/** A send: the group, its members that are alive, and the processes that they are in. */
export type Send = readonly [group: string, deliveries: number, entries: number];

/** Server processes of Django Channels, as many layers in one process of Python. */
export class PythonPortal implements AsyncDisposable {
  private readonly process: ChildProcess;
  private readonly answers: AsyncIterator<string>;
  private stderr = '';

  /** `config`: as in CHANNEL_LAYERS. */
  constructor(backend: 'core' | 'pubsub', config: Readonly<Record<string, unknown>>, processes: number) {
    this.process = spawn(PYTHON, [join(import.meta.dirname, 'portal.py'), backend, JSON.stringify(config), String(processes)], {
      env: { PYTHONPATH: PACKAGES },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.process.stderr!.on('data', (chunk: Buffer) => (this.stderr += chunk.toString()));
    this.answers = createInterface(this.process.stdout!)[Symbol.asyncIterator]();
  }

  /** How many members of each group are in each of its processes. */
  join(groups: Readonly<Record<string, readonly number[]>>): Promise<void> {
    return this.call('join', groups);
  }

  churn(group: string, times: number): Promise<void> {
    return this.call('churn', group, times);
  }

  /** Sends in turn, with a gap in seconds, and waits for all deliveries. The mean size is over queue entries. */
  send(sends: readonly Send[], gapSeconds: number): Promise<{ readonly deliveries: number; readonly meanBytes: number }> {
    return this.call('send', sends, 7, gapSeconds);
  }

  /** At once, as a crash would. */
  async kill(): Promise<void> {
    const ended = new Promise((resolve) => this.process.once('exit', resolve));
    this.process.kill('SIGKILL');
    await ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.process.exitCode === null && this.process.signalCode === null) await this.kill();
  }

  private async call<T>(op: string, ...args: readonly unknown[]): Promise<T> {
    this.process.stdin!.write(`${JSON.stringify({ op, args })}\n`);
    const { value, done } = (await this.answers.next()) as { readonly value: string; readonly done?: boolean };
    if (done === true) throw new Error(`the portal has ended: ${this.stderr.slice(-2000)}`);
    return (JSON.parse(value) as { readonly result: T }).result;
  }
}
