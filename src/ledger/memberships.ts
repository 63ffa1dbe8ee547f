import { type Absence, pairKey, pairOfKey, rangesByPair, type AccountInput, type MissingRange } from './account.ts';
import { type SequenceRange, lowerBound, normalizeRanges, rangesLength, splitRanges } from '../model/ranges.ts';

/** Messages that a member is not surely owed, as sequence numbers of one publisher. */
export interface NotOwed {
  /** It may or may not have been a member when the layer got them. */
  readonly uncertain: readonly SequenceRange[];
  /** It was none. */
  readonly absent: readonly SequenceRange[];
}

/** What is left of an account when only what members are surely owed counts. */
export interface OwedAccount {
  readonly input: AccountInput;
  /** Messages that are not surely owed, by (publisher, socket). */
  readonly away: ReadonlyMap<number, readonly SequenceRange[]>;
  readonly uncertain: number;
  /** Deliveries to a member that had left. */
  readonly strays: number;
}

/**
 * Divides messages by their due times. A message reaches the layer up to `guardNs` after it was due, so that what was due
 * shortly before a request to leave or to join is uncertain, as is everything until that is acknowledged.
 */
export function notOwedBy(absences: readonly Absence[], due: Float64Array, guardNs: number): NotOwed {
  const between = (fromNs: number, toNs: number): readonly SequenceRange[] => {
    const from = lowerBound(due, fromNs);
    const to = toNs === Infinity ? due.length : lowerBound(due, toNs);
    return to > from ? [{ from, to }] : [];
  };
  const away = normalizeRanges(absences.flatMap(({ leavingNs, joinedNs }) => between(leavingNs - guardNs, joinedNs)));
  const surelyAway = absences.flatMap(({ leftNs, joiningNs }) => between(leftNs, joiningNs - guardNs));
  const { inside, outside } = splitRanges(away, normalizeRanges(surelyAway));
  return { uncertain: outside, absent: inside };
}

/** Takes everything that is not surely owed out of an account: from what is owed, from delivered and from missing alike. */
export function owedAccount(input: AccountInput): OwedAccount {
  const away = new Map<number, readonly SequenceRange[]>();
  if (input.sockets.every(({ absences }) => absences.length === 0)) return { input, away, uncertain: 0, strays: 0 };
  const missing = new Map(rangesByPair(input.missing));
  let [delivered, uncertain, strays] = [input.delivered, 0, 0];
  input.publishers.forEach((publisher, index) => {
    for (const socket of input.members[publisher.group]!) {
      const { absences } = input.sockets[socket]!;
      if (absences.length === 0) continue;
      const sides = notOwedBy(absences, input.dueNs(index), input.guardNs);
      const key = pairKey({ publisher: index, socket });
      const open = missing.get(key) ?? [];
      const notOwed = normalizeRanges([...sides.uncertain, ...sides.absent]);
      const { inside, outside } = splitRanges(open, notOwed);
      away.set(key, notOwed);
      delivered -= rangesLength(notOwed) - rangesLength(inside);
      uncertain += rangesLength(sides.uncertain);
      strays += rangesLength(sides.absent) - rangesLength(splitRanges(open, sides.absent).inside);
      missing.set(key, outside);
    }
  });
  const owedMissing = [...missing].flatMap(([key, ranges]): readonly MissingRange[] =>
    ranges.map((range) => ({ ...pairOfKey(key), ...range })),
  );
  return { input: { ...input, delivered, missing: owedMissing }, away, uncertain, strays };
}
