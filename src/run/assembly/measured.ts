import type { Figure } from '../../model/figure.ts';
import type { MemoryTrace } from '../../result/memory-trace.ts';
import type { OtherClients, HostUse } from '../../model/environment.ts';
import type { UseAccount } from './use-account.ts';
import type { ServerReport, Evidence } from '../../ledger/evidence.ts';
import type { ProcessUse } from '../../platform/process-use.ts';
import type { DriverReport, PublisherReport } from '../../processes/protocol.ts';
import type { IntervalReport } from '../../ledger/interval-parts.ts';
import type { SocketOpened } from '../../processes/socket-history.ts';
import type { InjectedFault, PlannedCrash } from '../fault-injector.ts';

/** Everything that a run has observed, before it is made into a result. */
export interface Measured {
  readonly startNs: number;
  /** When the last message was handed to its socket. */
  readonly lastSendNs: number;
  /** How long messages were due for: the planned duration, or less where the run was cut short. */
  readonly durationNs: number;
  /** Where no schedule says when messages are due, the time of the requests: from the first one to the last answer. Else null. */
  readonly requestsNs: { readonly fromNs: number; readonly toNs: number } | null;
  /** Of a run that goes on: why this is not all of it, in a sentence. Left out of one that is over. */
  readonly interim?: string;
  /** End of drain. */
  readonly endNs: number;
  /** Messages of the warm-up that servers still held when measure began. */
  readonly warmupLeft: number;
  readonly sockets: readonly SocketOpened[];
  /** What the sockets took of the memory of all servers: between their start and the first measure phase, when all sockets are open. */
  readonly connectionBytes: Figure;
  readonly publishers: readonly PublisherReport[];
  /** null for a driver that died. */
  readonly drivers: readonly (DriverReport | null)[];
  /** By driver: what each told about twice a second. */
  readonly driverMemory: readonly (MemoryTrace | undefined)[];
  /** All parts of all intervals, of all drivers, in the order of time. */
  readonly intervals: readonly IntervalReport[];
  /** How long an interval of the result is. */
  readonly intervalSeconds: number;
  /** [from × processes + to]. */
  readonly probed: Uint8Array;
  readonly evidence: readonly (readonly Evidence[])[];
  /** Why a server's last report is none, by index; null where it is one. */
  readonly reportFailures: readonly (string | null)[];
  readonly serversAfter: readonly (ServerReport | null)[];
  /** By process index: over measure and drain. */
  readonly serverUses: readonly UseAccount[];
  /** null for a run without a Redis of which bench knows. */
  readonly redisUse: UseAccount | null;
  /** Why that is null where the layer may use one; null where nothing is known of it. */
  readonly redisUnread: string | null;
  /** Whether the Redis of the run does not permit its user INFO. */
  readonly isInfoDenied: boolean;
  /** Whether that is all of the Redis servers that the run uses. */
  readonly isOneRedis: boolean;
  /** Who else was at work in it. */
  readonly otherClients: OtherClients | null;
  /** CPU time over measure and drain; null without one, or where that is not known. */
  readonly proxy: ProcessUse | null;
  readonly faults: readonly InjectedFault[];
  readonly plannedCrashes: readonly PlannedCrash[];
  readonly faultFailures: readonly string[];
  readonly coordinatorCpuSeconds: number;
  /** Share of the time, 0 to 1. */
  readonly coordinatorLoopUse: number;
  /** Of the whole machine, over measure and drain; null where it does not tell. */
  readonly host: HostUse | null;
}
