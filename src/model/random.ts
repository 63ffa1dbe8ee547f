/** A source of uniform numbers in [0, 1). */
export type Random = () => number;

/**
 * Seeded generator sfc32 (Doty-Humphrey, PractRand): the same seed and stream give the same numbers on every machine.
 * `stream` separates the consumers of one seed, so that adding one does not change the numbers of another.
 */
export function seededRandom(seed: number, stream: number): Random {
  let a = 0x9e3779b9 ^ seed;
  let b = 0x243f6a88 ^ Math.floor(seed / 2 ** 32);
  let c = 0xb7e15162 ^ stream;
  let counter = 1;
  const next = (): number => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    c |= 0;
    return sum >>> 0;
  };
  for (let i = 0; i < 20; i++) next();
  return () => (next() * 2 ** 21 + (next() >>> 11)) / 2 ** 53;
}

/**
 * 32 bits that follow from a seed and two numbers: the same for the same three, in whatever order they are asked for.
 * The mixing is that of MurmurHash3 (Appleby, public domain).
 */
export function hash32(seed: number, first: number, second: number): number {
  let hash = seed | 0;
  for (const word of [first, second]) {
    hash ^= Math.imul(rotated(Math.imul(word, 0xcc9e2d51), 15), 0x1b873593);
    hash = (Math.imul(rotated(hash, 13), 5) + 0xe6546b64) | 0;
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function rotated(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

/** A standard normal number (Box, Muller, Ann. Math. Statist. 29, 1958). */
export function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
