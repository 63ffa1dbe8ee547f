import { fork, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import type { Flood, FloodNews } from './flood-server.ts';
import { floodDriver } from './flooded-driver.ts';
import { median, printTable, ratio } from './measuring.ts';
import { bytesWaiting, groupCpuSeconds, PEERS, startPeer, versionOf } from './peer-clients.ts';

/*
 * CPU of a delivery in a driver, beside a bare ws client and beside other load generators, of those that are found by their commands
 * (`artillery`, `tsung`, `locust` with Python's `websocket`): one server sends the same small messages to 200 sockets of each, in turn.
 * A load generator is all of its processes, and its timers and reports are in its cost. `node dist/bench/peers.js [rounds]`, some minutes.
 */
const SOCKETS = 200;
const MESSAGES = 200;
const PER_SECOND = 100;
const DELIVERIES = SOCKETS * MESSAGES;
const ROUNDS = Number(process.argv[2] ?? 8);
/** Rounds before anything is counted. */
const WARM_UP = 2;
const RUN = 1;
const CONNECT_MS = 120_000;
/** How often one looks whether a client has read everything, … */
const LOOK_MS = 50;
/** … and how long it may go on with what it has read. */
const SETTLE_MS = 300;

const server = fork(new URL('./flood-server.js', import.meta.url));
const [{ port }] = (await once(server, 'message')) as [Extract<FloodNews, { type: 'listening' }>];
const folder = mkdtempSync(join(tmpdir(), 'layerbench-peers-'));
const started: ChildProcess[] = [];
// Tsung starts a name server that would stay: on a port of its own it is ours to end.
const epmdPort = await freePort();
const env = { ...process.env, ERL_EPMD_PORT: String(epmdPort) };

async function freePort(): Promise<number> {
  const listener = createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const address = listener.address() as AddressInfo;
  listener.close();
  return address.port;
}

function news(is: (message: FloodNews) => boolean, withinMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('the flood server told nothing')), withinMs);
    const onMessage = (message: FloodNews): void => {
      if (!is(message)) return;
      clearTimeout(timer);
      server.off('message', onMessage);
      resolve();
    };
    server.on('message', onMessage);
  });
}

/** Sends one flood, and answers the CPU seconds that it took in whoever got it. */
interface Client {
  readonly name: string;
  readonly takes: string;
  readonly flood: (messages: number) => Promise<number>;
}

function order(to: string, messages: number): void {
  server.send({ to, run: RUN, messages, perSecond: PER_SECOND } satisfies Flood);
}

async function ownCpuSeconds(work: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

async function bareClient(): Promise<Client> {
  let left = 0;
  let onAll: () => void = () => undefined;
  for (let i = 0; i < SOCKETS; i++) {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/bare`, { perMessageDeflate: false, skipUTF8Validation: true });
    await once(socket, 'message');
    socket.on('message', () => {
      left -= 1;
      if (left === 0) onAll();
    });
  }
  const flood = (messages: number): Promise<number> =>
    ownCpuSeconds(() => {
      left = SOCKETS * messages;
      const all = new Promise<void>((resolve) => (onAll = resolve));
      order('bare', messages);
      return all;
    });
  return { name: 'bare ws', takes: 'counts it', flood };
}

async function driverClient(): Promise<Client> {
  const driver = await floodDriver(port, RUN, SOCKETS);
  let sent = 0;
  const flood = (messages: number): Promise<number> =>
    ownCpuSeconds(() => {
      sent += SOCKETS * messages;
      const all = driver.delivered(sent);
      order('driver', messages);
      return all;
    });
  const takes = 'checks it, books it by publisher, member and number, times its parts';
  return { name: 'driver of bench', takes, flood };
}

/** Starts every peer that is found. */
async function peerClients(): Promise<{ readonly found: readonly Client[]; readonly missing: readonly string[] }> {
  const found: Client[] = [];
  const missing: string[] = [];
  for (const peer of PEERS) {
    const version = versionOf(peer);
    if (version === null) {
      missing.push(peer.name);
      continue;
    }
    const kind = peer.name.toLowerCase();
    const connected = news((message) => message.type === 'connected' && message.kind === kind && message.sockets === SOCKETS, CONNECT_MS);
    const child = startPeer(peer, folder, port, SOCKETS, env);
    started.push(child);
    await connected;
    found.push({ name: `${peer.name} ${version}`.trim(), takes: peer.takes, flood: (messages) => peerFlood(kind, child.pid!, messages) });
  }
  return { found, missing };
}

async function peerFlood(kind: string, group: number, messages: number): Promise<number> {
  const before = groupCpuSeconds(group);
  const sent = news((message) => message.type === 'sent' && message.to === kind, CONNECT_MS);
  order(kind, messages);
  await sent;
  for (let looks = 0; looks < 2; looks++) {
    while (bytesWaiting(port) > 0) await sleep(LOOK_MS);
    await sleep(SETTLE_MS);
  }
  return groupCpuSeconds(group) - before;
}

async function endAll(): Promise<void> {
  for (const { pid } of started) {
    try {
      process.kill(-pid!, 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  }
  for (const child of started) if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  spawnSync('epmd', ['-port', String(epmdPort), '-kill']);
  rmSync(folder, { recursive: true });
}

try {
  const bare = await bareClient();
  const driver = await driverClient();
  const { found, missing } = await peerClients();
  const clients = [bare, driver, ...found];
  const costs = clients.map((): number[] => []);
  for (let round = 0; round < WARM_UP + ROUNDS; round++) {
    for (let turn = 0; turn < clients.length; turn++) {
      const at = (turn + round) % clients.length;
      const seconds = await clients[at]!.flood(MESSAGES);
      if (round >= WARM_UP) costs[at]!.push((seconds * 1e6) / DELIVERIES);
    }
  }
  printTable(
    ['client', 'CPU µs per delivery (median)', '× bare ws (median of rounds)', 'what it does with a delivery'],
    [
      ...clients.map(({ name, takes }, i) => [
        name,
        median(costs[i]!).toFixed(2),
        ratio(median(costs[i]!.map((cost, round) => cost / costs[0]![round]!))),
        takes,
      ]),
      ...missing.map((name) => [name, 'not found', '–', '–']),
    ],
  );
} finally {
  await endAll();
  server.disconnect();
}
process.exit();
