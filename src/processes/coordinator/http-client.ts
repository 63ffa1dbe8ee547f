import { Agent, request, type ClientRequest } from 'node:http';
import { messageOf } from '../../core/errors.ts';
import { printable } from '../../core/printable.ts';
import { parse } from '../server-says.ts';

/** A server answered, and not what is wanted. */
export class UnwantedAnswer extends Error {}

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
    let current: ClientRequest | undefined;
    const timer = setTimeout(() => current?.destroy(new Error(`${path}: no answer within ${timeoutMs} ms`)), timeoutMs);
    return this.request(path, (outgoing) => (current = outgoing)).finally(() => clearTimeout(timer));
  }

  /** A server may close a kept connection just when it is used again: that request was never read, and is made once more. */
  private request(path: string, onBegin: (outgoing: ClientRequest) => void): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const outgoing = request({ host: this.host, port: this.port, path, agent: this.agent }, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (part: string) => (text += part));
        response.on('error', reject);
        response.on('end', () => {
          if (response.statusCode !== 200) return reject(new UnwantedAnswer(`${path}: HTTP ${response.statusCode} ${printable(text)}`));
          try {
            resolve(parse(text, 'the answer'));
          } catch (error) {
            reject(new UnwantedAnswer(`${path}: ${messageOf(error)}`));
          }
        });
      });
      outgoing.on('error', (error: NodeJS.ErrnoException) => {
        if (outgoing.reusedSocket && error.code === 'ECONNRESET') this.request(path, onBegin).then(resolve, reject);
        else reject(error);
      });
      onBegin(outgoing);
      outgoing.end();
    });
  }

  [Symbol.dispose](): void {
    this.agent.destroy();
  }
}
