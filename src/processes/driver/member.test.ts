import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocketServer, type WebSocket } from 'ws';
import { EPOCH_MEASURE, frameTemplate, issueFrame } from '../../wire/frame.ts';
import type { PlannedAbsence } from '../../model/plan.ts';
import { USUAL_TRUST } from '../../model/servers.ts';
import { nowNs } from '../../platform/clock.ts';
import { PROTOCOL_VERSION, type ClientOperation } from '../../wire/client-protocol.ts';
import { ClientSocket } from './client-socket.ts';
import { Member } from './member.ts';

/** What a server does with the socket of a turn, from 0; what it leaves out is done as it should be. */
interface Turn {
  /** Says no hello. */
  readonly isSilent?: boolean;
  /** Says hello after so long. */
  readonly helloAfterMs?: number;
  readonly failsJoins?: boolean;
}

/** A server of the client protocol with one group, that tells which sockets it has. */
class GroupServer {
  readonly sockets: WebSocket[] = [];
  readonly joined = new Set<WebSocket>();
  readonly codes: number[] = [];
  private readonly server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  private readonly watchers: (() => void)[] = [];

  constructor(turns: readonly Turn[] = []) {
    this.server.on('connection', (socket) => this.accept(socket, turns[this.sockets.push(socket) - 1] ?? {}));
  }

  async url(): Promise<string> {
    if (this.server.address() === null) await once(this.server, 'listening');
    return `ws://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  get open(): readonly WebSocket[] {
    return this.sockets.filter(({ readyState, OPEN }) => readyState === OPEN);
  }

  /** Resolves when a condition holds. */
  until(holds: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => void (holds() && resolve());
      this.watchers.push(look);
      look();
    });
  }

  /** As `group_send`: one copy to every socket that has joined. */
  publish(seq: number): void {
    const frame = frameTemplate(1, 1, 0);
    issueFrame(frame, { epoch: EPOCH_MEASURE, group: 0, sender: 0, seq, process: 0 }, nowNs(), nowNs());
    for (const socket of this.joined) socket.send(frame);
  }

  close(): void {
    for (const socket of this.server.clients) socket.terminate();
    this.server.close();
  }

  private accept(socket: WebSocket, { isSilent = false, helloAfterMs = 0, failsJoins = false }: Turn): void {
    const hello = { op: 'hello', protocol: PROTOCOL_VERSION, processIndex: 0, pid: 1, channel: `channel.${this.sockets.length}` };
    if (!isSilent) setTimeout(() => socket.send(JSON.stringify(hello)), helloAfterMs);
    socket.on('message', (data) => {
      const operation = JSON.parse((data as Buffer).toString()) as ClientOperation;
      if (operation.op === 'leave') {
        this.joined.delete(socket);
        socket.send(JSON.stringify({ op: 'left', group: operation.group }));
        this.tell();
      }
      if (operation.op !== 'join') return;
      if (failsJoins) return socket.send(JSON.stringify({ op: 'failed', reason: 'not now' }));
      this.joined.add(socket);
      socket.send(JSON.stringify({ op: 'joined', group: operation.group }));
      this.tell();
    });
    socket.on('close', (code) => {
      this.joined.delete(socket);
      this.codes.push(code);
      this.tell();
    });
    this.tell();
  }

  private tell(): void {
    for (const look of this.watchers) look();
  }
}

let server: GroupServer | null = null;
let member: Member | null = null;

afterEach(async () => {
  await member?.close();
  server?.close();
});

function serve(...turns: readonly Turn[]): GroupServer {
  server = new GroupServer(turns);
  return server;
}

interface Heard {
  readonly member: Member;
  readonly frames: Buffer[];
}

async function memberOf(of: GroupServer, absences: readonly PlannedAbsence[] = []): Promise<Heard> {
  const frames: Buffer[] = [];
  member = new Member({ index: 0, process: 0, groups: [0], absences }, 0, true, true, {
    processes: 1,
    trust: USUAL_TRUST,
    onFrame: (_slot, _from, frame) => void frames.push(frame),
    onRefused: () => undefined,
    onBroken: () => undefined,
    onEnded: () => undefined,
    onStep: () => undefined,
    onAimed: () => undefined,
    onMoved: () => undefined,
  });
  await member.open(await of.url(), 60_000);
  return { member, frames };
}

describe('a member', () => {
  it('has one socket after an outage, however often it failed to come back, and gets one copy', async () => {
    const of = serve({}, { failsJoins: true }, { failsJoins: true }, { failsJoins: true });
    const { frames } = await memberOf(of);
    of.open[0]!.terminate();
    await of.until(() => of.joined.size === 1 && of.codes.length === 4);
    expect([of.sockets.length, of.open.length]).toEqual([5, 1]);
    of.publish(0);
    await expect.poll(() => frames.length).toBe(1);
    // What an older socket had would have arrived before the answer to this.
    of.publish(1);
    await expect.poll(() => frames.length).toBe(2);
    // The first was cut by its server; the others were closed as a browser closes them.
    expect(of.codes).toEqual([1006, 1000, 1000, 1000]);
  });

  it('has one socket, in its group, where it comes back while a new one is being opened', async () => {
    const of = serve({}, { helloAfterMs: 500 });
    const { member: away } = await memberOf(of, [{ fromMs: 1, toMs: 300, how: 'leave' }]);
    away.plan(nowNs());
    await of.until(() => of.joined.size === 0);
    of.open[0]!.terminate();
    await of.until(() => of.joined.size === 1);
    await away.recover();
    expect([of.sockets.length, of.open.length, of.joined.size]).toEqual([2, 1, 1]);
  });

  it('leaves with code 1000, and hears nothing of its end', async () => {
    const of = serve();
    const { member: leaving } = await memberOf(of, [{ fromMs: 1, toMs: 2, how: 'disconnect' }]);
    leaving.plan(nowNs());
    await of.until(() => of.codes.length === 1 && of.joined.size === 1);
    expect([of.codes, leaving.closed, leaving.absent.length]).toEqual([[1000], [], 1]);
  });

  it('closes with code 1000 when the run is over', async () => {
    const of = serve();
    const { member: ending } = await memberOf(of);
    await ending.close();
    await of.until(() => of.codes.length === 1);
    expect([of.codes, ending.closed]).toEqual([[1000], []]);
  });
});

describe('a socket', () => {
  const events = {
    processes: 1,
    trust: USUAL_TRUST,
    onFrame: () => undefined,
    onRefused: () => undefined,
    onClose: () => undefined,
    onBroken: () => undefined,
  };

  it('whose server says hello too late is gone', async () => {
    const of = serve({ isSilent: true });
    await expect(ClientSocket.open(await of.url(), 100, events)).rejects.toThrow('no hello');
    await of.until(() => of.codes.length === 1);
    expect(of.open).toEqual([]);
  });

  it('whose server sends a frame before hello is not opened', async () => {
    const of = serve({ isSilent: true });
    const opening = expect(ClientSocket.open(await of.url(), 60_000, events)).rejects.toThrow('it sent a frame before hello');
    await of.until(() => of.sockets.length === 1);
    of.sockets[0]!.send(Buffer.alloc(1));
    await opening;
  });

  it('is cut where its server does not answer its end', async () => {
    const of = serve();
    const socket = await ClientSocket.open(await of.url(), 60_000, events);
    of.sockets[0]!.pause();
    await socket.close();
    expect(socket.isOpen).toBe(false);
  });
});
