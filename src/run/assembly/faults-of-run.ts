import type { AccountInput } from '../../ledger/account.ts';
import type { Attributed } from '../../ledger/attribution.ts';
import { backendSigns, replacementTimes, seenFaults, type SeenFault } from '../../ledger/declared-faults.ts';
import { formatFault, isDeclared } from '../../model/faults.ts';
import { recoveryMs } from '../../ledger/recovery.ts';
import type { RunResult } from '../../result/run-result.ts';
import { NS_PER_MS } from '../../model/units.ts';
import type { UseAccount } from './use-account.ts';
import type { InjectedFault } from '../fault-injector.ts';
import type { Measured } from './measured.ts';

/** A fault with what became of it: from when until when, and how long deliveries were lost. */
export interface FoundFault extends InjectedFault, Partial<Pick<SeenFault, 'outcome'>> {
  readonly recoveryMs: number | null;
}

/** Faults in their order: what was only declared is what was seen of it. */
export function foundFaults(measured: Measured, account: AccountInput, attributed: readonly Attributed[]): readonly FoundFault[] {
  const { faults, redisUse, startNs, durationNs } = measured;
  const endNs = startNs + durationNs;
  const declared = faults.filter(({ fault }) => isDeclared(fault));
  const watched = { replaced: redisUse?.replaced ?? [], silentFromNs: redisUse?.silentFromNs ?? null };
  const seen = seenFaults(
    declared.map(({ fromNs }) => fromNs),
    declared.length === 0 ? [] : backendSigns(account, attributed, watched, endNs),
  );
  const found = faults.map((injected): InjectedFault & Partial<SeenFault> => ({ ...injected, ...seen[declared.indexOf(injected)] }));
  const happened = found.filter(({ outcome }) => outcome !== 'nothing');
  const recoveries = recoveryMs(happened, account, attributed, endNs);
  return found.map((fault) => ({ ...fault, recoveryMs: fault.outcome === 'nothing' ? 0 : (recoveries[happened.indexOf(fault)] ?? null) }));
}

export function faultSpans({ startNs, endNs }: Measured, faults: readonly FoundFault[]): RunResult['faults'] {
  const offsetMs = (ns: number): number => Math.round((ns - startNs) / NS_PER_MS);
  return faults.map(({ fault, fromNs, toNs, outcome, recoveryMs: recovered }) => ({
    spec: formatFault(fault),
    startMs: offsetMs(fromNs),
    endMs: offsetMs(Math.min(toNs, endNs)),
    ...(outcome !== undefined && { outcome }),
    recoveryMs: recovered,
  }));
}

/** What was declared, and never seen: as it was written. */
export function unseenFaults(faults: readonly FoundFault[]): readonly string[] {
  return faults.flatMap(({ fault, outcome }) => (outcome === 'nothing' ? [formatFault(fault)] : []));
}

/** Why a run is invalid for what became of its Redis: not what a fault has planned, and not what befell it while a declared one lasted. */
export function redisReasons(use: UseAccount | null, account: AccountInput, faults: readonly FoundFault[]): readonly string[] {
  const declared = faults.filter(({ outcome }) => outcome !== undefined && outcome !== 'nothing');
  const isMeant = (ns: number): boolean => declared.some(({ fromNs, toNs }) => fromNs <= ns && ns <= toNs);
  // One that never answered is no finding of a run.
  if (use?.isComplete !== true) return use?.identity != null && isMeant(Infinity) ? [] : ['Redis does not answer any more'];
  if (faults.some(({ fault }) => fault.kind === 'restartRedis') || replacementTimes(use.replaced, account).every(isMeant)) return [];
  return ['Redis was restarted, which no fault had planned'];
}
