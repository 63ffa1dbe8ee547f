import { type SequenceRange, rangesLength } from '../model/ranges.ts';

export type DeliveryOutcome = 'first' | 'reordered' | 'duplicate';

const NONE = 0;
/** A reference with this bit set points to a bitmap, otherwise to a slot of the pool. */
const BITMAP = 0x8000_0000;
const SLOT_WORDS = 4;
const SLOT_BITS = SLOT_WORDS * 32;

/** Missing sequence numbers of one pair, one bit each from `base` on. */
interface MissingBitmap {
  base: number;
  words: Uint32Array;
}

/**
 * What has arrived, per pair of (publisher, member), however many messages there are.
 *
 * Invariant: of the sequence numbers below `next`, exactly those in a gap are missing. A pair takes 16 bytes: `next`,
 * its newest gap [from, to), and a reference to its older gaps. An older gap takes a slot of 16 bytes, until a bitmap
 * over the sequence numbers since the pair's oldest gap is the smaller; a gap that fills up gives its slot back.
 * So a pair costs 16 bytes, plus per further loss event 16 bytes or one bit per message since the first, whichever
 * is less.
 */
export class DeliveryRecord {
  /** Deliveries that came after a later one of the same pair, and by how many sequence numbers at most. */
  reordered = 0;
  reorderExtentMax = 0;
  duplicates = 0;
  private readonly pairs: number;
  private readonly state: Uint32Array;
  /** Slots: from, to, reference to the next older gap, number of gaps from here on. Slot 0 is not used. */
  private pool = new Uint32Array(SLOT_WORDS * 16);
  private poolUsed = 1;
  private freeSlot = NONE;
  private readonly bitmaps: MissingBitmap[] = [];

  constructor(pairs: number) {
    this.pairs = pairs;
    this.state = new Uint32Array(pairs * 4);
  }

  /** Size of everything kept, in bytes. */
  get bytes(): number {
    return this.state.byteLength + this.pool.byteLength + this.bitmaps.reduce((sum, bitmap) => sum + bitmap.words.byteLength, 0);
  }

  record(pair: number, seq: number): DeliveryOutcome {
    const at = pair * 4;
    const next = this.state[at]!;
    if (seq >= next) {
      if (seq > next) this.openGap(at, next, seq);
      this.state[at] = seq + 1;
      return 'first';
    }
    if (!this.fill(at, seq)) {
      this.duplicates += 1;
      return 'duplicate';
    }
    this.reordered += 1;
    this.reorderExtentMax = Math.max(this.reorderExtentMax, next - 1 - seq);
    return 'reordered';
  }

  /** The missing ranges among the first `sent` sequence numbers of a pair, ascending and maximal. */
  missing(pair: number, sent: number): readonly SequenceRange[] {
    const at = pair * 4;
    const next = this.state[at]!;
    const ranges: SequenceRange[] = [];
    if (sent > next) ranges.push({ from: next, to: sent });
    if (this.state[at + 2]! > this.state[at + 1]!) ranges.push({ from: this.state[at + 1]!, to: this.state[at + 2]! });
    let reference = this.state[at + 3]!;
    while (reference !== NONE && (reference & BITMAP) === 0) {
      ranges.push({ from: this.pool[reference * SLOT_WORDS]!, to: this.pool[reference * SLOT_WORDS + 1]! });
      reference = this.pool[reference * SLOT_WORDS + 2]!;
    }
    if (reference !== NONE) ranges.push(...bitmapRanges(this.bitmapOf(reference)));
    const sentRanges = next > sent ? ranges.flatMap(({ from, to }) => (from < sent ? [{ from, to: Math.min(to, sent) }] : [])) : ranges;
    return sentRanges.sort((a, b) => a.from - b.from);
  }

  /** How many sequence numbers beyond the first `sent` a pair has got: nobody can have sent them. */
  beyond(pair: number, sent: number): number {
    const next = this.state[pair * 4]!;
    return next <= sent ? 0 : next - sent - (rangesLength(this.missing(pair, next)) - rangesLength(this.missing(pair, sent)));
  }

  get pairCount(): number {
    return this.pairs;
  }

  private bitmapOf(reference: number): MissingBitmap {
    return this.bitmaps[(reference & ~BITMAP) >>> 0]!;
  }

  /** The newest gap moves to the older ones, and [from, to) takes its place. */
  private openGap(at: number, from: number, to: number): void {
    const [oldFrom, oldTo] = [this.state[at + 1]!, this.state[at + 2]!];
    this.state[at + 1] = from;
    this.state[at + 2] = to;
    if (oldTo > oldFrom) this.state[at + 3] = this.keep(this.state[at + 3]!, oldFrom, oldTo);
  }

  /** Adds a gap to a chain of older ones; gives the reference to the new chain. */
  private keep(reference: number, from: number, to: number): number {
    if ((reference & BITMAP) !== 0) {
      markMissing(this.bitmapOf(reference), from, to);
      return reference;
    }
    const slot = this.takeSlot();
    const count = reference === NONE ? 1 : this.pool[reference * SLOT_WORDS + 3]! + 1;
    this.pool.set([from, to, reference, count], slot * SLOT_WORDS);
    return count >= 32 && (count & (count - 1)) === 0 ? this.compact(slot, to) : slot;
  }

  /** Turns a chain of slots into a bitmap where that is smaller. Tried at each doubling, so that it costs O(1) a gap. */
  private compact(reference: number, to: number): number {
    const chain: SequenceRange[] = [];
    for (let slot = reference; slot !== NONE; slot = this.pool[slot * SLOT_WORDS + 2]!) {
      chain.push({ from: this.pool[slot * SLOT_WORDS]!, to: this.pool[slot * SLOT_WORDS + 1]! });
    }
    const base = chain.reduce((least, gap) => Math.min(least, gap.from), Infinity);
    if (chain.length * SLOT_BITS <= to - base) return reference;
    const bitmap: MissingBitmap = { base, words: new Uint32Array(8) };
    for (const gap of chain) markMissing(bitmap, gap.from, gap.to);
    for (let slot = reference; slot !== NONE;) {
      const older = this.pool[slot * SLOT_WORDS + 2]!;
      this.giveSlot(slot);
      slot = older;
    }
    this.bitmaps.push(bitmap);
    return (BITMAP | (this.bitmaps.length - 1)) >>> 0;
  }

  /** Takes one sequence number out of the gaps of a pair; false where it is in none. */
  private fill(at: number, seq: number): boolean {
    const [from, to] = [this.state[at + 1]!, this.state[at + 2]!];
    if (seq >= from && seq < to) {
      if (seq + 1 < to) {
        this.state[at + 1] = seq + 1;
        if (seq > from) this.state[at + 3] = this.keep(this.state[at + 3]!, from, seq);
      } else {
        this.state[at + 2] = seq;
      }
      return true;
    }
    const reference = this.state[at + 3]!;
    if ((reference & BITMAP) !== 0) return clearMissing(this.bitmapOf(reference), seq);
    return this.fillChain(at, reference, seq);
  }

  private fillChain(at: number, head: number, seq: number): boolean {
    let newer = NONE;
    for (let slot = head; slot !== NONE; newer = slot, slot = this.pool[slot * SLOT_WORDS + 2]!) {
      const [from, to] = [this.pool[slot * SLOT_WORDS]!, this.pool[slot * SLOT_WORDS + 1]!];
      if (seq < from || seq >= to) continue;
      if (to - from === 1) {
        const older = this.pool[slot * SLOT_WORDS + 2]!;
        if (newer === NONE) this.state[at + 3] = older;
        else this.pool[newer * SLOT_WORDS + 2] = older;
        this.giveSlot(slot);
      } else if (seq === from) {
        this.pool[slot * SLOT_WORDS] = from + 1;
      } else {
        this.pool[slot * SLOT_WORDS + 1] = seq;
        if (seq + 1 < to) this.state[at + 3] = this.keep(head, seq + 1, to);
      }
      return true;
    }
    return false;
  }

  private takeSlot(): number {
    if (this.freeSlot !== NONE) {
      const slot = this.freeSlot;
      this.freeSlot = this.pool[slot * SLOT_WORDS + 2]!;
      return slot;
    }
    if ((this.poolUsed + 1) * SLOT_WORDS > this.pool.length) {
      const grown = new Uint32Array(Math.ceil((this.pool.length * 1.25) / SLOT_WORDS) * SLOT_WORDS + SLOT_WORDS);
      grown.set(this.pool);
      this.pool = grown;
    }
    return this.poolUsed++;
  }

  private giveSlot(slot: number): void {
    this.pool[slot * SLOT_WORDS + 2] = this.freeSlot;
    this.freeSlot = slot;
  }
}

function markMissing(bitmap: MissingBitmap, from: number, to: number): void {
  if (from < bitmap.base) rebase(bitmap, from);
  const words = Math.ceil((to - bitmap.base) / 32);
  if (words > bitmap.words.length) {
    const grown = new Uint32Array(Math.max(words, Math.ceil(bitmap.words.length * 1.25)));
    grown.set(bitmap.words);
    bitmap.words = grown;
  }
  for (let bit = from - bitmap.base; bit < to - bitmap.base; bit++) bitmap.words[bit >>> 5]! |= 1 << (bit & 31);
}

function rebase(bitmap: MissingBitmap, from: number): void {
  const shift = Math.ceil((bitmap.base - from) / 32);
  const grown = new Uint32Array(bitmap.words.length + shift);
  grown.set(bitmap.words, shift);
  bitmap.words = grown;
  bitmap.base -= shift * 32;
}

function clearMissing(bitmap: MissingBitmap, seq: number): boolean {
  const bit = seq - bitmap.base;
  const mask = 1 << (bit & 31);
  if (bit < 0 || bit >>> 5 >= bitmap.words.length || (bitmap.words[bit >>> 5]! & mask) === 0) return false;
  bitmap.words[bit >>> 5]! &= ~mask;
  return true;
}

function bitmapRanges(bitmap: MissingBitmap): readonly SequenceRange[] {
  const ranges: SequenceRange[] = [];
  let from = -1;
  for (let bit = 0; bit <= bitmap.words.length * 32; bit++) {
    const missing = bit < bitmap.words.length * 32 && (bitmap.words[bit >>> 5]! & (1 << (bit & 31))) !== 0;
    if (missing && from < 0) from = bit;
    if (!missing && from >= 0) {
      ranges.push({ from: bitmap.base + from, to: bitmap.base + bit });
      from = -1;
    }
  }
  return ranges;
}
