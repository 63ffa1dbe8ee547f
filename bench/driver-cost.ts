import { fork } from 'node:child_process';
import { once } from 'node:events';
import { WebSocket, type ClientOptions } from 'ws';
import { readingShared } from '../src/processes/driver/shared-reads.ts';
import type { Flood, FloodNews } from './flood-server.ts';
import { floodDriver } from './flooded-driver.ts';
import { median, printTable, ratio } from './measuring.ts';

/*
 * CPU per received delivery: a driver (checksum, ledger, histograms) against a bare ws client that only counts, on a socket
 * as ws opens it, and on one that reads as a driver's does. Same server, same frames, same process, interleaved. Goal: at most 1.00 times.
 */
const SOCKETS = 200;
const MESSAGES = 200;
const PER_SECOND = 100;
const ROUNDS = 12;
/** Rounds before anything is counted. */
const WARM_UP = 2;
const RUN = 1;

const server = fork(new URL('./flood-server.js', import.meta.url));
const [{ port }] = (await once(server, 'message')) as [Extract<FloodNews, { type: 'listening' }>];

type Client = 'bare' | 'driver' | 'shared';

let counted = 0;
let onCount: () => void = () => undefined;
/** Bare clients. Sockets that are connected later cost a little less to read, so half of these come before the driver's and half after. */
async function connectBare(kind: Client, options: ClientOptions, count: number): Promise<readonly WebSocket[]> {
  const sockets = Array.from({ length: count }, async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/${kind}`, { ...options, perMessageDeflate: false, skipUTF8Validation: true });
    await once(socket, 'message');
    socket.on('message', () => {
      counted += 1;
      if (counted === SOCKETS * MESSAGES) onCount();
    });
    return socket;
  });
  return Promise.all(sockets);
}
async function connectHalf(): Promise<readonly WebSocket[]> {
  const bare = await connectBare('bare', {}, SOCKETS / 2);
  return [...bare, ...(await connectBare('shared', readingShared(`ws://127.0.0.1:${port}`), SOCKETS / 2))];
}

const firstHalf = await connectHalf();
const driver = await floodDriver(port, RUN, SOCKETS);
const secondHalf = await connectHalf();

/** CPU µs per delivery of this process while one flood arrives. */
async function cost(to: Client, round: number): Promise<number> {
  counted = 0;
  const arrived =
    to === 'driver' ? driver.delivered(SOCKETS * MESSAGES * (round + 1)) : new Promise<void>((resolve) => (onCount = resolve));
  const before = process.cpuUsage();
  server.send({ to, run: RUN, messages: MESSAGES, perSecond: PER_SECOND } satisfies Flood);
  await arrived;
  const cpu = process.cpuUsage(before);
  return (cpu.user + cpu.system) / (SOCKETS * MESSAGES);
}

/** Each round has all three, and begins with another one than the round before. */
const ROWS: readonly (readonly [Client, string])[] = [
  ['bare', 'bare ws, counts only'],
  ['driver', 'driver'],
  ['shared', 'bare ws on the shared buffer, counts only'],
];
const rounds: Record<Client, number>[] = [];
for (let round = 0; round < ROUNDS; round++) {
  const costs = { bare: 0, driver: 0, shared: 0 };
  const first = round % ROWS.length;
  for (const [kind] of [...ROWS.slice(first), ...ROWS.slice(0, first)]) costs[kind] = await cost(kind, round);
  if (round >= WARM_UP) rounds.push(costs);
}
printTable(
  ['client', 'CPU µs per delivery (median)', 'ratio (median of rounds)'],
  ROWS.map(([kind, name]) => [
    name,
    median(rounds.map((costs) => costs[kind])).toFixed(2),
    ratio(median(rounds.map((costs) => costs[kind] / costs.bare))),
  ]),
);
for (const socket of [...firstHalf, ...secondHalf]) socket.terminate();
await driver.stop();
server.disconnect();
