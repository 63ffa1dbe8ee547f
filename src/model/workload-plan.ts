import { usageError } from './errors.ts';
import type { Arrivals } from './pacer.ts';
import { meanPayloadBytes, type PayloadSizes } from './payloads.ts';
import { MAX_PAIRS, MAX_SOCKETS, type Plan, type PlannedAbsence, type PlannedPublisher, type PlannedSocket } from './plan.ts';
import { MAX_PAYLOAD_BYTES, refuseAbove, refuseEndless } from './traffic.ts';
import { formatBytes, formatCount, NS_PER_SECOND } from './units.ts';
import type { WorkloadMessages } from './workload.ts';
import type { WorkloadDemand, WorkloadGroup } from './workload-demand.ts';

/** When and on how many processes a demand is to be run. */
export interface WorkloadRun {
  readonly processes: number;
  readonly warmupMs: number;
  readonly durationMs: number;
}

/** Up to here sends count as random; beyond, they come in bursts of so many. */
const RANDOM_DISPERSION = 1.5;
/** Who leaves is away for so long, or shorter: at most this share of the members is away at a time, so that deliveries are not fewer. */
const AWAY_MS = 1000;
const MOST_AWAY_RATIO = 0.004;
/** Multiples of it are spread evenly over the unit interval, however many there are. */
const GOLDEN_RATIO = (Math.sqrt(5) - 1) / 2;
/** A frame's header, and its message in msgpack without the payload: what a message has beside it. */
const BYTES_BESIDE_PAYLOAD = 83;
const SMALLER = 'Use a smaller --scale.';

/**
 * The Plan of a demand. Member i is on process i mod N. Each group has one publisher, on a socket of its own beside the
 * connections. Connections that are in no group are idle; where there are more memberships than connections, sockets are
 * in several groups. Members that leave their groups join them again within a second.
 */
export function workloadPlan(demand: WorkloadDemand, { processes, warmupMs, durationMs }: WorkloadRun): Plan {
  const memberships = demand.groups.reduce((total, { members }) => total + members, 0);
  refuseAbove(MAX_SOCKETS, demand.connections + demand.groups.length, 'sockets', SMALLER);
  refuseAbove(MAX_PAIRS, memberships, 'memberships', SMALLER);
  demand.groups.forEach(({ perSecond }) => refuseEndless({ ratePerSecond: perSecond, durationMs }, 1));
  const members = memberSockets(demand, Math.min(memberships, demand.connections));
  const absences = absencesOf(demand.joinsPerSecond, members, memberships, durationMs);
  const sockets: PlannedSocket[] = members.map((groups, i) => ({
    process: i % processes,
    groups,
    ...(absences[i] === undefined ? {} : { absences: absences[i] }),
  }));
  while (sockets.length < demand.connections) sockets.push({ process: sockets.length % processes, groups: [] });
  const publishers: PlannedPublisher[] = [];
  demand.groups.forEach(({ perSecond }, group) => {
    if (perSecond === 0) return;
    publishers.push({ socket: sockets.length, group, arrivals: arrivalsOf(perSecond, demand.dispersion, group) });
    sockets.push({ process: group % processes, groups: [] });
  });
  const payloads = payloadsOf(demand.messages);
  const payloadBytes = Math.round(meanPayloadBytes({ payloadBytes: 0, payloads }));
  return { processes, groups: demand.groups.length, sockets, publishers, payloadBytes, payloads, warmupMs, durationMs };
}

/** Groups of each socket that is a member: groups take sockets in turn, and begin anew where there are no more. */
function memberSockets({ groups, connections }: WorkloadDemand, count: number): readonly (readonly number[])[] {
  const largest = groups.reduce<WorkloadGroup | null>((most, group) => (group.members > (most?.members ?? 0) ? group : most), null);
  if (largest !== null && largest.members > connections)
    throw usageError(
      `the workload has a group of ${formatCount(largest.members)} members, and ${formatCount(connections)} connections`,
      'Correct "connections" in the profile: a group has at most all of them.',
    );
  const sockets: number[][] = Array.from({ length: count }, () => []);
  let next = 0;
  groups.forEach(({ members }, group) => {
    for (let member = 0; member < members; member++) sockets[next++ % count]!.push(group);
  });
  return sockets;
}

/** Absences by socket, evenly spaced over the time and over the sockets. Each ends in as many joins as the socket has groups. */
function absencesOf(
  joinsPerSecond: number,
  members: readonly (readonly number[])[],
  memberships: number,
  durationMs: number,
): readonly (readonly PlannedAbsence[] | undefined)[] {
  const found: PlannedAbsence[][] = [];
  const perSecond = memberships === 0 ? 0 : (joinsPerSecond * members.length) / memberships;
  const count = Math.round((perSecond * durationMs) / 1000);
  const awayMs = Math.max(1, Math.floor(Math.min(AWAY_MS, durationMs / 2, ((MOST_AWAY_RATIO * members.length) / perSecond) * 1000)));
  for (let turn = 0; turn < count; turn++) {
    const socket = Math.floor(((turn * GOLDEN_RATIO) % 1) * members.length);
    const fromMs = Math.floor(((turn + 0.5) / count) * (durationMs - awayMs));
    const before = (found[socket] ??= []);
    if ((before.at(-1)?.toMs ?? 0) <= fromMs) before.push({ fromMs, toMs: fromMs + awayMs, how: 'leave' });
  }
  return members.map((_, socket) => found[socket]);
}

/** Rates have 9 digits: the last bits of a logarithm are not the same everywhere, and a Plan is. */
function arrivalsOf(exactPerSecond: number, dispersion: number, group: number): Arrivals {
  const perSecond = Number(exactPerSecond.toPrecision(9));
  if (dispersion <= RANDOM_DISPERSION) return { kind: 'poisson', perSecond, phaseNs: 0 };
  const size = Math.round(dispersion);
  const everyNs = Math.round((size / perSecond) * NS_PER_SECOND);
  return { kind: 'burst', size, everyNs, phaseNs: Math.floor(everyNs * (((group + 1) * GOLDEN_RATIO) % 1)) };
}

/**
 * Sizes of payloads so that messages have the sizes of the profile. The sizes are scaled, so that they have its mean: what
 * lies between and beyond its quantiles is not known. A message below its header has no payload.
 */
export function payloadsOf({ at, bytes, mean }: WorkloadMessages): PayloadSizes {
  if (bytes.at(-1)! > MAX_PAYLOAD_BYTES)
    throw usageError(
      `the workload has messages of ${formatBytes(bytes.at(-1)!)}; a run sends ${formatBytes(MAX_PAYLOAD_BYTES)} at the most`,
      'Lower the largest sizes in "messages".',
    );
  const wanted = Math.max(0, mean - BYTES_BESIDE_PAYLOAD);
  const scaledBy = (scale: number): PayloadSizes => ({
    at,
    bytes: bytes.map((size) => Math.min(MAX_PAYLOAD_BYTES, Math.max(0, size * scale - BYTES_BESIDE_PAYLOAD))),
  });
  const meanAt = (scale: number): number => meanPayloadBytes({ payloadBytes: 0, payloads: scaledBy(scale) });
  let [low, high] = [0, 1];
  while (meanAt(high) < wanted && high < MAX_PAYLOAD_BYTES) high *= 2;
  for (let step = 0; step < 40; step++) {
    const middle = (low + high) / 2;
    if (meanAt(middle) < wanted) low = middle;
    else high = middle;
  }
  return { at, bytes: scaledBy(high).bytes.map(Math.round) };
}
