import type { Phase } from '../result/run-result.ts';
import { messageOf } from '../model/errors.ts';
import { messagesAtMost } from '../model/pacer.ts';
import { durationNs, isSelfPaced, partition, type Plan } from '../model/plan.ts';
import type { Trust } from '../model/servers.ts';
import type { DriverAssignment, DriverCommand, DriverMessage, DriverRenewal } from '../processes/protocol.ts';
import { Child, type Preload } from './child.ts';
import type { ExitListener, FailureListener } from './systems/server-under-test.ts';

const START_TIMEOUT_MS = 30_000;
/** They close their sockets, which servers answer. */
const STOP_GRACE_MS = 3000;

export type DriverChild = Child<DriverCommand, DriverMessage>;

export interface FleetOptions {
  readonly drivers: number;
  readonly plan: Plan;
  readonly runId: string;
  readonly run: number;
  readonly seed: number;
  readonly trust: Trust;
  readonly onExit: ExitListener;
  readonly onFailure: FailureListener;
  readonly preload: Preload;
  readonly onSpawned: (pids: readonly number[]) => void;
  /** Messages that are not answers: progress, intervals, and what is sent when a phase ends by itself. */
  readonly onMessage: (driver: number, message: DriverMessage) => void;
}

/** The driver processes of one run. */
export class DriverFleet implements AsyncDisposable {
  readonly children: readonly DriverChild[];
  private readonly options: FleetOptions;
  private readonly failures = new Map<number, string>();
  private readonly earlierRuns: number[] = [];
  private run: number;
  private stopping = false;

  private constructor(children: readonly DriverChild[], options: FleetOptions) {
    const { onExit, run } = options;
    this.children = children;
    this.options = options;
    this.run = run;
    children.forEach((child) => {
      void child.exited.then((exit) => {
        if (!this.stopping) onExit(child.label, child.index, exit);
      });
    });
  }

  /** Forks the drivers and gives each its share of the Plan. On failure none is left. */
  static async start(options: FleetOptions): Promise<DriverFleet> {
    const onMessage = (driver: number, message: DriverMessage): void => {
      if (message.type !== 'moved') return options.onMessage(driver, message);
      for (const child of children) if (child.exit === null) child.send({ ...message, type: 'follow' });
    };
    const children = Array.from({ length: options.drivers }, (_, i): DriverChild => {
      const events = {
        onMessage: (message: DriverMessage) => onMessage(i, message),
        onFailure: (error: Error) => options.onFailure(`driver ${i}`, i, error),
      };
      return new Child('driver', i, Child.entry('driver'), events, options.preload('driver', i));
    });
    options.onSpawned(children.map((child) => child.pid));
    const assignments = assign(options);
    try {
      await Promise.all(
        children.map((child, i) => child.request({ type: 'start', ...assignments[i]! }, 'ready', 'start', START_TIMEOUT_MS)),
      );
      return new DriverFleet(children, options);
    } catch (error) {
      await Promise.all(children.map((child) => child.stop(0)));
      throw error;
    }
  }

  /**
   * Gives every driver another run over the same sockets, of a Plan that differs from the first in its arrivals alone; resolves once
   * nothing of the run before is under way. Answers whether every socket is as it was opened.
   */
  async renew(next: Pick<FleetOptions, 'plan' | 'run' | 'seed'>, phase: Phase, timeoutMs: number): Promise<boolean> {
    this.earlierRuns.push(this.run);
    this.run = next.run;
    const earlierRuns = [...this.earlierRuns];
    const renewals = assign({ ...this.options, ...next }).map(({ run, seed, publishers, messages, isSelfPaced }): DriverRenewal => ({
      run,
      earlierRuns,
      seed,
      publishers,
      messages,
      isSelfPaced,
    }));
    const answers = await Promise.all(
      this.children.map((child, i) => child.request({ type: 'renew', ...renewals[i]! }, 'renewed', phase, timeoutMs)),
    );
    return answers.every(({ isWhole }) => isWhole);
  }

  /** Drivers that have not ended. */
  get alive(): readonly DriverChild[] {
    return this.children.filter((child) => child.exit === null);
  }

  /** Gives one command to every living driver and waits for all their answers. */
  all<T extends DriverMessage['type']>(
    command: DriverCommand,
    answer: T,
    phase: Phase,
    timeoutMs: number,
  ): Promise<readonly Extract<DriverMessage, { type: T }>[]> {
    return Promise.all(this.alive.map((child) => child.request(command, answer, phase, timeoutMs)));
  }

  /** As `all`, but a driver that dies or stays silent answers null instead of failing the others. By driver index. */
  answers<T extends DriverMessage['type']>(
    command: DriverCommand,
    answer: T,
    phase: Phase,
    timeoutMs: number,
  ): Promise<readonly (Extract<DriverMessage, { type: T }> | null)[]> {
    return Promise.all(
      this.children.map((child) =>
        child.request(command, answer, phase, timeoutMs).catch((error: unknown) => {
          if (!this.failures.has(child.index)) this.failures.set(child.index, messageOf(error));
          return null;
        }),
      ),
    );
  }

  /** Why a driver gave no answer, as the end of a sentence; empty where that is not known. */
  failureOf(index: number): string {
    const failure = this.failures.get(index);
    return failure === undefined ? '' : `: ${failure}`;
  }

  broadcast(command: DriverCommand): void {
    for (const child of this.alive) child.send(command);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stopping = true;
    await Promise.all(this.children.map((child) => child.stop(STOP_GRACE_MS)));
  }
}

function assign(options: FleetOptions): readonly DriverAssignment[] {
  const { plan, runId, run, seed, trust } = options;
  const publishersByGroup: number[][] = Array.from({ length: plan.groups }, () => []);
  plan.publishers.forEach((publisher, index) => publishersByGroup[publisher.group]?.push(index));
  const shares = partition(plan, options.drivers);
  const driversOfGroup = Array.from({ length: plan.groups }, () => new Set<number>());
  shares.forEach((share, driver) => {
    for (const socket of share.sockets) for (const group of plan.sockets[socket]!.groups) driversOfGroup[group]!.add(driver);
  });
  const sharedGroups = driversOfGroup.flatMap((drivers, group) => (drivers.size > 1 ? [group] : []));
  const direct = plan.publishers.filter((publisher) => publisher.to !== undefined);
  const messages = Float64Array.from(plan.publishers, ({ arrivals }) => messagesAtMost(arrivals, durationNs(plan)));
  const visits = plan.visits ?? [];
  return shares.map((share, driverIndex) => ({
    driverIndex,
    runId,
    run,
    earlierRuns: [],
    seed,
    trust,
    processes: plan.processes,
    payloads: { payloadBytes: plan.payloadBytes, ...(plan.payloads === undefined ? {} : { payloads: plan.payloads }) },
    sockets: share.sockets.map((index) => ({ ...plan.sockets[index]!, index })),
    publishers: share.publishers.map((index) => ({ ...plan.publishers[index]!, index })),
    isSelfPaced: isSelfPaced(plan),
    visits: visits.filter((_, i) => i % options.drivers === driverIndex),
    directGroups: direct.map((publisher) => publisher.group),
    targets: direct.map((publisher) => publisher.to!),
    replySockets: Int32Array.from(plan.publishers, ({ to, socket }) => (to === undefined ? -1 : socket)),
    messages,
    publishersByGroup,
    reconnects: (plan.faults?.length ?? 0) > 0,
    sharedGroups,
  }));
}
