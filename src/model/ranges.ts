/** Number of sequence numbers in disjoint ranges. */
export function rangesLength(ranges: readonly SequenceRange[]): number {
  return ranges.reduce((sum, range) => sum + range.to - range.from, 0);
}

/** Sorted and merged: overlapping and touching ranges become one. */
export function normalizeRanges(ranges: readonly SequenceRange[]): readonly SequenceRange[] {
  if (areNormal(ranges)) return ranges;
  const merged: { from: number; to: number }[] = [];
  for (const range of ranges.toSorted((a, b) => a.from - b.from)) {
    const last = merged.at(-1);
    if (last !== undefined && range.from <= last.to) last.to = Math.max(last.to, range.to);
    else if (range.to > range.from) merged.push({ ...range });
  }
  return merged;
}

function areNormal(ranges: readonly SequenceRange[]): boolean {
  return ranges.every(({ from, to }, i) => to > from && (i === 0 || from > ranges[i - 1]!.to));
}

/**
 * Splits `ranges` into what lies inside `mask` and what does not.
 * Both are sorted and disjoint; so are the results, and together they are `ranges`.
 */
export function splitRanges(
  ranges: readonly SequenceRange[],
  mask: readonly SequenceRange[],
): { readonly inside: readonly SequenceRange[]; readonly outside: readonly SequenceRange[] } {
  if (mask.length === 0) return { inside: [], outside: ranges };
  const inside: SequenceRange[] = [];
  const outside: SequenceRange[] = [];
  let m = 0;
  for (const range of ranges) {
    let at = range.from;
    while (m < mask.length && mask[m]!.to <= at) m += 1;
    for (let i = m; at < range.to; i++) {
      const cut = mask[i];
      const from = cut === undefined ? range.to : Math.max(at, Math.min(cut.from, range.to));
      const to = cut === undefined ? range.to : Math.min(cut.to, range.to);
      if (from > at) outside.push({ from: at, to: from });
      if (to > from) inside.push({ from, to });
      at = Math.max(from, to);
    }
  }
  return { inside, outside };
}

/** The ranges of sorted whole numbers. */
export function rangesOf(sorted: readonly number[]): readonly SequenceRange[] {
  const ranges: { from: number; to: number }[] = [];
  for (const value of sorted) {
    const last = ranges.at(-1);
    if (last !== undefined && last.to === value) last.to = value + 1;
    else if (last === undefined || value >= last.to) ranges.push({ from: value, to: value + 1 });
  }
  return ranges;
}

/** Indices of the first element of an ascending array that is not below `bound`. */
export function lowerBound(ascending: ArrayLike<number>, bound: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ascending[middle]! < bound) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Triples publisher, from, to → the ranges of each publisher, ascending and merged. */
export function rangesByPublisher(triples: ArrayLike<number>): ReadonlyMap<number, readonly SequenceRange[]> {
  const lists = new Map<number, SequenceRange[]>();
  for (let i = 0; i < triples.length; i += 3) {
    const range = { from: triples[i + 1]!, to: triples[i + 2]! };
    const list = lists.get(triples[i]!);
    if (list === undefined) lists.set(triples[i]!, [range]);
    else list.push(range);
  }
  return new Map([...lists].map(([publisher, ranges]) => [publisher, normalizeRanges(ranges)]));
}

/*
 * What a server process knows of lost messages, in the terms of the run: senders and sequence numbers instead of
 * message bodies. It is what `GET report` answers, and what the ledger reads.
 */

/** Half-open range of sequence numbers. */
export interface SequenceRange {
  readonly from: number;
  readonly to: number;
}
