import type { ServerReport } from '../../core/evidence.ts';
import { otherProtocol, socketPath } from '../client-protocol.ts';
import { HttpClient, UnwantedAnswer } from './http-client.ts';

const ANSWER_MS = 10_000;

/** What a server says of itself. */
export interface Health {
  readonly processIndex?: number;
  readonly pid?: number;
}

/** What the coordinator asks of one server process over HTTP. */
export class ServerClient implements Disposable {
  private readonly http: HttpClient;
  private readonly base: string;
  private readonly path: string;

  /** `http://host:port`, and the run that it is asked for. */
  constructor(base: string, runId: string) {
    this.base = base;
    this.path = socketPath(runId);
    this.http = new HttpClient(base);
  }

  /** Throws an environment error for a server of version 1, which has its health elsewhere. */
  async health(timeoutMs: number): Promise<Health> {
    try {
      return (await this.http.get(`${this.path}/health`, timeoutMs)) as Health;
    } catch (error) {
      if (error instanceof UnwantedAnswer && (await this.isOfVersion1(timeoutMs))) throw otherProtocol(this.base, 1);
      throw error;
    }
  }

  /** Evidence from the entry `after` on, and the frames of one epoch that are still held; null for none. */
  async report(after: number, held: number | null): Promise<ServerReport> {
    const query = held === null ? '' : `&held=1&epoch=${held}`;
    return (await this.http.get(`${this.path}/report?after=${after}${query}`, ANSWER_MS)) as ServerReport;
  }

  async clock(): Promise<number> {
    return ((await this.http.get(`${this.path}/clock`, ANSWER_MS)) as { readonly ns: number }).ns;
  }

  private async isOfVersion1(timeoutMs: number): Promise<boolean> {
    const health = (await this.http.get('/health', timeoutMs).catch(() => null)) as Health | null;
    return typeof health?.processIndex === 'number' && typeof health.pid === 'number';
  }

  [Symbol.dispose](): void {
    this.http[Symbol.dispose]();
  }
}
