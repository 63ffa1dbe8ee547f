import { type SequenceRange, rangesLength } from '../../model/ranges.ts';

/** The deliveries that a drain waits for: each is one (pair, seq), so that no other arrival can stand in for it. */
export class Outstanding {
  private readonly ranges = new Map<number, readonly SequenceRange[]>();
  private left = 0;

  /** How many have not arrived yet. */
  get count(): number {
    return this.left;
  }

  /** Of one pair; ascending and disjoint. */
  add(pair: number, ranges: readonly SequenceRange[]): void {
    if (ranges.length === 0) return;
    this.ranges.set(pair, ranges);
    this.left += rangesLength(ranges);
  }

  /** The first delivery of a sequence number to a pair. Answers whether it was the last that was waited for. */
  arrived(pair: number, seq: number): boolean {
    if (this.ranges.get(pair)?.some(({ from, to }) => seq >= from && seq < to) !== true) return false;
    this.left -= 1;
    return this.left === 0;
  }
}
