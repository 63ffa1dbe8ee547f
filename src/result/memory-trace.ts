/** The memory of a process at one moment. */
export interface MemorySample {
  readonly atNs: number;
  readonly bytes: number;
}

/** Beyond so many samples, every second one is dropped, and so is every second one that comes. */
const MOST_SAMPLES = 4800;

/** The memory of a process over time, in bounded room: of a long run, samples are further apart. The first, the last and the peak are exact. */
export class MemoryTrace {
  private kept: MemorySample[] = [];
  private last: MemorySample | null = null;
  private stride = 1;
  private seen = 0;
  private peak = 0;

  add(sample: MemorySample): void {
    this.peak = Math.max(this.peak, sample.bytes);
    this.last = sample;
    if (this.seen++ % this.stride !== 0) return;
    this.kept.push(sample);
    if (this.kept.length < MOST_SAMPLES) return;
    this.kept = this.kept.filter((_, i) => i % 2 === 0);
    this.stride *= 2;
  }

  /** In the order of time. */
  get samples(): readonly MemorySample[] {
    return this.last === null || this.kept.at(-1) === this.last ? this.kept : [...this.kept, this.last];
  }

  get peakBytes(): number {
    return this.peak;
  }
}
