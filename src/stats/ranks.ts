/*
 * Rank statistics of few blocks. Everything is exact for the sample sizes that a benchmark has: no table, no normal
 * approximation below `EXACT_PAIRS`. "Greater" is one-sided: small where values are larger than their comparison.
 */

/** Beyond n₁·n₂ of this, Mann–Whitney takes the normal approximation. */
const EXACT_PAIRS = 400;

/** The middle value, or the mean of the two middle ones; NaN of nothing. */
export function medianOf(values: readonly number[]): number {
  return medianOfSorted(values.toSorted((a, b) => a - b));
}

/** Likewise, of values that are in order. */
export function medianOfSorted(sorted: ArrayLike<number>): number {
  const middle = sorted.length / 2;
  return sorted.length % 2 === 1 ? sorted[Math.floor(middle)]! : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2;
}

/**
 * Exact p-value of the Wilcoxon signed-rank test that differences are above 0: P(W⁺ ≥ observed), every sign being a
 * fair coin. Zeros are dropped, ties share their mean rank (Hollander, Wolfe, Chicken, Nonparametric Statistical
 * Methods, 3rd ed., 3.1).
 */
export function signedRankGreater(differences: readonly number[]): number {
  const moved = differences.filter((difference) => difference !== 0);
  const ranks = doubledRanks(moved.map(Math.abs));
  const observed = ranks.reduce((sum, rank, i) => (moved[i]! > 0 ? sum + rank : sum), 0);
  return upperTail(signedRankDistribution(ranks), observed);
}

/** The smallest W⁺ of so many differences, none of them tied, whose p-value is below α; null where there is none. */
export function signedRankCritical(differences: number, alpha: number): number | null {
  const ranks = Array.from({ length: differences }, (_, i) => i + 1);
  const distribution = signedRankDistribution(ranks);
  let tail = 0;
  let critical = distribution.length;
  while (critical > 0 && tail + distribution[critical - 1]! < alpha) tail += distribution[--critical]!;
  return critical === distribution.length ? null : critical;
}

/**
 * Hodges–Lehmann estimate of the centre: the median of all Walsh averages (dᵢ + dⱼ)/2, i ≤ j (ibid., 3.2). NaN of
 * nothing.
 */
export function hodgesLehmann(values: readonly number[]): number {
  return medianOf(walshAverages(values));
}

/**
 * Distribution-free interval of the centre, from the c-th smallest to the c-th largest Walsh average (ibid., 3.3); null
 * where so few values carry none. `confidence` is two-sided: 0.95.
 */
export function walshInterval(values: readonly number[], confidence: number): readonly [number, number] | null {
  const ranks = values.map((_, i) => i + 1);
  return orderInterval(walshAverages(values), signedRankDistribution(ranks), confidence);
}

/**
 * Distribution-free interval of the median, from the c-th smallest to the c-th largest value (the sign test's; ibid.,
 * 3.6): symmetry is not asked of the values, and their median is always within. null where so few carry none.
 */
export function medianInterval(values: readonly number[], confidence: number): readonly [number, number] | null {
  return orderInterval(values, signedRankDistribution(values.map(() => 1)), confidence);
}

/**
 * p-value of the Mann–Whitney test that `head` is above `base`: exact, given the ties, while n₁·n₂ ≤ 400; beyond it
 * normal, corrected for ties and continuity (ibid., 4.1).
 */
export function mannWhitneyGreater(base: readonly number[], head: readonly number[]): number {
  const ranks = doubledRanks([...base, ...head]);
  const observed = ranks.slice(base.length).reduce((sum, rank) => sum + rank, 0);
  if (base.length * head.length <= EXACT_PAIRS) return upperTail(rankSumDistribution(ranks, head.length), observed);
  const [m, n, N] = [base.length, head.length, ranks.length];
  const ties = new Map<number, number>();
  for (const rank of ranks) ties.set(rank, (ties.get(rank) ?? 0) + 1);
  const tied = [...ties.values()].reduce((sum, count) => sum + (count ** 3 - count), 0);
  const variance = ((m * n) / 12) * (N + 1 - tied / (N * (N - 1)));
  if (variance === 0) return 1;
  return normalUpperTail((observed / 2 - (n * (N + 1)) / 2 - 0.5) / Math.sqrt(variance));
}

/** Hodges–Lehmann estimate of the shift from `base` to `head`: the median of all differences (ibid., 4.2). */
export function hodgesLehmannShift(base: readonly number[], head: readonly number[]): number {
  return medianOf(allDifferences(base, head));
}

/** Distribution-free interval of that shift (Moses; ibid., 4.3); null where so few values carry none. */
export function shiftInterval(base: readonly number[], head: readonly number[], confidence: number): readonly [number, number] | null {
  const ranks = Array.from({ length: base.length + head.length }, (_, i) => i + 1);
  // The smallest rank sum that `head` can have is U = 0.
  const distribution = rankSumDistribution(ranks, head.length).slice((head.length * (head.length + 1)) / 2);
  return orderInterval(allDifferences(base, head), distribution, confidence);
}

/** P(X ≥ k) of a binomial distribution of n trials. */
export function binomialUpperTail(k: number, n: number, probability: number): number {
  if (k <= 0) return 1;
  if (k > n || probability <= 0) return 0;
  if (probability >= 1) return 1;
  const odds = Math.log(probability) - Math.log1p(-probability);
  let logTerm = n * Math.log1p(-probability);
  let tail = 0;
  for (let i = 1; i <= n; i++) {
    logTerm += Math.log((n - i + 1) / i) + odds;
    if (i >= k) tail += Math.exp(logTerm);
  }
  return Math.min(1, tail);
}

/** p-values adjusted for their number, in the order given (Holm, Scand. J. Statist. 6, 1979). */
export function holm(pValues: readonly number[]): readonly number[] {
  const order = pValues.map((_, i) => i).toSorted((a, b) => pValues[a]! - pValues[b]!);
  const adjusted = pValues.map(() => 1);
  let largest = 0;
  order.forEach((index, i) => {
    largest = Math.max(largest, Math.min(1, pValues[index]! * (pValues.length - i)));
    adjusted[index] = largest;
  });
  return adjusted;
}

/** P(Z ≥ z) of the standard normal distribution (Abramowitz, Stegun 26.2.11 below 3, the continued fraction 26.2.14 above). */
export function normalUpperTail(z: number): number {
  if (z < 0) return 1 - normalUpperTail(-z);
  const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
  if (z < 3) {
    let [term, sum] = [z, z];
    for (let odd = 3; term > sum * 1e-17; odd += 2) sum += term *= (z * z) / odd;
    return 0.5 - density * sum;
  }
  let fraction = z;
  for (let i = 60; i >= 1; i--) fraction = z + i / fraction;
  return density / fraction;
}

/** All (dᵢ + dⱼ)/2, i ≤ j: how many of them are above 0 is W⁺, where none is 0. */
export function walshAverages(values: readonly number[]): readonly number[] {
  return values.flatMap((value, i) => values.slice(i).map((other) => (value + other) / 2));
}

function allDifferences(base: readonly number[], head: readonly number[]): readonly number[] {
  return head.flatMap((value) => base.map((other) => value - other));
}

/** From the c-th smallest to the c-th largest value, for the largest c that a rank statistic's distribution allows. */
function orderInterval(values: readonly number[], distribution: ArrayLike<number>, confidence: number): readonly [number, number] | null {
  const tail = (1 - confidence) / 2;
  let below = 0;
  let c = 0;
  while (c < distribution.length && below + distribution[c]! <= tail) below += distribution[c++]!;
  if (c === 0) return null;
  const sorted = values.toSorted((a, b) => a - b);
  return [sorted[c - 1]!, sorted[sorted.length - c]!];
}

/** Ranks from 1, twice as large so that the mean of tied ones is whole. */
function doubledRanks(values: readonly number[]): readonly number[] {
  const order = values.map((_, i) => i).toSorted((a, b) => values[a]! - values[b]!);
  const ranks = values.map(() => 0);
  for (let from = 0; from < order.length;) {
    let to = from + 1;
    while (to < order.length && values[order[to]!] === values[order[from]!]) to += 1;
    for (let i = from; i < to; i++) ranks[order[i]!] = from + to + 1;
    from = to;
  }
  return ranks;
}

/** Probability of each sum of ranks, where every rank is in it by the toss of a coin. */
function signedRankDistribution(ranks: readonly number[]): Float64Array {
  const distribution = new Float64Array(ranks.reduce((sum, rank) => sum + rank, 0) + 1);
  distribution[0] = 1;
  let reached = 0;
  for (const rank of ranks) {
    reached += rank;
    for (let sum = reached; sum >= 0; sum--) distribution[sum] = (distribution[sum]! + (sum >= rank ? distribution[sum - rank]! : 0)) / 2;
  }
  return distribution;
}

/** Probability of each sum of `size` of the ranks, where every choice of so many is as likely. */
function rankSumDistribution(ranks: readonly number[], size: number): Float64Array {
  const total = ranks.reduce((sum, rank) => sum + rank, 0);
  const bySize = Array.from({ length: size + 1 }, () => new Float64Array(total + 1));
  bySize[0]![0] = 1;
  ranks.forEach((rank, seen) => {
    for (let chosen = Math.min(size, seen + 1); chosen >= 1; chosen--) {
      const [without, target] = [bySize[chosen - 1]!, bySize[chosen]!];
      for (let sum = total; sum >= rank; sum--) target[sum] = target[sum]! + without[sum - rank]!;
    }
  });
  const all = bySize[size]!.reduce((sum, count) => sum + count, 0);
  return bySize[size]!.map((count) => count / all);
}

function upperTail(distribution: Float64Array, from: number): number {
  return Math.min(
    1,
    distribution.slice(from).reduce((sum, probability) => sum + probability, 0),
  );
}
