import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';
import { openLayer } from '../src/layers/registry.ts';
import { nowNs } from '../src/platform/clock.ts';
import { ProcessHealth } from '../src/platform/process-health.ts';
import { EvidenceLog } from '../src/processes/server/evidence-log.ts';
import { BenchServer } from '../src/processes/server/http.ts';
import { SessionMap } from '../src/processes/server/session-map.ts';
import { PROTOCOL_VERSION, socketPath } from '../src/wire/client-protocol.ts';
import { stampRecv } from '../src/wire/frame.ts';
import type { ClientsOrder } from './counting-clients.ts';
import { median, printTable, ratio } from './measuring.ts';

/*
 * CPU per delivery of a server of ours over the memory layer, against a bare ws server that sends each member the buffer that came.
 * Same process, same clients, interleaved. Goal: at most 1.10 times. The rows between add what ours does to each delivery.
 */
const SOCKETS = 200;
const MESSAGES = 200;
const PER_SECOND = 100;
const ROUNDS = 12;
/** Rounds before anything is counted. */
const WARM_UP = 2;

/** What the bare server does for each member. */
const BARE: Readonly<Record<string, (socket: WebSocket, frame: Buffer) => void>> = {
  'bare ws, prepared buffer': (socket, frame) => socket.send(frame),
  'bare ws, a copy for each': (socket, frame) => socket.send(copied(frame)),
  'bare ws, a stamped copy for each': (socket, frame) => {
    const copy = copied(frame);
    stampRecv(copy, nowNs());
    socket.send(copy);
  },
};
const OURS = 'server, memory layer';

function copied(frame: Buffer): Buffer {
  const copy = Buffer.allocUnsafe(frame.length);
  copy.set(frame);
  return copy;
}

let sendBare: (socket: WebSocket, frame: Buffer) => void = () => undefined;
const bareHttp = createServer();
const bare = new WebSocketServer({ server: bareHttp, perMessageDeflate: false, skipUTF8Validation: true });
bare.on('connection', (socket) => {
  socket.send(JSON.stringify({ op: 'hello', protocol: PROTOCOL_VERSION, processIndex: 0, pid: process.pid, channel: 'c' }));
  socket.on('message', (data, isBinary) => {
    if (!isBinary) return socket.send(JSON.stringify({ op: 'joined', group: 'g' }));
    for (const member of bare.clients) sendBare(member, data as Buffer);
  });
});
bareHttp.listen(0, '127.0.0.1');
await once(bareHttp, 'listening');

const evidence = new EvidenceLog(nowNs);
const layer = await openLayer('memory', { prefix: '', options: {}, hosts: [], onEvent: (event) => evidence.onLayerEvent(event) });
const fail = (error: unknown): never => {
  throw error;
};
const ours = new BenchServer({ layer, evidence, processIndex: 0, sessions: new SessionMap(), fail }, new ProcessHealth(), 'bench');

const clients = fork(new URL('./counting-clients.js', import.meta.url));
async function order(what: ClientsOrder): Promise<void> {
  clients.send(what);
  await once(clients, 'message');
}
const bareUrl = `ws://127.0.0.1:${(bareHttp.address() as AddressInfo).port}/`;
const oursUrl = `ws://127.0.0.1:${await ours.listen(0)}${socketPath('bench')}`;
// Neither side has the older sockets.
await order({ type: 'connect', url: bareUrl, sockets: SOCKETS / 2 });
await order({ type: 'connect', url: oursUrl, sockets: SOCKETS });
await order({ type: 'connect', url: bareUrl, sockets: SOCKETS / 2 });

/** CPU µs per delivery of this process while one flood goes through it. */
async function cost(name: string): Promise<number> {
  sendBare = BARE[name] ?? sendBare;
  const before = process.cpuUsage();
  await order({ type: 'publish', url: name === OURS ? oursUrl : bareUrl, messages: MESSAGES, perSecond: PER_SECOND });
  const cpu = process.cpuUsage(before);
  return (cpu.user + cpu.system) / (SOCKETS * MESSAGES);
}

const names = [...Object.keys(BARE), OURS];
const rounds: ReadonlyMap<string, number>[] = [];
for (let round = 0; round < ROUNDS; round++) {
  const costs = new Map<string, number>();
  const first = round % names.length;
  for (const name of [...names.slice(first), ...names.slice(0, first)]) costs.set(name, await cost(name));
  if (round >= WARM_UP) rounds.push(costs);
}
printTable(
  ['server', 'CPU µs per delivery (median)', 'ratio (median of rounds)'],
  names.map((name) => [
    name,
    median(rounds.map((costs) => costs.get(name)!)).toFixed(2),
    ratio(median(rounds.map((costs) => costs.get(name)! / costs.get(names[0]!)!))),
  ]),
);
for (const member of bare.clients) member.terminate();
bareHttp.close();
await ours.close();
await layer.close();
clients.disconnect();
