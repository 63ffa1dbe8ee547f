import { spawn, type ChildProcess } from 'node:child_process';
import { environmentError, messageOf } from '../core/errors.ts';
import { DIES_WITH_PARENT } from '../observe/dies-with-parent.ts';
import { freePort } from '../observe/free-port.ts';
import { connectRedis } from './connection.ts';
import { findRedisServer, type RedisServerProgram } from './find-server.ts';

const START_ATTEMPTS = 5;
const START_TIMEOUT_MS = 15_000;
const STOP_GRACE_MS = 3000;
const OUTPUT_KEPT = 4000;

export interface RedisExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/**
 * A Redis server of bench's own: on loopback, on a free port, nothing written to disk, in a process group of its own.
 * It can be paused, resumed, killed and restarted at the same address.
 */
export class ManagedRedis implements AsyncDisposable {
  readonly port: number;
  readonly version: string;
  private readonly program: RedisServerProgram;
  private server: RunningServer;

  private constructor(program: RedisServerProgram, port: number, server: RunningServer) {
    this.program = program;
    this.version = program.version;
    this.port = port;
    this.server = server;
  }

  /**
   * Finds a server program and starts it, on a free port where none is given. Throws an environment error, with the commands that help,
   * where there is none.
   */
  static async start(givenPort: number | null = null): Promise<ManagedRedis> {
    const program = await findRedisServer();
    if (program === null) throw noServer();
    let failure = '';
    for (let attempt = 0; attempt < START_ATTEMPTS; attempt++) {
      const port = givenPort ?? (await freePort());
      const server = new RunningServer(program.command, port);
      if (await server.ready()) return new ManagedRedis(program, port, server);
      failure = server.output;
      await server.stop();
    }
    throw environmentError(`${program.command} does not start: ${lastLine(failure)}`, 'Run it by hand to see why, or use --redis URL.');
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  get pid(): number {
    return this.server.pid;
  }

  /** How the server that runs now ends. */
  get exited(): Promise<RedisExit> {
    return this.server.exited;
  }

  pause(): void {
    this.server.kill('SIGSTOP');
  }

  resume(): void {
    this.server.kill('SIGCONT');
  }

  /** At once, as a crash would. */
  async kill(): Promise<void> {
    this.server.kill('SIGKILL');
    await this.server.exited;
  }

  /** Stops the server and starts an empty one at the same address. */
  async restart(): Promise<void> {
    await this.server.stop();
    this.server = new RunningServer(this.program.command, this.port);
    if (!(await this.server.ready()))
      throw environmentError(`${this.program.command} does not start again: ${lastLine(this.server.output)}`, 'Run again.');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.stop();
  }
}

/** One server process. */
class RunningServer {
  readonly exited: Promise<RedisExit>;
  output = '';
  private readonly child: ChildProcess;
  private readonly port: number;
  private gone = false;

  constructor(command: string, port: number) {
    this.port = port;
    const args = ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--daemonize', 'no', '--dir', '/'];
    const [file, ...rest] = [...DIES_WITH_PARENT, command, ...args];
    this.child = spawn(file!, rest, { detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.on('data', (chunk: Buffer) => (this.output = (this.output + chunk.toString()).slice(-OUTPUT_KEPT)));
    }
    this.exited = new Promise((resolve) => {
      const end = (code: number | null, signal: NodeJS.Signals | null): void => {
        this.gone = true;
        resolve({ code, signal });
      };
      this.child.on('exit', end);
      this.child.on('error', (error) => {
        this.output += messageOf(error);
        end(null, null);
      });
    });
  }

  get pid(): number {
    return this.child.pid ?? -1;
  }

  /** Whether it answers on its port; false when it has ended, or is another server that was quicker. */
  async ready(): Promise<boolean> {
    const deadline = AbortSignal.timeout(START_TIMEOUT_MS);
    while (!this.gone && !deadline.aborted) {
      if (/Ready to accept connections/.test(this.output)) return this.answers();
      await Promise.race([this.exited, new Promise((resolve) => this.child.stdout?.once('data', resolve) ?? resolve(undefined))]);
    }
    return false;
  }

  private async answers(): Promise<boolean> {
    try {
      const connection = await connectRedis(`redis://127.0.0.1:${this.port}`);
      const info = await connection.info('server');
      connection.disconnect();
      return new RegExp(`^process_id:${this.pid}\\b`, 'm').test(info);
    } catch {
      return false;
    }
  }

  kill(signal: NodeJS.Signals): void {
    if (!this.gone) this.child.kill(signal);
  }

  async stop(): Promise<void> {
    if (this.gone) return;
    this.kill('SIGCONT');
    this.kill('SIGTERM');
    const timer = setTimeout(() => this.kill('SIGKILL'), STOP_GRACE_MS);
    await this.exited;
    clearTimeout(timer);
  }
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}

function noServer(): Error {
  return environmentError(
    'this layer needs a Redis, and there is no redis-server or valkey-server on this machine',
    [
      'Install one: Debian, Ubuntu: `sudo apt-get install redis-server`, macOS: `brew install redis`, Fedora: `sudo dnf install valkey`;',
      'or run one: `docker compose --profile redis7 up -d`, and pass its URL with --redis.',
    ].join('\n'),
  );
}
