import { BenchError, environmentError, messageOf } from '../../core/errors.ts';
import { known, sumOf, unknown, type Figure } from '../../core/figure.ts';
import type { SettingValue } from '../../core/layer-setting.ts';
import { planNumbers } from '../../core/plan.ts';
import type { RunEvent, RunRequest } from '../../core/request.ts';
import type { RunResult } from '../../core/result.ts';
import { formatCount } from '../../core/units.ts';
import { hostFacts, openFileLimit } from '../../observe/host.ts';
import { socketPath } from '../client-protocol.ts';
import type { SocketOpened } from '../socket-history.ts';
import { assembleResult } from './assemble.ts';
import type { Preload } from './child.ts';
import { judgeClocks, readClocks, readClocksAgain } from './clock-check.ts';
import { DriverFleet } from './driver-fleet.ts';
import { Ending } from './ending.ts';
import { DriverInbox, measure } from './measuring.ts';
import { PhaseLog } from './phases.ts';
import { RedisOfRun } from './redis-of-run.ts';
import { NginxProxy } from './nginx-proxy.ts';
import { newRunId, runPrefix, wallClock, type RunId } from './run-id.ts';
import type { ExitListener, ServerMember, ServersUnderTest } from './server-under-test.ts';
import { startServers } from './start-servers.ts';
import { WardenLink } from './warden-link.ts';

/** File descriptors of a process beside its sockets. */
const BASE_DESCRIPTORS = 64;
/** Sockets that one driver carries before another is started. */
const SOCKETS_PER_DRIVER = 5000;
const PROBE_DEADLINE_MS = { process: 600, shared: 5000 } as const;
const PROBE_TRIES = 5;

export interface RunOptions<Saved> {
  /** First Ctrl-C: stop sending, drain, and give what there is. */
  readonly stop: AbortSignal;
  readonly onEvent: (event: RunEvent) => void;
  /** Gets the result while the processes still run, so that a slow or failing end cannot lose it. */
  readonly save: (result: RunResult) => Promise<Saved>;
  readonly preload?: Preload;
}

/**
 * Runs one request from start to stop: warden, Redis, servers, drivers; connect, probe, warmup, measure, drain,
 * collect. Saves a result as soon as something was measured, however the run ended, and gives what `save` gave; else throws
 * a BenchError. Nothing that it started is left when it returns. A clean-up that fails is a notice: it takes away neither the
 * result nor the error before it.
 */
export async function runOnce<Saved>(request: RunRequest, options: RunOptions<Saved>): Promise<Saved> {
  let saved: { readonly value: Saved } | null = null;
  const save = async (result: RunResult): Promise<Saved> => {
    const value = await options.save(result);
    saved = { value };
    return value;
  };
  try {
    return await runAndClean(request, { ...options, save });
  } catch (error) {
    const failures = inOrder(error);
    const kept = saved as { readonly value: Saved } | null;
    for (const failure of kept === null ? failures.slice(1) : failures)
      options.onEvent({ kind: 'notice', message: `the clean-up after the run failed: ${messageOf(failure)}` });
    if (kept === null) throw failures[0];
    return kept.value;
  }
}

/** What failed while something else was disposed of, after it: `await using` throws both as one. */
function inOrder(error: unknown): readonly unknown[] {
  if (!(error instanceof Error && 'suppressed' in error && 'error' in error)) return [error];
  return [...inOrder(error.suppressed), ...inOrder(error.error)];
}

async function runAndClean<Saved>(request: RunRequest, options: RunOptions<Saved>): Promise<Saved> {
  const runId = newRunId();
  const startedAt = wallClock();
  const phases = new PhaseLog(runId.id, options.onEvent);
  const ending = new Ending(options.stop, () => phases.current);
  const drivers = request.drivers ?? Math.max(1, Math.ceil(request.plan.sockets.length / SOCKETS_PER_DRIVER));
  phases.enter('start');
  await checkDescriptors(request, drivers);
  await using warden = await WardenLink.start();
  await using redis = await prepareRedis(request, runId, warden, ending);
  const inbox = new DriverInbox(options.onEvent);
  await using system = await startProcesses({
    request,
    runId,
    drivers,
    warden,
    hosts: redis.hosts,
    ending,
    inbox,
    preload: options.preload ?? (() => []),
    onNotice: (message) => options.onEvent({ kind: 'notice', message }),
  });
  const { servers, fleet } = system;
  await ending.unlessEnded(redis.settle(servers));
  await using proxy = await startProxy(request, runId, servers, warden, ending);
  const urls = clientUrls(runId, servers, proxy);
  const rssBeforeSockets = await ending.unlessEnded(rssOf(servers));
  phases.enter('connect');
  const sockets = await connect(fleet, request, urls, ending);
  await ending.unlessEnded(aim(fleet, request, sockets));
  const clocks = await ending.unlessEnded(readClocks(servers, fleet));
  phases.enter('probe');
  const probed = await ending.unlessEnded(
    probePairs(
      fleet,
      request,
      servers.members.map(({ scheme, address }) => socketUrl(scheme, address, runId)),
    ),
  );
  options.onEvent({ kind: 'probed', crossed: probed });
  const measured = await measure(
    { request, servers, fleet, redis, proxy, sockets, rssBeforeSockets, probed, phases, ending, onEvent: options.onEvent },
    inbox,
  );
  phases.enter('stop');
  const result = assembleResult({
    request,
    runId,
    startedAt,
    phases: phases.list(),
    servers,
    fleet,
    redis: redis.backend,
    clocks: judgeClocks(clocks, await readClocksAgain(servers, fleet, measured)),
    measured,
    ending,
    host: await hostFacts(),
  });
  return await options.save(result);
}

async function rssOf(servers: ServersUnderTest): Promise<Figure> {
  const reports = await Promise.all(servers.members.map((member) => servers.report(member.index, 0, null)));
  return sumOf(reports.map(({ rssBytes }, i) => (rssBytes === null ? unknown(`server ${i} does not tell its memory`) : known(rssBytes))));
}

/** Says before the start what would fail in the middle. */
async function checkDescriptors({ plan, servers }: RunRequest, drivers: number): Promise<void> {
  const limit = await openFileLimit();
  if (limit === null) return;
  const perServer = Array.from({ length: plan.processes }, () => 0);
  for (const socket of plan.sockets) perServer[socket.process]! += 1;
  // A proxy has two for each connection: to the client, and to the server.
  const ofProxy = servers.proxy === null ? 0 : 2 * plan.sockets.length;
  const needed = BASE_DESCRIPTORS + Math.max(...perServer, Math.ceil(plan.sockets.length / drivers) + plan.processes, ofProxy);
  if (needed <= limit) return;
  throw environmentError(
    `this plan needs ${formatCount(needed)} file descriptors in one process; the limit is ${formatCount(limit)}`,
    `Raise it with \`ulimit -n ${2 ** Math.ceil(Math.log2(needed))}\`, use more --processes and --drivers, or fewer members (${formatCount(planNumbers(plan).sockets)} sockets now).`,
  );
}

function prepareRedis(request: RunRequest, runId: RunId, warden: WardenLink, ending: Ending): Promise<RedisOfRun> {
  const onExit: ExitListener = (label, index, exit) => ending.onDeath('redis', label, index, exit);
  return RedisOfRun.prepare({ request, prefix: runPrefix(runId.id, request.prefix), warden, onExit });
}

interface StartOptions {
  readonly request: RunRequest;
  readonly runId: RunId;
  readonly drivers: number;
  readonly warden: WardenLink;
  /** Of Redis, as the servers are told. */
  readonly hosts: readonly SettingValue[];
  readonly ending: Ending;
  readonly inbox: DriverInbox;
  readonly preload: Preload;
  readonly onNotice: (message: string) => void;
}

/** Servers and drivers of one run; they go together, the drivers first. */
class RunProcesses implements AsyncDisposable {
  readonly servers: ServersUnderTest;
  readonly fleet: DriverFleet;

  constructor(servers: ServersUnderTest, fleet: DriverFleet) {
    this.servers = servers;
    this.fleet = fleet;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.fleet[Symbol.asyncDispose]();
    await this.servers[Symbol.asyncDispose]();
  }
}

/** Starts servers and drivers side by side; when one side fails, the other is stopped. */
async function startProcesses(options: StartOptions): Promise<RunProcesses> {
  const { request, runId, warden, ending, preload } = options;
  const onSpawned = (pids: readonly number[]): void => warden.watchPids(pids);
  const servers = startServers(request, {
    runId: runId.id,
    layer: {
      ...request.layer,
      prefix: runPrefix(runId.id, request.prefix),
      hosts: options.hosts,
    },
    onExit: (label, index, exit) => ending.onDeath('server', label, index, exit),
    onFailure: (label, index, error) => ending.onFailure('server', label, index, error),
    onSpawned,
    preload,
    onNotice: options.onNotice,
  });
  const fleet = DriverFleet.start({
    drivers: options.drivers,
    plan: request.plan,
    runId: runId.id,
    run: runId.number,
    seed: request.seed,
    trust: request.servers.trust,
    onExit: (label, index, exit) => ending.onDeath('driver', label, index, exit),
    onFailure: (label, index, error) => ending.onFailure('driver', label, index, error),
    onSpawned,
    preload,
    onMessage: (driver, message) => options.inbox.onMessage(driver, message),
  });
  const [served, driven] = await Promise.allSettled([servers, fleet]);
  if (served.status === 'fulfilled' && driven.status === 'fulfilled') return new RunProcesses(served.value, driven.value);
  if (served.status === 'fulfilled') await served.value[Symbol.asyncDispose]();
  if (driven.status === 'fulfilled') await driven.value[Symbol.asyncDispose]();
  throw startError(served.status === 'rejected' ? served.reason : (driven as PromiseRejectedResult).reason);
}

/** A process that dies while it starts is a matter of the environment. */
function startError(error: unknown): unknown {
  if (error instanceof BenchError && error.kind === 'invalid') return environmentError(error.message, error.hint, { cause: error });
  return error;
}

function socketUrl(scheme: ServerMember['scheme'], address: string, runId: RunId): string {
  return `${scheme}://${address}${socketPath(runId.id)}`;
}

/** Where a client that is meant for a process opens its socket: at the process, or at what stands before all of them. */
function clientUrls(runId: RunId, servers: ServersUnderTest, proxy: NginxProxy | null): readonly string[] {
  const before = proxy?.address ?? servers.sharedAddress;
  return servers.members.map(({ scheme, address }) => socketUrl(before === null ? scheme : 'ws', before ?? address, runId));
}

async function startProxy(
  request: RunRequest,
  runId: RunId,
  servers: ServersUnderTest,
  warden: WardenLink,
  ending: Ending,
): Promise<NginxProxy | null> {
  const { proxy } = request.servers;
  if (proxy === null) return null;
  return NginxProxy.start({
    runId: runId.id,
    upstreams: servers.sharedAddress === null ? servers.members.map((member) => member.address) : [servers.sharedAddress],
    // A page view is a request, and a socket besides.
    sockets: request.plan.sockets.length + 2 * (request.plan.visits?.length ?? 0),
    sticky: proxy === 'stickyNginx',
    onExit: (label, index, exit) => ending.onDeath('proxy', label, index, exit),
    onSpawned: (pids) => warden.watchPids(pids),
  });
}

/** Opens all sockets; they come back by their index in the Plan. */
async function connect(fleet: DriverFleet, request: RunRequest, urls: readonly string[], ending: Ending): Promise<readonly SocketOpened[]> {
  const deadlineMs = 10_000 + 5 * request.plan.sockets.length;
  const connected = await ending.unlessEnded(
    fleet.all({ type: 'connect', servers: urls, deadlineMs }, 'connected', 'connect', deadlineMs + 5000),
  );
  return connected.flatMap((answer) => answer.sockets).toSorted((a, b) => a.socket - b.socket);
}

/** Where messages go to one channel, servers are told which. */
async function aim(fleet: DriverFleet, request: RunRequest, sockets: readonly SocketOpened[]): Promise<void> {
  if (!request.plan.publishers.some((publisher) => publisher.to !== undefined)) return;
  const channels = sockets.map((socket) => socket.channel);
  await fleet.all({ type: 'aim', channels }, 'aimed', 'connect', 10_000 + 5 * sockets.length);
}

/** The first driver probes for all: one group of its own, after the groups of the Plan. */
async function probePairs(fleet: DriverFleet, request: RunRequest, servers: readonly string[]): Promise<Uint8Array> {
  const deadlineMs = PROBE_DEADLINE_MS[request.layer.scope];
  const command = { type: 'probe', servers, group: request.plan.groups, deadlineMs, minTries: PROBE_TRIES } as const;
  const answer = await fleet.children[0]!.request(command, 'probed', 'probe', deadlineMs + 20_000);
  return answer.crossed;
}
