import type { ServerReport } from '../../core/evidence.ts';
import { HttpClient } from './http-client.ts';

const ANSWER_MS = 10_000;

/** What a server says of itself. */
export interface Health {
  readonly processIndex?: number;
  readonly pid?: number;
}

/** What the coordinator asks of one server process over HTTP. */
export class ServerClient implements Disposable {
  private readonly http: HttpClient;
  /** CPU time before the measure phase, of a server that does not know when that begins. */
  private cpuBefore = 0;

  /** `http://host:port`. */
  constructor(base: string) {
    this.http = new HttpClient(base);
  }

  health(timeoutMs: number): Promise<Health> {
    return this.http.get('/health', timeoutMs) as Promise<Health>;
  }

  /** CPU time counts from here. */
  async mark(): Promise<void> {
    this.cpuBefore = 0;
    this.cpuBefore = (await this.report(0, null)).cpuSeconds;
  }

  /** Another process answers from now on. */
  restarted(): void {
    this.cpuBefore = 0;
  }

  /** Evidence from the entry `after` on, and the frames of one epoch that are still held; null for none. */
  async report(after: number, held: number | null): Promise<ServerReport> {
    const query = held === null ? '' : `&held=1&epoch=${held}`;
    const report = (await this.http.get(`/report?after=${after}${query}`, ANSWER_MS)) as ServerReport;
    return { ...report, cpuSeconds: report.cpuSeconds - this.cpuBefore };
  }

  async clock(): Promise<number> {
    return ((await this.http.get('/clock', ANSWER_MS)) as { readonly ns: number }).ns;
  }

  [Symbol.dispose](): void {
    this.http[Symbol.dispose]();
  }
}
