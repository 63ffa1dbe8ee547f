/*
 * Whether a process still takes from its queue. The queue of a live one is mostly empty. That of a process which has ended is there
 * in every look, and what was in it at one look is still in it at a later one, until it expires.
 */

/** One look at a queue. */
export interface QueueLook {
  readonly seconds: number;
  /** Entries. */
  readonly depth: number;
  /** Of them, those that were there when the watch last set its mark. */
  readonly marked: number;
}

/** Entries expire after 60 s by default: a mark is set anew often enough for one that does not. */
const MARK_SECONDS = 15;
/** A process that is only slow takes what has waited for so long; in a short watch, what has waited for most of it. */
const UNREAD_SECONDS = 10;
const UNREAD_RATIO = 0.6;
const MIN_SECONDS = 2;
const MIN_LOOKS = 3;
const STANDING_RATIO = 0.8;
/** A queue with more different depths stands nowhere. */
const MOST_DEPTHS = 1000;

export type QueueState = 'read' | 'behind' | 'unread' | 'unknown';

/** Follows the queue of one process. */
export class QueueWatch {
  /** Entries up to this time, by the clock of Redis, are marked. */
  markSeconds = 0;
  private looks = 0;
  private filled = 0;
  private markedSince = 0;
  /** The longest time for which something was seen to wait. */
  private unreadSeconds = 0;
  private readonly depths = new Map<number, number>();
  deepest = 0;
  first: QueueLook | null = null;
  last: QueueLook | null = null;

  add(look: QueueLook): void {
    const { depth, seconds, marked } = look;
    this.looks += 1;
    if (depth > 0) this.filled += 1;
    this.deepest = Math.max(this.deepest, depth);
    if (this.depths.size >= MOST_DEPTHS) this.depths.clear();
    this.depths.set(depth, (this.depths.get(depth) ?? 0) + 1);
    this.first ??= look;
    this.last = look;
    if (marked > 0 && this.markedSince > 0) this.unreadSeconds = Math.max(this.unreadSeconds, seconds - this.markedSince);
    if (this.markedSince === 0 || marked === 0 || seconds - this.markedSince >= MARK_SECONDS) {
      this.markSeconds = seconds;
      this.markedSince = seconds;
    }
  }

  get state(): QueueState {
    if (this.looks < MIN_LOOKS) return 'unknown';
    if (this.filled < this.looks) return this.filled > this.looks / 2 ? 'behind' : 'read';
    const watchedSeconds = this.last!.seconds - this.first!.seconds;
    if (watchedSeconds < MIN_SECONDS) return 'unknown';
    return this.unreadSeconds >= Math.min(UNREAD_SECONDS, UNREAD_RATIO * watchedSeconds) ? 'unread' : 'behind';
  }

  /** The depth at which the queue stands still; null where it does not. */
  get standsAt(): number | null {
    const [depth, times] = [...this.depths].toSorted(([, a], [, b]) => b - a)[0] ?? [0, 0];
    return this.looks >= MIN_LOOKS && depth > 0 && depth === this.deepest && times >= STANDING_RATIO * this.looks ? depth : null;
  }

  /** How much deeper it got, in entries per second. */
  get growthPerSecond(): number {
    const { first, last } = this;
    if (first === null || last === null || last.seconds <= first.seconds) return 0;
    return (last.depth - first.depth) / (last.seconds - first.seconds);
  }
}
