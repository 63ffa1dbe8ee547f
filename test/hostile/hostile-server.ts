import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import { EPOCH_MEASURE, frameEpoch, frameGroup, frameSender, frameSeq, isFrame, stampRecv, stampSend } from '../../src/wire/frame.ts';
import { nowNs } from '../../src/platform/clock.ts';
import { PROTOCOL_VERSION, type ClientOperation } from '../../src/wire/client-protocol.ts';

/** What it has really done in the measure epoch, told by nobody else. Deliveries are copies of frames that were written to a socket. */
export interface Truth {
  published: number;
  /** Copies that were owed: one a member of the group, whatever became of them. */
  owed: number;
  /** Distinct (sender, seq, member) that were written whole, to a member that was owed them. */
  delivered: number;
  /** Copies beyond the first. */
  duplicates: number;
  corrupt: number;
  strays: number;
  refused: number;
}

/** One copy of a frame for one member, in the measure epoch. */
export interface Delivery {
  readonly server: HostileServer;
  readonly to: Client;
  readonly frame: Buffer;
  /** Of the member: its copies are counted from 0. */
  readonly turn: number;
}

/** One socket. */
export interface Client {
  readonly index: number;
  readonly socket: WebSocket;
  /** Below it. */
  readonly connection: Duplex;
  readonly channel: string;
  readonly groups: Set<string>;
  turn: number;
}

/** Where it departs from the protocol; what is left out is done as it should be. */
export interface Mischief {
  /** Hands one copy over, by `server.hand…`; by default it hands it to its member. */
  readonly deliver?: (delivery: Delivery) => void;
  /** What it answers to an operation; null for nothing. */
  readonly answer?: (answer: Readonly<Record<string, unknown>>, operation: ClientOperation) => object | string | null;
  readonly hello?: (hello: Readonly<Record<string, unknown>>) => object | string | null;
  /** Its clock, for stamps; by default that of the host. */
  readonly sendStamp?: (now: number) => number;
  readonly recvStamp?: (now: number) => number;
  /** How many of the messages that are published it refuses: those for which this holds. */
  readonly refuses?: (seq: number) => boolean;
  /** What it answers to `health`, `clock` and `report`: a value, or text that need be no JSON. */
  readonly http?: (
    path: string,
    answer: Readonly<Record<string, unknown>>,
    server: HostileServer,
  ) => object | string | null | Promise<object | string | null>;
}

/**
 * A server of the client protocol over a layer in its own memory, that does wrong on purpose and keeps a log of what it has
 * really done. It is one process, of index 0.
 */
export class HostileServer implements AsyncDisposable {
  readonly truth: Truth = { published: 0, owed: 0, delivered: 0, duplicates: 0, corrupt: 0, strays: 0, refused: 0 };
  readonly clients: Client[] = [];
  private readonly mischief: Mischief;
  private readonly http: Server;
  private readonly sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  private readonly handed = new Set<string>();
  private readonly timers = new Set<NodeJS.Timeout>();
  private publishedOf: Record<string, number> = {};

  private constructor(mischief: Mischief) {
    this.mischief = mischief;
    this.http = createServer((request, response) => void this.answerRequest(request, response));
    this.http.on('upgrade', (request, socket, head) =>
      this.sockets.handleUpgrade(request, socket, head, (client) => this.welcome(client, socket)),
    );
  }

  static async start(mischief: Mischief): Promise<HostileServer> {
    const server = new HostileServer(mischief);
    await new Promise<void>((resolve) => server.http.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.http.address() as AddressInfo).port}`;
  }

  /** Writes a copy to the member that it is owed. */
  hand({ to, frame }: Delivery): void {
    if (to.socket.readyState !== to.socket.OPEN) return;
    const key = `${to.index}/${frameSender(frame)}/${frameSeq(frame)}`;
    if (this.handed.has(key)) this.truth.duplicates += 1;
    else this.truth.delivered += 1;
    this.handed.add(key);
    to.socket.send(this.stamped(frame));
  }

  /** Writes a copy with one bit of its payload flipped. */
  handDamaged({ to, frame }: Delivery): void {
    const copy = this.stamped(frame);
    copy[copy.length - 1]! ^= 1;
    this.truth.corrupt += 1;
    to.socket.send(copy);
  }

  /** Writes what nobody has published, or what was meant for somebody else. */
  handStray({ to }: Delivery, frame: Buffer): void {
    this.truth.strays += 1;
    to.socket.send(frame);
  }

  /** Closes a socket with a code, without waiting for what its client says to that. */
  hangUp({ socket, connection }: Client, code: number, reason: string): void {
    socket.close(code, reason);
    connection.end();
  }

  /** Does something later; not at all once the server is gone. */
  later(ms: number, act: () => void): void {
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      act();
    }, ms);
    this.timers.add(timer);
  }

  stamped(frame: Buffer): Buffer {
    const copy = Buffer.from(frame);
    stampRecv(copy, (this.mischief.recvStamp ?? same)(nowNs()));
    return copy;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const timer of this.timers) clearTimeout(timer);
    for (const client of this.sockets.clients) client.terminate();
    this.http.closeAllConnections();
    await new Promise<void>((resolve) => this.http.close(() => resolve()));
  }

  private welcome(socket: WebSocket, connection: Duplex): void {
    const index = this.clients.length;
    const client: Client = { index, socket, connection, channel: `hostile.${index}`, groups: new Set(), turn: 0 };
    this.clients.push(client);
    socket.on('error', () => undefined);
    socket.on('message', (data, isBinary) => {
      if (isBinary) this.publish(client, data as Buffer);
      else this.operate(client, JSON.parse((data as Buffer).toString()) as ClientOperation);
    });
    const hello = { op: 'hello', protocol: PROTOCOL_VERSION, processIndex: 0, pid: process.pid, channel: client.channel };
    say(socket, (this.mischief.hello ?? same)(hello));
  }

  private operate(client: Client, operation: ClientOperation): void {
    if (operation.op === 'join') client.groups.add(operation.group);
    if (operation.op === 'leave') client.groups.delete(operation.group);
    const answers = {
      join: 'joined',
      leave: 'left',
      pause: 'paused',
      resume: 'resumed',
      direct: 'directed',
      echo: 'echoing',
      session: 'session',
    };
    const answer = { op: answers[operation.op], ...('group' in operation ? { group: operation.group } : {}) };
    say(client.socket, (this.mischief.answer ?? same)(answer, operation));
  }

  private publish(client: Client, frame: Buffer): void {
    if (!isFrame(frame)) return client.socket.close(1003);
    stampSend(frame, (this.mischief.sendStamp ?? same)(nowNs()));
    const isMeasured = frameEpoch(frame) === EPOCH_MEASURE;
    const members = this.clients.filter(({ groups, socket }) => groups.has(`g${frameGroup(frame)}`) && socket.readyState === socket.OPEN);
    if (!isMeasured) return members.forEach((member) => member.socket.send(this.stamped(frame)));
    this.truth.published += 1;
    this.publishedOf[frameSender(frame)] = frameSeq(frame) + 1;
    if (this.mischief.refuses?.(frameSeq(frame)) === true) {
      this.truth.refused += 1;
      return say(client.socket, { op: 'refused', epoch: EPOCH_MEASURE, sender: frameSender(frame), seq: frameSeq(frame), reason: 'no' });
    }
    for (const to of members) {
      this.truth.owed += 1;
      const delivery = { server: this, to, frame, turn: to.turn++ };
      if (this.mischief.deliver === undefined) this.hand(delivery);
      else this.mischief.deliver(delivery);
    }
  }

  private async answerRequest(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = new URL(request.url ?? '/', this.url.replace('ws', 'http')).pathname.split('/').at(-1) ?? '';
    const answer = this.honest(path);
    const given = this.mischief.http === undefined ? answer : await this.mischief.http(path, answer, this);
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(typeof given === 'string' ? given : JSON.stringify(given));
  }

  private honest(path: string): Readonly<Record<string, unknown>> {
    const who = { processIndex: 0, pid: process.pid };
    if (path === 'health') return { status: 'ok', ...who, protocol: PROTOCOL_VERSION };
    if (path === 'clock') return { ns: nowNs() };
    return {
      ...who,
      evidenceCount: 0,
      evidence: [],
      counters: {},
      connections: this.clients.length,
      cpuSeconds: 0.1,
      rssBytes: 50e6,
      eventLoopUtilization: null,
      eventLoopDelayP99Us: null,
      held: [],
      published: this.publishedOf,
    };
  }
}

function same<T>(value: T): T {
  return value;
}

function say(socket: WebSocket, message: object | string | null): void {
  if (message !== null) socket.send(typeof message === 'string' ? message : JSON.stringify(message));
}
