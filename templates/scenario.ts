import { arrivalsOf, defineScenario, refuseEndless, TRAFFIC } from 'layerbench';

/*
 * A scenario: parameters, and a pure function from their values to a Plan. No clock, no randomness, no I/O: the same
 * parameters give the same Plan, so that `bench explain ./my-scenario.ts` can show it without running anything.
 */
export default defineScenario({
  name: 'my-scenario',
  summary: 'two halves of a room: some members talk, everybody hears them',

  // Each becomes a flag with help, a range and a unit. The kinds are count, rate, size, duration, choice and text;
  // rates arrive as messages a second, sizes as bytes, durations as milliseconds.
  parameters: {
    talkers: { kind: 'count', flag: 'talkers', default: 4, min: 1, max: 1000, help: 'members who talk' },
    listeners: { kind: 'count', flag: 'listeners', default: 16, min: 0, max: 10_000, help: 'members who only listen' },
    // --rate, --payload, --arrivals, --duration, --warmup and what belongs to them, as the built-in scenarios have them.
    ...TRAFFIC,
  },

  plan: (parameters, { processes }) => {
    const { talkers, listeners, payloadBytes, warmupMs, durationMs } = parameters;
    refuseEndless(parameters, talkers);
    return {
      processes,
      // Groups are numbered from 0: here there is one.
      groups: 1,
      // One entry per client: the server process it opens its WebSocket to, and the groups it joins.
      // It may also have `pauses`, `stalls` and `absences`: times in which it takes nothing, reads nothing, or is not there.
      sockets: Array.from({ length: talkers + listeners }, (_, member) => ({ process: member % processes, groups: [0] })),
      // One entry per stream of messages: the socket that sends, the group, and when. Every member of the group is owed
      // each message; bench accounts for all of them.
      publishers: Array.from({ length: talkers }, (_, talker) => ({
        socket: talker,
        group: 0,
        // The rate is that of the group: its publishers share it, and take turns.
        arrivals: arrivalsOf(parameters, { publisher: talker, publishers: talkers, group: 0, groups: 1 }),
      })),
      payloadBytes,
      warmupMs,
      durationMs,
    };
  },
});
