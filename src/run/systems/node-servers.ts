import { BenchError } from '../../model/errors.ts';
import type { FramesOf, ServerReport } from '../../ledger/evidence.ts';
import type { SettingValue } from '../../model/layer-setting.ts';
import type { ChosenLayer } from '../../model/chosen-layer.ts';
import type { ServerCommand, ServerMessage } from '../../processes/protocol.ts';
import { Child, type Preload } from '../child.ts';
import { ServerClient } from './server-client.ts';
import type { ExitListener, FailureListener, ServerMember, ServersUnderTest } from './server-under-test.ts';

const START_TIMEOUT_MS = 30_000;
const REPORT_TIMEOUT_MS = 10_000;
const STOP_GRACE_MS = 1000;

type ServerChild = Child<ServerCommand, ServerMessage>;

export interface NodeServersOptions {
  readonly runId: string;
  /** Index of the first process. */
  readonly firstIndex: number;
  readonly processes: number;
  readonly layer: ChosenLayer & { readonly prefix: string };
  /** Of Redis: processes are forked before it is ready. */
  readonly hosts: Promise<readonly SettingValue[]>;
  readonly onExit: ExitListener;
  readonly onFailure: FailureListener;
  readonly preload: Preload;
  /** Called with the pids as soon as the processes exist. */
  readonly onSpawned: (pids: readonly number[]) => void;
}

/** N server processes of our own: `ws` over one layer each. */
export class NodeServers implements ServersUnderTest {
  readonly kind = 'node';
  readonly sharedAddress = null;
  readonly layerInUse = null;
  readonly members: readonly ServerMember[];
  private readonly options: NodeServersOptions;
  private readonly children: ServerChild[];
  private readonly clients: readonly ServerClient[];
  private stopping = false;

  private constructor(children: ServerChild[], members: readonly ServerMember[], options: NodeServersOptions) {
    this.options = options;
    this.children = children;
    this.members = members;
    this.clients = members.map((member) => new ServerClient(`${member.scheme}://${member.address}`, options.runId));
    for (const child of children) this.watch(child);
  }

  /** Forks all processes at once and waits until every one listens. On failure none is left. */
  static async start(options: NodeServersOptions): Promise<NodeServers> {
    const children = Array.from({ length: options.processes }, (_, i) => newChild(options.firstIndex + i, options));
    options.onSpawned(children.map((child) => child.pid));
    try {
      const hosts = await options.hosts;
      const ready = await Promise.all(
        children.map((child) => child.request(startCommand(options, hosts, child.index, 0), 'ready', 'start', START_TIMEOUT_MS)),
      );
      const members = ready.map(({ port, version }, i) => ({
        index: options.firstIndex + i,
        kind: 'node',
        version,
        scheme: 'ws' as const,
        address: `127.0.0.1:${port}`,
        pid: children[i]!.pid,
      }));
      return new NodeServers(children, members, options);
    } catch (error) {
      await Promise.all(children.map((child) => child.stop(0)));
      throw error;
    }
  }

  async mark(): Promise<void> {
    await Promise.all(this.children.map((child) => child.request({ type: 'mark' }, 'marked', 'measure', REPORT_TIMEOUT_MS)));
  }

  async killAndRestart(index: number): Promise<void> {
    const i = index - this.options.firstIndex;
    const killed = this.children[i]!;
    const next = newChild(index, this.options);
    this.children[i] = next;
    this.options.onSpawned([next.pid]);
    killed.kill('SIGKILL');
    await killed.exited;
    const port = Number(this.members[i]!.address.split(':').at(-1));
    await next.request(startCommand(this.options, await this.options.hosts, index, port), 'ready', 'measure', START_TIMEOUT_MS);
    this.watch(next);
    await next.request({ type: 'mark' }, 'marked', 'measure', REPORT_TIMEOUT_MS);
  }

  signal(index: number, signal: NodeJS.Signals): void {
    this.children[index - this.options.firstIndex]!.kill(signal);
  }

  report(index: number, after: number, held: FramesOf | null): Promise<ServerReport> {
    return this.client(index).report(after, held);
  }

  clock(index: number): Promise<number> {
    return this.client(index).clock();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stopping = true;
    for (const client of this.clients) client[Symbol.dispose]();
    await Promise.all(
      this.children.map(async (child) => {
        if (child.exit === null) await child.request({ type: 'stop' }, 'stopped', 'stop', STOP_GRACE_MS).catch(() => undefined);
        await child.stop(STOP_GRACE_MS);
      }),
    );
  }

  private client(index: number): ServerClient {
    return this.clients[index - this.options.firstIndex]!;
  }

  /** Tells of a process that ends while it should run: one that was replaced on purpose should not. */
  private watch(child: ServerChild): void {
    void child.exited.then((exit) => {
      if (!this.stopping && this.children[child.index - this.options.firstIndex] === child)
        this.options.onExit(child.label, child.index, exit);
    });
  }
}

function newChild(index: number, { preload, onFailure, layer }: NodeServersOptions): ServerChild {
  const events = { onMessage: () => undefined, onFailure: (error: Error) => onFailure(child.label, index, withOwner(error, layer)) };
  const child: ServerChild = new Child('server', index, Child.entry('server'), events, preload('server', index));
  return child;
}

/** What fails in a process that runs a module of the user's is no bug in bench. */
function withOwner(error: Error, { module }: ChosenLayer): Error {
  if (module === null || error instanceof BenchError) return error;
  const place = /^ +at (.*)$/m.exec(error.stack ?? '')?.[1];
  return new BenchError(
    'invalid',
    error.message,
    `The layer ${module.specifier} runs in that process${place === undefined ? '' : `: see ${place}`}. To refuse a message, a layer throws one of the errors of docs/layers.md.`,
    { cause: error },
  );
}

function startCommand(
  { runId, layer }: NodeServersOptions,
  hosts: readonly SettingValue[],
  processIndex: number,
  port: number,
): ServerCommand {
  return { type: 'start', runId, processIndex, port, layer: { ...layer, hosts } };
}
