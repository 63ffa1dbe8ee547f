import { studentTwoSided } from './student-t.ts';

/*
 * Change points of a series: E-divisive (Matteson, James, arXiv:1306.4933) with sliding windows, a weak first pass and
 * a merge (Fleming et al., "Hunter", doi 10.1145/3578244.3583719; as Apache Otava does it). Unlike Otava's, the t-test
 * takes sample variances (n − 1): with population variances the nominal probability of a false alarm is exceeded.
 */

export interface ChangePointOptions {
  /** Probability of a false alarm, for each change point. */
  readonly maxPValue: number;
  /** Changes up to this ratio are not told: 0.05 is 5 %. */
  readonly minMagnitude: number;
  /** Values that are looked at together, at least 2. */
  readonly window: number;
}

/** Where a series takes another level. */
export interface ChangePoint {
  /** Of the first point at the new level. */
  readonly index: number;
  /** Means of the segments on both sides, up to the next changes. */
  readonly before: number;
  readonly after: number;
  /** Two-sided, of these two being one. */
  readonly pValue: number;
  /** The larger of the relative changes forwards and backwards; a change from or to 0 is 1. */
  readonly magnitude: number;
}

export const DEFAULT_CHANGE_POINT_OPTIONS: ChangePointOptions = { maxPValue: 0.001, minMagnitude: 0, window: 50 };

/** Below this the first pass takes ten times the p-value. */
const CONVENTIONAL_P_VALUE = 0.05;

/**
 * The change points of a series, in order; each at a value that is there. The same series has the same ones every time.
 * A gap (null) is no observation: it takes part in no mean, no test and no window.
 */
export function findChangePoints(series: readonly (number | null)[], options: ChangePointOptions): readonly ChangePoint[] {
  const { maxPValue, window } = options;
  const weakPValue = Math.min(1, maxPValue * (maxPValue < CONVENTIONAL_P_VALUE ? 10 : 2));
  const observed = series.flatMap((value, index) => (value === null ? [] : [{ value, index }]));
  const values = observed.map(({ value }) => value);
  return merge(values, weakIndexes(values, weakPValue, window), options).map((point) => ({
    ...point,
    index: observed[point.index]!.index,
  }));
}

/** Indexes of the first pass: from window to window by half of one, and on from the last change where there is one. */
function weakIndexes(series: readonly number[], maxPValue: number, window: number): readonly number[] {
  const found = new Set<number>();
  const step = Math.floor(window / 2);
  for (let start = 0; start < series.length;) {
    const inWindow = divide(series.slice(start, start + window), maxPValue).map((index) => start + index);
    for (const index of inWindow) found.add(index);
    start = Math.max(inWindow.at(-1) ?? 0, start + step);
  }
  return [...found].toSorted((a, b) => a - b);
}

/** Splits where Q is largest in any segment, until that split is not significant. */
function divide(series: readonly number[], maxPValue: number): readonly number[] {
  let indexes: readonly number[] = [];
  for (;;) {
    const bounds = [0, ...indexes, series.length];
    const candidates = bounds.slice(1).flatMap((end, i) => {
      const start = bounds[i]!;
      const split = bestSplit(series.slice(start, end));
      return split === null ? [] : [{ index: start + split.index, q: split.q }];
    });
    if (candidates.length === 0) return indexes;
    const best = candidates.reduce((one, other) => (other.q > one.q ? other : one));
    if (judge(series, indexes, best.index).pValue > maxPValue) return indexes;
    indexes = [...indexes, best.index].toSorted((a, b) => a - b);
  }
}

/** Drops the weakest change until all are significant, then the smallest until all are large enough. */
function merge(
  series: readonly number[],
  weak: readonly number[],
  { maxPValue, minMagnitude }: ChangePointOptions,
): readonly ChangePoint[] {
  let points = weak.map((index) => judge(series, weak, index));
  while (points.length > 0) {
    const leastSignificant = points.reduce((one, other) => (other.pValue > one.pValue ? other : one));
    const smallest = points.reduce((one, other) => (other.magnitude < one.magnitude ? other : one));
    if (leastSignificant.pValue < maxPValue && smallest.magnitude > minMagnitude) break;
    const dropped = leastSignificant.pValue < maxPValue ? smallest : leastSignificant;
    const left = points.filter((point) => point !== dropped).map(({ index }) => index);
    points = left.map((index) => judge(series, left, index));
  }
  return points;
}

/** Compares the segments on both sides of a change, between its neighbours among `indexes`. */
function judge(series: readonly number[], indexes: readonly number[], index: number): ChangePoint {
  const left = series.slice(indexes.findLast((other) => other < index) ?? 0, index);
  const right = series.slice(index, indexes.find((other) => other > index) ?? series.length);
  const [before, after] = [meanOf(left), meanOf(right)];
  const relative = (from: number, to: number): number => (from === 0 ? 0 : Math.abs(to / from - 1));
  const magnitude = Math.max(relative(before, after), relative(after, before));
  return { index, before, after, pValue: pooledTTest(left, right), magnitude };
}

/**
 * The split of a series that maximises the energy statistic Q between its left part X (m points) and the n points Y to
 * the right of it, up to whichever end makes Q largest, so that a later change does not blur an earlier one:
 * Q = mn/(m + n) · [2/(mn) · Σᵢⱼ|Xᵢ − Yⱼ| − 2/(m(m − 1)) · Σᵢ﹤ₖ|Xᵢ − Xₖ| − 2/(n(n − 1)) · Σⱼ﹤ₖ|Yⱼ − Yₖ|]
 * where a part of one point adds nothing. O(T²). null for less than two points; of equal splits, the first.
 */
export function bestSplit(series: readonly number[]): { readonly index: number; readonly q: number } | null {
  /** Sum of the distances among the first so many points. */
  const among = [0];
  series.forEach((value, k) => among.push(among[k]! + series.slice(0, k).reduce((sum, other) => sum + Math.abs(other - value), 0)));
  /** Sum of the distances from a point back to the first of Y. */
  const back = series.map(() => 0);
  let best: { readonly index: number; readonly q: number } | null = null;
  for (let m = series.length - 1; m >= 1; m--) {
    let amongRight = 0;
    for (let k = m; k < series.length; k++) {
      back[k] = back[k]! + Math.abs(series[k]! - series[m]!);
      amongRight += back[k]!;
      const n = k + 1 - m;
      const between = among[k + 1]! - among[m]! - amongRight;
      const q = (2 * between - 2 * n * perOther(among[m]!, m) - 2 * m * perOther(amongRight, n)) / (m + n);
      if (best === null || q >= best.q) best = { index: m, q };
    }
  }
  return best;
}

/** A sum of distances among points for each other point; nothing among one. */
function perOther(distances: number, points: number): number {
  return points < 2 ? 0 : distances / (points - 1);
}

/**
 * Two-sided p-value of Student's pooled t-test for two samples, with sample variances (n − 1); 1 for fewer than three
 * values. Where both sides are constant there is no variance to test against: then it is the exact permutation test,
 * two-sided, which so clean a split passes with 2 of C(m + n, m) arrangements.
 */
export function pooledTTest(left: readonly number[], right: readonly number[]): number {
  const [m, n] = [left.length, right.length];
  const degreesOfFreedom = m + n - 2;
  if (m === 0 || n === 0 || degreesOfFreedom < 1) return 1;
  if (isConstant(left) && isConstant(right)) return left[0] === right[0] ? 1 : Math.min(1, 2 / arrangements(m, n));
  const variance = (squaresOf(left) + squaresOf(right)) / degreesOfFreedom;
  return studentTwoSided((meanOf(left) - meanOf(right)) / Math.sqrt(variance * (1 / m + 1 / n)), degreesOfFreedom);
}

/** The smallest step, in standard deviations of the noise, that shows in the middle of so many points; null where none can. */
export function smallestStep(points: number, maxPValue: number): number | null {
  const [m, n] = [Math.floor(points / 2), Math.ceil(points / 2)];
  if (points < 3) return null;
  let [low, high] = [0, 1e9];
  while (high - low > 1e-6 * high) {
    const t = (low + high) / 2;
    if (studentTwoSided(t, points - 2) < maxPValue) high = t;
    else low = t;
  }
  return high * Math.sqrt(1 / m + 1 / n);
}

function isConstant(values: readonly number[]): boolean {
  return values.every((value) => value === values[0]);
}

/** C(m + n, m). */
function arrangements(m: number, n: number): number {
  let count = 1;
  for (let i = 1; i <= n; i++) count *= (m + i) / i;
  return count;
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Sum of the squared differences from the mean. */
function squaresOf(values: readonly number[]): number {
  const mean = meanOf(values);
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
}
