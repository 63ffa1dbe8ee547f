import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';
import { EPOCH_MEASURE, frameTemplate, issueFrame, stampRecv, stampSend } from '../src/wire/frame.ts';
import { PROTOCOL_VERSION } from '../src/wire/client-protocol.ts';
import { nowNs } from '../src/platform/clock.ts';

/**
 * The server of `driver-cost`: speaks as much of the client protocol as a driver needs, and sends one frame per socket
 * for every message, to one kind of its clients, at the rate asked for.
 */
export interface Flood {
  readonly to: 'bare' | 'shared' | 'driver';
  readonly run: number;
  readonly messages: number;
  readonly perSecond: number;
}

const clients = { bare: new Set<WebSocket>(), shared: new Set<WebSocket>(), driver: new Set<WebSocket>() };
const http = createServer();
const sockets = new WebSocketServer({ server: http, perMessageDeflate: false });
const nextSeq = { bare: 0, shared: 0, driver: 0 };

sockets.on('connection', (socket, request) => {
  const kind = request.url === '/bare' ? 'bare' : request.url === '/shared' ? 'shared' : 'driver';
  clients[kind].add(socket);
  socket.send(
    JSON.stringify({ op: 'hello', protocol: PROTOCOL_VERSION, processIndex: 0, pid: process.pid, channel: `c${clients[kind].size}` }),
  );
  socket.on('message', (data) => {
    const { group } = JSON.parse((data as Buffer).toString()) as { group: string };
    socket.send(JSON.stringify({ op: 'joined', group }));
  });
});
http.listen(0, '127.0.0.1', () => process.send?.({ port: (http.address() as AddressInfo).port }));

process.on('message', (flood: Flood) => {
  const template = Buffer.from(frameTemplate(flood.run, 1, 128).buffer);
  let sent = 0;
  const beginNs = nowNs();
  const timer = setInterval(() => {
    while (sent < flood.messages && (nowNs() - beginNs) / 1e9 >= sent / flood.perSecond) {
      const now = nowNs();
      issueFrame(template, { epoch: EPOCH_MEASURE, group: 0, sender: 0, seq: nextSeq[flood.to]++, process: 0 }, now, now);
      stampSend(template, now);
      for (const socket of clients[flood.to]) {
        const copy = Buffer.allocUnsafe(template.length);
        template.copy(copy);
        stampRecv(copy, nowNs());
        socket.send(copy);
      }
      sent += 1;
    }
    if (sent === flood.messages) clearInterval(timer);
  }, 1);
});
process.on('disconnect', () => process.exit(0));
