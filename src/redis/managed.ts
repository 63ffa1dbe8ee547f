import { spawn, type ChildProcess } from 'node:child_process';
import { environmentError, messageOf } from '../model/errors.ts';
import { DIES_WITH_PARENT } from '../platform/dies-with-parent.ts';
import { endGroup } from '../platform/end-group.ts';
import { freePort } from '../platform/free-port.ts';
import { connectToAsk } from './connection.ts';
import { findRedisServer, type RedisServerProgram } from './find-server.ts';

const START_ATTEMPTS = 5;
const READY_MS = 15_000;
const STOP_GRACE_MS = 3000;
const OUTPUT_KEPT = 4000;

/** What tests set. */
interface StartOptions {
  /** By default the first that is found. */
  readonly program?: RedisServerProgram;
  /** How long it may take until it answers. */
  readonly readyMs?: number;
}

/** 'ended' also where another server was quicker on its port. */
type StartState = 'ready' | 'ended' | 'silent';

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
  static async start(givenPort: number | null = null, { program: given, readyMs = READY_MS }: StartOptions = {}): Promise<ManagedRedis> {
    const program = given ?? (await findRedisServer());
    if (program === null) throw noServer();
    for (let attempt = 1; ; attempt++) {
      const port = givenPort ?? (await freePort());
      const server = new RunningServer(program.command, port);
      const state = await server.ready(readyMs);
      if (state === 'ready') return new ManagedRedis(program, port, server);
      await server.stop();
      // Somebody else may have taken the port by then.
      if (state === 'ended' && attempt < START_ATTEMPTS) continue;
      throw environmentError(server.describe(state, readyMs), 'Run it by hand to see why, or use --redis URL.');
    }
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
    const state = await this.server.ready(READY_MS);
    if (state !== 'ready') throw environmentError(`again, ${this.server.describe(state, READY_MS)}`, 'Run again.');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.stop();
  }
}

/** One server process. */
class RunningServer {
  readonly exited: Promise<RedisExit>;
  private output = '';
  private readonly child: ChildProcess;
  private readonly command: string;
  private readonly port: number;
  private gone = false;

  constructor(command: string, port: number) {
    this.command = command;
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

  /** Waits until it answers on its port, or does not any more, or the deadline is over. To be called at once. */
  async ready(deadlineMs: number): Promise<StartState> {
    let timer: NodeJS.Timeout | undefined;
    const silent = new Promise<'silent'>((resolve) => (timer = setTimeout(() => resolve('silent'), deadlineMs)));
    const listening = new Promise<'listening'>((resolve) =>
      this.child.stdout?.on('data', () => /Ready to accept connections/.test(this.output) && resolve('listening')),
    );
    const ended = this.exited.then(() => 'ended' as const);
    const first = await Promise.race([listening, ended, silent]).finally(() => clearTimeout(timer));
    return first === 'listening' ? this.answers() : first;
  }

  /** Why it is not ready. */
  describe(state: StartState, deadlineMs: number): string {
    const said = lastLine(this.output);
    if (state === 'ended') return `${this.command} does not start: ${said}`;
    return `${this.command} was not ready within ${deadlineMs / 1000} s${said === '' ? ', and said nothing' : `: ${said}`}`;
  }

  private async answers(): Promise<StartState> {
    try {
      const connection = await connectToAsk(`redis://127.0.0.1:${this.port}`);
      const info = await connection.info('server').finally(() => connection.disconnect());
      return new RegExp(`^process_id:${this.pid}\\b`, 'm').test(info) ? 'ready' : 'ended';
    } catch {
      return this.gone ? 'ended' : 'silent';
    }
  }

  kill(signal: NodeJS.Signals): void {
    if (!this.gone) this.child.kill(signal);
  }

  async stop(): Promise<void> {
    if (!this.gone) {
      this.kill('SIGCONT');
      this.kill('SIGTERM');
      const timer = setTimeout(() => endGroup(this.child), STOP_GRACE_MS);
      await this.exited;
      clearTimeout(timer);
    }
    endGroup(this.child);
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
