import type { RunRequest } from '../../result/request.ts';
import { killGroup } from '../../platform/end-group.ts';
import { openFileLimit } from '../../platform/host.ts';
import { environmentError, BenchError } from '../../model/errors.ts';
import { formatCount } from '../../model/units.ts';
import { planNumbers } from '../../model/plan.ts';
import { type RunId, runPrefix } from '../run-id.ts';
import { WardenLink } from '../warden-link.ts';
import type { Belongings } from '../belongings.ts';
import type { Ending } from '../ending.ts';
import { RedisOfRun } from '../systems/redis-of-run.ts';
import type { ExitListener, ServersUnderTest } from '../systems/server-under-test.ts';
import type { DriverInbox } from '../driver-inbox.ts';
import type { Preload } from '../child.ts';
import { DriverFleet } from '../driver-fleet.ts';
import { startServers } from '../systems/start-servers.ts';
import { NginxProxy } from '../systems/nginx-proxy.ts';

/** File descriptors of a process beside its sockets. */
const BASE_DESCRIPTORS = 64;

/** Says before the start what would fail in the middle. */
export async function checkDescriptors({ plan, servers }: RunRequest, drivers: number): Promise<void> {
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

/* What is started here is waited for to its end, even when the run ends meanwhile: then it is stopped. */

export function startWarden(ending: Ending): Promise<WardenLink> {
  return ending.orWhyEnded(WardenLink.start());
}

/** Redis, servers and drivers of one run. */
interface RunProcesses {
  readonly redis: RedisOfRun;
  readonly servers: ServersUnderTest;
  readonly fleet: DriverFleet;
}

interface StartOptions {
  readonly request: RunRequest;
  readonly runId: RunId;
  readonly drivers: number;
  readonly warden: WardenLink;
  readonly ending: Ending;
  /** Gets what has been started, also where this fails: drivers end first, and Redis last, whose keys are removed when nobody makes any. */
  readonly belongings: Belongings;
  readonly inbox: Pick<DriverInbox, 'onMessage'>;
  readonly preload: Preload;
  readonly onNotice: (message: string) => void;
}

/** What has been started so far. Once it is killed, its deaths say nothing of why the run ended. */
class Spawned {
  isKilled = false;
  private readonly pids: number[] = [];

  add(pids: readonly number[]): void {
    this.pids.push(...pids);
    if (this.isKilled) this.kill();
  }

  kill(): void {
    this.isKilled = true;
    this.pids.forEach(killGroup);
  }
}

/**
 * Starts Redis, servers and drivers side by side; when one of them fails, the others are to be ended. When the run ends meanwhile, the
 * servers and drivers that have been started are killed: a server may take long to begin, or never do so.
 */
export async function startProcesses(options: StartOptions): Promise<RunProcesses> {
  const { ending } = options;
  const spawned = new Spawned();
  const kill = (): void => spawned.kill();
  ending.signal.addEventListener('abort', kill);
  try {
    return await ending.orWhyEnded(startAll(options, spawned));
  } finally {
    ending.signal.removeEventListener('abort', kill);
  }
}

async function startAll(options: StartOptions, spawned: Spawned): Promise<RunProcesses> {
  const { request, runId, warden, ending, preload } = options;
  const onSpawned = (pids: readonly number[]): void => {
    warden.watchPids(pids);
    spawned.add(pids);
  };
  const onExitOf =
    (role: 'server' | 'driver'): ExitListener =>
    (label, index, exit) => {
      if (!spawned.isKilled) ending.onDeath(role, label, index, exit);
    };
  const prefix = runPrefix(runId.id, request.prefix);
  const onRedisExit: ExitListener = (label, index, exit) => ending.onDeath('redis', label, index, exit);
  const redis = RedisOfRun.prepare({ request, prefix, warden, onExit: onRedisExit });
  const hosts = redis.then((prepared) => prepared.hosts);
  // Not all servers are told of it.
  hosts.catch(() => undefined);
  const servers = startServers(request, {
    runId: runId.id,
    layer: { ...request.layer, prefix },
    hosts,
    onExit: onExitOf('server'),
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
    onExit: onExitOf('driver'),
    onFailure: (label, index, error) => ending.onFailure('driver', label, index, error),
    onSpawned,
    preload,
    onMessage: (driver, message) => options.inbox.onMessage(driver, message),
  });
  const [prepared, served, driven] = await Promise.allSettled([redis, servers, fleet]);
  for (const part of [prepared, served, driven]) if (part.status === 'fulfilled') options.belongings.hold(part.value);
  if (prepared.status === 'fulfilled' && served.status === 'fulfilled' && driven.status === 'fulfilled')
    return { redis: prepared.value, servers: served.value, fleet: driven.value };
  if (prepared.status === 'rejected') throw prepared.reason;
  throw startError(served.status === 'rejected' ? served.reason : (driven as PromiseRejectedResult).reason);
}

/** A process that dies while it starts is a matter of the environment. */
function startError(error: unknown): unknown {
  if (error instanceof BenchError && error.kind === 'invalid') return environmentError(error.message, error.hint, { cause: error });
  return error;
}

export async function startProxy(
  request: RunRequest,
  runId: RunId,
  servers: ServersUnderTest,
  warden: WardenLink,
  ending: Ending,
): Promise<NginxProxy | null> {
  const { proxy } = request.servers;
  if (proxy === null) return null;
  const starting = NginxProxy.start({
    runId: runId.id,
    upstreams: servers.sharedAddress === null ? servers.members.map((member) => member.address) : [servers.sharedAddress],
    // A page view is a request, and a socket besides.
    sockets: request.plan.sockets.length + 2 * (request.plan.visits?.length ?? 0),
    sticky: proxy === 'stickyNginx',
    onExit: (label, index, exit) => ending.onDeath('proxy', label, index, exit),
    onSpawned: (pids) => warden.watchPids(pids),
  });
  return ending.orWhyEnded(starting);
}
