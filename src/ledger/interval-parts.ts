import { LatencyDistribution, mergeLatencies, type EncodedLatency } from '../stats/histogram.ts';
import { MOST_INTERVALS } from '../model/interval-length.ts';

/** So many parts of an interval are kept as they came; one more, and they become one. */
const MOST_PARTS = 8;
/** Of an interval that is over, so many: what little of it may still come is put to it later. */
const MOST_PARTS_OVER = 2;

/**
 * What drivers tell of the seconds of a measure phase, by interval. Parts are put together as they come, so that the memory that they
 * take, and the work that is left for the end, go by the number of intervals, not by the length of a run.
 */
export class IntervalParts {
  readonly seconds: number;
  private readonly parts: IntervalReport[][] = [];
  private newest = 0;

  /** `seconds`: the length of an interval. */
  constructor(seconds: number) {
    this.seconds = seconds;
  }

  add(report: IntervalReport): void {
    const at = Math.min(MOST_INTERVALS - 1, Math.floor(report.second / this.seconds));
    (this.parts[at] ??= []).push(report);
    this.fold(at, MOST_PARTS);
    for (; this.newest < at; this.newest++) this.fold(this.newest - 1, MOST_PARTS_OVER);
  }

  private fold(at: number, most: number): void {
    const parts = this.parts[at];
    if (parts !== undefined && parts.length > most) this.parts[at] = [mergeIntervals(parts)];
  }

  /** In the order of time. */
  all(): readonly IntervalReport[] {
    return this.parts.flat();
  }
}

/** One report of the seconds of several, from the first of them on. No count and no latency is lost by it. */
export function mergeIntervals(parts: readonly IntervalReport[]): IntervalReport {
  const placement = (of: (part: IntervalReport) => PlacementReport): PlacementReport => ({
    response: mergeLatencies(parts.map((part) => of(part).response)),
    transit: mergeLatencies(parts.map((part) => of(part).transit)),
  });
  return {
    second: parts.reduce((first, { second }) => Math.min(first, second), Infinity),
    delivered: parts.reduce((sum, { delivered }) => sum + delivered, 0),
    pacerLag: mergeLatencies(parts.map(({ pacerLag }) => pacerLag)),
    sameProcess: placement(({ sameProcess }) => sameProcess),
    crossProcess: placement(({ crossProcess }) => crossProcess),
  };
}

/** The distributions of some parts together, each of which is decoded once. */
export class PartDistributions {
  readonly pacerLag: LatencyDistribution = new LatencyDistribution();
  readonly sameProcess: Readonly<Record<keyof PlacementReport, LatencyDistribution>> = placementDistributions();
  readonly crossProcess: Readonly<Record<keyof PlacementReport, LatencyDistribution>> = placementDistributions();

  add(part: Omit<IntervalReport, 'second' | 'delivered'> | PartDistributions): this {
    this.pacerLag.add(part.pacerLag);
    for (const side of ['sameProcess', 'crossProcess'] as const) {
      this[side].response.add(part[side].response);
      this[side].transit.add(part[side].transit);
    }
    return this;
  }

  /** What all members got, whether it crossed between processes or not. */
  both(series: keyof PlacementReport): LatencyDistribution {
    return new LatencyDistribution().add(this.sameProcess[series]).add(this.crossProcess[series]);
  }
}

function placementDistributions(): Record<keyof PlacementReport, LatencyDistribution> {
  return { response: new LatencyDistribution(), transit: new LatencyDistribution() };
}

/** Counts of messages by the second that they were due in; flushed while the run goes on. Of several seconds of one interval, `second` is the first. */
export interface IntervalReport {
  readonly second: number;
  readonly delivered: number;
  readonly pacerLag: EncodedLatency;
  readonly sameProcess: PlacementReport;
  readonly crossProcess: PlacementReport;
}

export interface PlacementReport {
  readonly response: EncodedLatency;
  readonly transit: EncodedLatency;
}
