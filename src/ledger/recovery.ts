import { isByDesign } from '../model/causes.ts';
import type { AccountInput } from './account.ts';
import type { Attributed } from './attribution.ts';
import { lowerBound } from '../model/ranges.ts';
import { NS_PER_MS } from '../model/units.ts';

/** Losses up to this long before a fault belong to it: messages were under way. */
const BEFORE_NS = 1000 * NS_PER_MS;
/** Losses this close to the end of the run mean that nothing has recovered; and ones this close to each other are one. */
export const APART_NS: number = 500 * NS_PER_MS;

/** From the moment of a fault until what it broke was there again. */
export interface TimeOfFault {
  readonly fromNs: number;
  readonly toNs: number;
}

/** A time in which deliveries were lost: from the due time of the first to that of the last. */
type Episode = TimeOfFault;

/**
 * How long deliveries were lost after something broke, in ms: from the moment of each fault to the due time of the last lost
 * delivery that it may have caused. 0 where nothing was lost, null where losses went on to the end of the run. What is lost
 * without a pause is one episode. It belongs to the fault that it began with, and to every fault that happened, or whose
 * damage lasted, while it went on: of faults that overlap nobody can tell which of them a delivery was lost to.
 */
export function recoveryMs(
  faults: readonly TimeOfFault[],
  input: Pick<AccountInput, 'dueNs'>,
  attributed: readonly Attributed[],
  endNs: number,
): readonly (number | null)[] {
  if (faults.length === 0) return [];
  const episodes = episodesOf(input, attributed);
  return faults.map((fault) => {
    const own = episodes.filter(
      (episode) => beganWith(faults, episode) === fault || (fault.fromNs <= episode.toNs && fault.toNs >= episode.fromNs),
    );
    if (own.length === 0) return 0;
    const lastNs = own.reduce((latest, { toNs }) => Math.max(latest, toNs), -Infinity);
    return lastNs > endNs - APART_NS ? null : Math.max(0, (lastNs - fault.fromNs) / NS_PER_MS);
  });
}

/** The nearest fault: one before it, or one that came so soon that what was under way then was lost. */
function beganWith(faults: readonly TimeOfFault[], { fromNs }: Episode): TimeOfFault | undefined {
  const before = faults.filter((fault) => fault.fromNs <= fromNs);
  const sinceNs = Math.min(...before.map((fault) => Math.max(0, fromNs - fault.toNs)));
  const next = faults.find((fault) => fault.fromNs > fromNs && fault.fromNs - fromNs <= BEFORE_NS);
  if (next !== undefined && next.fromNs - fromNs < sinceNs) return next;
  return before.findLast((fault) => Math.max(0, fromNs - fault.toNs) === sinceNs);
}

/** Losses that lie close together, or with no message between them that could have arrived. */
function episodesOf(input: Pick<AccountInput, 'dueNs'>, attributed: readonly Attributed[]): readonly Episode[] {
  const lost = attributed.filter(({ fate }) => !isByDesign(fate));
  const publishers = [...new Set(lost.map(({ publisher }) => publisher))];
  const spans = lost.flatMap(({ publisher, from, to }) => {
    const due = input.dueNs(publisher);
    return from < due.length ? [{ fromNs: due[from]!, toNs: due[Math.min(to, due.length) - 1]! }] : [];
  });
  const isAnyDueBetween = (fromNs: number, toNs: number): boolean =>
    publishers.some((publisher) => {
      const due = input.dueNs(publisher);
      return lowerBound(due, fromNs + 1) < lowerBound(due, toNs);
    });
  const episodes: { fromNs: number; toNs: number }[] = [];
  for (const span of spans.toSorted((a, b) => a.fromNs - b.fromNs)) {
    const last = episodes.at(-1);
    const goesOn = last !== undefined && (span.fromNs - last.toNs < APART_NS || !isAnyDueBetween(last.toNs, span.fromNs));
    if (goesOn) last.toNs = Math.max(last.toNs, span.toNs);
    else episodes.push({ ...span });
  }
  return episodes;
}
