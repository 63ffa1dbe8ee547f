import type { Placement, AccountInput, Pair } from './account.ts';
import { type SequenceRange, lowerBound } from '../model/ranges.ts';

/** The placement in force at a time; before the first one, the first. There is always one. */
export function placementAt(placements: readonly Placement[], ns: number): Placement {
  return placements.findLast(({ fromNs }) => fromNs <= ns) ?? placements[0]!;
}

/** Messages of one publisher that were due while a socket was on one process. */
export interface PlacedRange extends SequenceRange {
  readonly process: number;
}

/** Messages of one publisher to one socket that crossed, or had to cross, between the same two processes. */
export interface Crossing extends SequenceRange {
  /** Server process of whoever sent them, and of whoever was to get them. */
  readonly sending: number;
  readonly receiving: number;
}

/** The whole of a publisher's messages, by the process that a socket was on when each was due; ascending, without gaps. */
export function placedRanges(
  input: Pick<AccountInput, 'publishers' | 'dueNs'>,
  publisher: number,
  placements: readonly Placement[],
): readonly PlacedRange[] {
  const to = input.publishers[publisher]!.attempted;
  if (placements.length === 1) return [{ process: placements[0]!.process, from: 0, to }];
  const due = input.dueNs(publisher);
  const starts = placements.map(({ fromNs }, i) => (i === 0 ? 0 : lowerBound(due, fromNs)));
  const ranges = placements.map(({ process }, i) => ({ process, from: starts[i]!, to: starts[i + 1] ?? to }));
  return ranges.filter((range) => range.to > range.from);
}

/** Whether the deliveries of a pair are replies: what comes back to the socket that asked. */
export function isReply({ publishers }: Pick<AccountInput, 'publishers'>, pair: Pair): boolean {
  const { answeredBy, socket } = publishers[pair.publisher]!;
  return answeredBy !== null && pair.socket === socket;
}

/** The socket that hands the messages of a pair to its server: the publisher's, or, of a reply, that of who answers. */
export function sendingSocket(input: Pick<AccountInput, 'publishers'>, pair: Pair): number {
  const { socket, answeredBy } = input.publishers[pair.publisher]!;
  return isReply(input, pair) ? answeredBy! : socket;
}

/** All messages of a pair, by the two processes; ascending, without gaps. */
export function crossings(input: Pick<AccountInput, 'publishers' | 'sockets' | 'dueNs'>, pair: Pair): readonly Crossing[] {
  const sending = placedRanges(input, pair.publisher, input.sockets[sendingSocket(input, pair)]!.placements);
  const receiving = placedRanges(input, pair.publisher, input.sockets[pair.socket]!.placements);
  const cuts: Crossing[] = [];
  for (let s = 0, r = 0; s < sending.length && r < receiving.length;) {
    const [sender, receiver] = [sending[s]!, receiving[r]!];
    const [from, to] = [Math.max(sender.from, receiver.from), Math.min(sender.to, receiver.to)];
    if (to > from) cuts.push({ from, to, sending: sender.process, receiving: receiver.process });
    if (sender.to === to) s += 1;
    if (receiver.to === to) r += 1;
  }
  return cuts;
}
