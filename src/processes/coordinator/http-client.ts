import { Agent, request } from 'node:http';

/** Small JSON requests to one server over a connection that is kept. Lean, since clocks are compared by them. */
export class HttpClient implements Disposable {
  private readonly host: string;
  private readonly port: number;
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 2 });

  /** `http://host:port`. */
  constructor(base: string) {
    const { hostname, port } = new URL(base);
    // An IPv6 address has brackets in a URL, and none elsewhere.
    this.host = hostname.replaceAll(/[[\]]/g, '');
    this.port = Number(port || 80);
  }

  /** GET; rejects on a status other than 200, on silence past the deadline, and on a lost connection. */
  get(path: string, timeoutMs: number): Promise<unknown> {
    return this.request(path, timeoutMs, performance.now() + timeoutMs);
  }

  /** A server may close a kept connection just when it is used again: that request was never read, and is made once more. */
  private request(path: string, timeoutMs: number, deadlineMs: number): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const outgoing = request({ host: this.host, port: this.port, path, agent: this.agent }, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (part: string) => (text += part));
        response.on('error', fail);
        response.on('end', () => {
          clearTimeout(timer);
          if (response.statusCode !== 200) return reject(new Error(`${path}: HTTP ${response.statusCode} ${text.slice(0, 200)}`));
          try {
            resolve(JSON.parse(text));
          } catch {
            reject(new Error(`${path}: the answer is no JSON: ${text.slice(0, 200)}`));
          }
        });
      });
      const timer = setTimeout(
        () => outgoing.destroy(new Error(`${path}: no answer within ${timeoutMs} ms`)),
        Math.max(0, deadlineMs - performance.now()),
      );
      const fail = (error: Error): void => {
        clearTimeout(timer);
        reject(error);
      };
      outgoing.on('error', (error: NodeJS.ErrnoException) => {
        clearTimeout(timer);
        if (outgoing.reusedSocket && error.code === 'ECONNRESET') this.request(path, timeoutMs, deadlineMs).then(resolve, reject);
        else reject(error);
      });
      outgoing.end();
    });
  }

  [Symbol.dispose](): void {
    this.agent.destroy();
  }
}
