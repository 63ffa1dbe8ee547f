/*
 * The Universal Scalability Law: X(N) = λN / (1 + σ(N − 1) + κN(N − 1)), with contention σ and coherency κ (Gunther,
 * Guerrilla Capacity Planning, 2007). Coefficients are never negative: a fit that wants them so says that the data
 * scale better than linearly, which the law has no words for.
 */

/** Throughput with N processes. */
export interface UslPoint {
  readonly processes: number;
  readonly perSecond: number;
}

export interface UslCoefficients {
  /** λ: throughput of one process, per second. */
  readonly lambda: number;
  /** σ: share of the work that waits for the others. */
  readonly sigma: number;
  /** κ: cost of every process agreeing with every other. */
  readonly kappa: number;
}

type Vector = readonly [number, number, number];
type Matrix = readonly [Vector, Vector, Vector];

const MAX_STEPS = 200;
const CONVERGED = 1e-13;
const FIRST_DAMPING = 1e-3;
const MAX_DAMPING = 1e12;

/** X(N). */
export function throughputAt({ lambda, sigma, kappa }: UslCoefficients, processes: number): number {
  return (lambda * processes) / (1 + sigma * (processes - 1) + kappa * processes * (processes - 1));
}

/** N*, the number of processes with the highest throughput: ⌊√((1 − σ) ÷ κ)⌋, at least 1; Infinity where throughput never falls. */
export function kneeOf({ sigma, kappa }: UslCoefficients): number {
  if (sigma >= 1) return 1;
  return kappa === 0 ? Infinity : Math.max(1, Math.floor(Math.sqrt((1 - sigma) / kappa)));
}

/**
 * Least squares on X: Levenberg–Marquardt, started from the linear form N/X = (1 + σ(N − 1) + κN(N − 1)) ÷ λ, which is
 * solved with weights 1/y² and no negative coefficient. null where three coefficients cannot be told from the points.
 */
export function fitUsl(points: readonly UslPoint[]): UslCoefficients | null {
  if (new Set(points.map(({ processes }) => processes)).size < 3 || points.some(({ perSecond }) => !(perSecond > 0))) return null;
  const start = linearFit(points);
  return start === null ? null : refine(points, start);
}

/** The best of the fits in which each coefficient is free or 0, and none is negative. */
function linearFit(points: readonly UslPoint[]): UslCoefficients | null {
  const rows = points.map(({ processes, perSecond }) => {
    const y = processes / perSecond;
    // Weight 1/y²: every row is divided by its y, and its right side is 1.
    return [1 / y, (processes - 1) / y, (processes * (processes - 1)) / y] as const;
  });
  const misfit = (solution: Vector): number => rows.reduce((sum, row) => sum + (dot(row, solution) - 1) ** 2, 0);
  const free: readonly Vector[] = [
    [1, 1, 1],
    [1, 1, 0],
    [1, 0, 1],
    [1, 0, 0],
  ];
  const [best] = free
    .flatMap((mask) => {
      const normal = matrixOf((i, j) =>
        mask[i]! * mask[j]! === 0 ? Number(i === j) : rows.reduce((sum, row) => sum + row[i]! * row[j]!, 0),
      );
      const right = vectorOf((i) => mask[i]! * rows.reduce((sum, row) => sum + row[i]!, 0));
      const solution = solve(normal, right);
      return solution !== null && solution[0] > 0 && solution.every((value) => value >= 0) ? [solution] : [];
    })
    .toSorted((a, b) => misfit(a) - misfit(b));
  return best === undefined ? null : { lambda: 1 / best[0], sigma: best[1] / best[0], kappa: best[2] / best[0] };
}

/** Levenberg–Marquardt with Marquardt's scaling (J. SIAM 11, 1963); what a step takes below 0 is put back to 0. */
function refine(points: readonly UslPoint[], start: UslCoefficients): UslCoefficients {
  let current = start;
  let damping = FIRST_DAMPING;
  for (let step = 0; step < MAX_STEPS && damping < MAX_DAMPING; step++) {
    const next = stepFrom(points, current, damping);
    const gain = next === null ? -1 : squares(points, current) - squares(points, next);
    if (next === null || gain < 0) {
      damping *= 10;
      continue;
    }
    const isDone = gain <= CONVERGED * squares(points, current);
    current = next;
    damping /= 10;
    if (isDone) break;
  }
  return current;
}

function stepFrom(points: readonly UslPoint[], at: UslCoefficients, damping: number): UslCoefficients | null {
  const gradients = points.map((point) => gradientOf(at, point.processes));
  const residuals = points.map((point) => point.perSecond - throughputAt(at, point.processes));
  const right = vectorOf((i) => gradients.reduce((sum, gradient, k) => sum + gradient[i]! * residuals[k]!, 0));
  // A coefficient at 0 that wants to go below it is not part of the step.
  const isHeld = vectorOf((i) => Number(i > 0 && [at.lambda, at.sigma, at.kappa][i] === 0 && right[i]! < 0));
  const normal = matrixOf((i, j) => {
    if (isHeld[i] === 1 || isHeld[j] === 1) return Number(i === j);
    const sum = gradients.reduce((total, gradient) => total + gradient[i]! * gradient[j]!, 0);
    return i === j ? sum * (1 + damping) : sum;
  });
  const change = solve(
    normal,
    vectorOf((i) => (isHeld[i] === 1 ? 0 : right[i]!)),
  );
  if (change === null || !(at.lambda + change[0] > 0)) return null;
  return { lambda: at.lambda + change[0], sigma: Math.max(0, at.sigma + change[1]), kappa: Math.max(0, at.kappa + change[2]) };
}

/** ∂X/∂(λ, σ, κ). */
function gradientOf(at: UslCoefficients, processes: number): Vector {
  const divisor = 1 + at.sigma * (processes - 1) + at.kappa * processes * (processes - 1);
  const fall = (-at.lambda * processes) / divisor ** 2;
  return [processes / divisor, fall * (processes - 1), fall * processes * (processes - 1)];
}

function squares(points: readonly UslPoint[], at: UslCoefficients): number {
  return points.reduce((sum, { processes, perSecond }) => sum + (perSecond - throughputAt(at, processes)) ** 2, 0);
}

/** Cramer's rule on the scaled system, so that coefficients of unlike size do no harm; null where it is singular. */
function solve(matrix: Matrix, right: Vector): Vector | null {
  const scale = vectorOf((i) => 1 / Math.sqrt(Math.abs(matrix[i]![i]!) || 1));
  const scaled = matrixOf((i, j) => matrix[i]![j]! * scale[i]! * scale[j]!);
  const scaledRight = vectorOf((i) => right[i]! * scale[i]!);
  const whole = determinant(scaled);
  if (!(Math.abs(whole) > 1e-14)) return null;
  return vectorOf((k) => (determinant(matrixOf((i, j) => (j === k ? scaledRight[i]! : scaled[i]![j]!))) / whole) * scale[k]!);
}

function determinant([a, b, c]: Matrix): number {
  return a[0] * (b[1] * c[2] - b[2] * c[1]) - a[1] * (b[0] * c[2] - b[2] * c[0]) + a[2] * (b[0] * c[1] - b[1] * c[0]);
}

function dot(a: Vector, b: Vector): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

function vectorOf(of: (i: number) => number): Vector {
  return [of(0), of(1), of(2)];
}

function matrixOf(of: (i: number, j: number) => number): Matrix {
  const row = (i: number): Vector => vectorOf((j) => of(i, j));
  return [row(0), row(1), row(2)];
}
