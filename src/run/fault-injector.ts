import { formatFault, isDeclared, type Fault } from '../model/faults.ts';
import { messageOf } from '../model/errors.ts';
import { NS_PER_MS } from '../model/units.ts';
import type { RunEvent } from '../result/request.ts';
import { nowNs } from '../platform/clock.ts';
import type { RedisBackend } from './systems/redis-backend.ts';
import type { ServersUnderTest } from './systems/server-under-test.ts';

/** A fault as it happened: from the moment of the deed until what it broke was there again, if it could be seen to be. */
export interface InjectedFault {
  readonly fault: Fault;
  readonly fromNs: number;
  readonly toNs: number;
}

/** A server process that was killed on purpose. */
export interface PlannedCrash {
  readonly process: number;
  readonly atNs: number;
}

export interface FaultSystem {
  readonly servers: ServersUnderTest;
  readonly redis: RedisBackend | null;
  /** A fault will end a process very soon: the last chance to read what it has used, and who it is. */
  readonly onSoon: (fault: Fault) => void;
  /** A process was ended on purpose. */
  readonly onEnd: (fault: Fault, atNs: number) => void;
  /** A server process has begun anew, and knows nothing of what was before. */
  readonly onRestart: (server: number) => void;
  readonly onEvent: (event: RunEvent) => void;
}

/** So long before a fault that ends a process, it is read once more. */
const SOON_MS = 60;

/** Breaks what the Plan wants broken, when it wants it. */
export class FaultInjector implements Disposable {
  readonly injected: InjectedFault[] = [];
  readonly crashes: PlannedCrash[] = [];
  /** What could not be done, in a sentence each. */
  readonly failures: string[] = [];
  private readonly faults: readonly Fault[];
  private readonly system: FaultSystem;
  private readonly timers: NodeJS.Timeout[] = [];
  private readonly work: Promise<void>[] = [];

  constructor(faults: readonly Fault[], system: FaultSystem) {
    this.faults = faults;
    this.system = system;
  }

  start(startNs: number): void {
    for (const fault of this.faults) {
      const waitMs = (startNs - nowNs()) / NS_PER_MS + fault.atMs;
      this.timers.push(setTimeout(() => this.work.push(this.inject(fault, startNs)), Math.max(0, waitMs)));
      if (endsProcess(fault) || isDeclared(fault))
        this.timers.push(setTimeout(() => this.system.onSoon(fault), Math.max(0, waitMs - SOON_MS)));
    }
  }

  /** Waits for what is under way. */
  async finish(): Promise<void> {
    this[Symbol.dispose]();
    await Promise.all(this.work);
  }

  private async inject(fault: Fault, startNs: number): Promise<void> {
    const fromNs = nowNs();
    const tell = (toNs: number | null): void =>
      this.system.onEvent({
        kind: 'fault',
        spec: formatFault(fault),
        startMs: (fromNs - startNs) / NS_PER_MS,
        endMs: toNs === null ? null : (toNs - startNs) / NS_PER_MS,
      });
    tell(null);
    try {
      await this.perform(fault);
    } catch (error) {
      this.failures.push(`the fault '${formatFault(fault)}' could not be injected: ${messageOf(error)}`);
    }
    const toNs = nowNs();
    this.injected.push({ fault, fromNs, toNs });
    tell(toNs);
  }

  private async perform(fault: Fault): Promise<void> {
    const { servers, redis } = this.system;
    if (endsProcess(fault)) this.system.onEnd(fault, nowNs());
    switch (fault.kind) {
      case 'killServer':
        this.crashes.push({ process: fault.server, atNs: nowNs() });
        await servers.killAndRestart(fault.server);
        return this.system.onRestart(fault.server);
      case 'freezeServer':
        servers.signal(fault.server, 'SIGSTOP');
        await elapse(fault.forMs);
        return servers.signal(fault.server, 'SIGCONT');
      case 'pauseRedis':
        return redis!.pause(fault.forMs);
      case 'restartRedis':
        return redis!.restart();
      case 'dropConnections':
        return redis!.dropConnections();
      case 'external':
        return this.system.onEvent({
          kind: 'notice',
          message: `${formatFault(fault)}: what befalls the backend from now on, until it answers again, is taken for what you do by hand`,
        });
    }
  }

  [Symbol.dispose](): void {
    for (const timer of this.timers) clearTimeout(timer);
  }
}

function endsProcess({ kind }: Fault): boolean {
  return kind === 'killServer' || kind === 'restartRedis';
}

function elapse(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
