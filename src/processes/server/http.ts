import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';
import { EPOCH_MEASURE, isFrame, stampSend } from '../../wire/frame.ts';
import type { FramesOf } from '../../ledger/evidence.ts';
import { messageOf } from '../../model/errors.ts';
import { nowNs } from '../../platform/clock.ts';
import type { ProcessHealth } from '../../platform/process-health.ts';
import { socketPath, type ServerAnswer } from '../../wire/client-protocol.ts';
import { Connection, notPublished, type ServerContext } from './connection.ts';
import { serverReport } from './report.ts';

const MAX_BODY_BYTES = 2 * 1024 * 1024;

/** The HTTP and WebSocket side of one server process, bound to loopback. */
export class BenchServer {
  private readonly context: ServerContext;
  private readonly health: ProcessHealth;
  private readonly http: Server;
  private readonly sockets: WebSocketServer;
  private readonly path: string;

  constructor(context: ServerContext, health: ProcessHealth, runId: string) {
    this.context = context;
    this.health = health;
    this.path = socketPath(runId);
    this.http = createServer((request, response) => {
      this.answer(request, response).catch((error: unknown) => reply(response, 500, { error: messageOf(error) }));
    });
    this.sockets = new WebSocketServer({
      noServer: true,
      perMessageDeflate: false,
      skipUTF8Validation: true,
      clientTracking: true,
      maxPayload: MAX_BODY_BYTES,
    });
    this.http.on('upgrade', (request, socket, head) => {
      socket.on('error', () => socket.destroy());
      if (request.url?.split('?', 1)[0] !== this.path) {
        socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n');
        return;
      }
      this.sockets.handleUpgrade(request, socket, head, (client) => this.accept(client));
    });
  }

  /** Listens on loopback, on a port or, for 0, on a free one; answers the port. */
  async listen(port: number): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.http.once('error', reject);
      this.http.listen({ host: '127.0.0.1', port, backlog: 4096 }, resolve);
    });
    return (this.http.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    for (const client of this.sockets.clients) client.terminate();
    this.http.closeAllConnections();
    await new Promise<void>((resolve) => this.http.close(() => resolve()));
  }

  private accept(client: WebSocket): void {
    const opened = Connection.open(this.context, {
      sendText: (text) => client.send(text),
      sendFrame: (frame) => client.send(frame),
      get waitingBytes() {
        return client.bufferedAmount;
      },
      terminate: () => client.terminate(),
      close: (code, reason) => client.close(code, reason),
    });
    opened.catch((error: unknown) => {
      const failed: ServerAnswer = { op: 'failed', reason: messageOf(error) };
      client.send(JSON.stringify(failed));
      client.close(1011);
    });
    client.on('message', (data, isBinary) => {
      opened.then(
        (connection) => (isBinary ? connection.onFrame(data as Buffer) : connection.onText((data as Buffer).toString())),
        () => undefined,
      );
    });
    client.on('error', () => client.terminate());
    client.on('close', () => {
      opened.then((connection) => connection.close()).catch(() => undefined);
    });
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const isOurs = url.pathname.startsWith(`${this.path}/`);
    if (!isOurs) return reply(response, 404, { error: `no ${url.pathname} here` });
    const path = url.pathname.slice(this.path.length);
    const route = `${request.method} ${path}`;
    if (route === 'GET /clock') return reply(response, 200, { ns: nowNs() });
    if (route === 'GET /health') return reply(response, 200, { status: 'ok', processIndex: this.context.processIndex, pid: process.pid });
    if (route === 'GET /report') {
      const after = Number(url.searchParams.get('after') ?? 0);
      const held = url.searchParams.has('held') ? framesAsked(url.searchParams) : null;
      return reply(response, 200, await serverReport(this.context, this.health, this.sockets.clients.size, after, held));
    }
    if (route === 'POST /session')
      return reply(response, 200, {
        id: this.context.sessions.begin(url.searchParams.get('session')),
        processIndex: this.context.processIndex,
      });
    if (request.method === 'POST' && path.startsWith('/publish/')) {
      return this.publish(decodeURIComponent(path.slice('/publish/'.length)), request, response);
    }
    return reply(response, 404, { error: `no ${request.method} ${url.pathname} here` });
  }

  private async publish(group: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const frame = await body(request);
    if (frame === undefined || !isFrame(frame)) return reply(response, 400, { error: 'the body is not a frame' });
    stampSend(frame, nowNs());
    try {
      await this.context.layer.groupSend(group, { type: 'bench.frame', frame });
    } catch (error) {
      notPublished(this.context, frame, error);
      return reply(response, 503, { error: messageOf(error) });
    }
    response.writeHead(204).end();
  }
}

function framesAsked(query: URLSearchParams): FramesOf {
  const run = query.get('run');
  return { epoch: Number(query.get('epoch') ?? EPOCH_MEASURE), run: run === null ? null : Number(run) };
}

function reply(response: ServerResponse, status: number, value: unknown): void {
  const text = JSON.stringify(value);
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }).end(text);
}

/** The whole body; undefined where it is larger than any frame. */
async function body(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
