import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import { environmentError, messageOf } from '../../model/errors.ts';

const HOST = '127.0.0.1';
const ADDRESSES = [HOST, 'localhost'];
/** Of HTTP: a browser leaves it out. */
const DEFAULT_PORT = 80;
const MOST_VIEWERS = 32;
const TRY_AGAIN_LATER = 1013;
/** A viewer that has this much waiting gets no more until it has read it: each update is whole. */
const MOST_WAITING_BYTES = 1_000_000;
/** Viewers have so long to load what comes after the last run; less, where somebody wants to leave. */
const LOAD_DEADLINE_MS = 10_000;
const LEAVING_DEADLINE_MS = 2000;
const HEADERS = {
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
} as const;

/** What the page shows at the moment. */
export interface LiveContent {
  /** The whole page; `origin` is where its socket leads. */
  readonly page: (origin: string) => string;
  /** What makes a page that was loaded before into that of now. */
  readonly update: () => Readonly<Record<string, string>>;
}

/** What viewers are told: the parts that change, and how it goes on. */
interface LiveMessage {
  readonly parts?: Readonly<Record<string, string>>;
  /** reload: another page is there in place of this one. over: nothing more comes. full: too many look at it already. */
  readonly next?: 'reload' | 'over' | 'full';
}

/**
 * A page on loopback, and one WebSocket that keeps it up to date. Who does not know the token in its address sees nothing,
 * and a socket that a page of another origin opens is refused.
 */
export class LivePage implements AsyncDisposable {
  private readonly token = randomBytes(16).toString('base64url');
  private readonly http: Server;
  private readonly sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: 1024 });
  private readonly content: LiveContent;
  private last: string | null = null;
  private pagesServed = 0;
  private onServed: () => void = () => undefined;
  private port = 0;

  private constructor(content: LiveContent) {
    this.content = content;
    this.http = createServer((request, response) => this.answer(request, response));
    this.http.on('upgrade', (request, socket, head) => this.upgrade(request, socket, head));
  }

  /** Listens on loopback, on a port or, for 0, on a free one. Throws an environment error where the port cannot be had. */
  static async open(port: number, content: LiveContent): Promise<LivePage> {
    const page = new LivePage(content);
    await new Promise<void>((resolve, reject) => {
      page.http.once('error', reject);
      page.http.listen({ host: HOST, port }, resolve);
    }).catch((error: unknown) => {
      throw environmentError(
        `the live page cannot listen on port ${port}: ${messageOf(error)}`,
        'Give another port, or --live alone for a free one.',
        { cause: error },
      );
    });
    page.port = (page.http.address() as AddressInfo).port;
    return page;
  }

  /** The address of the page, with its token. */
  get url(): string {
    return `http://${HOST}:${this.port}/${this.token}/`;
  }

  get viewers(): number {
    return this.sockets.clients.size;
  }

  /** Tells every viewer how it is now; one that does not keep up misses some. */
  push(): void {
    if (this.viewers > 0) this.broadcast({ parts: this.content.update() });
  }

  /**
   * Another page has taken the place of this one: resolves when the viewers have loaded it, or cannot be waited for, or on
   * `stop`. One that is stopped already shortens the wait.
   */
  async replaced(stop: AbortSignal): Promise<void> {
    const waiting = this.viewers;
    this.pagesServed = 0;
    this.last = JSON.stringify({ next: 'reload' } satisfies LiveMessage);
    if (waiting === 0) return;
    const giveUp = stop.aborted ? AbortSignal.timeout(LEAVING_DEADLINE_MS) : AbortSignal.any([stop, AbortSignal.timeout(LOAD_DEADLINE_MS)]);
    await new Promise<void>((resolve) => {
      this.onServed = () => {
        if (this.pagesServed >= waiting) resolve();
      };
      giveUp.addEventListener('abort', () => resolve(), { once: true });
      this.broadcast({ next: 'reload' });
    });
  }

  /** Nothing more comes: the page stands as it is. */
  over(): void {
    const message: LiveMessage = { parts: this.content.update(), next: 'over' };
    this.last = JSON.stringify(message);
    this.broadcast(message);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise<void>((resolve) => this.http.close(() => resolve()));
    for (const client of this.sockets.clients) client.close(1001);
    this.http.closeIdleConnections();
    const timer = setTimeout(() => {
      for (const client of this.sockets.clients) client.terminate();
      this.http.closeAllConnections();
    }, 1000);
    await closed;
    clearTimeout(timer);
  }

  private broadcast(message: LiveMessage): void {
    const text = JSON.stringify(message);
    for (const client of this.sockets.clients) if (client.bufferedAmount < MOST_WAITING_BYTES) client.send(text);
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    if (this.isForUs(request) && request.url === `/${this.token}`) {
      response.writeHead(308, { ...HEADERS, location: `/${this.token}/` }).end();
      return;
    }
    if (!this.isForUs(request) || request.url !== `/${this.token}/` || (request.method !== 'GET' && request.method !== 'HEAD')) {
      response.writeHead(404, { ...HEADERS, 'content-type': 'text/plain; charset=utf-8' });
      response.end('There is nothing here. The address of the page is what `bench run --live` has printed, token included.\n');
      return;
    }
    response.on('finish', () => {
      this.pagesServed += 1;
      this.onServed();
    });
    const page = this.content.page(`ws://${request.headers.host}`);
    response.writeHead(200, { ...HEADERS, 'content-type': 'text/html; charset=utf-8', 'content-length': Buffer.byteLength(page) });
    response.end(request.method === 'HEAD' ? undefined : page);
  }

  private upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy());
    const refusal = this.refusalOf(request);
    if (refusal !== null) {
      socket.end(`HTTP/1.1 ${refusal}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    this.sockets.handleUpgrade(request, socket, head, (client) => this.accept(client));
  }

  /** What is answered in place of a socket; null for nothing. */
  private refusalOf(request: IncomingMessage): string | null {
    const { origin, host } = request.headers;
    if (!this.isForUs(request) || request.url !== `/${this.token}/events`) return '404 Not Found';
    if (origin !== undefined && origin !== `http://${host?.toLowerCase()}`) return '403 Forbidden';
    return null;
  }

  private accept(client: WebSocket): void {
    client.on('error', () => client.terminate());
    // It is one of them until it has closed.
    if (this.viewers > MOST_VIEWERS) {
      client.send(JSON.stringify({ next: 'full' } satisfies LiveMessage));
      client.close(TRY_AGAIN_LATER);
      return;
    }
    client.send(this.last ?? JSON.stringify({ parts: this.content.update() } satisfies LiveMessage));
  }

  private isForUs({ headers }: IncomingMessage): boolean {
    return isOwnHost(headers.host, this.port);
  }
}

/** Whether a Host header is the page's own address: a name that leads here from elsewhere is not. */
export function isOwnHost(header: string | undefined, port: number): boolean {
  const host = header?.toLowerCase();
  return ADDRESSES.some((name) => host === `${name}:${port}` || (port === DEFAULT_PORT && host === name));
}
