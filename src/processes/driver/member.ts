import { setTimeout as sleep } from 'node:timers/promises';
import type { TimeSpan } from '../../core/plan.ts';
import { NS_PER_MS } from '../../core/units.ts';
import { nowNs } from '../../observe/clock.ts';
import { groupName, type ClosedSocket, type DriverSocket, type ServerAnswer } from '../protocol.ts';
import { ClientSocket } from './client-socket.ts';
import type { MemberSocket } from './receiver.ts';

/** Time between tries to open a socket again. */
const RETRY_MS = 50;
const RETRY_DEADLINE_MS = 2000;

export interface MemberEvents {
  readonly onFrame: (member: Member, frame: Buffer) => void;
  readonly onAnswer: (answer: ServerAnswer) => void;
}

/** One planned socket: open to its server, in its groups, and, where the Plan wants it, slow or opened again. */
export class Member implements MemberSocket {
  readonly index: number;
  readonly groups: readonly number[];
  readonly pairBase: number[] = [];
  processIndex: number;
  isOpen = false;
  channel = '';
  /** Ends of the socket since it was first opened. */
  readonly closed: ClosedSocket[] = [];
  private readonly planned: DriverSocket;
  private readonly joins: boolean;
  private readonly reconnects: boolean;
  private readonly events: MemberEvents;
  private readonly timers: NodeJS.Timeout[] = [];
  private client: ClientSocket | null = null;
  private url = '';
  private isEnding = false;
  private isPaused = false;

  /** `joins`: whether its groups are groups of the layer. */
  constructor(planned: DriverSocket, joins: boolean, reconnects: boolean, events: MemberEvents) {
    this.planned = planned;
    this.index = planned.index;
    this.groups = planned.groups;
    this.processIndex = planned.process;
    this.joins = joins;
    this.reconnects = reconnects;
    this.events = events;
  }

  /** Connects and joins its groups. */
  async open(url: string, deadlineMs: number): Promise<void> {
    this.url = url;
    const client = await ClientSocket.open(url, deadlineMs, {
      onFrame: (frame) => this.events.onFrame(this, frame),
      onAnswer: this.events.onAnswer,
      onClose: (code) => this.onClose(code),
    });
    this.client = client;
    this.processIndex = client.processIndex;
    this.channel = client.channel;
    if (this.joins) for (const group of this.groups) await client.join(groupName(group));
    if (this.isPaused) await client.pause();
    this.isOpen = true;
  }

  /** Sends what it publishes to a group to one channel instead. */
  async aim(group: number, channel: string): Promise<void> {
    await this.client?.direct(groupName(group), channel);
  }

  async echo(): Promise<void> {
    await this.client?.echo();
  }

  publish(frame: Uint8Array): void {
    this.client?.publish(frame);
  }

  /** Plans its slow spans of the measure phase. Resolves once those that begin with it have begun. */
  async behave(startNs: number): Promise<void> {
    const { pauses = [], stalls = [] } = this.planned;
    await this.schedule(pauses, startNs, (on) => this.pause(on));
    await this.schedule(stalls, startNs, async (on) => this.client?.stall(on));
  }

  /** Takes everything again, at the end of the measure phase. */
  async recover(): Promise<void> {
    for (const timer of this.timers.splice(0)) clearTimeout(timer);
    if (this.isPaused) await this.pause(false);
    this.client?.stall(false);
  }

  close(): void {
    this.isEnding = true;
    for (const timer of this.timers) clearTimeout(timer);
    this.client?.close();
  }

  private async schedule(spans: readonly TimeSpan[], startNs: number, set: (on: boolean) => Promise<void>): Promise<void> {
    for (const { fromMs, toMs } of spans) {
      if (fromMs === 0) await set(true);
      else this.later(startNs, fromMs, () => set(true));
      this.later(startNs, toMs, () => set(false));
    }
  }

  private later(startNs: number, atMs: number, work: () => Promise<void>): void {
    const waitMs = Math.max(0, (startNs - nowNs()) / NS_PER_MS + atMs);
    this.timers.push(setTimeout(() => void work().catch(() => undefined), waitMs));
  }

  private async pause(on: boolean): Promise<void> {
    this.isPaused = on;
    if (!this.isOpen) return;
    await (on ? this.client!.pause() : this.client!.resume());
  }

  private onClose(code: number): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.closed.push({ socket: this.index, atNs: nowNs(), code, back: null });
    if (this.reconnects && !this.isEnding) void this.reopen();
  }

  /** As a browser would: again and again, until it is open and has joined. */
  private async reopen(): Promise<void> {
    while (!this.isOpen && !this.isEnding) {
      await sleep(RETRY_MS);
      await this.open(this.url, RETRY_DEADLINE_MS).catch(() => undefined);
    }
    const last = this.closed.at(-1);
    if (this.isOpen && last !== undefined)
      this.closed[this.closed.length - 1] = { ...last, back: { atNs: nowNs(), channel: this.channel } };
  }
}
