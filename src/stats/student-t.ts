/** Terms of the continued fraction. It settles within a small multiple of √ν: these do for ν of many thousands. */
const TERMS = 1000;

/**
 * Two-sided p-value of Student's t, P(|T| ≥ |t|), with a whole number of degrees of freedom ν ≥ 1; of small ones too,
 * about 12 digits are right. 0 for an infinite t, NaN for NaN.
 * Source: DLMF 8.17: P = I_x(ν/2, 1/2) with x = ν/(ν + t²), by the continued fraction 8.17.22 and the symmetry 8.17.4.
 */
export function studentTwoSided(t: number, degreesOfFreedom: number): number {
  const square = t * t;
  if (square === Infinity) return 0;
  const [x, rest] = [degreesOfFreedom / (degreesOfFreedom + square), square / (degreesOfFreedom + square)];
  const [a, b] = [degreesOfFreedom / 2, 0.5];
  const front = (x ** a * rest ** b) / betaOfHalves(degreesOfFreedom);
  // The fraction converges quickly below the mean of the distribution; beyond it, that of the mirror image does.
  return x < (a + 1) / (a + b + 2) ? front / (a * betaFraction(x, a, b)) : 1 - front / (b * betaFraction(rest, b, a));
}

/** B(n/2, 1/2) for a whole n ≥ 1, from B(1/2, 1/2) = π or B(1, 1/2) = 2 by B(z + 1, 1/2) = B(z, 1/2) · z/(z + 1/2). */
function betaOfHalves(n: number): number {
  let beta = n % 2 === 1 ? Math.PI : 2;
  for (let k = n % 2 === 1 ? 1 : 2; k < n; k += 2) beta *= k / (k + 1);
  return beta;
}

/** 1 + d₁/(1 + d₂/(1 + …)), from its end. */
function betaFraction(x: number, a: number, b: number): number {
  let fraction = 1;
  for (let i = TERMS; i >= 1; i--) fraction = 1 + partialNumerator(i, x, a, b) / fraction;
  return fraction;
}

/** dᵢ: DLMF 8.17.23 for i = 2m, 8.17.24 for i = 2m + 1. */
function partialNumerator(i: number, x: number, a: number, b: number): number {
  const m = Math.floor(i / 2);
  const numerator = i % 2 === 0 ? m * (b - m) * x : -(a + m) * (a + b + m) * x;
  return numerator / ((a + i - 1) * (a + i));
}
