import { setTimeout as sleep } from 'node:timers/promises';
import { EPOCH_MEASURE, EPOCH_WARMUP, frameEpoch, isFrame } from '../../wire/frame.ts';
import { BenchError, environmentError, messageOf } from '../../model/errors.ts';
import { knownError } from '../../model/error-remedies.ts';
import { errorText } from '../../model/error-text.ts';
import { ErrorTally } from '../../ledger/error-tally.ts';
import { LatencyRecorder } from '../../stats/histogram.ts';
import { NS_PER_MS, NS_PER_SECOND } from '../../model/units.ts';
import type { BrokenSocket } from '../../result/find-warnings.ts';
import { nowNs } from '../../platform/clock.ts';
import { ProcessHealth } from '../../platform/process-health.ts';
import type {
  DrainOrder,
  DriverAssignment,
  DriverCommand,
  DriverMessage,
  DriverReport,
  PublisherReport,
  VisitReport,
} from '../protocol.ts';
import type { AimedPublisher, SocketOpened } from '../socket-history.ts';
import type { Refusal } from './client-socket.ts';
import { Member, type MembershipStep } from './member.ts';
import { probe } from './prober.ts';
import { Receiver } from './receiver.ts';
import { HttpFlood, isFlood } from './http-flood.ts';
import { Sender, type SendOrder, type Source } from './sender.ts';
import { visitPages } from './visitor.ts';

const HANDSHAKES_IN_FLIGHT = 64;
const PROGRESS_EVERY_MS = 250;
/** Warm-up is over for a driver when its messages are published and nothing has arrived for this long, or at the deadline. */
const QUIET_NS = 250e6;
const QUIET_DEADLINE_MS = 30_000;

type Answer<T extends DriverMessage['type']> = Extract<DriverMessage, { type: T }>;

/** One load generator: its sockets, what it sends, and what arrives. Driven by the coordinator's commands; `tell` is for what nobody asked for. */
export class Driver {
  private readonly assignment: DriverAssignment;
  private readonly tell: (message: DriverMessage) => void;
  private readonly health = new ProcessHealth();
  private readonly members: readonly Member[];
  private sources: readonly Source[] = [];
  private flood: HttpFlood | null = null;
  private receiver: Receiver | null = null;
  private readonly halted = new AbortController();
  private readonly steps = { join: new LatencyRecorder(), leave: new LatencyRecorder(), reconnect: new LatencyRecorder() };
  private readonly aimed: AimedPublisher[] = [];
  private readonly broken: BrokenSocket[] = [];
  private readonly errors = new ErrorTally();
  private visits: VisitReport = { known: 0, unknown: 0, failed: 0 };
  private measureStartNs = 0;
  private lastWarmupNs = 0;
  private missing: Uint32Array = new Uint32Array();
  private progress: NodeJS.Timeout | undefined;

  constructor(assignment: DriverAssignment, tell: (message: DriverMessage) => void) {
    this.assignment = assignment;
    this.tell = tell;
    const events = {
      processes: assignment.processes,
      trust: assignment.trust,
      onFrame: (member: Member, frame: Buffer) => this.onFrame(member, frame),
      onRefused: (refusal: Refusal) => this.onRefused(refusal),
      onBroken: ({ index, processIndex }: Member, what: string) =>
        this.broken.push({ socket: `socket ${index}`, process: processIndex, what }),
      onEnded: (why: string) => this.errors.add('disconnected', why, nowNs()),
      onStep: (step: MembershipStep, ns: number) => this.steps[step].record(ns),
      onAimed: (member: Member, group: number, channel: string) => this.onAimed(member, group, channel),
      onMoved: ({ index, processIndex, channel }: Member) => {
        if (assignment.targets.includes(index)) tell({ type: 'moved', socket: index, processIndex, channel });
      },
    };
    const { directGroups, reconnects } = assignment;
    const isDirect = new Set(directGroups);
    this.members = assignment.sockets.map(
      (socket) => new Member(socket, !socket.groups.some((group) => isDirect.has(group)), reconnects, events),
    );
  }

  /** Opens every socket, at most 64 handshakes at a time, and joins its groups. */
  async connect(servers: readonly string[], deadlineMs: number): Promise<Answer<'connected'>> {
    const queue = this.members.map((member, i) => ({ member, url: servers[this.assignment.sockets[i]!.process]! }));
    const worker = async (): Promise<void> => {
      for (let next = queue.pop(); next !== undefined; next = queue.pop()) await this.open(next.member, next.url, deadlineMs);
    };
    await Promise.all(Array.from({ length: HANDSHAKES_IN_FLIGHT }, worker));
    this.openSources(servers);
    return {
      type: 'connected',
      sockets: this.members.map(({ index, processIndex, channel }) => ({ socket: index, processIndex, channel })),
    };
  }

  /** Tells servers which channels messages go to by `send`, and who answers them. */
  async aim(channels: readonly string[]): Promise<void> {
    const byIndex = new Map(this.members.map((member) => [member.index, member]));
    const direct = this.assignment.publishers.filter((publisher) => publisher.to !== undefined);
    for (const { socket, group, to } of direct) await byIndex.get(socket)!.aim(group, channels[to!]!);
    for (const target of this.assignment.targets) await byIndex.get(target)?.echo();
  }

  /** Messages that went to a socket go to its new channel. A publisher whose socket is closed does so when it is open again. */
  async follow({ socket, processIndex, channel }: SocketOpened): Promise<void> {
    const publishers = this.assignment.publishers.filter(({ to }) => to === socket);
    for (const { index } of publishers) this.receiver?.answeredFrom(index, processIndex);
    const member = (index: number): Member => this.members.find((candidate) => candidate.index === index)!;
    await Promise.all(
      publishers.map((publisher) =>
        member(publisher.socket)
          .aim(publisher.group, channel)
          .catch(() => undefined),
      ),
    );
  }

  async probe(command: Extract<DriverCommand, { type: 'probe' }>): Promise<Answer<'probed'>> {
    const onBroken = (process: number, what: string): void => void this.broken.push({ socket: 'a socket of the probe', process, what });
    const outcome = await probe(this.assignment.run, command.servers, command.group, {
      ...command,
      trust: this.assignment.trust,
      onBroken,
    });
    return { type: 'probed', ...outcome };
  }

  async warmup(startNs: number, durationNs: number): Promise<void> {
    await this.start({ epoch: EPOCH_WARMUP, startNs, durationNs, onMessage: () => undefined });
    const publishing = new Set(this.assignment.publishers.map(({ socket }) => socket));
    const publishers = this.members.filter(({ index }) => publishing.has(index));
    // An operation that is not answered is given up by its socket.
    await Promise.all(publishers.map((member) => member.published().catch(() => undefined)));
    this.lastWarmupNs = nowNs();
    const deadlineNs = this.lastWarmupNs + QUIET_DEADLINE_MS * NS_PER_MS;
    while (nowNs() - this.lastWarmupNs < QUIET_NS && nowNs() < deadlineNs) await sleep(20);
  }

  /** Whoever is to be paused from the start is, and what arrives is accounted for. Nothing has arrived when this is said again. */
  async arm({ startNs, publisherProcess, replyProcess }: Extract<DriverCommand, { type: 'arm' }>): Promise<void> {
    this.measureStartNs = startNs;
    await Promise.all(this.members.map((member) => member.begin()));
    this.receiver?.[Symbol.dispose]();
    this.receiver = new Receiver(this.assignment, this.members, startNs, publisherProcess, replyProcess);
  }

  /** Runs the measure phase; resolves when everything is sent, or halted. */
  async measure(servers: readonly string[], durationNs: number): Promise<Answer<'sent'>> {
    const receiver = this.receiver!;
    const startNs = this.measureStartNs;
    for (const member of this.members) member.plan(startNs);
    this.health.mark();
    const sending = this.start({
      epoch: EPOCH_MEASURE,
      startNs,
      durationNs,
      onMessage: (publisher, dueNs, lagNs) => {
        receiver.attempted(publisher, dueNs);
        if (lagNs !== null) receiver.intervals.at(dueNs - startNs).pacerLag.record(lagNs);
      },
    });
    this.progress = setInterval(() => this.reportProgress(), PROGRESS_EVERY_MS);
    const { visits, trust } = this.assignment;
    const visiting = visitPages({ visits, servers, trust, startNs, durationNs, signal: this.halted.signal });
    [, this.visits] = await Promise.all([sending, visiting]);
    return {
      type: 'sent',
      publishers: this.publisherReports(),
      lastSendNs: Math.max(...this.sources.map((source) => source.lastSendNs)),
    };
  }

  halt(atNs: number): void {
    this.halted.abort();
    for (const source of this.sources) source.halt(atNs);
  }

  async drain(order: DrainOrder): Promise<Answer<'drained'>> {
    await Promise.all(this.members.map((member) => member.recover().catch(() => undefined)));
    const outstanding = await this.receiver!.drain(order, this.members);
    this.missing = this.receiver!.close(order.attempted, this.members);
    clearInterval(this.progress);
    this.reportProgress();
    return { type: 'drained', outstanding };
  }

  /** Ends the drain. */
  settle(): void {
    this.receiver?.endDrain();
  }

  /** Resolves when its sockets are gone. */
  async stop(): Promise<void> {
    clearInterval(this.progress);
    const closed = this.members.map((member) => member.close());
    await Promise.all(this.sources.map((source) => source[Symbol.asyncDispose]()));
    this.receiver?.[Symbol.dispose]();
    for (const recorder of Object.values(this.steps)) recorder[Symbol.dispose]();
    await Promise.all(closed);
  }

  /** By schedule, over WebSockets; and by requests, over HTTP. A phase that no schedule ends is over with its requests. */
  private openSources(servers: readonly string[]): void {
    const { run, seed, payloadBytes, trust, publishers, isSelfPaced } = this.assignment;
    const byIndex = new Map(this.members.map((member) => [member.index, member]));
    const scheduled = publishers.filter((plan) => !isFlood(plan));
    const sender = new Sender(
      run,
      seed,
      payloadBytes,
      scheduled.map((plan) => ({ plan, socket: byIndex.get(plan.socket)! })),
    );
    const processOf = (socket: number): number => byIndex.get(socket)!.processIndex;
    this.flood = new HttpFlood(run, seed, payloadBytes, trust, publishers.filter(isFlood), servers, processOf, this.errors);
    this.sources = isSelfPaced ? [this.flood] : [sender, this.flood];
  }

  private async start(order: SendOrder): Promise<void> {
    await Promise.all(this.sources.map((source) => source.start(order)));
  }

  private publisherReports(): readonly PublisherReport[] {
    return this.sources.flatMap((source) => source.reports());
  }

  private async open(member: Member, url: string, deadlineMs: number): Promise<void> {
    try {
      await member.open(url, deadlineMs);
    } catch (error) {
      if (error instanceof BenchError) throw error;
      const text = errorText(messageOf(error));
      const known = knownError(text);
      throw environmentError(
        `socket ${member.index} could not be opened: ${text}${known === null ? '' : `: ${known.meaning}`}`,
        known?.remedy ?? 'See what the server says of it, in its log.',
        { cause: error },
      );
    }
  }

  private onFrame(member: Member, frame: Buffer): void {
    if (isFrame(frame) && frameEpoch(frame) === EPOCH_MEASURE && this.receiver !== null) this.receiver.onFrame(member, frame);
    else if (isFrame(frame) && frameEpoch(frame) === EPOCH_WARMUP) this.lastWarmupNs = nowNs();
    else if (this.receiver !== null) this.receiver.strays += 1;
  }

  private onRefused({ epoch, sender, seq, reason }: Refusal): void {
    if (epoch !== EPOCH_MEASURE) return;
    for (const source of this.sources) source.onRefused(sender, seq);
    this.errors.add('refused', reason, nowNs());
  }

  private onAimed({ index }: Member, group: number, channel: string): void {
    const atNs = nowNs();
    for (const plan of this.assignment.publishers) {
      if (plan.socket === index && plan.group === group) this.aimed.push({ publisher: plan.index, channel, atNs });
    }
  }

  private reportProgress(): void {
    const receiver = this.receiver!;
    const offsetNs = nowNs() - this.measureStartNs;
    for (const interval of receiver.intervals.flush(offsetNs)) this.tell({ type: 'interval', interval });
    const settled = receiver.intervals.settled(offsetNs - NS_PER_SECOND);
    this.tell({
      type: 'progress',
      delivered: receiver.delivered,
      rssBytes: process.memoryUsage.rss(),
      settledAttempted: settled.attempted,
      settledDelivered: settled.delivered,
      seconds: receiver.intervals.grown(),
    });
  }

  /** The last word; the sockets are closed after it. */
  report(): DriverReport {
    return {
      ...this.receiver!.report(),
      publishers: this.publisherReports(),
      missing: this.missing,
      placements: this.members.flatMap((member) => member.placements),
      closed: this.members.flatMap((member) => member.closed),
      absent: this.members.flatMap((member) => member.absent),
      joined: this.members.flatMap((member) => member.joined),
      aimed: this.aimed,
      broken: this.broken,
      errors: this.errors.list(),
      steps: { join: this.steps.join.encode(), leave: this.steps.leave.encode(), reconnect: this.steps.reconnect.encode() },
      visits: this.visits,
      requests: this.flood!.requests(),
      health: this.health.read(),
    };
  }
}
