import type { MeasuringContext, Sent } from './context.ts';
import type { DriverInbox } from './driver-inbox.ts';
import type { Measured } from './assembly/measured.ts';
import { ReportPoller } from './report-poller.ts';
import { nowNs } from '../platform/clock.ts';
import { RedisWatch } from './systems/redis-watch.ts';
import { LoopUse } from '../platform/loop-use.ts';
import { HostCpu } from '../platform/host-cpu.ts';
import { arm, send, ANSWER_MS } from './phases/send.ts';
import { drain } from './phases/drain.ts';
import type { DriverReport } from '../processes/protocol.ts';
import { FaultInjector } from './fault-injector.ts';
import type { ProcessUse } from '../platform/process-use.ts';
import { mapFigure, sumOf, type Figure } from '../model/figure.ts';
import { formatMs, NS_PER_MS } from '../model/units.ts';
import { glance, hasInterims, InterimSaves, interimTimes, type InterimTimes, type Observed } from './interim.ts';
import { type Plan, isSelfPaced, durationNs } from '../model/plan.ts';

/** Saves what is known of a run that goes on, unless the run is over by then. */
export interface MeasuredInterims extends InterimTimes {
  readonly save: (known: Measured, isOver: () => boolean) => Promise<void>;
}

/** The phases measure, drain and collect of one run. Ends early, with what there is, when the user or a death says so. */
export async function measure(context: MeasuringContext, inbox: DriverInbox, interim: MeasuredInterims | null): Promise<Measured> {
  const { fleet, servers, phases, ending, runId, runsBefore } = context;
  const { plan } = context.request;
  phases.enter('measure');
  await ending.unlessEnded(servers.mark());
  using poller = new ReportPoller(servers, runId.number, ({ processIndex, cpuSeconds, rssBytes }) =>
    context.onEvent({ kind: 'server', use: { index: processIndex, atNs: nowNs(), cpuSeconds, rssBytes } }),
  );
  const { backend } = context.redis;
  using redis = backend?.tellsUse === true ? new RedisWatch(backend, () => poller.pids) : null;
  using faults = faultInjector(context, poller, redis);
  await ending.unlessEnded(poller.mark(runsBefore));
  await redis?.mark();
  const proxyBefore = (await context.proxy?.use()) ?? null;
  const observed = observer(context, inbox, { poller, redis, faults });
  const startNs = await arm(context);
  faults.start(startNs);
  const saves = interimSaves(context, inbox, startNs, interim, { poller, observed });
  const sent = await send(context, inbox, startNs);
  saves?.end();
  await faults.finish();
  phases.enter('drain');
  await drain(context, inbox, sent, startNs);
  const endNs = nowNs();
  phases.enter('collect');
  const serversAfter = await poller.finish();
  await redis?.finish();
  const proxyAfter = (await context.proxy?.use()) ?? null;
  const reports = await fleet.answers({ type: 'collect' }, 'report', 'collect', ANSWER_MS);
  const drivers = fleet.children.map((_, i): DriverReport | null => reports[i]?.report ?? null);
  await saves?.ended();
  return {
    ...observed(),
    ...timesOf(plan, startNs, sent, drivers),
    endNs,
    publishers: drivers.flatMap((report) => report?.publishers ?? []),
    drivers,
    ...inbox.allIntervals(drivers),
    serversAfter,
    proxy: proxyBefore !== null && proxyAfter !== null ? used(proxyBefore, proxyAfter) : null,
  };
}

/** What the coordinator watches. */
interface Watched {
  readonly poller: ReportPoller;
  readonly redis: RedisWatch | null;
  readonly faults: FaultInjector;
}

/** Answers, at any time, what the coordinator itself has seen since it was made; of the proxy nothing. */
function observer(context: MeasuringContext, inbox: DriverInbox, { poller, redis, faults }: Watched): () => Observed {
  const connectionBytes = context.connectionBytes ?? bytesSince(context.rssBeforeSockets, poller);
  const cpuBefore = process.cpuUsage();
  const loopUse = new LoopUse();
  const host = new HostCpu();
  return () => {
    const cpu = process.cpuUsage(cpuBefore);
    return {
      warmupLeft: context.warmupLeft,
      sockets: context.sockets,
      connectionBytes,
      driverMemory: inbox.memory,
      probed: context.probed,
      evidence: poller.evidence,
      reportFailures: poller.failures,
      serverUses: poller.uses,
      redisUse: redis?.use ?? null,
      ...readableOf(context.redis),
      otherClients: redis?.others ?? null,
      proxy: null,
      // As they began, not as they ended.
      faults: faults.injected.toSorted((a, b) => a.fromNs - b.fromNs),
      plannedCrashes: faults.crashes,
      faultFailures: faults.failures,
      coordinatorCpuSeconds: (cpu.user + cpu.system) / 1e6,
      coordinatorLoopUse: loopUse.peek(),
      host: host.read(),
    };
  };
}

/** How much the memory of all servers had grown when the measure phase began. */
function bytesSince(before: Figure, { uses }: ReportPoller): Figure {
  return sumOf([...uses.map((use) => use.memoryAtMark()), mapFigure(before, (bytes) => -bytes)]);
}

/** Begins to save what is known while the run goes on; null where nobody wants it. What Redis has used is not in it. */
function interimSaves(
  context: MeasuringContext,
  inbox: DriverInbox,
  startNs: number,
  interim: MeasuredInterims | null,
  { poller, observed }: { readonly poller: ReportPoller; readonly observed: () => Observed },
): InterimSaves | null {
  if (interim === null || !hasInterims(context)) return null;
  const saves: InterimSaves = new InterimSaves(interim, startNs, async (offsetNs) => {
    const serversAfter = await poller.read();
    const drivers = await glance(context, startNs, offsetNs);
    if (saves.isOver) return;
    const known: Measured = {
      ...observed(),
      ...interimTimes(startNs, offsetNs),
      interim: `the run went on: this is what was known of its first ${formatMs(offsetNs / NS_PER_MS)}`,
      publishers: drivers.flatMap((report) => report.publishers),
      drivers,
      ...inbox.allIntervals([]),
      serversAfter,
      redisUse: null,
      redisUnread: 'the run went on',
    };
    await interim.save(known, () => saves.isOver);
  });
  return saves;
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
