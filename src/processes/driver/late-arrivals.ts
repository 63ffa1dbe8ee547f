import { pairOfKey, rangesByPair } from '../../ledger/account.ts';

/** Triples publisher, socket, seq → quadruples publisher, socket, from, to. */
export function lateRanges(triples: readonly number[]): Uint32Array {
  const messages = Array.from({ length: triples.length / 3 }, (_, i) => {
    const [publisher, socket, seq] = [triples[3 * i]!, triples[3 * i + 1]!, triples[3 * i + 2]!];
    return { publisher, socket, from: seq, to: seq + 1 };
  });
  const quadruples = [...rangesByPair(messages)].flatMap(([key, ranges]) => {
    const { publisher, socket } = pairOfKey(key);
    return ranges.flatMap(({ from, to }) => [publisher, socket, from, to]);
  });
  return Uint32Array.from(quadruples);
}
