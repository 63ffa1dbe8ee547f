import { pairOfKey, rangesByPair, type AccountInput } from './account.ts';
import { type SequenceRange, rangesLength, splitRanges } from '../model/ranges.ts';
import type { OwedAccount } from './memberships.ts';
import { crossings, placedRanges } from './placements.ts';

/** Deliveries by the two processes that they had to cross: [sending process × processes + receiving process]. */
export interface DeliveryMatrices {
  readonly expected: Float64Array;
  /** What is owed and not missing. */
  readonly delivered: Float64Array;
}

/**
 * Enumerates what was owed and what of it arrived, by the placements in force when each message was due. Both come from
 * one division of the sequence numbers, so that no cell can have more deliveries than it is owed.
 */
export function deliveryMatrices({ input, away }: OwedAccount): DeliveryMatrices {
  const expected = dueMatrix(input);
  const take = (matrix: Float64Array, pairs: Iterable<readonly [number, readonly SequenceRange[]]>): void => {
    for (const [key, ranges] of pairs) {
      for (const { from, to, sending, receiving } of crossings(input, pairOfKey(key)))
        matrix[sending * input.processes + receiving]! -= rangesLength(splitRanges(ranges, [{ from, to }]).inside);
    }
  };
  take(expected, away);
  const delivered = Float64Array.from(expected);
  take(delivered, rangesByPair(input.missing));
  return { expected, delivered };
}

/** What was due, owed or not. Members that stayed where they were are counted together. */
function dueMatrix(input: AccountInput): Float64Array {
  const matrix = new Float64Array(input.processes * input.processes);
  const groups = input.members.map((sockets) => groupByStay(input, sockets));
  input.publishers.forEach(({ answeredBy, attempted, group, socket }, publisher) => {
    if (attempted === 0) return;
    const { staying, moved } = groups[group]!;
    const one = (member: number): void => {
      for (const { from, to, sending, receiving } of crossings(input, { publisher, socket: member }))
        matrix[sending * input.processes + receiving]! += to - from;
    };
    if (answeredBy !== null) return input.members[group]!.forEach(one);
    for (const { process, from, to } of placedRanges(input, publisher, input.sockets[socket]!.placements))
      staying.forEach((members, receiving) => (matrix[process * input.processes + receiving]! += members * (to - from)));
    moved.forEach(one);
  });
  return matrix;
}

interface GroupStay {
  /** Members that were on one process all the time, by that process. */
  readonly staying: Float64Array;
  readonly moved: readonly number[];
}

function groupByStay(input: AccountInput, sockets: readonly number[]): GroupStay {
  const staying = new Float64Array(input.processes);
  const moved: number[] = [];
  for (const socket of sockets) {
    const { placements } = input.sockets[socket]!;
    if (placements.length === 1) staying[placements[0]!.process]! += 1;
    else moved.push(socket);
  }
  return { staying, moved };
}
