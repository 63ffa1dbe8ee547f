import { NS_PER_MS } from '../model/units.ts';

/** Arrivals are counted by slots of so many ns: what comes after any moment is known to a hundredth of a second, … */
export const ARRIVAL_SLOT_NS: number = 10 * NS_PER_MS;
/** … as long as there are no more than these, ten minutes of them. Beyond that a slot is twice as long, and twice again. */
const MOST_SLOTS = 60_000;

const FIRST_SLOTS = 1024;

/** How many deliveries arrived in each slot, from the beginning of the measure phase. */
export interface ArrivalSlots {
  readonly slotNs: number;
  readonly counts: Uint32Array;
}

/** Distinct deliveries by when they arrived. */
export interface ArrivalReport {
  readonly arrivals: ArrivalSlots;
  /** When the last one arrived; -Infinity without any. */
  readonly lastDeliveryNs: number;
}

/** Counts deliveries by when they arrived. 4 bytes a slot, whatever the rate, and at most `MOST_SLOTS`, whatever the time. */
export class ArrivalCounter {
  private slotNs = ARRIVAL_SLOT_NS;
  private slots = new Uint32Array(FIRST_SLOTS);
  private used = 0;

  /** One delivery, at an offset from the beginning of the measure phase. */
  add(offsetNs: number): void {
    let slot = Math.max(0, Math.floor(offsetNs / this.slotNs));
    if (slot >= this.slots.length) slot = this.makeRoom(offsetNs);
    this.slots[slot]! += 1;
    if (slot >= this.used) this.used = slot + 1;
  }

  counts(): ArrivalSlots {
    return { slotNs: this.slotNs, counts: this.slots.slice(0, this.used) };
  }

  /** Answers the slot of an offset, for which there is room then. */
  private makeRoom(offsetNs: number): number {
    while (offsetNs >= MOST_SLOTS * this.slotNs) this.halve();
    const slot = Math.floor(offsetNs / this.slotNs);
    if (slot < this.slots.length) return slot;
    const larger = new Uint32Array(Math.min(MOST_SLOTS, Math.max(slot + 1, 2 * this.slots.length)));
    larger.set(this.slots);
    this.slots = larger;
    return slot;
  }

  /** Slots of twice the time, two into one. */
  private halve(): void {
    this.slotNs *= 2;
    for (let slot = 0; slot < this.used; slot++) {
      const count = this.slots[slot]!;
      this.slots[slot] = 0;
      this.slots[slot >> 1]! += count;
    }
    this.used = (this.used + 1) >> 1;
  }
}

/** Answers how many deliveries of several counters had arrived by an offset from the beginning of the measure phase. */
export function arrivedBy(counters: readonly ArrivalSlots[]): (offsetNs: number) => number {
  const counted = counters.map(({ slotNs, counts }) => {
    const upTo = new Float64Array(counts.length + 1);
    counts.forEach((count, slot) => (upTo[slot + 1] = upTo[slot]! + count));
    return { slotNs, upTo, slots: counts.length };
  });
  return (offsetNs) => {
    const sum = counted.reduce((total, { slotNs, upTo, slots }) => {
      const at = Math.min(slots, Math.max(0, offsetNs / slotNs));
      const slot = Math.floor(at);
      const within = slot === slots ? 0 : (upTo[slot + 1]! - upTo[slot]!) * (at - slot);
      return total + upTo[slot]! + within;
    }, 0);
    return Math.round(sum);
  };
}
