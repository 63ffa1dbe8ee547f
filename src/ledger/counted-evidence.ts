import { pairKey, type AccountInput } from './account.ts';
import type { Fate } from '../model/causes.ts';
import { groupBy } from '../model/group-by.ts';
import type { CountEvidence, UnreadEvidence } from './evidence.ts';
import { type SequenceRange, normalizeRanges, rangesOf, splitRanges } from '../model/ranges.ts';
import { placedRanges, type Crossing, type PlacedRange } from './placements.ts';
import { NS_PER_SECOND } from '../model/units.ts';

/** Messages may have been under way for this long when a queue was read for the last time. */
const IN_TRANSIT_WINDOW_NS = NS_PER_SECOND;

/** The missing deliveries of one (publisher, socket) that nothing has explained yet. */
export interface OpenRanges {
  readonly publisher: number;
  readonly socket: number;
  /** All its messages, by the processes that they had to cross. */
  readonly crossings: readonly Crossing[];
  /** All that was missing to begin with. */
  readonly missing: readonly SequenceRange[];
  open: readonly SequenceRange[];
}

export type Assign = (subject: OpenRanges, fate: Fate, mask: readonly SequenceRange[]) => void;

/** One message that no member of a group on one process got. */
interface WholeLoss {
  readonly publisher: number;
  readonly process: number;
  readonly seq: number;
}

/**
 * Attributes what the evidence only counts. A redis queue belongs to a process, so a message that it refused, trimmed
 * or let expire is missing at *every* member of the group there: such whole losses are matched with the counts, oldest
 * first, and never more of them than were counted.
 */
export function attributeCounts(
  input: AccountInput,
  cases: readonly OpenRanges[],
  away: ReadonlyMap<number, readonly SequenceRange[]>,
  assign: Assign,
): void {
  const counts = input.evidence.flatMap((entries) => entries.filter((entry) => entry.kind === 'count'));
  const queues = input.evidence.some((entries) => entries.some((entry) => entry.kind === 'message' && entry.queues !== null));
  const unread = input.evidence.flatMap((entries) => entries.filter((entry) => entry.kind === 'unread'));
  if (!queues && counts.length + unread.length === 0) return;
  const losses = (): readonly WholeLoss[] => wholeLosses(input, cases, away);
  if (queues) assignWhole(cases, 'overCapacity', fullQueues(input, losses()), assign);
  const trimmed = counts.filter((entry) => entry.cause === 'expired');
  if (trimmed.length > 0) assignWhole(cases, 'expired', trimmedEntries(input, losses(), trimmed), assign);
  if (unread.length > 0) assignWhole(cases, 'expired', lapsedEntries(input, losses(), unread), assign);
}

/** Messages missing at every member that a group had on a process when they were due. */
function wholeLosses(
  input: AccountInput,
  cases: readonly OpenRanges[],
  away: ReadonlyMap<number, readonly SequenceRange[]>,
): readonly WholeLoss[] {
  const losses: WholeLoss[] = [];
  for (const [publisher, subjects] of groupBy(
    cases.filter(({ open }) => open.length > 0),
    (subject) => subject.publisher,
  )) {
    const { attempted, group } = input.publishers[publisher]!;
    const missing = countsByProcess(attempted, subjects, ({ open, crossings }) =>
      crossings.flatMap((crossing) => splitRanges(open, [crossing]).inside.map((range) => ({ ...range, process: crossing.receiving }))),
    );
    const owed = countsByProcess(attempted, input.members[group]!, (socket) => {
      const absent = away.get(pairKey({ publisher, socket })) ?? [];
      return placedRanges(input, publisher, input.sockets[socket]!.placements).flatMap((placed) =>
        splitRanges([placed], absent).outside.map(({ from, to }) => ({ from, to, process: placed.process })),
      );
    });
    for (const [process, counts] of missing) {
      counts.forEach((count, seq) => {
        if (count > 0 && count === owed.get(process)?.[seq]) losses.push({ publisher, process, seq });
      });
    }
  }
  return losses;
}

/** How many of some subjects have each sequence number in a range, by process. */
function countsByProcess<T>(
  attempted: number,
  subjects: readonly T[],
  rangesOfSubject: (subject: T) => readonly PlacedRange[],
): ReadonlyMap<number, Int32Array> {
  const byProcess = new Map<number, Int32Array>();
  for (const subject of subjects) {
    for (const { process, from, to } of rangesOfSubject(subject)) {
      let changes = byProcess.get(process);
      if (changes === undefined) byProcess.set(process, (changes = new Int32Array(attempted + 1)));
      changes[from]! += 1;
      changes[to]! -= 1;
    }
  }
  for (const counts of byProcess.values()) for (let seq = 1; seq <= attempted; seq++) counts[seq]! += counts[seq - 1]!;
  return byProcess;
}

/** Redis tells how many queues refused a message, not which: at most so many processes per (sender, seq). */
function fullQueues(input: AccountInput, losses: readonly WholeLoss[]): readonly WholeLoss[] {
  const refused = new Map<string, number>();
  for (const entry of input.evidence.flat()) {
    if (entry.kind !== 'message' || entry.queues === null) continue;
    for (let seq = entry.from; seq < entry.to; seq++) {
      const key = `${entry.sender}/${seq}`;
      refused.set(key, (refused.get(key) ?? 0) + entry.queues);
    }
  }
  return losses.filter((loss) => {
    const key = `${loss.publisher}/${loss.seq}`;
    const left = refused.get(key) ?? 0;
    if (left > 0) refused.set(key, left - 1);
    return left > 0;
  });
}

/** The oldest messages of a queue are the ones that were trimmed, and only ones older than the expiry. */
function trimmedEntries(input: AccountInput, losses: readonly WholeLoss[], counts: readonly CountEvidence[]): readonly WholeLoss[] {
  const processes = queueOwners(input);
  const budget = new Map<number, { count: number; untilNs: number }>();
  for (const entry of counts) {
    const process = processes.get(entry.name);
    if (process === undefined) continue;
    const known = budget.get(process) ?? { count: 0, untilNs: -Infinity };
    budget.set(process, { count: known.count + entry.count, untilNs: Math.max(known.untilNs, entry.atNs) });
  }
  const dated = losses.map((loss) => ({ ...loss, dueNs: input.dueNs(loss.publisher)[loss.seq]! }));
  return dated
    .toSorted((a, b) => a.dueNs - b.dueNs)
    .filter((loss) => {
      const left = budget.get(loss.process);
      if (left === undefined || left.count === 0 || loss.dueNs + input.expiryNs > left.untilNs) return false;
      left.count -= 1;
      return true;
    });
}

/** Messages that were in a queue, unread, for as long as they could be: trimmed, or gone with the key of the queue, which tells nobody. */
function lapsedEntries(input: AccountInput, losses: readonly WholeLoss[], spans: readonly UnreadEvidence[]): readonly WholeLoss[] {
  const processes = queueOwners(input);
  return losses.filter((loss) => {
    const dueNs = input.dueNs(loss.publisher)[loss.seq]!;
    return spans.some(
      ({ name, fromNs, toNs }) =>
        processes.get(name) === loss.process && dueNs >= fromNs - IN_TRANSIT_WINDOW_NS && dueNs + input.expiryNs <= toNs,
    );
  });
}

/** Non-local name of each queue → the process that reads it. */
function queueOwners(input: AccountInput): ReadonlyMap<string, number> {
  return new Map(
    input.sockets.flatMap(({ placements }) =>
      placements.map(({ channel, process }) => [channel.slice(0, channel.indexOf('!') + 1), process] as const),
    ),
  );
}

function assignWhole(cases: readonly OpenRanges[], fate: Fate, losses: readonly WholeLoss[], assign: Assign): void {
  const masks = new Map<string, number[]>();
  for (const loss of losses) {
    const key = `${loss.publisher}/${loss.process}`;
    const seqs = masks.get(key);
    if (seqs === undefined) masks.set(key, [loss.seq]);
    else seqs.push(loss.seq);
  }
  for (const subject of cases) {
    const lost = subject.crossings.flatMap((crossing) => {
      const seqs = masks.get(`${subject.publisher}/${crossing.receiving}`);
      return seqs === undefined ? [] : splitRanges(rangesOf(seqs.toSorted((a, b) => a - b)), [crossing]).inside;
    });
    if (lost.length > 0) assign(subject, fate, normalizeRanges(lost));
  }
}
