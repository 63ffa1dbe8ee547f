import { once } from 'node:events';
import { WebSocket } from 'ws';
import { EPOCH_MEASURE, frameTemplate, issueFrame } from '../src/wire/frame.ts';
import { groupName } from '../src/wire/client-protocol.ts';
import { nowNs } from '../src/platform/clock.ts';

/**
 * The clients of `server-cost`: sockets in one group of a server, which count what arrives. The first one of a server publishes.
 * They answer each order when it is done.
 */
export type ClientsOrder =
  | { readonly type: 'connect'; readonly url: string; readonly sockets: number }
  | { readonly type: 'publish'; readonly url: string; readonly messages: number; readonly perSecond: number };

const RUN = 1;
const byUrl = new Map<string, WebSocket[]>();
let left = 0;
let seq = 0;

function done(): void {
  process.send?.('done');
}

async function connect(url: string): Promise<WebSocket> {
  const socket = new WebSocket(url, { perMessageDeflate: false, skipUTF8Validation: true });
  await once(socket, 'message');
  socket.send(JSON.stringify({ op: 'join', group: groupName(0) }));
  await once(socket, 'message');
  socket.on('message', () => {
    left -= 1;
    if (left === 0) done();
  });
  return socket;
}

function publish(sockets: readonly WebSocket[], messages: number, perSecond: number): void {
  const frame = frameTemplate(RUN, 1, 128);
  left = messages * sockets.length;
  let sent = 0;
  const beginNs = nowNs();
  const timer = setInterval(() => {
    for (; sent < messages && (nowNs() - beginNs) / 1e9 >= sent / perSecond; sent++) {
      const now = nowNs();
      issueFrame(frame, { epoch: EPOCH_MEASURE, group: 0, sender: 0, seq: seq++, process: 0 }, now, now);
      sockets[0]!.send(frame);
    }
    if (sent === messages) clearInterval(timer);
  }, 1);
}

process.on('message', (order: ClientsOrder) => {
  const sockets = byUrl.get(order.url) ?? [];
  byUrl.set(order.url, sockets);
  if (order.type === 'publish') return publish(sockets, order.messages, order.perSecond);
  void Promise.all(Array.from({ length: order.sockets }, () => connect(order.url))).then((more) => {
    sockets.push(...more);
    done();
  });
});
process.on('disconnect', () => process.exit(0));
