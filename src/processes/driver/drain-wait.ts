import { rangesLength, type SequenceRange } from '../../model/ranges.ts';
import { nowNs } from '../../platform/clock.ts';

/** The deliveries that a drain waits for: each is one (pair, seq), so that no other arrival can stand in for it. */
export class DrainWait {
  private readonly ranges: ReadonlyMap<number, readonly SequenceRange[]>;
  private left: number;
  private timer: NodeJS.Timeout | undefined;
  private end: () => void = () => undefined;

  /** By pair; ascending and disjoint. */
  constructor(ranges: ReadonlyMap<number, readonly SequenceRange[]>) {
    this.ranges = ranges;
    this.left = [...ranges.values()].reduce((sum, list) => sum + rangesLength(list), 0);
  }

  /** Resolves when everything has arrived, at the deadline, or when it is ended; answers how many have not arrived. */
  async until(deadlineNs: number): Promise<number> {
    if (this.left === 0) return 0;
    await new Promise<void>((resolve) => {
      this.end = resolve;
      this.timer = setTimeout(resolve, Math.max(0, deadlineNs - nowNs()) / 1e6);
    });
    clearTimeout(this.timer);
    return this.left;
  }

  /** Ends the wait before everything has arrived. */
  giveUp(): void {
    this.end();
  }

  /** The first delivery of a sequence number to a pair. */
  arrived(pair: number, seq: number): void {
    if (this.ranges.get(pair)?.some(({ from, to }) => seq >= from && seq < to) !== true) return;
    this.left -= 1;
    if (this.left === 0) this.end();
  }
}
