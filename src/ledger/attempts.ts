import { dueTimes } from '../model/pacer.ts';
import type { Plan } from '../model/plan.ts';
import { formatCount } from '../model/units.ts';

/** What a driver says of one publisher of the Plan. */
export interface Attempt {
  readonly publisher: number;
  /** Messages that were due and whose turn came, whether they could be sent or not. */
  readonly attempted: number;
}

/** How many messages of a publisher are due before an offset from the beginning of the phase; null for one that paces itself. */
export function dueCount({ publishers }: Plan, publisher: number, seed: number, beforeNs: number): number | null {
  const { arrivals } = publishers[publisher]!;
  if (arrivals.kind === 'flood') return null;
  const next = dueTimes(arrivals, seed, publisher);
  let count = 0;
  while (next() < beforeNs) count += 1;
  return count;
}

/**
 * What drivers attempted beside what their schedules had due, in a sentence for each driver that fell short: a message is
 * sent late rather than skipped, so that none may be missing. `due` is by publisher; null for what paces itself.
 */
export function shortfallReasons(due: readonly (number | null)[], drivers: readonly (readonly Attempt[] | null)[]): readonly string[] {
  return drivers.flatMap((attempts, driver) => {
    const short = (attempts ?? []).filter(({ publisher, attempted }) => attempted < (due[publisher] ?? 0));
    if (short.length === 0) return [];
    const sum = (of: (attempt: Attempt) => number): string => formatCount(short.reduce((total, attempt) => total + of(attempt), 0));
    const others = short.length === 1 ? '' : ` and ${formatCount(short.length - 1)} more`;
    const missed = `${sum(({ attempted }) => attempted)} of the ${sum(({ publisher }) => due[publisher]!)} messages that were due`;
    return [`driver ${driver} attempted ${missed}, of publisher ${short[0]!.publisher}${others}`];
  });
}
