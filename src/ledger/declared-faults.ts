import type { AccountInput } from './account.ts';
import { outageSpans, type Attributed } from './attribution.ts';
import { APART_NS, type TimeOfFault } from './recovery.ts';
import type { FaultOutcome } from '../model/faults.ts';

/*
 * A fault that the user does by hand is only declared: what happened is what servers and Redis tell from that time on.
 */

/** From the first sign of it until the backend answered again; Infinity where it did not. */
export interface SeenFault extends TimeOfFault {
  readonly outcome: FaultOutcome;
}

/** What the coordinator saw of the Redis of a run. Times are ns of the host's monotonic clock. */
export interface WatchedBackend {
  /** Another server took the place of the one before: it answered by `byNs`, and the one before still at `afterNs`. */
  readonly replaced: readonly { readonly afterNs: number; readonly byNs: number }[];
  /** Since when it has not answered; null where it did at the end, or nobody asked. */
  readonly silentFromNs: number | null;
}

/** When each new server took over: where a server process lost its backend meanwhile, then; else when the new one first answered. */
export function replacementTimes(
  replaced: WatchedBackend['replaced'],
  account: Pick<AccountInput, 'evidence' | 'crashes'>,
): readonly number[] {
  const outages = outageSpans(account);
  return replaced.map(({ afterNs, byNs }) =>
    Math.min(byNs, ...outages.flatMap(({ fromNs }) => (fromNs > afterNs && fromNs <= byNs ? [fromNs] : []))),
  );
}

/** Every time at which the backend was away, was replaced, or refused what was published, in the order of their beginnings. */
export function backendSigns(
  account: Pick<AccountInput, 'evidence' | 'crashes' | 'dueNs'>,
  attributed: readonly Attributed[],
  { replaced, silentFromNs }: WatchedBackend,
  endNs: number,
): readonly TimeOfFault[] {
  const replacements = replacementTimes(replaced, account).map((atNs) => ({ fromNs: atNs, toNs: atNs }));
  const refusals = attributed.flatMap(({ fate, publisher, from, to }) => {
    if (fate !== 'refused') return [];
    const due = account.dueNs(publisher).subarray(from, to);
    return due.length === 0 ? [] : [{ fromNs: due[0]!, toNs: due.at(-1)! > endNs - APART_NS ? Infinity : due.at(-1)! }];
  });
  const silence = silentFromNs === null ? [] : [{ fromNs: silentFromNs, toNs: Infinity }];
  const outages = outageSpans(account).map(({ fromNs, toNs }) => ({ fromNs, toNs }));
  return [...outages, ...replacements, ...refusals, ...silence].toSorted((a, b) => a.fromNs - b.fromNs);
}

/**
 * What was seen of faults that were declared for these times, by their order: from the first sign at or after each, and before the
 * next one, until the backend answered again.
 */
export function seenFaults(declaredNs: readonly number[], signs: readonly TimeOfFault[]): readonly SeenFault[] {
  return declaredNs.map((atNs) => {
    const untilNs = Math.min(...declaredNs.filter((otherNs) => otherNs > atNs), Infinity);
    const [first, ...later] = signs.filter(({ fromNs }) => fromNs >= atNs && fromNs < untilNs);
    if (first === undefined) return { fromNs: atNs, toNs: atNs, outcome: 'nothing' };
    const toNs = later.reduce((end, sign) => (sign.fromNs - end < APART_NS ? Math.max(end, sign.toNs) : end), first.toNs);
    return { fromNs: first.fromNs, toNs, outcome: toNs === Infinity ? 'away' : 'back' };
  });
}
