import { usageError } from './errors.ts';
import type { ParameterValues } from './parameters.ts';
import type { Arrivals } from './pacer.ts';
import { formatCount, NS_PER_MS, NS_PER_SECOND } from './units.ts';

/** What most scenarios let a user say of their messages. A scenario gives some of them another default. */
export const TRAFFIC = {
  ratePerSecond: {
    kind: 'rate',
    flag: 'rate',
    default: 20,
    min: 0.01,
    max: 100_000,
    help: 'messages to each group, shared evenly by its publishers',
  },
  payloadBytes: {
    kind: 'size',
    flag: 'payload',
    default: 128,
    min: 0,
    max: 1_048_576,
    help: 'size of a message without its 56 B header',
  },
  arrivals: {
    kind: 'choice',
    flag: 'arrivals',
    default: 'constant',
    choices: ['constant', 'poisson', 'burst', 'ramp'],
    help: 'spacing of the messages; a ramp climbs to the rate',
  },
  burstMessages: { kind: 'count', flag: 'burst', default: 10, min: 1, max: 1_000_000, help: 'messages at once, with burst arrivals' },
  rampSteps: { kind: 'count', flag: 'steps', default: 5, min: 1, max: 1000, help: 'steps of equal length, with ramp arrivals' },
  durationMs: { kind: 'duration', flag: 'duration', default: 10_000, min: 100, max: 86_400_000, help: 'length of the measure phase' },
  warmupMs: { kind: 'duration', flag: 'warmup', default: 5000, min: 0, max: 3_600_000, help: 'traffic before it, not counted' },
} as const;

/** The largest payload of a message. */
export const MAX_PAYLOAD_BYTES: number = TRAFFIC.payloadBytes.max;

export type Traffic = ParameterValues<typeof TRAFFIC>;

/** Where one publisher stands among those of its group, and its group among all. */
export interface Place {
  readonly publisher: number;
  readonly publishers: number;
  readonly group: number;
  readonly groups: number;
}

/** Sequence numbers have 32 bits. */
const MAX_MESSAGES_PER_PUBLISHER = 2 ** 32;

/**
 * The arrivals of one publisher, so that its group has the rate as a whole. They are staggered: the messages of a group
 * are evenly spaced, its publishers burst in turn, and groups do not fire together.
 */
export function arrivalsOf(traffic: Traffic, place: Place): Arrivals {
  const { publisher, publishers, group, groups } = place;
  const perSecond = traffic.ratePerSecond / publishers;
  const turn = (publisher + group / groups) / publishers;
  switch (traffic.arrivals) {
    case 'poisson':
      return { kind: 'poisson', perSecond, phaseNs: 0 };
    case 'burst': {
      const everyNs = (traffic.burstMessages / perSecond) * NS_PER_SECOND;
      return { kind: 'burst', size: traffic.burstMessages, everyNs, phaseNs: Math.floor(everyNs * turn) };
    }
    case 'ramp': {
      const firstPerSecond = perSecond / traffic.rampSteps;
      const stepNs = (traffic.durationMs * NS_PER_MS) / traffic.rampSteps;
      return { kind: 'ramp', perSecond: firstPerSecond, stepNs, phaseNs: Math.floor((NS_PER_SECOND / traffic.ratePerSecond) * turn) };
    }
    default:
      return { kind: 'constant', perSecond, phaseNs: Math.floor((NS_PER_SECOND / perSecond) * turn) };
  }
}

/** Throws a usage error for more than a limit, with the number: before a Plan is built that would be too large to build. */
export function refuseAbove(limit: number, count: number, what: string, hint: string): void {
  if (count > limit) throw usageError(`this plan has ${formatCount(count)} ${what}; the limit is ${formatCount(limit)}`, hint);
}

export function refuseEndless(traffic: Pick<Traffic, 'ratePerSecond' | 'durationMs'>, publishers: number): void {
  const messages = ((traffic.ratePerSecond / publishers) * traffic.durationMs) / 1000;
  refuseAbove(
    MAX_MESSAGES_PER_PUBLISHER,
    messages,
    'messages per publisher',
    'Use a lower --rate, a shorter --duration or more --publishers.',
  );
}
