import { scaleLinear, scaleLog } from 'd3-scale';

/** From a value to its place in px, with the values that are worth a mark on an axis. */
export interface Scale {
  readonly at: (value: number) => number;
  readonly ticks: readonly number[];
}

export type Extent = readonly [number, number];

/** An even scale; its ticks are round numbers. */
export function linearScale(domain: Extent, range: Extent, tickCount: number): Scale {
  const scale = scaleLinear(domain[0] === domain[1] ? [domain[0], domain[0] + 1] : domain, range);
  return { at: (value) => scale(value), ticks: scale.ticks(tickCount) };
}

/** From 0 to the next round number above the greatest value. */
export function countScale(greatest: number, range: Extent, tickCount: number): Scale {
  const scale = scaleLinear([0, greatest > 0 ? greatest : 1], range).nice(tickCount);
  return { at: (value) => scale(value), ticks: scale.ticks(tickCount) };
}

const FEW_DECADES = 2;
const SOME_DECADES = 3.5;

/** A scale of equal ratios for values above 0; its ticks are 1, 2 and 5 of each decade, or fewer where there are many decades. */
export function logScale([least, greatest]: Extent, range: Extent): Scale {
  const from = Math.max(least, Number.MIN_VALUE);
  const to = Math.max(greatest, from * 2);
  const scale = scaleLog([from, to], range).clamp(true);
  const decades = Math.log10(to / from);
  const steps = decades <= FEW_DECADES ? [1, 2, 5] : decades <= SOME_DECADES ? [1, 3] : [1];
  const ticks: number[] = [];
  for (let power = Math.floor(Math.log10(from)); power <= Math.log10(to); power += 1)
    ticks.push(...steps.map((step) => step * 10 ** power).filter((tick) => tick >= from && tick <= to));
  return { at: (value) => scale(Math.max(value, from)), ticks };
}
