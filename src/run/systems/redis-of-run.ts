import { BenchError, environmentError, messageOf } from '../../model/errors.ts';
import { isRedisFault, refuseOnForeignRedis } from '../../model/faults.ts';
import { isLayerName, LAYERS, type BackendOfLayer } from '../../model/layers.ts';
import type { LayerInUse } from '../../model/layer-in-use.ts';
import type { SettingValue } from '../../model/layer-setting.ts';
import type { RunRequest } from '../../result/request.ts';
import { freePort } from '../../platform/free-port.ts';
import type { RedisBackend } from './redis-backend.ts';
import type { ExitListener, ServersUnderTest } from './server-under-test.ts';
import type { WardenLink } from '../warden-link.ts';

interface RedisOfRunOptions {
  readonly request: RunRequest;
  /** Of everything that the run makes in Redis. */
  readonly prefix: string;
  readonly warden: WardenLink;
  readonly onExit: ExitListener;
}

/**
 * The Redis that the servers of a run use: bench's own, one of `--redis`, or one that an application has in its settings. Which of
 * these it is, an application tells once it runs; until then it is told of an address where bench's own begins, if it is used.
 */
export class RedisOfRun implements AsyncDisposable {
  /** null where there is none, or none that bench can read. */
  backend: RedisBackend | null = null;
  /** Why bench does not read what the layer uses; null where it reads it, or knows nothing of it. */
  unread: string | null = null;
  /** What the servers are told of. */
  readonly hosts: readonly SettingValue[];
  private readonly options: RedisOfRunOptions;
  /** Of bench's own, where that begins only when it is used. */
  private readonly reservedPort: number | null;

  private constructor(options: RedisOfRunOptions, hosts: readonly SettingValue[], reservedPort: number | null) {
    this.options = options;
    this.hosts = hosts;
    this.reservedPort = reservedPort;
  }

  /** Opens the Redis of servers that use what bench tells them to. */
  static async prepare(options: RedisOfRunOptions): Promise<RedisOfRun> {
    const { request } = options;
    if (!mayUseRedis(request.layer) || request.servers.urls.length > 0 || request.hosts?.length === 0)
      return new RedisOfRun(options, [], null);
    if (request.servers.app !== null) {
      const port = request.hosts === null ? await freePort() : null;
      return new RedisOfRun(options, request.hosts ?? [urlOf(port!)], port);
    }
    const backend = await open(options, null);
    const redis = new RedisOfRun(options, request.hosts ?? [backend.address], null);
    redis.backend = backend;
    return redis;
  }

  /**
   * The servers run and say what they use. Throws a usage error for a fault that would hit a Redis that is not bench's, and an
   * environment error for one on a Redis that it cannot reach.
   */
  async findOut({ layerInUse }: ServersUnderTest): Promise<void> {
    const { request } = this.options;
    const { plan, servers } = request;
    if (this.backend !== null || !mayUseRedis(request.layer) || request.hosts?.length === 0) return;
    if (servers.app !== null && this.isOffered(layerInUse)) {
      this.backend = await open(this.options, this.reservedPort);
      return;
    }
    const faults = (plan.faults ?? []).filter(isRedisFault);
    refuseOnForeignRedis(faults, request.mayBreakRedis, 'Leave out the fault: the application has a Redis of its own.');
    await this.observe(layerInUse);
    if (faults.length > 0 && this.backend === null)
      throw environmentError(`bench cannot break the Redis of the application: ${this.unread}`, 'Leave out the fault.');
  }

  /** Whether a layer is the one that bench has told the application of. One that does not tell may use it. */
  private isOffered(layer: LayerInUse | null): boolean {
    if (layer === null) return true;
    const isReserved = this.reservedPort !== null && layer.hosts?.some((host) => host.startsWith(urlOf(this.reservedPort!))) === true;
    return isReserved || layer.prefix === this.options.prefix;
  }

  private async observe(layer: LayerInUse | null): Promise<void> {
    const hosts = layer?.hosts ?? null;
    if (layer === null || hosts === null) this.unread = `${layer?.backend ?? 'the server'} does not tell where it keeps messages`;
    else if (hosts.length !== 1)
      this.unread = hosts.length === 0 ? `${layer.backend} uses no Redis` : `its layer is spread over ${hosts.length} of them`;
    else {
      try {
        this.backend = await (await import('./redis-backend.ts')).RedisBackend.observe(hosts[0]!, this.options);
      } catch (error) {
        if (!(error instanceof BenchError)) throw error;
        this.unread = messageOf(error);
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.backend?.[Symbol.asyncDispose]();
  }
}

async function open({ request, ...rest }: RedisOfRunOptions, port: number | null): Promise<RedisBackend> {
  const { name, module } = request.layer;
  const { probeCore, probePubSub } = await import('../../redis/probe.ts');
  const traits = module !== null || !isLayerName(name) ? null : LAYERS[name].traits;
  const probe = traits?.['core-wire'] === true ? probeCore : traits?.['pubsub-wire'] === true ? probePubSub : null;
  return (await import('./redis-backend.ts')).RedisBackend.open({ hosts: request.hosts, port, probe, ...rest });
}

/** Which backends are a Redis, or may be one that bench is not told of. */
const IS_REDIS: Readonly<Record<NonNullable<BackendOfLayer>, boolean>> = { redis: true, unknown: true };

function mayUseRedis({ backend }: RunRequest['layer']): boolean {
  return backend !== null && IS_REDIS[backend];
}

function urlOf(port: number): string {
  return `redis://127.0.0.1:${port}`;
}
