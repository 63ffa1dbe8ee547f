import { environmentError, messageOf, usageError } from '../../core/errors.ts';
import type { ServerReport } from '../../core/evidence.ts';
import { HttpClient } from './http-client.ts';
import type { ServerMember, ServersUnderTest } from './server-under-test.ts';

const ANSWER_MS = 10_000;

/** Servers that run already, one a URL. Bench starts none of them, and ends none. */
export class UrlServers implements ServersUnderTest {
  readonly kind = 'url';
  readonly sharedAddress = null;
  readonly members: readonly ServerMember[];
  private readonly clients: readonly HttpClient[];
  private readonly cpuBefore: number[];

  private constructor(members: readonly ServerMember[], clients: readonly HttpClient[]) {
    this.members = members;
    this.clients = clients;
    this.cpuBefore = members.map(() => 0);
  }

  /** Asks each for its health. Throws an environment error for one that does not speak the protocol. */
  static async open(urls: readonly string[]): Promise<UrlServers> {
    const clients = urls.map((url) => new HttpClient(url.replace(/^ws/, 'http')));
    const members = await Promise.all(
      urls.map(async (url, index): Promise<ServerMember> => {
        const health = (await clients[index]!.get('/health', ANSWER_MS).catch((error: unknown) => {
          throw environmentError(
            `${url} does not answer GET /health: ${messageOf(error)}`,
            'A server that is to be measured speaks the client protocol: see docs/protocol.md, or `bench init django`.',
            { cause: error },
          );
        })) as { readonly processIndex: number; readonly pid: number };
        if (health.processIndex !== index)
          throw usageError(
            `${url} says that it is process ${health.processIndex}, and is the URL of process ${index}`,
            'Give the URLs in the order of the process indices (LAYERBENCH_PROCESS_INDEX), from 0.',
          );
        return { index, kind: 'url', version: '', address: new URL(url).host, pid: health.pid };
      }),
    );
    return new UrlServers(members, clients);
  }

  async mark(): Promise<void> {
    await Promise.all(
      this.members.map(async ({ index }) => {
        const { cpuSeconds } = (await this.clients[index]!.get('/report?after=0', ANSWER_MS)) as ServerReport;
        this.cpuBefore[index] = cpuSeconds;
      }),
    );
  }

  killAndRestart(): Promise<void> {
    return Promise.reject(notOurs());
  }

  signal(): void {
    throw notOurs();
  }

  async report(index: number, after: number, held: boolean): Promise<ServerReport> {
    const report = (await this.clients[index]!.get(`/report?after=${after}${held ? '&held=1' : ''}`, ANSWER_MS)) as ServerReport;
    return { ...report, cpuSeconds: report.cpuSeconds - this.cpuBefore[index]! };
  }

  async clock(index: number): Promise<number> {
    return ((await this.clients[index]!.get('/clock', ANSWER_MS)) as { readonly ns: number }).ns;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.clients) client[Symbol.dispose]();
  }
}

function notOurs(): Error {
  return usageError('bench cannot end a server that it did not start', 'Leave out faults of servers with --url.');
}
