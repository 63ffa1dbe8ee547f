import type { MeasuringContext, Sent } from './context.ts';
import type { DriverInbox } from './driver-inbox.ts';
import type { Measured } from './assembly/measured.ts';
import { warmUp } from './phases/warmup.ts';
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
import { type Plan, isSelfPaced, durationNs } from '../model/plan.ts';

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
    ...inbox.allIntervals(drivers),
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
