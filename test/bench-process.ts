import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunResult } from '../src/result/run-result.ts';

const ROOT = new URL('../', import.meta.url).pathname;
/** The built binary. */
export const BENCH: string = join(ROOT, 'dist/src/cli/main.js');

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** How one bench ended, and what it left. */
export interface Finished extends Exit {
  readonly stdout: string;
  readonly stderr: string;
  readonly results: readonly RunResult[];
}

export interface StartOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Run it in a pseudo-terminal of its own, as a user would; keys are then typed with `type`. */
  readonly terminal?: boolean;
  /** Folder to run it in; by default its own. Results go to its own in any case. */
  readonly cwd?: string;
  /** Shell prefix, such as `ulimit -n 100 &&`. */
  readonly shell?: string;
  /** Closes the pipe from stdout after so many bytes. */
  readonly readsUpTo?: number;
}

/** A process that a run has started, found by its parent. */
export interface RunChild {
  readonly pid: number;
  readonly role: string;
}

const { NO_COLOR: _, LAYERBENCH_REDIS_URL: __, ...INHERITED } = process.env;

/** Environment of a bench under test, which writes its results below a folder; null for the one that it runs in. */
export function environmentOf(added: Readonly<Record<string, string>>, folder: string | null): NodeJS.ProcessEnv {
  return { ...INHERITED, ...(folder === null ? {} : { LAYERBENCH_OUT: join(folder, 'results') }), ...added };
}

/** One `bench` under test: the built binary, in a folder of its own. */
export class BenchProcess implements Disposable {
  readonly dir: string = mkdtempSync(join(tmpdir(), 'layerbench-test-'));
  readonly exited: Promise<Exit>;
  stdout = '';
  stderr = '';
  private readonly process: ChildProcess;
  private readonly watchers = new Set<() => void>();
  private readonly terminal: boolean;

  constructor(args: readonly string[], options: StartOptions = {}) {
    this.terminal = options.terminal === true;
    const env = environmentOf(options.env ?? {}, options.cwd === undefined ? null : this.dir);
    const cwd = options.cwd ?? this.dir;
    // Without --, Node reads an --env-file itself.
    const command = [process.execPath, '--', BENCH, ...args];
    const quoted = command.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
    if (this.terminal) this.process = spawn('script', ['-qefc', `exec ${quoted}`, '/dev/null'], { cwd, env });
    else if (options.shell !== undefined) this.process = spawn('sh', ['-c', `${options.shell} exec ${quoted}`], { cwd, env });
    else this.process = spawn(command[0]!, command.slice(1), { cwd, env });
    this.process.stdout?.on('data', (chunk: Buffer) => this.grow('stdout', chunk));
    if (options.readsUpTo !== undefined)
      this.process.stdout?.on('data', () => this.stdout.length >= options.readsUpTo! && this.process.stdout?.destroy());
    this.process.stderr?.on('data', (chunk: Buffer) => this.grow('stderr', chunk));
    this.exited = new Promise((resolve) => this.process.on('close', (code, signal) => resolve({ code, signal })));
    void this.exited.then(() => this.notify());
  }

  /** The coordinator: the child of `script` where there is a terminal. */
  get pid(): number {
    return this.terminal ? (childrenOf(this.process.pid ?? -1)[0]?.pid ?? -1) : (this.process.pid ?? -1);
  }

  /** Everything said so far. */
  get output(): string {
    return this.stdout + this.stderr;
  }

  /** Types keys into its terminal: '\x03' is Ctrl-C, to the whole foreground group. */
  type(keys: string): void {
    this.process.stdin?.write(keys);
  }

  signal(signal: NodeJS.Signals): void {
    process.kill(this.pid, signal);
  }

  /** Waits until a condition holds; fails when bench ends before. */
  async until(what: string, condition: () => boolean, timeoutMs = 200_000): Promise<void> {
    let ended = false;
    void this.exited.then(() => (ended = true));
    const deadline = Date.now() + timeoutMs;
    while (!condition()) {
      if (ended || Date.now() > deadline) throw new Error(`bench ${ended ? 'ended' : 'took too long'} before: ${what}\n${this.output}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(done, 25);
        const watchers = this.watchers;
        function done(): void {
          clearTimeout(timer);
          watchers.delete(done);
          resolve();
        }
        watchers.add(done);
      });
    }
  }

  /** Waits until the run is in a phase, by what bench says. */
  phase(name: string): Promise<void> {
    return this.until(`phase ${name}`, () => new RegExp(`\\b${name}\\b`).test(this.terminal ? this.stdout : this.stderr));
  }

  /** Processes of the run: servers, drivers, warden, Redis. */
  children(): readonly RunChild[] {
    return childrenOf(this.pid);
  }

  childrenOfRole(role: string): readonly RunChild[] {
    return this.children().filter((child) => child.role === role);
  }

  results(): readonly RunResult[] {
    return resultsIn(this.dir);
  }

  resultPaths(): readonly string[] {
    const folder = join(this.dir, 'results');
    return resultFiles(folder).map((file) => join(folder, file));
  }

  read(path: string): string {
    return readFileSync(path, 'utf8');
  }

  /** Names in the results folder that are not results: torn or temporary files. */
  leftovers(): readonly string[] {
    try {
      return readdirSync(join(this.dir, 'results')).filter((file) => !file.endsWith('.json'));
    } catch {
      return [];
    }
  }

  [Symbol.dispose](): void {
    if (this.process.exitCode === null && this.process.signalCode === null) this.process.kill('SIGKILL');
    rmSync(this.dir, { recursive: true, force: true });
  }

  private grow(stream: 'stdout' | 'stderr', chunk: Buffer): void {
    this[stream] += chunk.toString();
    this.notify();
  }

  private notify(): void {
    this.watchers.forEach((watcher) => watcher());
  }
}

/** Results that a bench has written below its folder. */
export function resultsIn(dir: string): readonly RunResult[] {
  const folder = join(dir, 'results');
  return resultFiles(folder).map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as RunResult);
}

function resultFiles(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((file) => file.endsWith('.json'))
      .toSorted();
  } catch {
    return [];
  }
}

/** Runs bench to its end. */
export async function bench(args: readonly string[], options: StartOptions = {}): Promise<Finished> {
  using run = new BenchProcess(args, options);
  const exit = await run.exited;
  return { ...exit, stdout: run.stdout, stderr: run.stderr, results: run.results() };
}

/** What bench says in paragraphs, as if no line were too narrow for them. */
export function inOneLine(text: string): string {
  return text.replaceAll(/\r?\n +/g, ' ');
}

/** Fields of /proc/<pid>/stat after the command's name; null for no such process. */
function stat(pid: number): readonly string[] | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return null;
  }
}

/** Gone: no such process, or a zombie. */
export function isGone(pid: number): boolean {
  const fields = stat(pid);
  return fields === null || fields[0] === 'Z';
}

function childrenOf(parent: number): readonly RunChild[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.flatMap((name) => {
    const pid = Number(name);
    const fields = stat(pid);
    return fields !== null && Number(fields[1]) === parent && fields[0] !== 'Z' ? [{ pid, role: roleOf(pid) }] : [];
  });
}

function roleOf(pid: number): string {
  let command = '';
  try {
    command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    return 'gone';
  }
  if (/redis-server|valkey-server/.test(command)) return 'redis';
  return /(?:layerbench |processes\/)(server|driver|warden)/.exec(command)?.[1] ?? command;
}

/** Waits until all processes are gone; answers the ones that are not. */
export async function survivors(pids: readonly number[], timeoutMs = 60_000): Promise<readonly number[]> {
  const deadline = Date.now() + timeoutMs;
  let alive = pids.filter((pid) => !isGone(pid));
  while (alive.length > 0 && Date.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    alive = alive.filter((pid) => !isGone(pid));
  }
  return alive;
}
