import type { AccountInput } from './account.ts';
import type { CountEvidence } from './evidence.ts';
import { type SequenceRange, lowerBound, normalizeRanges } from '../model/ranges.ts';
import type { OpenRanges, Assign } from './counted-evidence.ts';
import { NS_PER_SECOND } from '../model/units.ts';

/** A membership that ended by its age, not before `fromNs`, until it was joined again at `toNs`. */
interface Lapse {
  readonly fromNs: number;
  readonly toNs: number;
}

/**
 * Attributes what was sent to memberships that had expired. Redis forgets a group with its key, of which no reply tells
 * anybody; but a membership ends `group_expiry` after its last join, which is known of every socket. What a layer counts
 * beyond these ended otherwise: at most so many members of that group.
 */
export function attributeGroupExpiry(input: AccountInput, cases: readonly OpenRanges[], assign: Assign): void {
  for (const subject of cases) {
    if (subject.open.length === 0) continue;
    const lapses = lapsesOf(input.sockets[subject.socket]!.joinsNs, input.groupExpiryNs);
    assign(subject, 'groupExpired', normalizeRanges(lapses.map((lapse) => sentAfter(lapse, input, subject))));
  }
  assignCounted(input, cases, assign);
}

function lapsesOf(joinsNs: readonly number[], expiryNs: number): readonly Lapse[] {
  return joinsNs.map((joinNs, i) => ({ fromNs: joinNs + expiryNs, toNs: joinsNs[i + 1] ?? Infinity }));
}

/**
 * What the layer can have got after the membership had ended: due from a guard before that on, and after everything that
 * arrived, since whoever got it was a member still. Messages that overtake each other need a guard there too.
 */
function sentAfter(
  { fromNs, toNs }: Lapse,
  { publishers, dueNs, guardNs }: AccountInput,
  { publisher, missing }: OpenRanges,
): SequenceRange {
  const due = dueNs(publisher);
  const to = lowerBound(due, toNs);
  const arrived = lastOutside(missing, to);
  const after = publishers[publisher]!.overtakes && arrived >= 0 ? lowerBound(due, due[arrived]! - guardNs) : arrived + 1;
  return { from: Math.max(after, lowerBound(due, fromNs - guardNs)), to };
}

/** The last number below `to` that is in none of the ranges; -1 for none. */
function lastOutside(ranges: readonly SequenceRange[], to: number): number {
  const last = ranges.findLast((range) => range.from < to);
  return last === undefined || last.to < to ? to - 1 : last.from - 1;
}

/** From the time of a count on, so many members get nothing; less those whose memberships, old ones too, had ended by their age. */
function assignCounted(input: AccountInput, cases: readonly OpenRanges[], assign: Assign): void {
  const counts = input.evidence
    .flatMap((entries) => entries.filter((entry): entry is CountEvidence => entry.kind === 'count' && entry.cause === 'groupExpired'))
    .toSorted((a, b) => a.atNs - b.atNs);
  if (counts.length === 0) return;
  for (const [group, name] of input.groupNames.entries()) {
    const joinsNs = input.members[group]!.flatMap((socket) => input.sockets[socket]!.joinsNs);
    const ended = joinsNs.map((joinNs) => joinNs + input.groupExpiryNs).toSorted((a, b) => a - b);
    let aged = 0;
    for (const { count, atNs } of counts.filter((entry) => entry.name === name)) {
      const ofAge = Math.min(count, lowerBound(ended, atNs) - aged);
      aged += ofAge;
      assignMembers(input, cases, { group, members: count - ofAge, atNs }, assign);
    }
  }
}

interface EndedMembers {
  readonly group: number;
  readonly members: number;
  readonly atNs: number;
}

function assignMembers(input: AccountInput, cases: readonly OpenRanges[], ended: EndedMembers, assign: Assign): void {
  if (ended.members === 0) return;
  const sockets = new Set<number>();
  for (const subject of cases) {
    if (input.publishers[subject.publisher]!.group !== ended.group || subject.open.length === 0) continue;
    if (!sockets.has(subject.socket) && sockets.size === ended.members) continue;
    sockets.add(subject.socket);
    const due = input.dueNs(subject.publisher);
    const since = lowerBound(due, ended.atNs - NS_PER_SECOND);
    assign(subject, 'groupExpired', [{ from: since, to: due.length }]);
  }
}
