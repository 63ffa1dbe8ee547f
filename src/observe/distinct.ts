/* Distinct names and samples of them, in bounded memory: of each name only a keyed hash is kept, and only the smallest hashes. */

/** A hash of a text in [0, 1) (cyrb53, bryc), of which another seed makes another: nobody can choose names that fall together. */
export function unitHash(text: string, seed: number): number {
  let h1 = 0xdeadbeef ^ seed;
  let h2 = 0x41c6ce57 ^ seed;
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    h1 = Math.imul(h1 ^ code, 2654435761);
    h2 = Math.imul(h2 ^ code, 1597334677);
  }
  h1 = Math.imul(h1 ^ (h1 >>> 16), 2246822507) ^ Math.imul(h2 ^ (h2 >>> 13), 3266489909);
  h2 = Math.imul(h2 ^ (h2 >>> 16), 2246822507) ^ Math.imul(h1 ^ (h1 >>> 13), 3266489909);
  return ((2097151 & h2) * 2 ** 32 + (h1 >>> 0)) / 2 ** 53;
}

/**
 * The `most` distinct names with the smallest hashes: a uniform random sample without replacement, whatever comes how often, in any
 * order. Their number is exact up to `most`, and estimated above (Bar-Yossef et al., RANDOM 2002).
 */
export class DistinctSample<T> {
  private readonly most: number;
  private readonly kept = new Map<number, T>();
  /** Hashes above it are not among the smallest. */
  private limit = 1;
  private overflowed = false;

  constructor(most: number) {
    this.most = most;
  }

  add(hash: number, item: T): void {
    if (hash >= this.limit || this.kept.has(hash)) return;
    this.kept.set(hash, item);
    // Sorting is rare: only when there are twice as many as are wanted.
    if (this.kept.size >= 2 * this.most) this.shrink();
  }

  get isExact(): boolean {
    return !this.overflowed && this.kept.size <= this.most;
  }

  /** How many distinct names were added. */
  get count(): number {
    if (this.isExact) return this.kept.size;
    this.shrink();
    return (this.most - 1) / this.limit;
  }

  /** One standard deviation of `count`, as a ratio. */
  get errorRatio(): number {
    return this.isExact ? 0 : 1 / Math.sqrt(this.most - 2);
  }

  /** The sample, in the order of its hashes, which is random. */
  get items(): readonly T[] {
    if (!this.isExact) this.shrink();
    return [...this.kept].toSorted(([a], [b]) => a - b).map(([, item]) => item);
  }

  private shrink(): void {
    if (this.kept.size <= this.most) return;
    const hashes = [...this.kept.keys()].toSorted((a, b) => a - b);
    for (const hash of hashes.slice(this.most)) this.kept.delete(hash);
    this.limit = hashes[this.most - 1]!;
    this.overflowed = true;
  }
}
