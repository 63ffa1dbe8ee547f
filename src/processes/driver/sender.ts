import { issueFrame } from '../../wire/frame.ts';
import type { FrameTemplates } from '../../wire/frame-templates.ts';
import { dueTimes, Schedule } from '../../model/pacer.ts';
import { normalizeRanges, rangesOf } from '../../model/ranges.ts';
import { nowNs } from '../../platform/clock.ts';
import type { DriverPublisher, PublisherReport } from '../protocol.ts';
import { Metronome } from './metronome.ts';

/** Never wake more often than this: at higher rates several due messages share a wake-up. */
const MIN_WAKE_GAP_NS = 250_000;
/** After this many messages in one go, the event loop has its turn. */
const BURST = 256;

/** What a publisher sends through. */
export interface PublisherSocket {
  readonly isOpen: boolean;
  /** Server process of the socket. */
  readonly processIndex: number;
  /** The frame's buffer may be used again at once. */
  publish(frame: Uint8Array): void;
}

interface PublisherState {
  readonly plan: DriverPublisher;
  readonly socket: PublisherSocket;
  attempted: number;
  readonly unsendable: number[];
  readonly refused: number[];
}

/** A phase that is cut short is over after this, however far behind the sending is. */
const GIVE_UP_NS = 250e6;
const HALT_LOOK_MS = 2;

/** One phase of sending. */
export interface SendOrder {
  readonly epoch: number;
  readonly startNs: number;
  readonly durationNs: number;
  /** Called for every message of the phase: whose it is, when it was due, and the pacer's lag in ns; null where it was unsendable. */
  readonly onMessage: (publisher: number, dueNs: number, lagNs: number | null) => void;
}

/** What sends the messages of some publishers. */
export interface Source extends AsyncDisposable {
  readonly lastSendNs: number;
  /** Runs one phase to its end, or until `halt`. Sequence numbers start at 0. */
  start(order: SendOrder): Promise<void>;
  /** Ends the phase at a time: what is due later is not part of it. Requests, which nothing is due of, end now. */
  halt(atNs: number): void;
  /** A server's answer on a WebSocket that a publish failed. Throws for one that was never made. */
  onRefused(sender: number, seq: number): void;
  reports(): readonly PublisherReport[];
}

/**
 * Sends what is due, when it is due: an open loop. A message is sent late rather than skipped; one whose socket is not
 * open is unsendable, and counted as attempted.
 */
export class Sender implements Source {
  lastSendNs = 0;
  private readonly publishers: readonly PublisherState[];
  private readonly bySender: ReadonlyMap<number, PublisherState>;
  private readonly seed: number;
  private readonly templates: FrameTemplates;
  private readonly metronome = new Metronome(() => this.tick());
  private order: SendOrder | null = null;
  private schedule = new Schedule([], 0);
  private finish: () => void = () => undefined;
  /** What is due at this time or later is not part of the phase. */
  private endNs = Infinity;
  private giveUpNs = Infinity;

  constructor(seed: number, templates: FrameTemplates, publishers: readonly { plan: DriverPublisher; socket: PublisherSocket }[]) {
    this.seed = seed;
    this.templates = templates;
    this.publishers = publishers.map((publisher) => ({ ...publisher, attempted: 0, unsendable: [], refused: [] }));
    this.bySender = new Map(this.publishers.map((publisher) => [publisher.plan.index, publisher]));
  }

  start(order: SendOrder): Promise<void> {
    for (const publisher of this.publishers) {
      publisher.attempted = 0;
      publisher.unsendable.length = 0;
      publisher.refused.length = 0;
    }
    const streams = this.publishers.map(({ plan }) => dueTimes(plan.arrivals, this.seed, plan.index));
    this.schedule = new Schedule(streams, order.durationNs);
    this.order = order;
    this.endNs = order.startNs + order.durationNs;
    return new Promise((resolve) => {
      this.finish = resolve;
      this.metronome.wakeAt(order.startNs + Math.min(this.schedule.dueNs, order.durationNs));
    });
  }

  halt(atNs: number): void {
    this.endNs = Math.min(this.endNs, atNs);
    this.giveUpNs = atNs + GIVE_UP_NS;
    // The metronome may be asleep until long after.
    const look = setInterval(() => {
      this.tick();
      if (this.order === null) clearInterval(look);
    }, HALT_LOOK_MS);
  }

  onRefused(sender: number, seq: number): void {
    const publisher = this.bySender.get(sender);
    if (publisher === undefined || seq >= publisher.attempted)
      throw new Error(`refused: message ${seq} of sender ${sender} was never sent`);
    publisher.refused.push(seq);
  }

  reports(): readonly PublisherReport[] {
    return this.publishers.map(({ plan, socket, attempted, unsendable, refused }) => ({
      publisher: plan.index,
      process: socket.processIndex,
      attempted,
      unsendable: rangesOf(unsendable),
      unanswered: [],
      refused: normalizeRanges(rangesOf(refused.toSorted((a, b) => a - b))),
      issuedNs: null,
    }));
  }

  private tick(): void {
    const order = this.order;
    if (order === null) return;
    const { schedule, endNs } = this;
    for (let sent = 0; ; sent++) {
      const dueNs = Math.min(endNs, order.startNs + schedule.dueNs);
      const now = nowNs();
      if ((dueNs === endNs && now >= endNs) || now > this.giveUpNs) return this.end();
      if (dueNs === endNs || dueNs > now) return this.metronome.wakeAt(Math.max(dueNs, now + MIN_WAKE_GAP_NS));
      if (sent === BURST) {
        setImmediate(() => this.tick());
        return;
      }
      this.send(order, schedule.publisher, schedule.seq, dueNs);
      schedule.advance();
    }
  }

  private end(): void {
    this.order = null;
    this.finish();
  }

  private send(order: SendOrder, index: number, seq: number, dueNs: number): void {
    const publisher = this.publishers[index]!;
    publisher.attempted += 1;
    if (!publisher.socket.isOpen) {
      publisher.unsendable.push(seq);
      return order.onMessage(publisher.plan.index, dueNs, null);
    }
    const issuedNs = nowNs();
    const { plan, socket } = publisher;
    const address = { epoch: order.epoch, group: plan.group, sender: plan.index, seq, process: socket.processIndex };
    const frame = this.templates.of(plan.index, seq);
    issueFrame(frame, address, dueNs, issuedNs);
    socket.publish(frame);
    this.lastSendNs = issuedNs;
    order.onMessage(plan.index, dueNs, issuedNs - dueNs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.metronome[Symbol.asyncDispose]();
  }
}
