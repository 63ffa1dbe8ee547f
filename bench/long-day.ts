import { fork } from 'node:child_process';
import { builtInLayer } from '../src/model/chosen-layer.ts';
import { broadcast } from '../src/model/broadcast.ts';
import { intervalSeconds } from '../src/model/interval-length.ts';
import { serversOf } from '../src/model/servers.ts';
import { assembleResult, type Assembly } from '../src/run/assembly/assemble.ts';
import type { Measured } from '../src/run/assembly/measured.ts';
import { UseAccount } from '../src/run/assembly/use-account.ts';
import { DriverInbox } from '../src/run/driver-inbox.ts';
import { serializeResult } from '../src/store/result-file.ts';
import type { DriverMessage, DriverReport } from '../src/processes/protocol.ts';
import type { Evidence, ServerReport } from '../src/ledger/evidence.ts';
import type { RunRequest } from '../src/result/request.ts';
import { asDriver, BURST, channelOf, type Day } from './long-day-driver.ts';
import { printTable } from './measuring.ts';

/*
 * A day without waiting for it: what the coordinator gets of a run of 86,400 s with 10,000 members, each of which loses some messages
 * again and again, comes from two processes that make it up, over the same channel as in a run. Coordinator's memory is the peak of
 * this process. `node dist/bench/long-day.js`, about two minutes; `--seconds 600 --losses 10` is another run.
 */
const asked = (flag: string, usual: number): number => {
  const at = process.argv.indexOf(flag);
  return at < 0 ? usual : Number(process.argv[at + 1]);
};

const DRIVERS = 2;
const SERVERS = 2;
const day: Day = { seconds: asked('--seconds', 86_400), losses: asked('--losses', 12), startNs: 1e12, drivers: DRIVERS };

const plan = broadcast(
  { groups: 100, members: 100, publishers: 1 },
  {
    ratePerSecond: 0.2,
    payloadBytes: 128,
    warmupMs: 1000,
    durationMs: day.seconds * 1000,
    arrivals: 'constant',
    burstMessages: 1,
    rampSteps: 1,
  },
  SERVERS,
);

if (process.send !== undefined) await asDriver(plan, Number(process.argv[2]), day);
else await coordinate();

interface TakenDay {
  readonly reports: readonly DriverReport[];
  readonly inbox: DriverInbox;
  readonly cpuMs: number;
}

/** Takes what the drivers tell, as a run does. */
async function takeDay(): Promise<TakenDay> {
  const inbox = new DriverInbox(intervalSeconds(plan.durationMs), () => undefined);
  const before = process.cpuUsage();
  const script = new URL(import.meta.url).pathname;
  const reports = await Promise.all(
    Array.from({ length: DRIVERS }, (_, index) => {
      const args = [String(index), '--seconds', String(day.seconds), '--losses', String(day.losses)];
      const child = fork(script, args, { serialization: 'advanced' });
      return new Promise<DriverReport>((resolve, reject) => {
        child.on('message', (message: DriverMessage) => {
          if (message.type !== 'report') return inbox.onMessage(index, message);
          child.disconnect();
          resolve(message.report);
        });
        child.on('exit', () => reject(new Error(`driver ${index} ended`)));
      });
    }),
  );
  const { user, system } = process.cpuUsage(before);
  return { reports, inbox, cpuMs: (user + system) / 1000 };
}

/** Every loss is told by its server, and both servers told what they use once a second. */
function serversOfDay(reports: readonly DriverReport[]): Pick<Measured, 'evidence' | 'serverUses' | 'serversAfter'> {
  const evidence: Evidence[][] = Array.from({ length: SERVERS }, () => []);
  for (const { missing } of reports) {
    for (let i = 0; i < missing.length; i += 4) {
      const [sender, socket, from, to] = [missing[i]!, missing[i + 1]!, missing[i + 2]!, missing[i + 3]!];
      const { process: server } = plan.sockets[socket]!;
      const channel = channelOf(socket);
      evidence[server]!.push({ kind: 'message', cause: 'bufferOverflow', sender, channel, queues: null, from, to });
    }
  }
  const serverUses = evidence.map((_, index) => {
    const use = new UseAccount(`server ${index}`);
    const reading = (second: number): Parameters<UseAccount['add']>[0] => ({
      atNs: day.startNs + second * 1e9,
      identity: String(index),
      cpuSeconds: 0.1 * second,
      rssBytes: 80e6 + 1000 * second,
      counters: {},
    });
    use.mark(reading(0));
    for (let second = 1; second < day.seconds; second++) use.add(reading(second));
    use.finish(reading(day.seconds));
    return use;
  });
  const serversAfter = evidence.map((entries, processIndex): ServerReport => ({
    processIndex,
    pid: processIndex,
    evidenceCount: entries.length,
    evidence: [],
    counters: {},
    connections: 0,
    cpuSeconds: 0.1 * day.seconds,
    rssBytes: 1e8,
    eventLoopUtilization: 0.1,
    eventLoopDelayP99Us: 100,
    held: [],
  }));
  return { evidence, serverUses, serversAfter };
}

function measuredOf({ reports, inbox }: TakenDay): Measured {
  const durationNs = day.seconds * 1e9;
  return {
    ...serversOfDay(reports),
    startNs: day.startNs,
    lastSendNs: day.startNs + durationNs,
    durationNs,
    requestsNs: null,
    endNs: day.startNs + durationNs,
    warmupLeft: 0,
    sockets: plan.sockets.map(({ process: processIndex }, socket) => ({ socket, processIndex, channel: channelOf(socket) })),
    connectionBytes: { value: 1e8, reason: null },
    publishers: reports.flatMap((report) => report.publishers),
    drivers: reports,
    driverMemory: inbox.memory,
    ...inbox.allIntervals(reports),
    probed: new Uint8Array(SERVERS * SERVERS).fill(1),
    reportFailures: [null, null],
    redisUse: null,
    redisUnread: null,
    isInfoDenied: false,
    isOneRedis: true,
    otherClients: null,
    proxy: null,
    faults: [],
    plannedCrashes: [],
    faultFailures: [],
    coordinatorCpuSeconds: 1,
    coordinatorLoopUse: 0.01,
    host: null,
  };
}

function assemblyOf(measured: Measured): Assembly {
  const layer = builtInLayer('redis-pubsub', []);
  const request: RunRequest = {
    scenario: { name: 'fanout', parameters: {} },
    plan,
    layer,
    servers: serversOf('node', SERVERS),
    drivers: DRIVERS,
    hosts: null,
    mayBreakRedis: false,
    prefix: null,
    seed: 1,
    limits: [],
    tags: {},
    command: '',
  };
  const members = [0, 1].map((index) => ({ index, kind: 'node', version: '', scheme: 'ws' as const, address: '' }));
  return {
    request,
    runId: { id: '0000000000', number: 0 },
    startedAt: new Date(0),
    session: null,
    phases: [],
    servers: { kind: 'node', members, layerInUse: null } as unknown as Assembly['servers'],
    fleet: { failureOf: () => '' } as unknown as Assembly['fleet'],
    redis: null,
    clocks: { check: { checks: 0, maxRttUs: 0, violations: 0 }, strangeDrivers: [], strangeServers: [] } as unknown as Assembly['clocks'],
    measured,
    ending: { deaths: [], failures: [], interrupted: false } as unknown as Assembly['ending'],
    host: { cpuModel: '', cores: 2, memoryBytes: 0, kernel: '', git: { sha: null, dirty: false } as unknown as Assembly['host']['git'] },
  };
}

async function coordinate(): Promise<void> {
  const taken = await takeDay();
  const assembly = assemblyOf(measuredOf(taken));
  const before = process.cpuUsage();
  const from = performance.now();
  const result = assembleResult(assembly);
  const assembledMs = performance.now() - from;
  const { user, system } = process.cpuUsage(before);
  const text = serializeResult(result);
  const { ledger, intervals } = result;
  printTable(
    [
      'seconds',
      'losses',
      'intervals',
      'result MB',
      'assembly s',
      'of it CPU s',
      'coordinator MiB',
      'CPU ms per second and driver',
      'balanced',
    ],
    [
      [
        String(day.seconds),
        String(taken.reports.reduce((sum, { missing }) => sum + missing.length / 4, 0)),
        `${intervals.length} of ${intervalSeconds(plan.durationMs)} s`,
        (text.length / 1e6).toFixed(2),
        (assembledMs / 1000).toFixed(2),
        ((user + system) / 1e6).toFixed(2),
        (process.resourceUsage().maxRSS / 1024).toFixed(0),
        (taken.cpuMs / day.seconds / DRIVERS).toFixed(2),
        String(ledger.balanced && ledger.lost.bufferOverflow === ledger.lostTotal && ledger.lostTotal === 10_000 * day.losses * BURST),
      ],
    ],
  );
  process.exitCode = ledger.balanced ? 0 : 1;
}
