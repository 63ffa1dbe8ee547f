import type { RunRequest } from '../../result/request.ts';
import type { RunResult } from '../../result/run-result.ts';
import type { PlantedFault } from './planted-faults.ts';

/** What was planted, beside what the report found. */
export interface Finding {
  readonly what: string;
  readonly planted: string;
  readonly found: string;
  readonly holds: boolean;
}

export type SelftestRow = RunRow | SimulatedRow;

/** One fault: how it is planted, and what the report must say of it; and what it must say where nothing is planted. */
export interface RunRow {
  readonly kind: 'run';
  readonly name: string;
  readonly planted: Planting;
  /** The same run with nothing planted. Rows may share one. */
  readonly unplanted: RunRequest;
  readonly find: (result: RunResult, log: readonly PlantedFault[]) => readonly Finding[];
  /** What has to be zero, or as always, in the unplanted run. */
  readonly findNothing: (result: RunResult) => readonly Finding[];
  /** Whether it is about time, so that no other run may go on beside it. */
  readonly isTimed: boolean;
}

/** Likewise, where the system is simulated and only what judges it is bench's own. */
export interface SimulatedRow {
  readonly kind: 'simulated';
  readonly name: string;
  readonly find: () => readonly Finding[];
  readonly findNothing: () => readonly Finding[];
}

export interface Planting {
  readonly request: RunRequest;
  /** Module of `faults/` that a process loads, by role and index. */
  readonly module?: {
    readonly role: 'server' | 'driver';
    readonly index: number;
    readonly name: 'skewed-clock' | 'jumping-clock' | 'blocked-driver' | 'silent-driver' | 'wandering-sockets' | 'failing-driver';
  };
  /** Faults that the faulty layer does. */
  readonly faults?: string;
}

/** What was planted and found are equal numbers. */
export function equal(what: string, planted: number, found: number): Finding {
  return { what, planted: text(planted), found: text(found), holds: planted === found };
}

/** What was found is in a range that follows from what was planted. */
export function within(what: string, from: number, to: number, found: number): Finding {
  const range = to === Infinity ? `≥ ${text(from)}` : `${text(from)} to ${text(to)}`;
  return { what, planted: range, found: text(found), holds: found >= from && found <= to };
}

/** Counts whole; what was divided, to four digits. */
function text(value: number): string {
  return String(Number.isInteger(value) ? value : Number(value.toPrecision(4)));
}

/** A text says something, or must not. */
export function said(what: string, reasons: string, pattern: RegExp, wanted = true): Finding {
  const holds = pattern.test(reasons) === wanted;
  const words = (is: boolean): string => (is ? 'said' : 'not said');
  return { what, planted: words(wanted), found: holds ? words(wanted) : reasons === '' ? 'nothing' : reasons, holds };
}
