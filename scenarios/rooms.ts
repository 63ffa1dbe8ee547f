import { type AnyScenario, arrivalsOf, defineScenario, MAX_PAIRS, MAX_SOCKETS, refuseAbove, refuseEndless, TRAFFIC } from '../src/index.ts';

const PARAMETERS = {
  rooms: { kind: 'count', flag: 'rooms', default: 10, min: 1, max: 100_000, help: 'rooms' },
  members: { kind: 'count', flag: 'members', default: 8, min: 1, max: 2000, help: 'members of each room, dealt over all processes' },
  ...TRAFFIC,
  ratePerSecond: { ...TRAFFIC.ratePerSecond, default: 4, help: 'messages to each room, shared evenly by its members' },
} as const;

/** A chat: every member of a room publishes, and hears the room, itself included. Member i of room r is on process (i + r) mod N. */
export const rooms: AnyScenario = defineScenario({
  name: 'rooms',
  summary: 'chat rooms: every member publishes and hears the room',
  parameters: PARAMETERS,
  plan: (parameters, { processes }) => {
    const { rooms: groups, members, payloadBytes, warmupMs, durationMs } = parameters;
    const fewer = 'Use fewer --members or --rooms.';
    refuseAbove(MAX_PAIRS, groups * members * members, '(publisher, member) pairs', fewer);
    refuseAbove(MAX_SOCKETS, groups * members, 'sockets', fewer);
    refuseEndless(parameters, members);
    const places = Array.from({ length: groups * members }, (_, socket) => ({
      group: Math.floor(socket / members),
      member: socket % members,
    }));
    return {
      processes,
      groups,
      sockets: places.map(({ group, member }) => ({ process: (member + group) % processes, groups: [group] })),
      publishers: places.map(({ group, member }, socket) => ({
        socket,
        group,
        arrivals: arrivalsOf(parameters, { publisher: member, publishers: members, group, groups }),
      })),
      payloadBytes,
      warmupMs,
      durationMs,
    };
  },
});
