import { Agent, request, type ClientRequest, type RequestOptions } from 'node:http';
import { Agent as TlsAgent, request as tlsRequest } from 'node:https';
import { messageOf } from '../model/errors.ts';
import { printable } from '../model/printable.ts';
import { tlsOptions, type Trust } from '../model/servers.ts';
import { parse } from './server-says.ts';

/** A server answered, and not what is wanted. */
export class UnwantedAnswer extends Error {}

/** Small JSON requests to one server over connections that are kept. Lean, since clocks are compared by them. */
export class HttpClient implements Disposable {
  /** Of every request. */
  private readonly to: RequestOptions & { readonly agent: Agent };
  private readonly start: typeof request;

  /** `ws://host:port`, or `wss://` for TLS, where HTTP is spoken too; at most so many connections. */
  constructor(origin: string, trust: Trust, maxSockets: number) {
    const { hostname, port, protocol } = new URL(origin);
    const isTls = protocol === 'wss:';
    const keep = { keepAlive: true, maxSockets };
    this.to = {
      // An IPv6 address has brackets in a URL, and none elsewhere.
      host: hostname.replaceAll(/[[\]]/g, ''),
      port: Number(port || (isTls ? 443 : 80)),
      agent: isTls ? new TlsAgent({ ...keep, ...tlsOptions(trust) }) : new Agent(keep),
    };
    this.start = isTls ? tlsRequest : request;
  }

  /** Rejects on a status other than 200, on silence past the deadline, and on a lost connection. */
  get(path: string, timeoutMs: number): Promise<unknown> {
    return this.within(timeoutMs, 'GET', path);
  }

  /** Likewise. */
  post(path: string, timeoutMs: number): Promise<unknown> {
    return this.within(timeoutMs, 'POST', path);
  }

  private within(timeoutMs: number, method: string, path: string): Promise<unknown> {
    let current: ClientRequest | undefined;
    const timer = setTimeout(() => current?.destroy(new Error(`${path}: no answer within ${timeoutMs} ms`)), timeoutMs);
    return this.request(method, path, (outgoing) => (current = outgoing)).finally(() => clearTimeout(timer));
  }

  /** A server may close a kept connection just when it is used again: that request was never read, and is made once more. */
  private request(method: string, path: string, onBegin: (outgoing: ClientRequest) => void): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const outgoing = this.start({ ...this.to, method, path }, (response) => {
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
        if (outgoing.reusedSocket && error.code === 'ECONNRESET') this.request(method, path, onBegin).then(resolve, reject);
        else reject(error);
      });
      onBegin(outgoing);
      outgoing.end();
    });
  }

  [Symbol.dispose](): void {
    this.to.agent.destroy();
  }
}
