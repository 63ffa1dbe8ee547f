import { setTimeout as sleep } from 'node:timers/promises';
import { EPOCH_MEASURE, EPOCH_WARMUP, frameEpoch, isFrame } from '../../wire/frame.ts';
import { NS_PER_MS, NS_PER_SECOND } from '../../model/units.ts';
import { nowNs } from '../../platform/clock.ts';
import { ProcessHealth } from '../../platform/process-health.ts';
import type { DrainOrder, DriverAssignment, DriverCommand, DriverMessage, DriverRenewal, DriverReport, VisitReport } from '../protocol.ts';
import type { SocketOpened } from '../socket-history.ts';
import type { Refusal } from './client-socket.ts';
import { DriverSockets } from './driver-sockets.ts';
import { Load } from './load.ts';
import { probe } from './prober.ts';
import { Receiver } from './receiver.ts';
import { arrivalNs } from './shared-reads.ts';
import { visitPages } from './visitor.ts';

const PROGRESS_EVERY_MS = 500;
/** What was sent is settled for a driver when it is published and nothing has arrived for this long, or at the deadline. */
const QUIET_NS = 100e6;
const QUIET_DEADLINE_MS = 30_000;

type Answer<T extends DriverMessage['type']> = Extract<DriverMessage, { type: T }>;

/** What a driver has, by how far its run is. Nothing of it is taken away before the next run, or before the driver stops. */
interface Connecting {
  readonly load: null;
  readonly account: null;
}
interface Connected {
  readonly load: Load;
  readonly account: null;
}
/** Ready for the measure phase, in it, or after it. */
interface Accounting {
  readonly load: Load;
  readonly account: { readonly startNs: number; readonly receiver: Receiver };
}
type Stage = Connecting | Connected | Accounting;

/** One load generator: its sockets, what it sends, and what arrives. Driven by the coordinator's commands; `tell` is for what nobody asked for. */
export class Driver {
  private assignment: DriverAssignment;
  private readonly tell: (message: DriverMessage) => void;
  private readonly health = new ProcessHealth();
  private readonly sockets: DriverSockets;
  private stage: Stage = { load: null, account: null };
  private readonly halted = new AbortController();
  private visits: VisitReport = { known: 0, unknown: 0, failed: 0 };
  private lastHeardNs = 0;
  private servers: readonly string[] = [];
  private progress: NodeJS.Timeout | undefined;

  constructor(assignment: DriverAssignment, tell: (message: DriverMessage) => void) {
    this.assignment = assignment;
    this.tell = tell;
    this.sockets = new DriverSockets(assignment, {
      onFrame: (slot, from, frame) => this.onFrame(slot, from, frame),
      onRefused: (refusal) => this.onRefused(refusal),
      onMoved: (opened) => tell({ type: 'moved', ...opened }),
    });
  }

  /** Opens every socket and joins its groups. */
  async connect(servers: readonly string[], deadlineMs: number): Promise<Answer<'connected'>> {
    this.servers = servers;
    const sockets = await this.sockets.open(servers, deadlineMs);
    this.stage = { load: new Load(this.assignment, this.sockets, servers), account: null };
    return { type: 'connected', sockets };
  }

  /** Tells servers which channels messages go to by `send`, and who answers them. */
  async aim(channels: readonly string[]): Promise<void> {
    await this.sockets.aim(channels);
  }

  /** Messages that went to a socket go to its new channel, and are answered from its process. */
  async follow(opened: SocketOpened): Promise<void> {
    for (const { index, to } of this.assignment.publishers)
      if (to === opened.socket) this.stage.account?.receiver.answeredFrom(index, opened.processIndex);
    await this.sockets.follow(opened);
  }

  async probe(command: Extract<DriverCommand, { type: 'probe' }>): Promise<Answer<'probed'>> {
    const onBroken = (process: number, what: string): void => this.sockets.reportBroken('a socket of the probe', process, what);
    const { run, trust } = this.assignment;
    return { type: 'probed', ...(await probe(run, command.servers, command.group, { ...command, trust, onBroken })) };
  }

  async warmup(startNs: number, durationNs: number): Promise<void> {
    await this.load().send({ epoch: EPOCH_WARMUP, startNs, durationNs, onMessage: () => undefined });
    await this.settled();
  }

  /** Takes on another run over the same sockets, once nothing arrives any more of what was sent before. */
  async renew(next: DriverRenewal): Promise<Answer<'renewed'>> {
    const before = this.load();
    this.stage.account?.receiver[Symbol.dispose]();
    this.stage = { load: before, account: null };
    await this.settled();
    await before[Symbol.asyncDispose]();
    this.assignment = { ...this.assignment, ...next };
    this.sockets.renew();
    this.stage = { load: new Load(this.assignment, this.sockets, this.servers), account: null };
    return { type: 'renewed', isWhole: this.sockets.areWhole };
  }

  /** Resolves once all that was sent is published, and nothing has arrived for a while. Only before the measure phase: nobody is paused. */
  private async settled(): Promise<void> {
    await this.sockets.published();
    this.lastHeardNs = nowNs();
    const deadlineNs = this.lastHeardNs + QUIET_DEADLINE_MS * NS_PER_MS;
    while (nowNs() - this.lastHeardNs < QUIET_NS && nowNs() < deadlineNs) await sleep(20);
  }

  /** Whoever is to be paused from the start is, and what arrives is accounted for. Nothing has arrived when this is said again. */
  async arm({ startNs, publisherProcess, replyProcess }: Extract<DriverCommand, { type: 'arm' }>): Promise<void> {
    const load = this.load();
    await Promise.all(this.sockets.members.map((member) => member.begin()));
    this.stage.account?.receiver[Symbol.dispose]();
    this.stage = { load, account: { startNs, receiver: new Receiver(this.assignment, startNs, publisherProcess, replyProcess) } };
  }

  /** Runs the measure phase; resolves when everything is sent, or halted. */
  async measure(servers: readonly string[], durationNs: number): Promise<Answer<'sent'>> {
    const load = this.load();
    const { receiver, startNs } = this.account();
    for (const member of this.sockets.members) member.plan(startNs);
    this.health.mark();
    const sending = load.send({
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
    return { type: 'sent', publishers: load.publishers(), lastSendNs: load.lastSendNs };
  }

  halt(atNs: number): void {
    this.halted.abort();
    this.stage.load?.halt(atNs);
  }

  /** Waits for what may still arrive; then the account ends. */
  async drain(order: DrainOrder): Promise<Answer<'drained'>> {
    const { members } = this.sockets;
    await Promise.all(members.map((member) => member.recover().catch(() => undefined)));
    const outstanding = await this.account().receiver.drain(order, members);
    clearInterval(this.progress);
    this.reportProgress();
    return { type: 'drained', outstanding };
  }

  /** Ends the drain. */
  endDrain(): void {
    this.stage.account?.receiver.endDrain();
  }

  /** What it has sent so far. */
  tally(): Answer<'tallied'> {
    return { type: 'tallied', publishers: this.load().publishers() };
  }

  /** As `report`, while the run goes on, of the messages before `attempted`: nothing ends by it. */
  glance(attempted: Uint32Array): DriverReport {
    return this.reportWith(this.account().receiver.glance(attempted));
  }

  /** The last word; the sockets are closed after it. */
  report(): DriverReport {
    return this.reportWith(this.account().receiver.report());
  }

  private reportWith(received: ReturnType<Receiver['report']>): DriverReport {
    const load = this.load();
    return {
      ...received,
      ...this.sockets.report(),
      publishers: load.publishers(),
      requests: load.requests(),
      visits: this.visits,
      health: this.health.read(),
    };
  }

  /** Resolves when its sockets are gone. */
  async stop(): Promise<void> {
    clearInterval(this.progress);
    const closed = this.sockets.close();
    await this.stage.load?.[Symbol.asyncDispose]();
    this.stage.account?.receiver[Symbol.dispose]();
    await closed;
  }

  private load(): Load {
    if (this.stage.load === null) throw new Error('a driver has nothing to send through before it is connected');
    return this.stage.load;
  }

  private account(): Accounting['account'] {
    if (this.stage.account === null) throw new Error('a driver has no account before it is armed');
    return this.stage.account;
  }

  private onFrame(slot: number, from: number, frame: Buffer): void {
    const receiver = this.stage.account?.receiver;
    if (receiver !== undefined && isFrame(frame) && frameEpoch(frame) === EPOCH_MEASURE) receiver.onFrame(slot, from, frame, arrivalNs());
    else if (receiver === undefined || (isFrame(frame) && frameEpoch(frame) === EPOCH_WARMUP)) this.lastHeardNs = nowNs();
    else receiver.strays += 1;
  }

  private onRefused({ epoch, run, sender, seq, reason }: Refusal): void {
    if (epoch !== EPOCH_MEASURE || (run !== undefined && run !== this.assignment.run)) return;
    this.stage.load?.onRefused(sender, seq);
    this.sockets.errors.add('refused', reason, nowNs());
  }

  private reportProgress(): void {
    const { receiver, startNs } = this.account();
    const offsetNs = nowNs() - startNs;
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
}
