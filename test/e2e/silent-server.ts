import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';
import { nowNs } from '../../src/platform/clock.ts';
import { groupName, PROTOCOL_VERSION, type ClientOperation } from '../../src/wire/client-protocol.ts';

const GROUP_OFFSET = 4;

/** A server of the client protocol that passes messages on, and says of itself as little as the protocol allows. */
export class SilentServer implements AsyncDisposable {
  private readonly groups = new Map<string, Set<WebSocket>>();
  private readonly http = createServer((request, response) => {
    const route = new URL(request.url!, 'http://localhost').pathname.split('/').at(-1)!;
    response.setHeader('content-type', 'application/json').end(JSON.stringify(this.answerTo(route)));
  });
  private readonly sockets = new WebSocketServer({ server: this.http });

  private constructor() {
    let channels = 0;
    this.sockets.on('connection', (socket) => {
      const say = (answer: Readonly<Record<string, unknown>>): void => socket.send(JSON.stringify(answer));
      say({ op: 'hello', protocol: PROTOCOL_VERSION, processIndex: 0, pid: process.pid, channel: `channel ${channels++}` });
      socket.on('message', (data: Buffer, isBinary) => {
        if (isBinary) return this.members(groupName(data.readUInt32LE(GROUP_OFFSET))).forEach((member) => member.send(data));
        const operation = JSON.parse(data.toString()) as ClientOperation;
        if (operation.op !== 'join' && operation.op !== 'leave') return say({ op: 'failed', reason: 'not here' });
        const { op, group } = operation;
        if (op === 'join') this.members(group).add(socket);
        else this.members(group).delete(socket);
        return say({ op: op === 'join' ? 'joined' : 'left', group });
      });
      socket.on('close', () => this.groups.forEach((members) => members.delete(socket)));
    });
  }

  static async start(): Promise<SilentServer> {
    const server = new SilentServer();
    await new Promise<void>((resolve) => server.http.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.http.address() as AddressInfo).port}`;
  }

  private members(group: string): Set<WebSocket> {
    const members = this.groups.get(group) ?? new Set();
    this.groups.set(group, members);
    return members;
  }

  private answerTo(route: string): unknown {
    const who = { processIndex: 0, pid: process.pid };
    if (route === 'clock') return { ns: nowNs() };
    if (route === 'health') return { status: 'ok', ...who };
    const health = { cpuSeconds: null, rssBytes: null, eventLoopUtilization: null, eventLoopDelayP99Us: null };
    return { ...who, ...health, evidenceCount: 0, evidence: [], counters: {}, connections: this.sockets.clients.size, held: [] };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.sockets.clients) socket.terminate();
    this.http.closeAllConnections();
    await new Promise<void>((resolve) => this.http.close(() => resolve()));
  }
}
