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
    return this.request(path, AbortSignal.timeout(timeoutMs));
  }

  /** A server may close a kept connection just when it is used again: that request was never read, and is made once more. */
  private request(path: string, signal: AbortSignal): Promise<unknown> {
    return new Promise((resolve, reject) => {
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
      outgoing.on('error', (error: NodeJS.ErrnoException) => {
        if (outgoing.reusedSocket && error.code === 'ECONNRESET') this.request(path, signal).then(resolve, reject);
        else reject(error);
      });
      outgoing.end();
    });
  }

  [Symbol.dispose](): void {
    this.agent.destroy();
  }
}
