import { Agent, request } from 'node:http';

/** Small JSON requests to one server over a connection that is kept. */
export class HttpClient implements Disposable {
  private readonly base: string;
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 2 });

  constructor(base: string) {
    this.base = base;
  }

  /** GET; rejects on a status other than 200, on silence past the deadline, and on a lost connection. */
  get(path: string, timeoutMs: number): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const signal = AbortSignal.timeout(timeoutMs);
      const outgoing = request(new URL(path, this.base), { agent: this.agent, signal }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          if (response.statusCode !== 200) reject(new Error(`${path}: HTTP ${response.statusCode} ${text.slice(0, 200)}`));
          else resolve(JSON.parse(text));
        });
      });
      outgoing.on('error', reject);
      outgoing.end();
    });
  }

  [Symbol.dispose](): void {
    this.agent.destroy();
  }
}
