import { normalizeRanges } from '../../core/ranges.ts';

/** Triples publisher, socket, seq → quadruples publisher, socket, from, to. */
export function lateRanges(triples: readonly number[]): Uint32Array {
  const byPair = new Map<string, { publisher: number; socket: number; ranges: { from: number; to: number }[] }>();
  for (let i = 0; i < triples.length; i += 3) {
    const [publisher, socket, seq] = [triples[i]!, triples[i + 1]!, triples[i + 2]!];
    const key = `${publisher}/${socket}`;
    const entry = byPair.get(key) ?? { publisher, socket, ranges: [] };
    byPair.set(key, entry);
    entry.ranges.push({ from: seq, to: seq + 1 });
  }
  const flat = [...byPair.values()].flatMap(({ publisher, socket, ranges }) =>
    normalizeRanges(ranges).flatMap(({ from, to }) => [publisher, socket, from, to]),
  );
  return Uint32Array.from(flat);
}
