import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocketServer, type WebSocket } from 'ws';
import type { Trust } from '../../model/servers.ts';
import { PROTOCOL_VERSION } from '../../wire/client-protocol.ts';
import { ClientSocket } from './client-socket.ts';

/* What a socket hears, whatever it reads into: in memory that all share, and behind TLS. Each server is a real one. */

const TLS = new URL('../../../test/layers/tls/', import.meta.url);
const PEM = { cert: readFileSync(new URL('certificate.pem', TLS)), key: readFileSync(new URL('key.pem', TLS)) };
const TRUST: Trust = { caPem: null, checksCertificate: false };
const HELLO = JSON.stringify({ op: 'hello', protocol: PROTOCOL_VERSION, processIndex: 0, pid: 1, channel: 'c' });

/** Bytes that differ from those of any other number. */
function frame(number: number, bytes: number): Buffer {
  const made = Buffer.alloc(bytes);
  for (let at = 0; at < bytes; at++) made[at] = (number * 31 + at * 7 + (at >> 8)) & 0xff;
  return made;
}

/** A client and the server's side of it. */
interface Link {
  readonly client: ClientSocket;
  readonly server: WebSocket;
  /** Below WebSocket. */
  readonly transport: Socket;
  readonly frames: Buffer[];
  /** Resolves with the code and the reason of its end. */
  readonly ended: Promise<readonly [number, string]>;
}

describe.each(['ws', 'wss'] as const)('a socket by %s', (scheme) => {
  const http = scheme === 'ws' ? createHttpServer() : createTlsServer(PEM);
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  /** What a server says in one piece with its answer to the handshake. */
  let greeting: readonly Buffer[] = [];
  let accepted: { readonly server: WebSocket; readonly transport: Socket }[] = [];

  http.on('upgrade', (request, transport, head) => {
    transport.cork();
    sockets.handleUpgrade(request, transport, head, (server) => {
      accepted.push({ server, transport: transport as Socket });
      server.send(HELLO);
      for (const each of greeting) server.send(each);
      transport.uncork();
    });
  });

  beforeEach(async () => {
    greeting = [];
    accepted = [];
    http.listen(0, '127.0.0.1');
    await once(http, 'listening');
  });

  afterEach(async () => {
    for (const { server } of accepted) server.terminate();
    await new Promise((resolve) => http.close(resolve));
  });

  async function link(host = '127.0.0.1'): Promise<Link> {
    const frames: Buffer[] = [];
    let end: (ended: readonly [number, string]) => void = () => undefined;
    const ended = new Promise<readonly [number, string]>((resolve) => (end = resolve));
    const client = await ClientSocket.open(`${scheme}://${host}:${(http.address() as AddressInfo).port}/`, 60_000, {
      processes: 1,
      trust: TRUST,
      onFrame: (each) => void frames.push(each),
      onRefused: () => undefined,
      onClose: (code, why) => end([code, why]),
      onBroken: (what) => end([0, what]),
    });
    return { client, frames, ended, ...accepted.at(-1)! };
  }

  /** Whether exactly these have come, in this order, byte for byte. */
  async function heard(frames: readonly Buffer[], sent: readonly Buffer[]): Promise<void> {
    await expect.poll(() => frames.length, { timeout: 60_000 }).toBe(sent.length);
    expect(frames.findIndex((each, i) => !each.equals(sent[i]!))).toBe(-1);
  }

  it('hears frames of every size, also in many pieces, and keeps them whole while others arrive', async () => {
    const [one, other] = [await link(), await link()];
    const sizes = [0, 1, 125, 126, 65_535, 65_536, 65_537, 3_000_000, ...Array.from({ length: 500 }, (_, i) => i * 3)];
    const sent = sizes.map((bytes, i) => frame(i, bytes));
    const sentToOther = sizes.map((bytes, i) => frame(i + 1000, bytes));
    sent.forEach((each, i) => {
      one.server.send(each);
      other.server.send(sentToOther[i]!);
    });
    await heard(one.frames, sent);
    await heard(other.frames, sentToOther);
  });

  it('hears what comes in one piece with the handshake', async () => {
    greeting = [frame(1, 10), frame(2, 70_000), frame(3, 10)];
    const { frames } = await link();
    await heard(frames, greeting);
  });

  it('puts a message together that comes in fragments, with pings between them', async () => {
    const { server, frames } = await link();
    const pongs: string[] = [];
    server.on('pong', (data) => pongs.push(data.toString()));
    const whole = frame(1, 200_000);
    server.send(whole.subarray(0, 3), { binary: true, fin: false });
    server.ping('between');
    server.send(whole.subarray(3, 150_000), { binary: true, fin: false });
    server.send(whole.subarray(150_000), { binary: true, fin: true });
    await heard(frames, [whole]);
    await expect.poll(() => pongs).toEqual(['between']);
  });

  it('reads nothing while it is stalled, and all of it afterwards', async () => {
    const [stalled, other] = [await link(), await link()];
    const sent = Array.from({ length: 200 }, (_, i) => frame(i, 100_000));
    stalled.client.stall(true);
    for (const each of sent) {
      stalled.server.send(each);
      other.server.send(each);
    }
    await heard(other.frames, sent);
    // What is left is more than the buffers of the system hold.
    expect([stalled.frames.length, stalled.server.bufferedAmount > 1_000_000]).toEqual([0, true]);
    stalled.client.stall(false);
    await heard(stalled.frames, sent);
  });

  it('keeps the order of what it hears where it stalls again and again', async () => {
    const { client, server, frames } = await link();
    const sent = Array.from({ length: 300 }, (_, i) => frame(i, i % 3 === 0 ? 90_000 : 100));
    for (const each of sent) server.send(each);
    for (let turn = 0; frames.length < sent.length && turn < 1e6; turn++) {
      client.stall(turn % 3 !== 2);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await heard(frames, sent);
  });

  it('ends with the code and the reason that its server gives, after all that was said before', async () => {
    const { server, frames, ended } = await link();
    const sent = [frame(1, 100), frame(2, 100_000)];
    for (const each of sent) server.send(each);
    server.close(4001, 'so be it');
    expect(await ended).toEqual([4001, 'closed with code 4001: so be it']);
    await heard(frames, sent);
  });

  it('ends with 1006 where its server is cut in the middle of a frame', async () => {
    const { server, transport, frames, ended } = await link();
    server.send(frame(1, 100));
    // A binary message of 200 bytes, of which one comes.
    transport.write(Buffer.from([0x82, 126, 0, 200, 1]));
    transport.end();
    expect((await ended)[0]).toBe(1006);
    await heard(frames, [frame(1, 100)]);
  });

  it('ends with 1006 where its server is gone at once', async () => {
    const { server, ended } = await link();
    server.terminate();
    expect((await ended)[0]).toBe(1006);
  });

  it('says what is wrong with bytes that are no WebSocket frame', async () => {
    const { transport, ended } = await link();
    transport.write(Buffer.from([0xff, 0xff, 0xff, 0xff]));
    expect((await ended)[1]).toContain('Invalid WebSocket frame');
  });

  it('finds a server that listens on one address of a name', async () => {
    greeting = [frame(1, 100)];
    const { frames } = await link('localhost');
    await heard(frames, greeting);
  });

  it('closes in order, also while it is stalled', async () => {
    const { client, server } = await link();
    const closed = once(server, 'close');
    client.stall(true);
    server.send(frame(1, 100));
    await client.close();
    expect((await closed)[0]).toBe(1000);
  });
});

describe('a socket that is refused', () => {
  it('says so', async () => {
    const http = createHttpServer();
    http.listen(0, '127.0.0.1');
    await once(http, 'listening');
    const { port } = http.address() as AddressInfo;
    await new Promise((resolve) => http.close(resolve));
    const events = { processes: 1, trust: TRUST, onFrame: () => undefined, onRefused: () => undefined };
    const opening = ClientSocket.open(`ws://127.0.0.1:${port}/`, 60_000, {
      ...events,
      onClose: () => undefined,
      onBroken: () => undefined,
    });
    await expect(opening).rejects.toThrow('cannot connect');
  });
});
