import type { AccountInput, MissingRange, SocketAccount, Absence, Placement } from '../src/ledger/account.ts';
import type { Evidence } from '../src/ledger/evidence.ts';
import { placementAt } from '../src/ledger/placements.ts';
import { rangesOf } from '../src/model/ranges.ts';

/*
 * A system whose fates are known, to hold the ledger against: sockets that crashes and ends of sockets close and that come back
 * on another process, members that come and go, a backend that is away, and messages that are dropped with and without a word.
 * It is computed message by message and member by member. Times are in ticks: messages are due at whole ones, all else happens
 * half-way between.
 */

export const TICK_NS = 1e8;
export const MESSAGES = 80;
const SECOND = 10;
const GUARD = 1;
const DUE_NS = Float64Array.from({ length: MESSAGES }, (_, seq) => seq * TICK_NS);

export type Drop = 'bufferOverflow' | 'refused' | 'lateAfterDrain' | 'inFlight' | 'unexplained';

export interface World {
  readonly scope: 'process' | 'shared';
  readonly processes: number;
  /** Process that each socket is on to begin with; the first `publishers` of them publish. */
  readonly homes: readonly number[];
  readonly publishers: number;
  readonly kills: readonly { readonly process: number; readonly at: number }[];
  /** Sockets that end on their own. */
  readonly ends: readonly { readonly socket: number; readonly at: number }[];
  readonly absences: readonly { readonly socket: number; readonly at: number; readonly ticks: number; readonly closes: boolean }[];
  /** Processes whose backend is away. */
  readonly backend: readonly { readonly process: number; readonly at: number; readonly ticks: number }[];
  readonly drops: readonly { readonly socket: number; readonly seq: number; readonly kind: Drop }[];
  /** How long a socket takes to be back, and where: cycled through. */
  readonly returns: readonly { readonly ticks: number; readonly process: number }[];
}

interface Gap {
  readonly from: number;
  readonly to: number;
}

/** The course of one socket, in ticks. */
interface Course {
  readonly placements: readonly (Gap & { readonly process: number })[];
  readonly outages: readonly Gap[];
  readonly absences: readonly { readonly leaving: number; readonly left: number; readonly joining: number; readonly joined: number }[];
}

const half = (tick: number): number => Math.floor(tick) + 0.5;

/** What becomes of a socket: what happens to one that is closed already, or away, happens to nobody. */
function courseOf(world: World, socket: number): Course {
  const { kills, ends, returns, processes } = world;
  const home = world.homes[socket]! % processes;
  const events = [
    ...kills.map((kill) => ({ ...kill, process: kill.process % processes, kind: 'kill' as const })),
    ...ends.filter((end) => end.socket % world.homes.length === socket).map(({ at }) => ({ at, kind: 'end' as const })),
    ...world.absences
      .filter((absence) => absence.socket % world.homes.length === socket && socket >= world.publishers)
      .map((absence) => ({ ...absence, kind: 'away' as const })),
  ].toSorted((a, b) => a.at - b.at);
  const placements = [{ process: home, from: -Infinity, to: Infinity }];
  const outages: Gap[] = [];
  const absences: { leaving: number; left: number; joining: number; joined: number }[] = [];
  let [closedUntil, awayUntil, returned] = [-Infinity, -Infinity, 0];
  const move = (from: number, process: number): void => {
    placements[placements.length - 1]!.to = from;
    placements.push({ process: process % processes, from, to: Infinity });
  };
  for (const event of events) {
    const at = half(event.at);
    const { ticks, process } = returns[returned % returns.length]!;
    if (at < closedUntil) continue;
    if (event.kind === 'away') {
      if (at < awayUntil) continue;
      const joining = at + event.ticks + 3;
      absences.push({ leaving: at, left: at + (event.closes ? 0 : 1), joining, joined: joining + 1 });
      awayUntil = joining + 1;
      if (!event.closes) continue;
      closedUntil = awayUntil;
      returned += 1;
      move(joining, process);
    } else if (event.kind === 'end' || placements.at(-1)!.process === event.process) {
      // Who is away but connected would be back later than it says: it is left alone.
      if (at < awayUntil) continue;
      closedUntil = at + ticks + 1;
      returned += 1;
      outages.push({ from: at, to: closedUntil });
      move(closedUntil - 0.25, process);
    }
  }
  return { placements, outages, absences };
}

const covers = (gaps: readonly Gap[], tick: number): boolean => gaps.some(({ from, to }) => tick >= from && tick < to);
const at = (course: Course, tick: number): number => course.placements.find(({ from, to }) => tick >= from && tick < to)!.process;

/** When the crash of a process that a socket was on may have cost it messages. */
function crashGaps({ kills, processes }: World, course: Course): readonly Gap[] {
  return kills.flatMap(({ process, at: tick }): readonly Gap[] => {
    const crash = half(tick);
    const stay = course.placements.find(({ from, to }) => crash >= from && crash < to)!;
    if (stay.process !== process % processes) return [];
    const gone = [...course.outages, ...course.absences.map(({ leaving, joined }) => ({ from: leaving, to: joined }))];
    const ends = gone.map(({ to }) => to).filter((to) => to > crash);
    return [{ from: Math.max(stay.from, crash - 2 * SECOND), to: Math.min(...ends) }];
  });
}

/** What is true of a world: the account that an instrument would take of it, and what has to come out. */
export interface Simulation {
  readonly account: AccountInput;
  readonly lost: Readonly<Record<string, number>>;
  readonly expected: readonly number[];
  readonly delivered: readonly number[];
  readonly uncertain: number;
  readonly strays: number;
}

const noDeliveries = (processes: number): number[] => Array.from({ length: processes ** 2 }, () => 0);

export function simulate(world: World): Simulation {
  const { homes, processes, scope, publishers } = world;
  const courses = homes.map((_, socket) => courseOf(world, socket));
  const crashes = courses.map((course) => crashGaps(world, course));
  const lost: Record<string, number> = {};
  const [expected, delivered] = [noDeliveries(processes), noDeliveries(processes)];
  const missing: MissingRange[] = [];
  const lateArrivals: MissingRange[] = [];
  const evidence: Evidence[][] = Array.from({ length: processes }, () => []);
  const held: { sender: number; seq: number; channel: string; expired: boolean }[][] = Array.from({ length: processes }, () => []);
  const sockets = courses.map(socketAccount);
  let [uncertain, strays, arrived] = [0, 0, 0];

  const fateOf = (publisher: number, socket: number, seq: number): { readonly owed: boolean; readonly fate: string | null } => {
    const [sender, member] = [courses[publisher]!, courses[socket]!];
    const away = member.absences.find(({ leaving, joined }) => seq >= leaving - GUARD && seq < joined);
    if (away !== undefined) {
      const surely = seq >= away.left && seq < away.joining - GUARD;
      const comes = surely ? seq % 7 === 0 : seq % 2 === 0;
      if (!surely) uncertain += 1;
      else if (comes) strays += 1;
      return { owed: false, fate: comes ? null : 'away' };
    }
    const [sending, receiving] = [at(sender, seq), at(member, seq)];
    if (scope === 'process' && sending !== receiving) return { owed: true, fate: 'isolated' };
    const crashed = covers(crashes[publisher]!, seq) || covers(crashes[socket]!, seq);
    if (covers(sender.outages, seq) || covers(member.outages, seq))
      return { owed: true, fate: crashed ? 'processCrashed' : 'disconnected' };
    // What is dropped near something else could have been lost to that.
    const isNear = ({ from, to }: Gap): boolean => seq >= from - SECOND && seq < to + 1;
    const near = sender.outages.some(isNear) || member.outages.some(isNear);
    if (crashed || near) return { owed: true, fate: null };
    const down = world.backend.filter(({ process }) => [sending, receiving].includes(process % processes));
    if (scope === 'shared' && down.some((gap) => seq > gap.at && seq <= gap.at + gap.ticks)) return { owed: true, fate: 'backendLost' };
    const drop = world.drops.find((candidate) => candidate.socket % homes.length === socket && candidate.seq === seq);
    const nearBackend = scope === 'shared' && down.some((gap) => seq >= gap.at - SECOND && seq <= gap.at + gap.ticks + SECOND + 1);
    if (drop === undefined || (drop.kind === 'unexplained' && nearBackend)) return { owed: true, fate: null };
    const channel = placementAt(sockets[socket]!.placements, seq * TICK_NS).channel;
    if (drop.kind === 'bufferOverflow' || drop.kind === 'refused')
      evidence[receiving]!.push({ kind: 'message', cause: drop.kind, sender: publisher, from: seq, to: seq + 1, channel, queues: null });
    if (drop.kind === 'inFlight') held[receiving]!.push({ sender: publisher, seq, channel, expired: false });
    if (drop.kind === 'lateAfterDrain') lateArrivals.push({ publisher, socket, from: seq, to: seq + 1 });
    return { owed: true, fate: drop.kind };
  };

  for (let publisher = 0; publisher < publishers; publisher++) {
    for (let socket = 0; socket < homes.length; socket++) {
      const gone: number[] = [];
      for (let seq = 0; seq < MESSAGES; seq++) {
        const { owed, fate } = fateOf(publisher, socket, seq);
        const cell = at(courses[publisher]!, seq) * processes + at(courses[socket]!, seq);
        if (fate === null) arrived += 1;
        else gone.push(seq);
        if (!owed) continue;
        expected[cell]! += 1;
        if (fate === null) delivered[cell]! += 1;
        else lost[fate] = (lost[fate] ?? 0) + 1;
      }
      missing.push(...rangesOf(gone).map((range) => ({ publisher, socket, ...range })));
    }
  }
  if (scope === 'shared') {
    for (const { process, at: from, ticks } of world.backend) {
      // Told when it begins, and again when it is over.
      const outage = { kind: 'outage', cause: 'backendLost', fromNs: half(from) * TICK_NS } as const;
      evidence[process % processes]!.push({ ...outage, toNs: null }, { ...outage, toNs: half(from + ticks) * TICK_NS });
    }
  }
  const account: AccountInput = {
    scope,
    processes,
    publishers: Array.from({ length: publishers }, (_, socket) => ({
      group: 0,
      socket,
      answeredBy: null,
      overtakes: false,
      attempted: MESSAGES,
      unsendable: rangesOf(Array.from({ length: MESSAGES }, (__, seq) => seq).filter((seq) => covers(courses[socket]!.outages, seq))),
      unanswered: [],
      refused: [],
    })),
    sockets,
    members: [homes.map((_, socket) => socket)],
    groupNames: ['g0'],
    delivered: arrived,
    missing,
    lateArrivals,
    crossed: Array.from({ length: processes ** 2 }, (_, cell) => scope === 'shared' || Math.floor(cell / processes) === cell % processes),
    crashes: world.kills.map(({ process, at: tick }) => ({ process: process % processes, atNs: half(tick) * TICK_NS })),
    evidence,
    held,
    published: Array.from({ length: publishers }, () => null),
    expiryNs: Infinity,
    groupExpiryNs: Infinity,
    guardNs: GUARD * TICK_NS,
    membershipsLostNs: [],
    backendReplacedNs: [],
    dueNs: () => DUE_NS,
  };
  return { account, lost, expected, delivered, uncertain, strays };
}

function socketAccount({ placements, outages, absences }: Course, socket: number): SocketAccount {
  return {
    placements: placements.map(({ process, from }, i): Placement => ({ process, channel: `${socket}.${i}`, fromNs: from * TICK_NS })),
    outages: outages.map(({ from, to }) => ({ fromNs: from * TICK_NS, toNs: to * TICK_NS })),
    absences: absences.map(({ leaving, left, joining, joined }): Absence => ({
      leavingNs: leaving * TICK_NS,
      leftNs: left * TICK_NS,
      joiningNs: joining * TICK_NS,
      joinedNs: joined * TICK_NS,
    })),
    joinsNs: [],
  };
}
