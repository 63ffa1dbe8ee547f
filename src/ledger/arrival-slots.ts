import { NS_PER_MS } from '../model/units.ts';

/** Arrivals are counted by slots of so many ns: what comes after any moment is known to a hundredth of a second. */
export const ARRIVAL_SLOT_NS: number = 10 * NS_PER_MS;

const FIRST_SLOTS = 1024;

/** Distinct deliveries by when they arrived. */
export interface ArrivalReport {
  /** How many in each slot of `ARRIVAL_SLOT_NS`, from the beginning of the measure phase. */
  readonly arrivals: Uint32Array;
  /** When the last one arrived; -Infinity without any. */
  readonly lastDeliveryNs: number;
}

/** Counts deliveries by when they arrived. 4 bytes a slot, whatever the rate. */
export class ArrivalCounter {
  private slots = new Uint32Array(FIRST_SLOTS);
  private used = 0;

  /** One delivery, at an offset from the beginning of the measure phase. */
  add(offsetNs: number): void {
    const slot = Math.max(0, Math.floor(offsetNs / ARRIVAL_SLOT_NS));
    if (slot >= this.slots.length) this.grow(slot + 1);
    this.slots[slot]! += 1;
    if (slot >= this.used) this.used = slot + 1;
  }

  /** How many arrived in each slot. */
  counts(): Uint32Array {
    return this.slots.slice(0, this.used);
  }

  private grow(needed: number): void {
    const larger = new Uint32Array(Math.max(needed, 2 * this.slots.length));
    larger.set(this.slots);
    this.slots = larger;
  }
}

/** Answers how many deliveries of several counters had arrived by an offset from the beginning of the measure phase. */
export function arrivedBy(counters: readonly Uint32Array[]): (offsetNs: number) => number {
  const slots = Math.max(0, ...counters.map((counts) => counts.length));
  const upTo = new Float64Array(slots + 1);
  for (let slot = 0; slot < slots; slot++) upTo[slot + 1] = upTo[slot]! + counters.reduce((sum, counts) => sum + (counts[slot] ?? 0), 0);
  return (offsetNs) => {
    const at = Math.min(slots, Math.max(0, offsetNs / ARRIVAL_SLOT_NS));
    const slot = Math.floor(at);
    const within = slot === slots ? 0 : (upTo[slot + 1]! - upTo[slot]!) * (at - slot);
    return Math.round(upTo[slot]! + within);
  };
}
