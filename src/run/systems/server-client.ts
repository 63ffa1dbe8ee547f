import { BenchError, messageOf } from '../../model/errors.ts';
import type { FramesOf, ServerReport } from '../../ledger/evidence.ts';
import { USUAL_TRUST, type Trust } from '../../model/servers.ts';
import { otherProtocol, socketPath } from '../../wire/client-protocol.ts';
import { HttpClient, UnwantedAnswer } from '../../processes/http-client.ts';
import { readClock, readHealth, readReport, type Health } from '../../processes/server-says.ts';

const ANSWER_MS = 10_000;
const CONNECTIONS = 2;

/** What the coordinator asks of one server process over HTTP. */
export class ServerClient implements Disposable {
  private readonly http: HttpClient;
  private readonly base: string;
  private readonly path: string;

  /** `ws://host:port` or `wss://`, and the run that it is asked for. */
  constructor(origin: string, runId: string, trust: Trust = USUAL_TRUST) {
    this.base = origin.replace(/^ws/, 'http');
    this.path = socketPath(runId);
    this.http = new HttpClient(origin, trust, CONNECTIONS);
  }

  /** Throws an environment error for a server of version 1, which has its health elsewhere. */
  async health(timeoutMs: number): Promise<Health> {
    try {
      return readHealth(await this.http.get(`${this.path}/health`, timeoutMs));
    } catch (error) {
      if (error instanceof UnwantedAnswer && (await this.isOfVersion1(timeoutMs))) throw otherProtocol(this.base, 1);
      throw error;
    }
  }

  /** Evidence from the entry `after` on, and the frames that are still held of those asked for; null for none. */
  async report(after: number, held: FramesOf | null): Promise<ServerReport> {
    const query = held === null ? '' : `&held=1&epoch=${held.epoch}${held.run === null ? '' : `&run=${held.run}`}`;
    return this.ask(`report?after=${after}${query}`, readReport);
  }

  clock(): Promise<number> {
    return this.ask('clock', readClock);
  }

  /** Throws an error of the kind invalid, which names the server and what is wrong. */
  private async ask<T>(what: string, read: (value: unknown) => T): Promise<T> {
    try {
      return read(await this.http.get(`${this.path}/${what}`, ANSWER_MS));
    } catch (error) {
      const message = messageOf(error).replace(`${this.path}/${what}: `, '');
      throw new BenchError(
        'invalid',
        `${this.base}: GET ${what.replace(/\?.*/, '')}: ${message}`,
        'docs/protocol.md says what a server answers.',
        {
          cause: error,
        },
      );
    }
  }

  private async isOfVersion1(timeoutMs: number): Promise<boolean> {
    const health = (await this.http.get('/health', timeoutMs).catch(() => null)) as Partial<Health> | null;
    return typeof health?.processIndex === 'number' && typeof health.pid === 'number';
  }

  [Symbol.dispose](): void {
    this.http[Symbol.dispose]();
  }
}
