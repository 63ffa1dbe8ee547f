import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DIES_WITH_PARENT } from '../../src/platform/dies-with-parent.ts';
import { findRedisServer } from '../../src/redis/find-server.ts';

/** A Redis server, Sentinel or cluster node with settings of its own, in a folder of its own. */
export class RedisProcess implements AsyncDisposable {
  readonly dir: string;
  private readonly child: ChildProcess;
  private readonly exited: Promise<void>;
  private output = '';

  private constructor(command: string, settings: readonly string[], args: readonly string[]) {
    this.dir = mkdtempSync(join(tmpdir(), 'layerbench-redis-'));
    const file = join(this.dir, 'redis.conf');
    writeFileSync(
      file,
      [`dir ${this.dir}`, 'save ""', 'bind 127.0.0.1', ...settings].map((line) => `${line.replaceAll('DIR', this.dir)}\n`).join(''),
    );
    const [program, ...rest] = [...DIES_WITH_PARENT, command, file, ...args];
    this.child = spawn(program!, rest, { stdio: ['ignore', 'pipe', 'ignore'] });
    this.child.stdout?.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
    this.exited = new Promise((resolve) => this.child.on('exit', () => resolve()));
  }

  /** Lines of a configuration file, where DIR stands for the folder. Resolves when the log says that it is ready. */
  static async start(
    settings: readonly string[],
    args: readonly string[] = [],
    ready: RegExp = /Ready to accept connections/,
  ): Promise<RedisProcess> {
    const program = await findRedisServer();
    if (program === null) throw new Error('there is no redis-server');
    const started = new RedisProcess(program.command, settings, args);
    let ended = false;
    void started.exited.then(() => (ended = true));
    while (!ready.test(started.output)) {
      if (ended) throw new Error(`redis-server has ended:\n${started.output}`);
      await Promise.race([started.exited, new Promise((resolve) => started.child.stdout?.once('data', resolve))]);
    }
    return started;
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    rmSync(this.dir, { recursive: true, force: true });
  }
}

/** Ports that are free now, all different. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
