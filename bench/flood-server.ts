import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';
import { EPOCH_MEASURE, frameTemplate, issueFrame, stampRecv, stampSend } from '../src/wire/frame.ts';
import { PROTOCOL_VERSION } from '../src/wire/client-protocol.ts';
import { nowNs } from '../src/platform/clock.ts';

/**
 * The server of `driver-cost` and `peers`: speaks as much of the client protocol as a driver needs, and sends one frame per socket
 * for every message, to one kind of its clients, at the rate asked for. A client's kind is the first part of the path that it connects to.
 */
export interface Flood {
  readonly to: string;
  readonly run: number;
  readonly messages: number;
  readonly perSecond: number;
}

/** What the server tells: where it listens, how many clients of a kind there are, and that a flood is sent. */
export type FloodNews =
  | { readonly type: 'listening'; readonly port: number }
  | { readonly type: 'connected'; readonly kind: string; readonly sockets: number }
  | { readonly type: 'sent'; readonly to: string };

interface Kind {
  readonly sockets: Set<WebSocket>;
  nextSeq: number;
}

const kinds = new Map<string, Kind>();
const http = createServer();
const sockets = new WebSocketServer({ server: http, perMessageDeflate: false });

function tell(news: FloodNews): void {
  process.send?.(news);
}

function kindOf(name: string): Kind {
  const known = kinds.get(name) ?? { sockets: new Set(), nextSeq: 0 };
  kinds.set(name, known);
  return known;
}

sockets.on('connection', (socket, request) => {
  const name = request.url!.split('/')[1]!;
  const kind = kindOf(name);
  kind.sockets.add(socket);
  socket.on('close', () => kind.sockets.delete(socket));
  socket.on('error', () => socket.terminate());
  socket.send(
    JSON.stringify({ op: 'hello', protocol: PROTOCOL_VERSION, processIndex: 0, pid: process.pid, channel: `c${kind.sockets.size}` }),
  );
  tell({ type: 'connected', kind: name, sockets: kind.sockets.size });
  socket.on('message', (data) => {
    const { group } = JSON.parse((data as Buffer).toString()) as { group: string };
    socket.send(JSON.stringify({ op: 'joined', group }));
  });
});
http.listen(0, '127.0.0.1');
await once(http, 'listening');
tell({ type: 'listening', port: (http.address() as AddressInfo).port });

process.on('message', (flood: Flood) => {
  const template = Buffer.from(frameTemplate(flood.run, 1, 128).buffer);
  const kind = kindOf(flood.to);
  let sent = 0;
  const beginNs = nowNs();
  const timer = setInterval(() => {
    while (sent < flood.messages && (nowNs() - beginNs) / 1e9 >= sent / flood.perSecond) {
      const now = nowNs();
      issueFrame(template, { epoch: EPOCH_MEASURE, group: 0, sender: 0, seq: kind.nextSeq++, process: 0 }, now, now);
      stampSend(template, now);
      for (const socket of kind.sockets) {
        const copy = Buffer.allocUnsafe(template.length);
        template.copy(copy);
        stampRecv(copy, nowNs());
        socket.send(copy);
      }
      sent += 1;
    }
    if (sent < flood.messages) return;
    clearInterval(timer);
    tell({ type: 'sent', to: flood.to });
  }, 1);
});
process.on('disconnect', () => process.exit(0));
