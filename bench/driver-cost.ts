import { fork } from 'node:child_process';
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { nowNs } from '../src/platform/clock.ts';
import { USUAL_TRUST } from '../src/model/servers.ts';
import { Driver } from '../src/processes/driver/driver.ts';
import type { DriverMessage } from '../src/processes/protocol.ts';
import type { Flood } from './flood-server.ts';
import { median, printTable, ratio } from './measuring.ts';

/*
 * CPU per received delivery: a driver (checksum, ledger, histograms) against a bare ws client that only counts. Same
 * server, same frames, same process, interleaved. Goal: at most 1.15 times.
 */
const SOCKETS = 200;
const MESSAGES = 200;
const PER_SECOND = 100;
const ROUNDS = 12;
const RUN = 1;

const server = fork(new URL('./flood-server.js', import.meta.url));
const [{ port }] = (await once(server, 'message')) as [{ port: number }];

let counted = 0;
let onCount: () => void = () => undefined;
/** Bare clients. Sockets that are connected later cost a little less to read, so half of these come before the driver's and half after. */
async function connectBare(count: number): Promise<readonly WebSocket[]> {
  const sockets = Array.from({ length: count }, async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/bare`, { perMessageDeflate: false, skipUTF8Validation: true });
    await once(socket, 'message');
    socket.on('message', () => {
      counted += 1;
      if (counted === SOCKETS * MESSAGES) onCount();
    });
    return socket;
  });
  return Promise.all(sockets);
}

const firstHalf = await connectBare(SOCKETS / 2);
let delivered = 0;
let onDelivered: () => void = () => undefined;
const onDriverMessage = (message: DriverMessage): void => {
  if (message.type !== 'progress') return;
  delivered = message.delivered;
  onDelivered();
};
const driver = new Driver(
  {
    driverIndex: 0,
    runId: 'bench',
    run: RUN,
    seed: 1,
    processes: 1,
    trust: USUAL_TRUST,
    payloadBytes: 128,
    sockets: Array.from({ length: SOCKETS }, (_, index) => ({ index, process: 0, groups: [0] })),
    publishers: [],
    messages: Float64Array.of(Infinity),
    publishersByGroup: [[0]],
    visits: [],
    directGroups: [],
    targets: [],
    replySockets: Int32Array.of(-1),
    reconnects: false,
    isSelfPaced: false,
    sharedGroups: [],
  },
  onDriverMessage,
);
await driver.connect([`ws://127.0.0.1:${port}/bench/bench`], 10_000);
const secondHalf = await connectBare(SOCKETS / 2);
await driver.arm({ type: 'arm', startNs: nowNs(), publisherProcess: Int32Array.of(0), replyProcess: Int32Array.of(0) });
void driver.measure([], 3600e9);

/** CPU µs per delivery of this process while one flood arrives. */
async function cost(to: Flood['to'], round: number): Promise<number> {
  counted = 0;
  const arrived = new Promise<void>((resolve) => {
    if (to === 'bare') onCount = resolve;
    else onDelivered = () => void (delivered === SOCKETS * MESSAGES * (round + 1) && resolve());
  });
  const before = process.cpuUsage();
  server.send({ to, run: RUN, messages: MESSAGES, perSecond: PER_SECOND } satisfies Flood);
  await arrived;
  const cpu = process.cpuUsage(before);
  return (cpu.user + cpu.system) / (SOCKETS * MESSAGES);
}

const pairs: { bare: number; driver: number }[] = [];
for (let round = 0; round < ROUNDS; round++) {
  const first = round % 2 === 0 ? 'bare' : 'driver';
  const a = await cost(first, round);
  const b = await cost(first === 'bare' ? 'driver' : 'bare', round);
  if (round >= 2) pairs.push(first === 'bare' ? { bare: a, driver: b } : { bare: b, driver: a });
}
printTable(
  ['client', 'CPU µs per delivery (median)', 'ratio (median of pairs)'],
  [
    ['bare ws, counts only', median(pairs.map((pair) => pair.bare)).toFixed(2), '1.00'],
    ['driver', median(pairs.map((pair) => pair.driver)).toFixed(2), ratio(median(pairs.map((pair) => pair.driver / pair.bare)))],
  ],
);
for (const socket of [...firstHalf, ...secondHalf]) socket.terminate();
await driver.stop();
server.disconnect();
