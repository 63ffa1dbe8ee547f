import { intervalSeconds } from '../model/interval-length.ts';
import { known, sumOf, unknown, type Figure } from '../model/figure.ts';
import type { RunEvent, RunRequest } from '../result/request.ts';
import type { Belongings } from './belongings.ts';
import type { Preload } from './child.ts';
import { readClocks, type Pings } from './clock-check.ts';
import type { MeasuringContext } from './context.ts';
import { DriverInbox } from './driver-inbox.ts';
import type { Ending } from './ending.ts';
import { PhaseLog } from './phase-log.ts';
import { aim, clientUrls, connect, socketUrl } from './phases/connect.ts';
import { probePairs } from './phases/probe.ts';
import { checkDescriptors, startProcesses, startProxy, startWarden } from './phases/start.ts';
import { newRunId, wallClock, type RunId } from './run-id.ts';
import type { ServersUnderTest } from './systems/server-under-test.ts';

/** Sockets that one driver carries before another is started. */
const SOCKETS_PER_DRIVER = 5000;

export interface SessionOptions {
  /** First Ctrl-C: stop sending, drain, and give what there is. */
  readonly stop: AbortSignal;
  readonly onEvent: (event: RunEvent) => void;
  readonly preload?: Preload;
}

/** One run of a session: what is its own from the beginning. */
export interface SessionRun {
  readonly request: RunRequest;
  readonly runId: RunId;
  readonly startedAt: Date;
  readonly phases: PhaseLog;
  readonly inbox: DriverInbox;
}

export function newRun(request: RunRequest, runId: RunId, onEvent: SessionOptions['onEvent']): SessionRun {
  return {
    request,
    runId,
    startedAt: wallClock(),
    phases: new PhaseLog(runId.id, onEvent),
    inbox: new DriverInbox(intervalSeconds(request.plan.durationMs), onEvent),
  };
}

/** The id of a run with a number that none of a session before has. */
export function nextRunId(before: ReadonlySet<number>): RunId {
  for (;;) {
    const runId = newRunId();
    if (!before.has(runId.number)) return runId;
  }
}

/** What the runs of a session share: processes with their sockets open, in their groups, and probed. */
export interface SessionParts extends Pick<
  MeasuringContext,
  'servers' | 'fleet' | 'redis' | 'proxy' | 'sockets' | 'rssBeforeSockets' | 'probed'
> {
  /** As they were before the first run. */
  readonly clocks: readonly Pings[];
}

/**
 * The phases start, connect and probe of the first run. `belongings` gets what has been started, also where this fails; `current` is
 * the run that drivers tell of.
 */
export async function startParts(
  { request, runId, phases }: SessionRun,
  { onEvent, preload }: SessionOptions,
  ending: Ending,
  belongings: Belongings,
  current: () => SessionRun,
): Promise<SessionParts> {
  const drivers = request.drivers ?? Math.max(1, Math.ceil(request.plan.sockets.length / SOCKETS_PER_DRIVER));
  phases.enter('start');
  await checkDescriptors(request, drivers);
  const warden = await belongings.keep(startWarden(ending));
  const { redis, servers, fleet } = await startProcesses({
    request,
    runId,
    drivers,
    warden,
    ending,
    belongings,
    inbox: { onMessage: (driver, message) => current().inbox.onMessage(driver, message) },
    preload: preload ?? (() => []),
    onNotice: (message) => onEvent({ kind: 'notice', message }),
  });
  await ending.unlessEnded(redis.findOut(servers));
  const proxy = await belongings.keep(startProxy(request, runId, servers, warden, ending));
  const urls = clientUrls(runId, servers, proxy);
  const rssBeforeSockets = await ending.unlessEnded(rssOf(servers));
  phases.enter('connect');
  const sockets = await connect(fleet, request, urls, ending);
  await ending.unlessEnded(aim(fleet, request, sockets));
  const clocks = await ending.unlessEnded(readClocks(servers, fleet));
  phases.enter('probe');
  const toProbe = servers.members.map(({ scheme, address }) => socketUrl(scheme, address, runId));
  const probed = await ending.unlessEnded(probePairs(fleet, request, toProbe));
  onEvent({ kind: 'probed', crossed: probed });
  return { servers, fleet, redis, proxy, sockets, rssBeforeSockets, probed, clocks };
}

async function rssOf(servers: ServersUnderTest): Promise<Figure> {
  const reports = await Promise.all(servers.members.map((member) => servers.report(member.index, 0, null)));
  return sumOf(reports.map(({ rssBytes }, i) => (rssBytes === null ? unknown(`server ${i} does not tell its memory`) : known(rssBytes))));
}
