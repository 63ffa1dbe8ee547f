import type { LossByCause } from '../model/causes.ts';

/** delivered ÷ expected; matrix[sending process][receiving process], null where nothing was expected. */
export interface Reach {
  readonly ratio: number | null;
  readonly matrix: readonly (readonly (number | null)[])[];
}

/** The account: expected = delivered + lostTotal + inFlight. Loss is lostTotal + inFlight: all that had not arrived when the drain was over. */
export interface Ledger {
  readonly expected: number;
  readonly delivered: number;
  readonly lost: LossByCause;
  /** Lost for good, by a cause. */
  readonly lostTotal: number;
  /** Still under way when the drain was over. */
  readonly inFlight: number;
  readonly uncertain: number;
  readonly duplicates: number;
  readonly reordered: number;
  /** The furthest, in sequence numbers, that a delivery came after a later one. */
  readonly reorderExtentMax: number;
  readonly late: number;
  readonly strays: number;
  readonly corrupt: number;
  /** Maximal runs of consecutive sequence numbers of a sender that had not arrived at some member: what many members miss together counts once. */
  readonly lossEvents: number;
  /** Whether the enumerated missing deliveries equal expected − delivered, to the unit. */
  readonly balanced: boolean;
}
