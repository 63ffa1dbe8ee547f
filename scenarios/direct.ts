import { type AnyScenario, arrivalsOf, defineScenario, MAX_SOCKETS, refuseAbove, refuseEndless, TRAFFIC } from '../src/index.ts';

const PARAMETERS = {
  pairs: { kind: 'count', flag: 'pairs', default: 10, min: 1, max: 90_000, help: 'pairs of one who asks and one who answers' },
  ...TRAFFIC,
  ratePerSecond: { ...TRAFFIC.ratePerSecond, default: 10, help: 'messages of each pair' },
} as const;

/**
 * Messages to a single channel, and their replies: each pair asks with `send` and is answered with `send`. Over all
 * pairs, whoever answers is on the same process as often as on any other.
 */
export const direct: AnyScenario = defineScenario({
  name: 'direct',
  summary: 'a message to one channel and its reply: the round trip',
  parameters: PARAMETERS,
  plan: (parameters, { processes }) => {
    const { pairs, payloadBytes, warmupMs, durationMs } = parameters;
    refuseAbove(MAX_SOCKETS, 2 * pairs, 'sockets', 'Use fewer --pairs.');
    refuseEndless(parameters, 1);
    const all = Array.from({ length: pairs }, (_, pair) => pair);
    return {
      processes,
      groups: pairs,
      sockets: all.flatMap((pair) => [
        { process: pair % processes, groups: [pair] },
        { process: (pair + Math.floor(pair / processes)) % processes, groups: [pair] },
      ]),
      publishers: all.map((pair) => ({
        socket: 2 * pair,
        group: pair,
        to: 2 * pair + 1,
        arrivals: arrivalsOf(parameters, { publisher: 0, publishers: 1, group: pair, groups: pairs }),
      })),
      measures: ['roundTrip'],
      payloadBytes,
      warmupMs,
      durationMs,
    };
  },
});
