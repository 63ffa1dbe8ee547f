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

/** The quantile of a share in (0, 1) of the standard normal distribution, to 1e-9 (Acklam 2003). */
export function normalQuantile(share: number): number {
  if (share > 0.5) return -normalQuantile(1 - share);
  if (share < 0.02425) {
    const tail = Math.sqrt(-2 * Math.log(share));
    return polynomial(TAIL_ABOVE, tail) / (polynomial(TAIL_BELOW, tail) * tail + 1);
  }
  const centred = share - 0.5;
  const square = centred * centred;
  return (polynomial(CENTRE_ABOVE, square) * centred) / (polynomial(CENTRE_BELOW, square) * square + 1);
}

const CENTRE_ABOVE = [-39.69683028665376, 220.9460984245205, -275.9285104469687, 138.357751867269, -30.66479806614716, 2.506628277459239];
const CENTRE_BELOW = [-54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572];
const TAIL_ABOVE = [
  -0.007784894002430293, -0.3223964580411365, -2.400758277161838, -2.549732539343734, 4.374664141464968, 2.938163982698783,
];
const TAIL_BELOW = [0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416];

/** Coefficients from the highest power down. */
function polynomial(coefficients: readonly number[], at: number): number {
  return coefficients.reduce((value, coefficient) => value * at + coefficient, 0);
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
