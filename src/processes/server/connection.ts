import { setImmediate } from 'node:timers/promises';
import { frameEpoch, frameGroup, frameRun, frameSender, frameSeq, isFrame, stampRecv, stampSend } from '../../wire/frame.ts';
import { messageOf } from '../../model/errors.ts';
import { isRefusal, type ChannelLayer, type Consumer, type Message } from '../../layers/layer.ts';
import { nowNs } from '../../platform/clock.ts';
import { groupName, PROTOCOL_VERSION, type ClientOperation, type ServerAnswer } from '../../wire/client-protocol.ts';
import { frameOf, type EvidenceLog } from './evidence-log.ts';
import type { SessionMap } from './session-map.ts';

/** What a connection needs of its socket. */
export interface ClientLink {
  sendText(text: string): void;
  sendFrame(frame: Uint8Array): void;
  /** Bytes that the client has not taken yet. */
  readonly waitingBytes: number;
  /** Ends the socket at once. */
  terminate(): void;
  close(code: number, reason: string): void;
}

/** A client that leaves more than this unread is closed: it would fill the memory of its server. */
const WAITING_BYTES_MAX = 4 * 1024 * 1024;

/** What the connections of one server share. */
export interface ServerContext {
  readonly layer: ChannelLayer;
  readonly evidence: EvidenceLog;
  readonly processIndex: number;
  readonly sessions: SessionMap;
  /** Tells of an error that no client can be told as a refusal. */
  readonly fail: (error: unknown) => void;
}

/** Notes that a message was not published. A layer that fails otherwise than layers refuse is at fault itself, and so is the run. */
export function notPublished({ evidence, fail }: ServerContext, frame: Uint8Array, error: unknown, reason?: string): void {
  evidence.refused(frame, reason);
  if (!isRefusal(error)) fail(error);
}

/**
 * One client's consumer, as Channels runs it: a channel of its own, and one handler at a time. While a frame of the
 * client is being published, the consumer takes nothing from the layer.
 */
export class Connection {
  private readonly context: ServerContext;
  private readonly link: ClientLink;
  private readonly channel: string;
  private readonly consumer: Consumer;
  private readonly groups = new Set<string>();
  /** Client events are handled one after another, in order of arrival. */
  private tail: Promise<void> = Promise.resolve();
  private waiting = 0;
  private pausedByClient = false;
  /** Groups whose messages go to one channel. */
  private readonly targets = new Map<string, string>();
  private isEchoing = false;

  private constructor(context: ServerContext, link: ClientLink, channel: string) {
    this.context = context;
    this.link = link;
    this.channel = channel;
    this.consumer = context.layer.consume(channel, (message) => this.deliver(message));
  }

  /** Makes the channel and says hello. */
  static async open(context: ServerContext, link: ClientLink): Promise<Connection> {
    const channel = await context.layer.newChannel();
    const connection = new Connection(context, link, channel);
    connection.answer({ op: 'hello', protocol: PROTOCOL_VERSION, processIndex: context.processIndex, pid: process.pid, channel });
    return connection;
  }

  onText(text: string): void {
    this.enqueue(() => this.operate(JSON.parse(text) as ClientOperation));
  }

  onFrame(frame: Uint8Array): void {
    this.enqueue(() => this.publish(frame));
  }

  /** The socket has ended: the channel leaves its groups and is gone. */
  async close(): Promise<void> {
    await this.tail;
    await this.consumer.close();
    for (const group of this.groups) await this.context.layer.groupDiscard(group, this.channel).catch(() => undefined);
  }

  /** What waits behind another event leaves the loop a turn first: a layer that never waits for anything would take it all. */
  private enqueue(task: () => Promise<void>): void {
    const turn = this.waiting === 0 ? this.tail : this.tail.then(() => setImmediate());
    this.waiting += 1;
    this.tail = turn
      .then(task)
      .catch((error: unknown) => this.answer({ op: 'failed', reason: messageOf(error) }))
      .finally(() => (this.waiting -= 1));
  }

  private answer(message: ServerAnswer): void {
    this.link.sendText(JSON.stringify(message));
  }

  /** Runs for every member of every message: a private copy, so that the stamp is this member's alone. */
  private deliver(message: Message): void | Promise<void> {
    const frame = frameOf(message);
    if (frame === undefined) return;
    const { reply } = message;
    const replied = this.isEchoing && typeof reply === 'string' ? this.reply(reply, frame) : undefined;
    const copy = Buffer.allocUnsafe(frame.length);
    copy.set(frame);
    stampRecv(copy, nowNs());
    this.link.sendFrame(copy);
    if (this.link.waitingBytes > WAITING_BYTES_MAX) {
      this.context.evidence.backpressureClosed(this.channel);
      this.link.terminate();
    }
    return replied;
  }

  /** The same message, to whoever has sent it. */
  private async reply(channel: string, frame: Uint8Array): Promise<void> {
    try {
      await this.context.layer.send(channel, { type: 'bench.frame', frame });
    } catch (error) {
      notPublished(this.context, frame, error, messageOf(error));
    }
  }

  private async publish(frame: Uint8Array): Promise<void> {
    if (!isFrame(frame)) return this.link.close(1003, 'not a frame');
    this.consumer.pause();
    try {
      stampSend(frame, nowNs());
      const group = groupName(frameGroup(frame));
      const target = this.targets.get(group);
      if (target === undefined) await this.context.layer.groupSend(group, { type: 'bench.frame', frame });
      else await this.context.layer.send(target, { type: 'bench.frame', frame, reply: this.channel });
    } catch (error) {
      notPublished(this.context, frame, error);
      const [epoch, run, sender, seq] = [frameEpoch(frame), frameRun(frame), frameSender(frame), frameSeq(frame)];
      this.answer({ op: 'refused', epoch, run, sender, seq, reason: messageOf(error) });
    } finally {
      this.context.evidence.publishEnded(frame);
      if (!this.pausedByClient) this.consumer.resume();
    }
  }

  private async operate(operation: ClientOperation): Promise<void> {
    switch (operation.op) {
      case 'join':
        await this.context.layer.groupAdd(operation.group, this.channel);
        this.groups.add(operation.group);
        return this.answer({ op: 'joined', group: operation.group });
      case 'leave':
        await this.context.layer.groupDiscard(operation.group, this.channel);
        this.groups.delete(operation.group);
        return this.answer({ op: 'left', group: operation.group });
      case 'pause':
        this.pausedByClient = true;
        this.consumer.pause();
        return this.answer({ op: 'paused' });
      case 'resume':
        this.pausedByClient = false;
        this.consumer.resume();
        return this.answer({ op: 'resumed' });
      case 'direct':
        this.targets.set(operation.group, operation.channel);
        return this.answer({ op: 'directed', group: operation.group });
      case 'echo':
        this.isEchoing = true;
        return this.answer({ op: 'echoing' });
      case 'session':
        this.answer({ op: 'session', known: this.context.sessions.has(operation.id) });
        return this.context.sessions.end(operation.id);
      default:
        return this.answer({ op: 'failed', reason: `unknown operation ${JSON.stringify(operation)}` });
    }
  }
}
