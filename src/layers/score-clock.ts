/**
 * Times for scores in Redis: seconds since the epoch as decimal text with 6 digits after the point, strictly
 * increasing within this process, so that a queue keeps the order of one sender. The one wall clock of the layers.
 */
export class ScoreClock {
  private lastUs = 0;

  /** A score later than every one before. */
  next(): string {
    this.lastUs = Math.max(this.lastUs + 1, wallUs());
    return `${Math.floor(this.lastUs / 1e6)}.${String(this.lastUs % 1e6).padStart(6, '0')}`;
  }

  /** Whole seconds since the epoch: what expiry is compared with. */
  seconds(): number {
    return Math.floor(wallUs() / 1e6);
  }
}

function wallUs(): number {
  return Math.floor((performance.timeOrigin + performance.now()) * 1000);
}
