import type { WorkloadBasis } from '../model/workload.ts';

/*
 * A figure of a live deployment. It carries where it is from and how far it may be off, so that nobody takes an estimate for a count.
 */

export type ObservedFigure =
  | { readonly value: number; readonly low: number; readonly high: number; readonly basis: WorkloadBasis; readonly reason: null }
  | { readonly value: null; readonly low: null; readonly high: null; readonly basis: null; readonly reason: string };

/** Standard deviations to each side of a value that hold 95 %. */
export const NORMAL_95 = 1.96;

/** `low` and `high` bound the value; both are the value where it is exact. */
export function observed(value: number, basis: WorkloadBasis, low: number = value, high: number = value): ObservedFigure {
  return { value, low: Math.min(low, value), high: Math.max(high, value), basis, reason: null };
}

/** `reason`: half a sentence, such as "other applications use this Redis". */
export function withdrawn(reason: string): ObservedFigure {
  return { value: null, low: null, high: null, basis: null, reason };
}
