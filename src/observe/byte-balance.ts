import { fixedInputBytes, fixedOutputBytes, frameBytes, type CoreCalls } from './core-wire.ts';
import type { CoreTraffic } from './core-traffic.ts';

/*
 * Deliveries without a look at a message. Redis gets each entry twice (the script, the backup) and returns it twice (bzpopmin, zpopmin);
 * only the names of members, which zrange returns, go one way. So the bytes out, less those in, are names.
 */

/** Lengths of names in bytes: means over what was read. */
export interface NameLengths {
  readonly groupKeyBytes: number;
  readonly queueKeyBytes: number;
  readonly memberBytes: number;
}

export interface BalanceInput {
  readonly traffic: CoreTraffic;
  /** Per second, without the observer's own; null where the servers do not report them. */
  readonly bytes: { readonly input: number; readonly output: number } | null;
  readonly lengths: NameLengths;
  /** Entries that nobody read, as a share of those that were to be added. */
  readonly lostRatio: number;
  readonly largestGroup: number;
}

export type Balance =
  | {
      readonly deliveriesPerSecond: number;
      /** A message in the layer's serialisation, without what the layer adds. Weighted by the processes that a message reaches. */
      readonly meanBytes: number;
      /** How far deliveries may be off, from 0 to 1. */
      readonly errorRatio: number;
      readonly reason: null;
    }
  | { readonly deliveriesPerSecond: null; readonly reason: string };

/** Above it, losses and the traffic of others spoil the balance. */
export const TOLERATED_RATIO = 0.005;
const LEAST_ERROR_RATIO = 0.01;
/** Between two looks at the groups, members come and go. */
const CHURN_RATIO = 0.05;

/** What channels_redis puts before each message. */
const RANDOM_BYTES = 12;
/** `__asgi_channel__` with its header in MessagePack. */
const CHANNEL_FIELD_BYTES = 17;
/** Header of a name in MessagePack. */
const NAME_HEADER_BYTES = 2;
const SHORT_LIST = 15;

/** The frame of a message has one byte more from 100, and from 1,000 bytes on: the length decides which, and a second pass settles it. */
const PASSES = 3;

export function byteBalance(input: BalanceInput): Balance {
  const { traffic, bytes, lostRatio } = input;
  const without = (reason: string): Balance => ({ deliveriesPerSecond: null, reason });
  if (bytes === null) return without('Redis does not report the bytes that it moves');
  if (traffic.entriesTried === 0 || traffic.groupSends === 0) return without('nothing was sent to a group with members');
  if (traffic.foreignRatio >= TOLERATED_RATIO) return without('other applications use this Redis, and their bytes hide those of the layer');
  if (lostRatio >= TOLERATED_RATIO) return without('queues refuse or lose messages, and the bytes in and out do not match');
  const { deliveries, stored } = solve(input, bytes);
  const perSend = deliveries / traffic.groupSends;
  const least = (traffic.entriesTried / traffic.groupSends) * (1 - CHURN_RATIO);
  if (!(perSend >= least && perSend <= input.largestGroup * (1 + CHURN_RATIO)))
    return without(
      'the bytes in and out do not fit the groups: another version of channels_redis, another client, or a monitor moves bytes too',
    );
  const perEntry = deliveries / traffic.entriesTried;
  const names = perEntry * (input.lengths.memberBytes + NAME_HEADER_BYTES) + (perEntry > SHORT_LIST ? 3 : 1);
  const doubt = (traffic.foreignRatio * (bytes.input + bytes.output)) / nameBytes(input) / deliveries;
  return {
    deliveriesPerSecond: deliveries,
    meanBytes: Math.max(0, stored - RANDOM_BYTES - CHANNEL_FIELD_BYTES - names),
    errorRatio: Math.max(LEAST_ERROR_RATIO, doubt),
    reason: null,
  };
}

/** A name as zrange returns it. */
function nameBytes({ lengths: { memberBytes } }: BalanceInput): number {
  return memberBytes + frameBytes(memberBytes);
}

function solve(input: BalanceInput, bytes: NonNullable<BalanceInput['bytes']>): { readonly deliveries: number; readonly stored: number } {
  const { traffic, lengths } = input;
  const { entriesTried, entriesRead } = traffic;
  let found = { deliveries: 0, stored: 300 };
  for (let pass = 0; pass < PASSES; pass += 1) {
    const calls: CoreCalls = { ...traffic, ...lengths, joins: traffic.joins.high, storedBytes: found.stored };
    const moved = bytes.input - fixedInputBytes(calls);
    const stored = Math.max(0, moved / (entriesTried + entriesRead));
    const names = bytes.output - fixedOutputBytes(calls) - 2 * entriesRead * stored;
    found = { deliveries: names / nameBytes(input), stored };
  }
  return found;
}
