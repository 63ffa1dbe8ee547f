import type { Evidence, MessageEvidence } from '../../ledger/evidence.ts';
import { EPOCH_MEASURE, frameEpoch, frameRun, frameSender, frameSeq, isFrame } from '../../wire/frame.ts';
import type { NamedCause } from '../../model/causes.ts';
import { assertNever } from '../../model/errors.ts';
import { NS_PER_MS } from '../../model/units.ts';
import type { LayerEvent, Message } from '../../layers/layer.ts';

/** The frame that a message of a run carries; undefined for any other message. */
export function frameOf(message: Message): Uint8Array | undefined {
  const frame = message['frame'];
  return frame instanceof Uint8Array && isFrame(frame) ? frame : undefined;
}

/**
 * Turns what a layer says of lost messages into evidence in terms of senders and sequence numbers, for the measure
 * epoch alone. Consecutive sequence numbers of one run, sender, cause and channel become one entry, until it has been read.
 */
export class EvidenceLog {
  private readonly entries: Evidence[] = [];
  /** Entries that may still grow: not yet read by anybody. */
  private readonly growing = new Map<string, number>();
  /** By sender. */
  private readonly publishedBy = new Map<number, { readonly run: number; readonly to: number }>();
  private outageAt = -1;
  private readonly nowNs: () => number;

  constructor(nowNs: () => number) {
    this.nowNs = nowNs;
  }

  get count(): number {
    return this.entries.length;
  }

  /** The entries from an index on. They will not change any more. */
  after(index: number): readonly Evidence[] {
    this.growing.clear();
    return this.entries.slice(index);
  }

  /**
   * Of each sender whose last frame came over a socket, and so in turn, and is of a run (null: of any): the sequence number after
   * the last whose publish has ended.
   */
  published(run: number | null): Readonly<Record<string, number>> {
    const ofRun = [...this.publishedBy].filter(([, last]) => run === null || last.run === run);
    return Object.fromEntries(ofRun.map(([sender, { to }]) => [sender, to]));
  }

  /** The publish of a frame that came over a socket has ended, well or not. */
  publishEnded(frame: Uint8Array): void {
    if (frameEpoch(frame) === EPOCH_MEASURE) this.publishedBy.set(frameSender(frame), { run: frameRun(frame), to: frameSeq(frame) + 1 });
  }

  /** A publish that failed; `reason` where nobody else is told it. */
  refused(frame: Uint8Array, reason?: string): void {
    this.addFrame('refused', frame, null, null, reason);
  }

  /** A client that did not read, and was closed. */
  backpressureClosed(channel: string): void {
    this.entries.push({ kind: 'closed', cause: 'backpressureClosed', channel, atNs: this.nowNs() });
  }

  onLayerEvent(event: LayerEvent): void {
    if ('channel' in event) {
      this.addMessage(event.kind, event.message, event.channel, null);
      return;
    }
    switch (event.kind) {
      case 'overCapacity':
        if ('channels' in event) for (const channel of event.channels) this.addMessage('overCapacity', event.message, channel, null);
        else this.addMessage('overCapacity', event.message, null, event.queues);
        return;
      case 'trimmed':
        this.entries.push({ kind: 'count', cause: 'expired', name: event.queue, count: event.count, atNs: this.nowNs() });
        return;
      case 'unread': {
        const toNs = this.nowNs();
        this.entries.push({ kind: 'unread', cause: 'expired', name: event.queue, fromNs: toNs - event.ms * NS_PER_MS, toNs });
        return;
      }
      case 'groupExpired':
        this.entries.push({ kind: 'count', cause: 'groupExpired', name: event.group, count: event.count, atNs: this.nowNs() });
        return;
      case 'backendDown':
        this.backendDown(event.reason);
        return;
      case 'backendUp':
        this.backendUp();
        return;
      case 'decodeError':
        return;
      default:
        assertNever(event);
    }
  }

  private addMessage(cause: NamedCause, message: Message, channel: string | null, queues: number | null): void {
    const frame = frameOf(message);
    if (frame !== undefined) this.addFrame(cause, frame, channel, queues);
  }

  private addFrame(cause: NamedCause, frame: Uint8Array, channel: string | null, queues: number | null, reason?: string): void {
    if (frameEpoch(frame) !== EPOCH_MEASURE) return;
    const sender = frameSender(frame);
    const run = frameRun(frame);
    const seq = frameSeq(frame);
    const key = `${run}/${cause}/${sender}/${channel ?? '*'}/${queues ?? '-'}/${reason ?? ''}`;
    const index = this.growing.get(key);
    const last = index === undefined ? undefined : (this.entries[index] as MessageEvidence);
    if (index !== undefined && last !== undefined && last.to === seq) {
      this.entries[index] = { ...last, to: seq + 1 };
      return;
    }
    this.growing.set(key, this.entries.length);
    const more = reason === undefined ? {} : { reason };
    this.entries.push({ kind: 'message', cause, run, sender, from: seq, to: seq + 1, channel, queues, ...more });
  }

  /** An outage is one entry when it begins, and another, with both ends, when it is over. */
  private backendDown(reason: string | undefined): void {
    if (this.outageAt >= 0) return;
    this.outageAt = this.nowNs();
    this.entries.push({ kind: 'outage', cause: 'backendLost', fromNs: this.outageAt, toNs: null, ...(reason !== undefined && { reason }) });
  }

  private backendUp(): void {
    if (this.outageAt < 0) return;
    this.entries.push({ kind: 'outage', cause: 'backendLost', fromNs: this.outageAt, toNs: this.nowNs() });
    this.outageAt = -1;
  }
}
