import { MAX_PAIRS, MAX_SOCKETS, type Plan, type PlannedPublisher, type PlannedSocket } from './plan.ts';
import { arrivalsOf, refuseAbove, refuseEndless, type Traffic } from './traffic.ts';

/** Groups of members, with publishers that do not join. */
export interface Broadcast {
  readonly groups: number;
  readonly members: number;
  readonly publishers: number;
}

/** Parameters of the groups of a broadcast; a scenario gives some of them another default. */
export const BROADCAST = {
  groups: { kind: 'count', flag: 'groups', default: 1, min: 1, max: 100_000, help: 'groups, each with members and publishers of its own' },
  members: { kind: 'count', flag: 'members', default: 100, min: 1, max: 200_000, help: 'members of each group, dealt over all processes' },
  publishers: {
    kind: 'count',
    flag: 'publishers',
    default: 1,
    min: 1,
    max: 10_000,
    help: 'publishers of each group, on sockets of their own',
  },
} as const;

/**
 * Every message goes to all members of its group. Member i of group g is on process (i + g) mod N, its publisher j on
 * process (j + g) mod N. `behave` may say how the member with an index behaves; publishers have the index -1.
 */
export function broadcast(
  shape: Broadcast,
  traffic: Traffic,
  processes: number,
  behave: (member: number) => Partial<PlannedSocket> = () => ({}),
): Plan {
  const { groups, members, publishers } = shape;
  const fewer = 'Use fewer --members, --publishers or --groups.';
  refuseAbove(MAX_PAIRS, groups * publishers * members, '(publisher, member) pairs', fewer);
  refuseAbove(MAX_SOCKETS, groups * (publishers + members), 'sockets', fewer);
  refuseEndless(traffic, publishers);
  const sockets: PlannedSocket[] = [];
  const planned: PlannedPublisher[] = [];
  for (let group = 0; group < groups; group++) {
    for (let publisher = 0; publisher < publishers; publisher++) {
      planned.push({ socket: sockets.length, group, arrivals: arrivalsOf(traffic, { publisher, publishers, group, groups }) });
      sockets.push({ process: (publisher + group) % processes, groups: [], ...behave(-1) });
    }
    for (let member = 0; member < members; member++) {
      sockets.push({ process: (member + group) % processes, groups: [group], ...behave(member) });
    }
  }
  const { payloadBytes, warmupMs, durationMs } = traffic;
  return { processes, groups, sockets, publishers: planned, payloadBytes, warmupMs, durationMs };
}
