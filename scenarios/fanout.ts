import { usageError } from '../src/core/errors.ts';
import type { Arrivals } from '../src/core/pacer.ts';
import type { ParameterValues } from '../src/core/parameters.ts';
import { MAX_PAIRS, MAX_SOCKETS, type Plan, type PlannedPublisher, type PlannedSocket } from '../src/core/plan.ts';
import { defineScenario, type Scenario } from '../src/core/scenario.ts';
import { formatCount, NS_PER_SECOND } from '../src/core/units.ts';

const PARAMETERS = {
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
  ratePerSecond: {
    kind: 'rate',
    flag: 'rate',
    default: 20,
    min: 0.01,
    max: 100_000,
    help: 'messages to each group, shared evenly by its publishers',
  },
  payloadBytes: { kind: 'size', flag: 'payload', default: 128, min: 0, max: 1_048_576, help: 'size of a message without its 56 B header' },
  arrivals: { kind: 'choice', flag: 'arrivals', default: 'constant', choices: ['constant', 'poisson'], help: 'spacing of the messages' },
  durationMs: { kind: 'duration', flag: 'duration', default: 10_000, min: 100, max: 86_400_000, help: 'length of the measure phase' },
  warmupMs: { kind: 'duration', flag: 'warmup', default: 5000, min: 0, max: 3_600_000, help: 'traffic before it, not counted' },
} as const;

type FanoutValues = ParameterValues<typeof PARAMETERS>;

/** Sequence numbers have 32 bits. */
const MAX_MESSAGES_PER_PUBLISHER = 2 ** 32;

/**
 * Broadcasts: every message goes to all members of its group. Member i of group g is on process (i + g) mod N, its
 * publisher j on process (j + g) mod N; publishers do not join. Constant arrivals are staggered, so that the messages
 * of a group are evenly spaced and groups do not fire together.
 */
export const fanout: Scenario<typeof PARAMETERS> = defineScenario({
  name: 'fanout',
  summary: 'groups of members on all processes, who get every message of their group',
  parameters: PARAMETERS,
  plan: (parameters, { processes }): Plan => {
    refuseHuge(parameters);
    const sockets: PlannedSocket[] = [];
    const publishers: PlannedPublisher[] = [];
    for (let group = 0; group < parameters.groups; group++) {
      for (let publisher = 0; publisher < parameters.publishers; publisher++) {
        publishers.push({ socket: sockets.length, group, arrivals: arrivalsOf(parameters, group, publisher) });
        sockets.push({ process: (publisher + group) % processes, groups: [] });
      }
      for (let member = 0; member < parameters.members; member++) {
        sockets.push({ process: (member + group) % processes, groups: [group] });
      }
    }
    const { groups, payloadBytes, warmupMs, durationMs } = parameters;
    return { processes, groups, sockets, publishers, payloadBytes, warmupMs, durationMs };
  },
});

function arrivalsOf(parameters: FanoutValues, group: number, publisher: number): Arrivals {
  const perSecond = parameters.ratePerSecond / parameters.publishers;
  if (parameters.arrivals === 'poisson') return { kind: 'poisson', perSecond, phaseNs: 0 };
  const spacingNs = NS_PER_SECOND / parameters.ratePerSecond;
  return { kind: 'constant', perSecond, phaseNs: Math.floor(spacingNs * (publisher + group / parameters.groups)) };
}

/** Plans that are refused anyway, and would be too large to build first. */
function refuseHuge(parameters: FanoutValues): void {
  const { groups, members, publishers, ratePerSecond, durationMs } = parameters;
  const refuse = (what: string, count: number, limit: number, hint: string): void => {
    if (count > limit) throw usageError(`this plan has ${formatCount(count)} ${what}; the limit is ${formatCount(limit)}`, hint);
  };
  refuse('(publisher, member) pairs', groups * publishers * members, MAX_PAIRS, 'Use fewer --members, --publishers or --groups.');
  refuse('sockets', groups * (publishers + members), MAX_SOCKETS, 'Use fewer --members, --publishers or --groups.');
  const messages = ((ratePerSecond / publishers) * durationMs) / 1000;
  refuse('messages per publisher', messages, MAX_MESSAGES_PER_PUBLISHER, 'Use a lower --rate, a shorter --duration or more --publishers.');
}
