import type { AccountInput } from './account.ts';
import type { Attributed } from './attribution.ts';
import { NS_PER_MS } from './units.ts';

/** Losses up to this long before a fault belong to it: messages were under way. */
const BEFORE_NS = 1000 * NS_PER_MS;
/** Losses this close to the end of the run mean that nothing has recovered. */
const END_NS = 500 * NS_PER_MS;

/**
 * How long deliveries were lost after something broke: from the moment of each fault to the due time of the last lost
 * delivery before the next fault, in ms. 0 where nothing was lost, null where losses went on to the end of the run.
 */
export function recoveryMs(
  faultsNs: readonly number[],
  input: AccountInput,
  attributed: readonly Attributed[],
  endNs: number,
): readonly (number | null)[] {
  const lost = attributed.filter(({ fate }) => fate !== 'isolated');
  return faultsNs.map((faultNs, i) => {
    const untilNs = faultsNs[i + 1] === undefined ? endNs : faultsNs[i + 1]! - BEFORE_NS;
    let lastNs = -Infinity;
    for (const entry of lost) lastNs = Math.max(lastNs, lastDue(input.dueNs(entry.publisher), entry, untilNs));
    if (lastNs < faultNs - BEFORE_NS) return 0;
    if (faultsNs[i + 1] === undefined && lastNs > endNs - END_NS) return null;
    return Math.max(0, (lastNs - faultNs) / NS_PER_MS);
  });
}

/** Due time of the last message of a range that was due before a moment. */
function lastDue(due: Float64Array, range: { readonly from: number; readonly to: number }, untilNs: number): number {
  let last = Math.min(range.to, due.length) - 1;
  while (last >= range.from && due[last]! >= untilNs) last -= 1;
  return last >= range.from ? due[last]! : -Infinity;
}
