import type { AsgiKind } from '../../model/servers.ts';
import { join } from 'node:path';
import type { LayerSetting } from '../../model/layer-setting.ts';
import type { FramesOf, ServerReport } from '../../ledger/evidence.ts';
import type { LayerInUse } from '../../model/layer-in-use.ts';
import { PACKAGE_ROOT } from '../../platform/package-root.ts';
import { freePort } from '../../platform/free-port.ts';
import { OutsideProcess, withFreePorts } from './outside-process.ts';
import type { Health } from '../../processes/server-says.ts';
import { ServerClient } from './server-client.ts';
import { SharedSocket } from './shared-socket.ts';
import { pythonEnvironment, type Python } from './python.ts';
import type { ExitListener, ServerMember, ServersUnderTest } from './server-under-test.ts';

const STOP_GRACE_MS = 2000;
const DJANGO_FOLDER = join(PACKAGE_ROOT, 'servers/django');
const OWN_APPLICATION = 'layerbench_asgi:application';

export interface AsgiServersOptions {
  readonly kind: AsgiKind;
  readonly runId: string;
  /** Index of the first process. */
  readonly firstIndex: number;
  readonly processes: number;
  readonly python: Python;
  readonly app: { readonly module: string; readonly folder: string } | null;
  readonly layer: LayerSetting;
  readonly sharedSocket: boolean;
  readonly onExit: ExitListener;
  readonly onSpawned: (pids: readonly number[]) => void;
}

/** N real ASGI processes: Daphne or Uvicorn over Django Channels. */
export class AsgiServers implements ServersUnderTest {
  readonly kind: AsgiKind;
  readonly members: readonly ServerMember[];
  readonly sharedAddress: string | null;
  layerInUse: LayerInUse | null = null;
  private readonly options: AsgiServersOptions;
  private readonly processes: OutsideProcess[];
  private readonly clients: readonly ServerClient[];
  /** Ended on purpose. */
  private readonly killed = new Set<OutsideProcess>();
  private stopping = false;

  private constructor(options: AsgiServersOptions, ports: readonly number[], shared: SharedSocket | null) {
    this.options = options;
    this.kind = options.kind;
    this.processes = ports.map((port, i) => new OutsideProcess(commandOf(options, i, port, shared)));
    this.sharedAddress = shared?.address ?? null;
    this.clients = ports.map((port) => new ServerClient(`ws://127.0.0.1:${port}`, options.runId));
    const version = versionOf(options);
    this.members = ports.map((port, i) => ({
      index: options.firstIndex + i,
      kind: options.kind,
      version,
      scheme: 'ws',
      address: `127.0.0.1:${port}`,
      pid: this.processes[i]!.pid,
    }));
  }

  /** Starts all processes at once and waits until every one listens. On failure none is left. */
  static start(options: AsgiServersOptions): Promise<AsgiServers> {
    return withFreePorts(() => AsgiServers.tryToStart(options));
  }

  private static async tryToStart(options: AsgiServersOptions): Promise<AsgiServers> {
    const ports: number[] = [];
    while (ports.length < options.processes) ports.push(await freePort());
    const shared = options.sharedSocket ? await SharedSocket.open() : null;
    const servers = new AsgiServers(options, ports, shared);
    options.onSpawned(servers.processes.map((process) => process.pid));
    try {
      const healths = await Promise.all(
        servers.processes.map((process, i) => listening(process, servers.clients[i]!, options.firstIndex + i)),
      );
      servers.layerInUse = healths.map(({ layer }) => layer).find((layer) => layer !== null) ?? null;
      servers.processes.forEach((process, i) => servers.watch(process, i));
      await shared?.release();
      return servers;
    } catch (error) {
      await shared?.release();
      await servers[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** They tell no health that would have to begin anew. */
  mark(): Promise<void> {
    return Promise.resolve();
  }

  async killAndRestart(index: number): Promise<void> {
    const i = index - this.options.firstIndex;
    const killed = this.processes[i]!;
    const port = Number(this.members[i]!.address.split(':').at(-1));
    this.killed.add(killed);
    killed.kill('SIGKILL');
    await killed.exited;
    const next = new OutsideProcess(commandOf(this.options, i, port, null));
    this.processes[i] = next;
    this.options.onSpawned([next.pid]);
    await listening(next, this.clients[i]!, index);
    this.watch(next, i);
  }

  signal(index: number, signal: NodeJS.Signals): void {
    this.processes[index - this.options.firstIndex]!.kill(signal);
  }

  report(index: number, after: number, held: FramesOf | null): Promise<ServerReport> {
    return this.clients[index - this.options.firstIndex]!.report(after, held);
  }

  clock(index: number): Promise<number> {
    return this.clients[index - this.options.firstIndex]!.clock();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stopping = true;
    for (const client of this.clients) client[Symbol.dispose]();
    await Promise.all(this.processes.map((process) => process.stop(STOP_GRACE_MS)));
  }

  private watch(process: OutsideProcess, i: number): void {
    void process.exited.then((exit) => {
      if (!this.stopping && !this.killed.has(process)) this.options.onExit('server', this.options.firstIndex + i, exit);
    });
  }
}

/** Waits until it answers itself, and not what had its port before. */
function listening(process: OutsideProcess, client: ServerClient, index: number): Promise<Health> {
  return process.answering(client, (health) => health.processIndex === index && health.pid === process.pid);
}

/** What each is started with, beside its name and the application. */
const FLAGS: Readonly<Record<AsgiKind, (port: string, isShared: boolean) => readonly string[]>> = {
  daphne: (port, isShared) => ['-v', '0', '-b', '127.0.0.1', '-p', port, ...(isShared ? ['--fd', '0'] : [])],
  uvicorn: (port) => `--host 127.0.0.1 --port ${port} --log-level warning --no-access-log --lifespan off --ws websockets`.split(' '),
};

function commandOf(
  { kind, firstIndex, python, app, layer }: AsgiServersOptions,
  i: number,
  port: number,
  shared: SharedSocket | null,
): ConstructorParameters<typeof OutsideProcess>[0] {
  const index = firstIndex + i;
  const flags = [kind, ...FLAGS[kind](`${port}`, shared !== null), app?.module ?? OWN_APPLICATION];
  return {
    label: `${kind} ${index}`,
    ...(shared === null ? {} : { inherits: shared.fd }),
    command: [python.command, '-m', ...flags],
    folder: app?.folder ?? DJANGO_FOLDER,
    environment: pythonEnvironment(python, app === null ? [DJANGO_FOLDER] : [app.folder], {
      LAYERBENCH_PROCESS_INDEX: `${index}`,
      LAYERBENCH_CHANNEL_LAYERS: JSON.stringify({ default: layer }),
    }),
  };
}

/** "daphne 4.0.0, channels 4.0.0, channels_redis 4.0.0, Python 3.11.2". */
function versionOf({ kind, python }: AsgiServersOptions): string {
  const { versions } = python;
  const packages = ([kind, 'channels', 'channels_redis'] as const).flatMap((name) =>
    versions[name] === null ? [] : [`${name} ${versions[name]}`],
  );
  return [...packages, `Python ${versions.python}`].join(', ');
}
