import { BenchError, usageError } from '../../model/errors.ts';
import type { FramesOf, ServerReport } from '../../ledger/evidence.ts';
import type { LayerInUse } from '../../model/layer-in-use.ts';
import type { Trust } from '../../model/servers.ts';
import { ServerClient } from './server-client.ts';
import type { ServerMember, ServersUnderTest } from './server-under-test.ts';
import { unanswered } from './unanswered.ts';

const ANSWER_MS = 10_000;

/** Servers that run already, one a URL. Bench starts none of them, and ends none. */
export class UrlServers implements ServersUnderTest {
  readonly kind = 'url';
  readonly sharedAddress = null;
  readonly members: readonly ServerMember[];
  readonly layerInUse: LayerInUse | null;
  private readonly clients: readonly ServerClient[];

  private constructor(members: readonly ServerMember[], clients: readonly ServerClient[], layerInUse: LayerInUse | null) {
    this.members = members;
    this.layerInUse = layerInUse;
    this.clients = clients;
  }

  /** Asks each for its health. Throws an environment error for one that does not speak the protocol. */
  static async open(urls: readonly string[], runId: string, trust: Trust): Promise<UrlServers> {
    const clients = urls.map((url) => new ServerClient(url, runId, trust));
    const layers: (LayerInUse | null)[] = [];
    const members = await Promise.all(
      urls.map(async (url, index): Promise<ServerMember> => {
        const health = await clients[index]!.health(ANSWER_MS).catch((error: unknown) => {
          if (error instanceof BenchError) throw error;
          throw unanswered(url, error);
        });
        if (health.processIndex !== index)
          throw usageError(
            `${url} says that it is process ${health.processIndex}, and is the URL of process ${index}`,
            'Give the URLs in the order of the process indices (LAYERBENCH_PROCESS_INDEX), from 0.',
          );
        layers[index] = health.layer;
        const { protocol, host } = new URL(url);
        return { index, kind: 'url', version: '', scheme: protocol === 'wss:' ? 'wss' : 'ws', address: host, pid: health.pid ?? -1 };
      }),
    );
    return new UrlServers(members, clients, layers.find((layer) => layer !== null) ?? null);
  }

  /** The protocol knows no beginning of a phase: what they tell counts from when they began. */
  mark(): Promise<void> {
    return Promise.resolve();
  }

  killAndRestart(): Promise<void> {
    return Promise.reject(notOurs());
  }

  signal(): void {
    throw notOurs();
  }

  report(index: number, after: number, held: FramesOf | null): Promise<ServerReport> {
    return this.clients[index]!.report(after, held);
  }

  clock(index: number): Promise<number> {
    return this.clients[index]!.clock();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.clients) client[Symbol.dispose]();
  }
}

function notOurs(): Error {
  return usageError('bench cannot end a server that it did not start', 'Leave out faults of servers with --url.');
}
