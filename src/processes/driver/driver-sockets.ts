import { BenchError, environmentError, messageOf } from '../../model/errors.ts';
import { knownError } from '../../model/error-remedies.ts';
import { errorText } from '../../model/error-text.ts';
import { ErrorTally } from '../../ledger/error-tally.ts';
import { LatencyRecorder } from '../../stats/histogram.ts';
import type { BrokenSocket } from '../../result/find-warnings.ts';
import { nowNs } from '../../platform/clock.ts';
import type { DriverAssignment, SocketsReport } from '../protocol.ts';
import type { AimedPublisher, SocketOpened } from '../socket-history.ts';
import type { Refusal } from './client-socket.ts';
import { Member, type MemberEvents, type MembershipStep } from './member.ts';

const HANDSHAKES_IN_FLIGHT = 64;

/** What happens on the sockets of a driver, and is none of their business. */
export interface SocketEvents {
  readonly onFrame: MemberEvents['onFrame'];
  readonly onRefused: (refusal: Refusal) => void;
  /** A socket that messages go to was opened again, and is another channel. */
  readonly onMoved: (opened: SocketOpened) => void;
}

/** The sockets of one driver, by their slot: opened, in their groups, and aimed; and what became of them. */
export class DriverSockets {
  readonly members: readonly Member[];
  /** Of the run that is under way. */
  errors: ErrorTally = new ErrorTally();
  private readonly assignment: DriverAssignment;
  private readonly byIndex: ReadonlyMap<number, Member>;
  private readonly steps = { join: new LatencyRecorder(), leave: new LatencyRecorder(), reconnect: new LatencyRecorder() };
  private readonly aimed: AimedPublisher[] = [];
  private readonly broken: BrokenSocket[] = [];

  constructor(assignment: DriverAssignment, { onFrame, onRefused, onMoved }: SocketEvents) {
    this.assignment = assignment;
    const { directGroups, processes, reconnects, sockets, targets, trust } = assignment;
    const events = {
      processes,
      trust,
      onFrame,
      onRefused,
      onBroken: ({ index, processIndex }: Member, what: string) => this.reportBroken(`socket ${index}`, processIndex, what),
      onEnded: (why: string) => this.errors.add('disconnected', why, nowNs()),
      onStep: (step: MembershipStep, ns: number) => this.steps[step].record(ns),
      onAimed: (member: Member, group: number, channel: string) => this.onAimed(member, group, channel),
      onMoved: (member: Member) => {
        if (targets.includes(member.index)) onMoved(opened(member));
      },
    };
    const isDirect = new Set(directGroups);
    this.members = sockets.map((socket, slot) => {
      const joins = !socket.groups.some((group) => isDirect.has(group));
      return new Member(socket, slot, joins, reconnects, events);
    });
    this.byIndex = new Map(this.members.map((member) => [member.index, member]));
  }

  /** Opens every socket, at most 64 handshakes at a time, and joins its groups. */
  async open(servers: readonly string[], deadlineMs: number): Promise<readonly SocketOpened[]> {
    const queue = [...this.members];
    const worker = async (): Promise<void> => {
      for (let next = queue.pop(); next !== undefined; next = queue.pop())
        await openMember(next, servers[this.assignment.sockets[next.slot]!.process]!, deadlineMs);
    };
    await Promise.all(Array.from({ length: HANDSHAKES_IN_FLIGHT }, worker));
    return this.members.map(opened);
  }

  /** The member of a socket of this driver, by its index in the Plan. */
  at(index: number): Member {
    return this.byIndex.get(index)!;
  }

  /** Tells servers which channels messages go to by `send`, and who answers them. */
  async aim(channels: readonly string[]): Promise<void> {
    const direct = this.assignment.publishers.filter((publisher) => publisher.to !== undefined);
    for (const { socket, group, to } of direct) await this.at(socket).aim(group, channels[to!]!);
    for (const target of this.assignment.targets) await this.byIndex.get(target)?.echo();
  }

  /** Messages that went to a socket go to its new channel. A publisher whose socket is closed does so when it is open again. */
  async follow({ socket, channel }: SocketOpened): Promise<void> {
    const publishers = this.assignment.publishers.filter(({ to }) => to === socket);
    await Promise.all(
      publishers.map((publisher) =>
        this.at(publisher.socket)
          .aim(publisher.group, channel)
          .catch(() => undefined),
      ),
    );
  }

  /** Resolves once servers have published all that publishers have sent so far. */
  async published(): Promise<void> {
    const publishing = new Set(this.assignment.publishers.map(({ socket }) => socket));
    const publishers = this.members.filter(({ index }) => publishing.has(index));
    // An operation that is not answered is given up by its socket.
    await Promise.all(publishers.map((member) => member.published().catch(() => undefined)));
  }

  /** Whether every socket is as it was opened, and has been so since. */
  get areWhole(): boolean {
    return this.broken.length === 0 && this.members.every(({ isOpen, closed, absent }) => isOpen && closed.length + absent.length === 0);
  }

  /** What is told of errors begins anew. */
  renew(): void {
    this.errors = new ErrorTally();
  }

  reportBroken(socket: string, process: number, what: string): void {
    this.broken.push({ socket, process, what });
  }

  /** Resolves when every socket is gone. */
  async close(): Promise<void> {
    await Promise.all(this.members.map((member) => member.close()));
    for (const recorder of Object.values(this.steps)) recorder[Symbol.dispose]();
  }

  report(): SocketsReport {
    return {
      placements: this.members.flatMap((member) => member.placements),
      closed: this.members.flatMap((member) => member.closed),
      absent: this.members.flatMap((member) => member.absent),
      joined: this.members.flatMap((member) => member.joined),
      aimed: this.aimed,
      broken: this.broken,
      errors: this.errors.list(),
      steps: { join: this.steps.join.encode(), leave: this.steps.leave.encode(), reconnect: this.steps.reconnect.encode() },
    };
  }

  private onAimed({ index }: Member, group: number, channel: string): void {
    const atNs = nowNs();
    for (const plan of this.assignment.publishers) {
      if (plan.socket === index && plan.group === group) this.aimed.push({ publisher: plan.index, channel, atNs });
    }
  }
}

function opened({ index, processIndex, channel }: Member): SocketOpened {
  return { socket: index, processIndex, channel };
}

async function openMember(member: Member, url: string, deadlineMs: number): Promise<void> {
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
