import { setTimeout as sleep } from 'node:timers/promises';
import { EPOCH_WARMUP } from '../../core/frame.ts';
import type { Figure } from '../../core/figure.ts';
import type { MemorySample } from '../../core/memory.ts';
import { durationNs, isSelfPaced, type Plan } from '../../core/plan.ts';
import type { RunEvent, RunRequest } from '../../core/request.ts';
import { NS_PER_MS } from '../../core/units.ts';
import { nowNs } from '../../observe/clock.ts';
import { HostCpu } from '../../observe/host-cpu.ts';
import type { ProcessUse } from '../../observe/process-use.ts';
import { LoopUse } from '../../observe/loop-use.ts';
import type { DriverMessage, DriverReport, IntervalReport, PublisherReport } from '../protocol.ts';
import type { SocketOpened } from '../socket-history.ts';
import { countHeld, drain } from './draining.ts';
import { FaultInjector } from './fault-injector.ts';
import type { DriverFleet } from './driver-fleet.ts';
import type { Ending } from './ending.ts';
import type { Measured } from './measured.ts';
import type { NginxProxy } from './nginx-proxy.ts';
import type { PhaseLog } from './phases.ts';
import { ProgressMeter } from './progress-meter.ts';
import type { RedisOfRun } from './redis-of-run.ts';
import { RedisWatch } from './redis-watch.ts';
import { ReportPoller } from './report-poller.ts';
import type { ServersUnderTest } from './server-under-test.ts';

/** Time between the order to start and the start, in which every process gets ready for it. */
const LEAD_NS = 150 * NS_PER_MS;
/** Time between the order to end a phase and its end, so that every driver knows before that what is still part of it. */
const HALT_LEAD_NS = 50 * NS_PER_MS;
/** After the warm-up, the servers hand out what they hold of it. Where that gets no less for so long, it stays. */
const STUCK_MS = 3000;
const EMPTY_DEADLINE_MS = 30_000;
const LOOK_EVERY_MS = 20;
const ANSWER_MS = 15_000;
/** Until the operations of sockets after the warm-up are answered, or given up, and nothing arrives any more. */
const WARMED_UP_MS = 60_000;

export interface MeasuringContext {
  readonly request: RunRequest;
  readonly servers: ServersUnderTest;
  readonly fleet: DriverFleet;
  readonly redis: Pick<RedisOfRun, 'backend' | 'unread'>;
  readonly proxy: NginxProxy | null;
  readonly sockets: readonly SocketOpened[];
  readonly rssBeforeSockets: Figure;
  readonly probed: Uint8Array;
  readonly phases: PhaseLog;
  readonly ending: Ending;
  readonly onEvent: (event: RunEvent) => void;
}

/** Messages of the drivers that come by themselves while a phase runs. */
export class DriverInbox {
  readonly intervals: IntervalReport[] = [];
  readonly progress: Extract<DriverMessage, { type: 'progress' }>[] = [];
  /** By driver, from when it began to send. */
  readonly memory: MemorySample[][] = [];
  private readonly onEvent: (event: RunEvent) => void;

  constructor(onEvent: (event: RunEvent) => void) {
    this.onEvent = onEvent;
  }

  onMessage(driver: number, message: DriverMessage): void {
    if (message.type === 'interval') {
      const { second, pacerLag, sameProcess, crossProcess } = message.interval;
      this.intervals.push(message.interval);
      this.onEvent({ kind: 'latencies', second, pacerLag, response: [sameProcess.response, crossProcess.response] });
    }
    if (message.type === 'progress') {
      this.progress[driver] = message;
      (this.memory[driver] ??= []).push({ atNs: nowNs(), bytes: message.rssBytes });
      this.onEvent({ kind: 'seconds', driver, seconds: message.seconds });
    }
  }
}

/** The phases warmup, measure, drain and collect. Ends early, with what there is, when the user or a death says so. */
export async function measure(context: MeasuringContext, inbox: DriverInbox): Promise<Measured> {
  const { fleet, servers, phases, ending } = context;
  const { plan } = context.request;
  const warmupLeft = await warmUp(context);
  phases.enter('measure');
  await ending.unlessEnded(servers.mark());
  using poller = new ReportPoller(servers, ({ processIndex, cpuSeconds, rssBytes }) =>
    context.onEvent({ kind: 'server', use: { index: processIndex, atNs: nowNs(), cpuSeconds, rssBytes } }),
  );
  const { backend } = context.redis;
  using redis = backend?.tellsUse === true ? new RedisWatch(backend, () => poller.pids) : null;
  using faults = faultInjector(context, poller, redis);
  await ending.unlessEnded(poller.mark());
  await redis?.mark();
  const proxyBefore = (await context.proxy?.use()) ?? null;
  const cpuBefore = process.cpuUsage();
  const loopUse = new LoopUse();
  const host = new HostCpu();
  const startNs = await arm(context);
  faults.start(startNs);
  const sent = await send(context, inbox, startNs);
  await faults.settle();
  phases.enter('drain');
  await drain(context, inbox, sent, startNs);
  const endNs = nowNs();
  phases.enter('collect');
  const serversAfter = await poller.finish();
  await redis?.finish();
  const proxyAfter = (await context.proxy?.use()) ?? null;
  const reports = await fleet.answers({ type: 'collect' }, 'report', 'collect', ANSWER_MS);
  const drivers = fleet.children.map((_, i): DriverReport | null => reports[i]?.report ?? null);
  const cpu = process.cpuUsage(cpuBefore);
  return {
    ...timesOf(plan, startNs, sent, drivers),
    endNs,
    warmupLeft,
    sockets: context.sockets,
    rssBeforeSockets: context.rssBeforeSockets,
    publishers: drivers.flatMap((report) => report?.publishers ?? []),
    drivers,
    driverMemory: inbox.memory,
    intervals: [...inbox.intervals, ...drivers.flatMap((report) => report?.intervals ?? [])],
    probed: context.probed,
    evidence: poller.evidence,
    reportFailures: poller.failures,
    serversAfter,
    serverUses: poller.uses,
    redisUse: redis?.use ?? null,
    ...readableOf(context.redis),
    otherClients: redis?.others ?? null,
    proxy: proxyBefore !== null && proxyAfter !== null ? used(proxyBefore, proxyAfter) : null,
    // As they began, not as they ended.
    faults: faults.injected.toSorted((a, b) => a.fromNs - b.fromNs),
    plannedCrashes: faults.crashes,
    faultFailures: faults.failures,
    coordinatorCpuSeconds: (cpu.user + cpu.system) / 1e6,
    coordinatorLoopUse: loopUse.read(),
    host: host.read(),
  };
}

/** What is to be known of the Redis of a run. */
function readableOf({ backend, unread }: MeasuringContext['redis']): Pick<Measured, 'redisUnread' | 'isInfoDenied' | 'isOneRedis'> {
  const isInfoDenied = backend?.tellsUse === false;
  return { isInfoDenied, redisUnread: isInfoDenied ? 'its user may not ask INFO' : unread, isOneRedis: backend?.isOneServer ?? true };
}

/** What faults end is read before, and counts on after. */
function faultInjector(
  { request, servers, redis, onEvent }: MeasuringContext,
  poller: ReportPoller,
  watch: RedisWatch | null,
): FaultInjector {
  return new FaultInjector(request.plan.faults ?? [], {
    servers,
    redis: redis.backend,
    onSoon: (fault) => void (fault.kind === 'killServer' ? poller.poll(fault.server) : watch?.read()),
    onEnd: (fault, atNs) => (fault.kind === 'killServer' ? poller.ended(fault.server, atNs) : watch?.use.ended(atNs)),
    onRestart: (server) => poller.restarted(server),
    onEvent,
  });
}

function used(before: ProcessUse, after: ProcessUse): ProcessUse {
  return { ...after, cpuSeconds: after.cpuSeconds - before.cpuSeconds };
}

/** Answers how many of its messages the servers still hold: what they hold takes the room of what is measured. */
async function warmUp(context: MeasuringContext): Promise<number> {
  const { request, servers, fleet, phases, ending } = context;
  phases.enter('warmup');
  if (request.plan.warmupMs === 0) return 0;
  const command = { type: 'warmup', startNs: nowNs() + LEAD_NS, durationNs: request.plan.warmupMs * NS_PER_MS } as const;
  await ending.unlessEnded(fleet.all(command, 'warmedUp', 'warmup', request.plan.warmupMs + WARMED_UP_MS));
  const deadlineNs = nowNs() + EMPTY_DEADLINE_MS * NS_PER_MS;
  let left = Infinity;
  let sinceNs = nowNs();
  for (;;) {
    const held = await ending.unlessEnded(countHeld(servers, EPOCH_WARMUP));
    const now = nowNs();
    if (held !== null && held < left) {
      left = held;
      sinceNs = now;
    }
    if (held === 0 || now > deadlineNs || now - sinceNs > STUCK_MS * NS_PER_MS) return held ?? 0;
    await sleep(LOOK_EVERY_MS);
  }
}

/** Makes every driver ready, and answers the start of the measure phase: still ahead, so that no message comes before a driver is. */
async function arm({ request, fleet, sockets, ending }: MeasuringContext): Promise<number> {
  const { publishers } = request.plan;
  const processOf = new Map(sockets.map((socket) => [socket.socket, socket.processIndex] as const));
  const publisherProcess = Int32Array.from(publishers, ({ socket }) => processOf.get(socket)!);
  const replyProcess = Int32Array.from(publishers, ({ to, socket }) => processOf.get(to ?? socket)!);
  for (let leadNs = LEAD_NS; ; leadNs *= 2) {
    const startNs = nowNs() + leadNs;
    const armed = await fleet.answers({ type: 'arm', startNs, publisherProcess, replyProcess }, 'armed', 'measure', ANSWER_MS);
    if (nowNs() < startNs - LEAD_NS / 2 || ending.signal.aborted || armed.includes(null)) return startNs;
  }
}

function timesOf(
  plan: Plan,
  startNs: number,
  { lastSendNs, haltedNs }: Sent,
  drivers: Measured['drivers'],
): Pick<Measured, 'startNs' | 'lastSendNs' | 'durationNs' | 'requestsNs'> {
  const requestsNs = isSelfPaced(plan) ? timeOfRequests(drivers) : null;
  const endNs = requestsNs?.toNs ?? Math.min(startNs + durationNs(plan), haltedNs);
  return { startNs, lastSendNs, durationNs: Math.max(0, endNs - startNs), requestsNs };
}

/** From the first request of all drivers to the last answer; null where none was made. */
function timeOfRequests(drivers: readonly (DriverReport | null)[]): Measured['requestsNs'] {
  const requests = drivers.flatMap((report) => report?.requests ?? []).filter(({ fromNs }) => fromNs < Infinity);
  if (requests.length === 0) return null;
  return { fromNs: Math.min(...requests.map(({ fromNs }) => fromNs)), toNs: Math.max(...requests.map(({ toNs }) => toNs)) };
}

export interface Sent {
  readonly publishers: readonly PublisherReport[];
  readonly lastSendNs: number;
  /** When the phase was cut short; Infinity where its schedule ended it. */
  readonly haltedNs: number;
}

/** Lets the drivers send until their schedules end, or the run does. */
async function send(context: MeasuringContext, inbox: DriverInbox, startNs: number): Promise<Sent> {
  const { request, fleet, ending } = context;
  const { plan } = request;
  const done = fleet.awaitAnswers('sent', 'measure', plan.durationMs * 1.5 + ANSWER_MS);
  using progress = new ProgressMeter(plan, startNs, inbox, context.onEvent);
  progress.start();
  fleet.broadcast({ type: 'measure', durationNs: durationNs(plan) });
  await Promise.race([done, ending.early()]);
  const haltedNs = ending.signal.aborted ? nowNs() + HALT_LEAD_NS : Infinity;
  if (ending.signal.aborted) fleet.broadcast({ type: 'halt', atNs: haltedNs });
  const answers = (await done).filter((answer) => answer !== null);
  return {
    publishers: answers.flatMap((answer) => answer.publishers),
    lastSendNs: Math.max(startNs, ...answers.map((answer) => answer.lastSendNs)),
    haltedNs,
  };
}
