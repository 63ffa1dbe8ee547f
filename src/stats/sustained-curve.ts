import { normalUpperTail } from './ranks.ts';

/*
 * The probability that a load is sustained, as a falling curve of the load, estimated from trials that each say yes or no: a
 * psychometric function with its posterior on a grid (Watson and Pelli, Perception & Psychophysics 33, 1983; Kontsevich and Tyler,
 * Vision Research 39, 1999). Loads are natural logarithms of rates, so that noise is a ratio.
 *
 *   P(sustained | load) = LUCK + (1 − LUCK − lapse) · Φ((middle − load) ÷ noise)
 *
 * `middle` is the load that is sustained every second time, `noise` how far the system's capacity differs from trial to trial, and
 * `lapse` how often a trial fails for a reason that has nothing to do with its load.
 */

export interface Observation {
  /** ln of the rate. */
  readonly load: number;
  readonly isSustained: boolean;
}

/** How often a load above the capacity of its trial is sustained nevertheless. */
const LUCK = 0.01;
/** Standard deviations of ln capacity from trial to trial, 0.8 % to 69 %. */
const NOISES: readonly number[] = Array.from({ length: 12 }, (_, i) => 0.008 * 1.5 ** i);
const BUSY_NOISE = 0.08;
const NOISE_POWERS = { quiet: -0.5, busy: 0.3 };
/**
 * How likely each is before the first trial. Small noise is likelier, so that a quiet machine needs few trials; above that of a busy machine the
 * weight rises again, or too many intervals of noisy systems would be too narrow. The powers are those with which simulated intervals hold.
 */
const NOISE_WEIGHTS: readonly number[] = NOISES.map((noise) => (noise / BUSY_NOISE) ** NOISE_POWERS[noise < BUSY_NOISE ? 'quiet' : 'busy']);
/** How often trials fail for no reason of their load, and how likely each of these is beforehand. */
const LAPSES: readonly number[] = [0.01, 0.07, 0.17];
const LAPSE_WEIGHTS: readonly number[] = [0.45, 0.3, 0.25];
/** The middle may lie so far outside of the loads that were tried. */
const MARGIN = Math.log(4);
/** Middles of each grid; every grid covers what matters of the one before. */
const GRIDS = [48, 64, 120] as const;
const NEGLIGIBLE = 0.0005;

/** How often a load is sustained, as a quantile of the normal distribution. */
export const EVERY_SECOND_TIME = 0;
export const NINE_TIMES_IN_TEN = 1.281_551_565_545;

interface Grid {
  readonly from: number;
  readonly width: number;
  readonly count: number;
  /** Sum to 1: for each noise, for each middle, one for each lapse. */
  readonly weights: Float64Array;
}

/** What trials say of the curve together. */
export class SustainedCurve {
  private readonly grid: Grid;

  /** At least one observation. */
  constructor(observations: readonly Observation[]) {
    const loads = observations.map(({ load }) => load);
    let [from, to] = [Math.min(...loads) - MARGIN, Math.max(...loads) + MARGIN];
    let grid: Grid | null = null;
    for (const count of GRIDS) {
      grid = gridOf(from, (to - from) / count, count, observations);
      const middles = distribution(grid, EVERY_SECOND_TIME);
      [from, to] = [quantileOf(middles, NEGLIGIBLE) - grid.width, quantileOf(middles, 1 - NEGLIGIBLE) + grid.width];
    }
    this.grid = grid!;
  }

  /** The load that is sustained as often as `often` says, lapses apart: a quantile of its posterior. */
  loadAt(often: number, quantile: number): number {
    return quantileOf(distribution(this.grid, often), quantile);
  }

  /** The posterior of the load that is sustained as often as `often` says. */
  loadsAt(often: number): Distribution {
    return distribution(this.grid, often);
  }

  /** The noise, as a ratio: a quantile of its posterior. */
  noise(quantile: number): number {
    const masses = NOISES.map((): number => 0);
    forEachCell(this.grid, (_, noise, cell) => void (masses[NOISES.indexOf(noise)]! += massOf(this.grid, cell)));
    let sum = 0;
    return NOISES.find((_, i) => (sum += masses[i]!) >= quantile) ?? NOISES.at(-1)!;
  }

  /** How likely a trial at a load is to be sustained. */
  probabilityAt(load: number): number {
    const { weights } = this.grid;
    let sum = 0;
    forEachCell(this.grid, (middle, noise, cell) => {
      const below = normalBelow((middle - load) / noise);
      for (let i = 0; i < LAPSES.length; i++) sum += weights[cell + i]! * sustainedOf(below, i);
    });
    return sum;
  }

  /** The load, of some, whose trial is expected to leave the smallest variance of the load that is sustained as often as `often` says. */
  mostInforming(often: number, loads: readonly number[]): number {
    const variances = loads.map((load) => this.expectedVariance(often, load));
    return loads[variances.indexOf(Math.min(...variances))]!;
  }

  /** The variance of the load that is sustained as often as `often` says, as a trial at a load is expected to leave it. */
  expectedVariance(often: number, load: number): number {
    const { weights } = this.grid;
    const [yes, no] = [new Moments(), new Moments()];
    forEachCell(this.grid, (middle, noise, cell) => {
      const below = normalBelow((middle - load) / noise);
      let sustained = 0;
      for (let i = 0; i < LAPSES.length; i++) sustained += weights[cell + i]! * sustainedOf(below, i);
      const value = middle - often * noise - load;
      yes.add(sustained, value);
      no.add(massOf(this.grid, cell) - sustained, value);
    });
    return yes.spread + no.spread;
  }
}

/** Sums of weights, of weighted values and of weighted squares. */
class Moments {
  private mass = 0;
  private sum = 0;
  private squares = 0;

  add(weight: number, value: number): void {
    this.mass += weight;
    this.sum += weight * value;
    this.squares += weight * value * value;
  }

  /** Variance times mass. */
  get spread(): number {
    return this.mass > 0 ? this.squares - (this.sum * this.sum) / this.mass : 0;
  }
}

function gridOf(from: number, width: number, count: number, observations: readonly Observation[]): Grid {
  const weights = Float64Array.from(
    { length: NOISES.length * count * LAPSES.length },
    (_, i) => LAPSE_WEIGHTS[i % LAPSES.length]! * NOISE_WEIGHTS[Math.floor(i / (count * LAPSES.length))]!,
  );
  const grid = { from, width, count, weights };
  for (const { load, isSustained } of observations) {
    forEachCell(grid, (middle, noise, cell) => {
      const below = normalBelow((middle - load) / noise);
      for (let i = 0; i < LAPSES.length; i++) {
        const sustained = sustainedOf(below, i);
        weights[cell + i]! *= isSustained ? sustained : 1 - sustained;
      }
    });
    normalize(weights);
  }
  return grid;
}

function normalize(weights: Float64Array): void {
  let sum = 0;
  for (let i = 0; i < weights.length; i++) sum += weights[i]!;
  for (let i = 0; i < weights.length; i++) weights[i]! /= sum;
}

/** Visits every noise and middle; `cell` is where the weights of their lapses begin. */
function forEachCell({ from, width, count }: Grid, visit: (middle: number, noise: number, cell: number) => void): void {
  let cell = 0;
  for (const noise of NOISES) {
    for (let i = 0; i < count; i++, cell += LAPSES.length) visit(from + width * (i + 0.5), noise, cell);
  }
}

function massOf({ weights }: Grid, cell: number): number {
  let sum = 0;
  for (let i = 0; i < LAPSES.length; i++) sum += weights[cell + i]!;
  return sum;
}

/** P(sustained), where so much of the trials' capacities is above the load, and lapses are those of an index. */
function sustainedOf(below: number, lapse: number): number {
  return LUCK + (1 - LUCK - LAPSES[lapse]!) * below;
}

/** Values with their weights, which sum to 1, from the smallest value on. */
export type Distribution = readonly (readonly [value: number, weight: number])[];

/** Of the load that is sustained so often, in cells of the grid. */
function distribution(grid: Grid, often: number): Distribution {
  const bins = new Map<number, number>();
  forEachCell(grid, (middle, noise, cell) => {
    const bin = Math.floor((middle - often * noise - grid.from) / grid.width);
    bins.set(bin, (bins.get(bin) ?? 0) + massOf(grid, cell));
  });
  return [...bins].toSorted(([a], [b]) => a - b).map(([bin, weight]) => [grid.from + grid.width * (bin + 0.5), weight] as const);
}

/** Differences are told apart to so much of a load: 0.1 % of a rate. */
const DIFFERENCE_STEP = 0.001;

/** Of `to` less `from`, where neither says anything of the other. */
export function differenceOf(from: Distribution, to: Distribution): Distribution {
  const bins = new Map<number, number>();
  for (const [value, weight] of to) {
    for (const [less, lessWeight] of from) {
      const bin = Math.round((value - less) / DIFFERENCE_STEP);
      bins.set(bin, (bins.get(bin) ?? 0) + weight * lessWeight);
    }
  }
  return [...bins].toSorted(([a], [b]) => a - b).map(([bin, weight]) => [bin * DIFFERENCE_STEP, weight] as const);
}

/** How much of the weight is on values below a bound. */
export function shareBelow(values: Distribution, bound: number): number {
  return values.reduce((sum, [value, weight]) => (value < bound ? sum + weight : sum), 0);
}

/** The value at which a share of the weight is reached. */
export function quantileOf(values: Distribution, share: number): number {
  let sum = 0;
  for (const [value, weight] of values) {
    sum += weight;
    if (sum >= share) return value;
  }
  return values.at(-1)![0];
}

const TABLE_REACH = 8;
const TABLE_STEPS = 256;
/** The estimate asks millions of times. */
const NORMAL_BELOW = Float64Array.from({ length: 2 * TABLE_REACH * TABLE_STEPS + 1 }, (_, i) =>
  normalUpperTail(TABLE_REACH - i / TABLE_STEPS),
);

/** Of the standard normal distribution, to about 0.001. */
function normalBelow(z: number): number {
  if (z >= TABLE_REACH) return 1;
  if (z <= -TABLE_REACH) return 0;
  return NORMAL_BELOW[Math.round((z + TABLE_REACH) * TABLE_STEPS)]!;
}
