import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../model/errors.ts';
import type { PlannedAbsence, TimeSpan } from '../../model/plan.ts';
import type { Trust } from '../../model/servers.ts';
import { NS_PER_MS } from '../../model/units.ts';
import { nowNs } from '../../platform/clock.ts';
import { groupName } from '../../wire/client-protocol.ts';
import type { DriverSocket } from '../protocol.ts';
import type { AbsentSocket, ClosedSocket, JoinedSocket, PlacedSocket } from '../socket-history.ts';
import { ClientSocket, type Refusal } from './client-socket.ts';

/** Time between tries to open a socket again. */
const RETRY_MS = 50;
const RETRY_DEADLINE_MS = 2000;

/** What takes a member some time, and how long it took is measured. */
export type MembershipStep = 'join' | 'leave' | 'reconnect';

export interface MemberEvents {
  /** Of the run. */
  readonly processes: number;
  readonly trust: Trust;
  /** One frame at a slot, and the server process that it came from. */
  readonly onFrame: (slot: number, from: number, frame: Buffer) => void;
  readonly onRefused: (refusal: Refusal) => void;
  /** Its server said on its socket what it must not, which closes it. */
  readonly onBroken: (member: Member, what: string) => void;
  /** Why its socket ended without its being planned, or could not be opened again. */
  readonly onEnded: (why: string) => void;
  /** One join or leave of the measure phase was acknowledged, or a socket was open again and in its groups. */
  readonly onStep: (step: MembershipStep, ns: number) => void;
  /** What it publishes to a group goes to a channel from now on. */
  readonly onAimed: (member: Member, group: number, channel: string) => void;
  /** Its socket was opened again, without its being planned, under another name. */
  readonly onMoved: (member: Member) => void;
}

/** One planned socket: open to its server, in its groups, and, where the Plan wants it, slow, away or opened again. */
export class Member {
  /** Index in the Plan. */
  readonly index: number;
  /** Position among the sockets of its driver. */
  readonly slot: number;
  readonly groups: readonly number[];
  /** Server process of its socket. */
  processIndex: number;
  isOpen = false;
  channel = '';
  /** Every process that its socket has been on. */
  readonly processes: Set<number> = new Set<number>();
  /** Whenever its socket was opened. */
  readonly placements: PlacedSocket[] = [];
  /** Ends of the socket since it was first opened. */
  readonly closed: ClosedSocket[] = [];
  readonly absent: AbsentSocket[] = [];
  readonly joined: JoinedSocket[] = [];
  private readonly planned: DriverSocket;
  private readonly joins: boolean;
  private readonly reconnects: boolean;
  private readonly events: MemberEvents;
  private readonly timers: NodeJS.Timeout[] = [];
  /** Its comings and goings, one after another. */
  private moves: Promise<void> = Promise.resolve();
  private client: ClientSocket | null = null;
  private opening: Promise<void> | null = null;
  private url = '';
  private isEnding = false;
  private isPaused = false;
  private isAway = false;
  /** Channels that what it publishes to a group goes to instead. */
  private readonly aims = new Map<number, string>();
  private isEchoing = false;

  /** `joins`: whether its groups are groups of the layer. */
  constructor(planned: DriverSocket, slot: number, joins: boolean, reconnects: boolean, events: MemberEvents) {
    this.planned = planned;
    this.slot = slot;
    this.index = planned.index;
    this.groups = planned.groups;
    this.processIndex = planned.process;
    this.joins = joins;
    this.reconnects = reconnects;
    this.events = events;
  }

  /** Connects and joins its groups; and has its server do what it was told to before. */
  async open(url: string, deadlineMs: number): Promise<void> {
    this.url = url;
    const { slot } = this;
    const { onFrame } = this.events;
    const client = await ClientSocket.open(url, deadlineMs, {
      processes: this.events.processes,
      trust: this.events.trust,
      onFrame: (frame, from) => onFrame(slot, from, frame),
      onRefused: this.events.onRefused,
      onClose: (code, why) => this.onClose(code, why),
      onBroken: (what) => this.events.onBroken(this, what),
    });
    // A member has one socket.
    void this.client?.close();
    this.client = client;
    if (this.isEnding) {
      void client.close();
      throw new Error('the run is over');
    }
    this.processIndex = client.processIndex;
    this.channel = client.channel;
    this.processes.add(client.processIndex);
    this.placements.push({ socket: this.index, processIndex: client.processIndex, channel: client.channel, fromNs: nowNs() });
    try {
      await this.prepare(client);
    } catch (error) {
      void client.close();
      throw error;
    }
    this.isOpen = true;
  }

  /** Brings a new socket to where the one before it was. */
  private async prepare(client: ClientSocket): Promise<void> {
    if (this.joins && !this.isAway) await this.joinGroups((group) => client.join(group));
    if (this.isPaused) await client.pause();
    if (this.isEchoing) await client.echo();
    for (const [group, channel] of this.aims) await this.aim(group, channel);
    if (!client.isOpen) throw new Error('the socket closed');
  }

  /** Sends what it publishes to a group to one channel instead. */
  async aim(group: number, channel: string): Promise<void> {
    this.aims.set(group, channel);
    await this.client?.direct(groupName(group), channel);
    this.events.onAimed(this, group, channel);
  }

  /** It replies to what asks for a reply. */
  async echo(): Promise<void> {
    this.isEchoing = true;
    await this.client?.echo();
  }

  publish(frame: Uint8Array): void {
    this.client?.publish(frame);
  }

  /** Resolves once its server has published all that it was sent so far. Only before the measure phase: nobody is paused. */
  async published(): Promise<void> {
    await this.client?.resume();
  }

  /** Begins what it does from the start of the measure phase beside hearing; resolves once it has begun. */
  async begin(): Promise<void> {
    const { pauses = [], stalls = [] } = this.planned;
    if (pauses.some(startsWithPhase)) await this.pause(true);
    if (stalls.some(startsWithPhase)) this.client?.stall(true);
  }

  /** Plans what it does later in the measure phase. */
  plan(startNs: number): void {
    const { pauses = [], stalls = [], absences = [] } = this.planned;
    this.schedule(pauses, startNs, (on) => this.pause(on));
    this.schedule(stalls, startNs, async (on) => this.client?.stall(on));
    for (const absence of absences) {
      this.later(startNs, absence.fromMs, () => this.move(() => this.depart(absence.how)));
      this.later(startNs, absence.toMs, () => this.move(() => this.comeBack()));
    }
  }

  /** Takes everything again, at the end of the measure phase; who is away stays away. */
  async recover(): Promise<void> {
    for (const timer of this.timers.splice(0)) clearTimeout(timer);
    await this.moves;
    if (this.isPaused) await this.pause(false);
    this.client?.stall(false);
  }

  /** Resolves when its socket is gone. */
  async close(): Promise<void> {
    this.isEnding = true;
    for (const timer of this.timers) clearTimeout(timer);
    await this.client?.close();
  }

  private schedule(spans: readonly TimeSpan[], startNs: number, set: (on: boolean) => Promise<void>): void {
    for (const span of spans) {
      if (!startsWithPhase(span)) this.later(startNs, span.fromMs, () => set(true));
      this.later(startNs, span.toMs, () => set(false));
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

  private move(work: () => Promise<void>): Promise<void> {
    this.moves = this.moves.then(work);
    return this.moves;
  }

  /** Leaves its groups, or closes its socket. What the server still does for a closed socket reaches nobody. */
  private async depart(how: PlannedAbsence['how']): Promise<void> {
    if (!this.isOpen) return;
    this.isAway = true;
    const leavingNs = nowNs();
    if (how === 'disconnect') {
      this.isOpen = false;
      void this.client!.close();
    } else {
      // A socket that ends meanwhile has left as well.
      for (const group of this.groups) await this.timed('leave', this.client!.leave(groupName(group))).catch(() => undefined);
    }
    this.absent.push({ socket: this.index, leavingNs, leftNs: nowNs(), joiningNs: Infinity, joinedNs: Infinity });
  }

  private async comeBack(): Promise<void> {
    const absence = this.absent.at(-1);
    if (!this.isAway || absence === undefined) return;
    // A socket that is being opened meanwhile joins nothing.
    await this.opening;
    this.isAway = false;
    const joiningNs = nowNs();
    this.absent[this.absent.length - 1] = { ...absence, joiningNs };
    if (this.isOpen) await this.joinGroups((group) => this.timed('join', this.client!.join(group)));
    else await this.timed('reconnect', this.openAgain());
    this.absent[this.absent.length - 1] = { ...absence, joiningNs, joinedNs: nowNs() };
  }

  private async joinGroups(join: (group: string) => Promise<void>): Promise<void> {
    const joiningNs = nowNs();
    for (const group of this.groups) await join(groupName(group));
    this.joined.push({ socket: this.index, joiningNs });
  }

  private async timed(step: MembershipStep, work: Promise<void>): Promise<void> {
    const fromNs = nowNs();
    await work;
    this.events.onStep(step, nowNs() - fromNs);
  }

  private onClose(code: number, why: string): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.events.onEnded(why);
    this.closed.push({ socket: this.index, atNs: nowNs(), code, back: null });
    if (this.reconnects && !this.isEnding) void this.reopen();
  }

  private async reopen(): Promise<void> {
    await sleep(RETRY_MS);
    await this.openAgain();
    const last = this.closed.at(-1);
    if (this.isOpen && last !== undefined)
      this.closed[this.closed.length - 1] = { ...last, back: { atNs: nowNs(), channel: this.channel } };
    if (this.isOpen) this.events.onMoved(this);
  }

  /** As a browser would: again and again, until it is open and has joined. Whoever wants that meanwhile waits for the same socket. */
  private openAgain(): Promise<void> {
    this.opening ??= this.tryToOpen().finally(() => (this.opening = null));
    return this.opening;
  }

  private async tryToOpen(): Promise<void> {
    while (!this.isOpen && !this.isEnding) {
      try {
        await this.open(this.url, RETRY_DEADLINE_MS);
      } catch (error) {
        if (!this.isEnding) this.events.onEnded(`not opened again: ${messageOf(error).replaceAll(this.url, 'its server')}`);
        await sleep(RETRY_MS);
      }
    }
  }
}

function startsWithPhase({ fromMs }: TimeSpan): boolean {
  return fromMs === 0;
}
