import { NS_PER_MS } from '../model/units.ts';
import type { RunRequest, RunEvent } from '../result/request.ts';
import type { ServersUnderTest } from './systems/server-under-test.ts';
import type { DriverFleet } from './driver-fleet.ts';
import type { RedisOfRun } from './systems/redis-of-run.ts';
import type { NginxProxy } from './systems/nginx-proxy.ts';
import type { SocketOpened } from '../processes/socket-history.ts';
import type { Figure } from '../model/figure.ts';
import type { RunId } from './run-id.ts';
import type { PhaseLog } from './phase-log.ts';
import type { Ending } from './ending.ts';
import type { PublisherReport } from '../processes/protocol.ts';

export interface MeasuringContext {
  readonly request: RunRequest;
  readonly servers: ServersUnderTest;
  readonly fleet: DriverFleet;
  readonly redis: Pick<RedisOfRun, 'backend' | 'unread'>;
  readonly proxy: NginxProxy | null;
  readonly sockets: readonly SocketOpened[];
  /** What the sockets took of the memory of all servers; null before anything was measured. */
  readonly connectionBytes: Figure | null;
  /** Memory of all servers before the first socket was opened. */
  readonly rssBeforeSockets: Figure;
  readonly probed: Uint8Array;
  /** Of the run that is measured. */
  readonly runId: RunId;
  /** Messages of the warm-up that servers still held when it was over. */
  readonly warmupLeft: number;
  /** Runs that the same processes have measured before. */
  readonly runsBefore: number;
  readonly phases: PhaseLog;
  readonly ending: Ending;
  readonly onEvent: (event: RunEvent) => void;
}

export interface Sent {
  readonly publishers: readonly PublisherReport[];
  readonly lastSendNs: number;
  /** When the phase was cut short; Infinity where its schedule ended it. */
  readonly haltedNs: number;
}

/** Time between the order to start and the start, in which every process gets ready for it. */
export const LEAD_NS: number = 150 * NS_PER_MS;
