import * as hdr from 'hdr-histogram-js';
import { UnreadableHistogram } from './unreadable-histogram.ts';

/*
 * The one importer of hdr-histogram-js, which accepts nonsense in silence (NaN counts without a bucket, an empty
 * histogram has p99 = 0) and loses the exact maximum when encoded: so values are checked here, and count, min, max and
 * sum are carried beside the blob. Values are integer ns with 3 significant digits.
 */

const NS_PER_US = 1e3;
const NS_PER_MS = 1e6;

/** A distribution as plain data, fit to cross a process boundary. */
export interface EncodedLatency {
  readonly count: number;
  readonly minNs: number;
  readonly maxNs: number;
  readonly sumNs: number;
  /** Negative latencies, counted apart. */
  readonly negatives: number;
  /** HdrHistogram V2, compressed, base64. */
  readonly histogram: string;
}

let isAssembled = false;

function build(useWebAssembly: boolean): hdr.Histogram {
  // Compiling it takes longer than most commands of bench have to do, and only drivers record.
  if (useWebAssembly && !isAssembled) {
    hdr.initWebAssemblySync();
    isAssembled = true;
  }
  return hdr.build({
    bitBucketSize: 32,
    autoResize: true,
    lowestDiscernibleValue: 1,
    highestTrackableValue: 10_000_000_000,
    numberOfSignificantValueDigits: 3,
    useWebAssembly,
  });
}

/** Records latencies of one process: fast, and only ever written to. Dispose it: its memory is outside the heap. */
export class LatencyRecorder implements Disposable {
  private readonly wasm = build(true);
  private count = 0;
  private minNs = Infinity;
  private maxNs = 0;
  private sumNs = 0;
  private negatives = 0;

  /** A latency in integer ns. A negative one is counted apart; anything that is not a number throws. */
  record(ns: number): void {
    if (!(ns >= 0)) {
      if (Number.isNaN(ns)) throw new RangeError('a latency is not a number');
      this.negatives += 1;
      return;
    }
    this.wasm.recordValue(ns);
    this.count += 1;
    this.sumNs += ns;
    if (ns < this.minNs) this.minNs = ns;
    if (ns > this.maxNs) this.maxNs = ns;
  }

  encode(): EncodedLatency {
    const { count, minNs, maxNs, sumNs, negatives } = this;
    return { count, minNs, maxNs, sumNs, negatives, histogram: count === 0 ? '' : hdr.encodeIntoCompressedBase64(this.wasm) };
  }

  [Symbol.dispose](): void {
    this.wasm.destroy();
  }
}

/** Adds up distributions and answers questions about the sum. */
export class LatencyDistribution {
  /** Made for the first part that has data: most distributions of a second have none. */
  private sum: hdr.Histogram | null = null;
  private count = 0;
  private minNs = Infinity;
  private maxNs = 0;
  private sumNs = 0;
  private negatives = 0;

  /** Another distribution stays as it is. */
  add(part: EncodedLatency | LatencyDistribution): this {
    if (part instanceof LatencyDistribution) {
      if (part.sum !== null) this.sum = sumOf(this.sum ?? build(false), part.sum);
      this.addNumbers(part.count, part.minNs, part.maxNs, part.sumNs, part.negatives);
      return this;
    }
    if (part.count > 0) this.sum = sumOf(this.sum, decodeEncoded(part.histogram));
    this.addNumbers(part.count, part.minNs, part.maxNs, part.sumNs, part.negatives);
    return this;
  }

  private addNumbers(count: number, minNs: number, maxNs: number, sumNs: number, negatives: number): void {
    this.negatives += negatives;
    this.count += count;
    this.sumNs += sumNs;
    this.minNs = Math.min(this.minNs, minNs);
    this.maxNs = Math.max(this.maxNs, maxNs);
  }

  /** Percentile in ns, never above the exact maximum; null without data. */
  percentileNs(percent: number): number | null {
    return this.sum === null ? null : Math.min(this.maxNs, Math.max(this.minNs, this.sum.getValueAtPercentile(percent)));
  }

  /** The sum as plain data. */
  encode(): EncodedLatency {
    const { count, minNs, maxNs, sumNs, negatives, sum } = this;
    return { count, minNs, maxNs, sumNs, negatives, histogram: sum === null ? '' : hdr.encodeIntoCompressedBase64(sum) };
  }

  /** null without data; negatives alone are data. */
  summary(): LatencySummary | null {
    if (this.count === 0 && this.negatives === 0) return null;
    const us = (ns: number | null): number => Math.round(ns ?? 0) / NS_PER_US;
    return {
      unit: 'us',
      count: this.count,
      min: this.count === 0 ? 0 : us(this.minNs),
      mean: this.count === 0 ? 0 : us(this.sumNs / this.count),
      p50: us(this.percentileNs(50)),
      p90: us(this.percentileNs(90)),
      p99: us(this.percentileNs(99)),
      p999: us(this.percentileNs(99.9)),
      max: us(this.maxNs),
      negatives: this.negatives,
      histogram: this.sum === null ? '' : hdr.encodeIntoCompressedBase64(this.sum),
    };
  }
}

function decodeEncoded(text: string): hdr.Histogram {
  const histogram = hdr.decodeFromCompressedBase64(text);
  histogram.autoResize = true;
  return histogram;
}

/**
 * Adds to the first; where there was none, the second is the sum. All are of 3 digits of whole ns, so that a bucket has the same
 * place in each. Not by their `add`, which looks at every empty place, and works out the value of each that is not.
 */
function sumOf(sum: hdr.Histogram | null, part: hdr.Histogram): hdr.Histogram {
  if (sum === null) return part;
  if (!(part instanceof hdr.JsHistogram && sum instanceof hdr.JsHistogram) || part.unitMagnitude !== sum.unitMagnitude) {
    sum.add(part as hdr.JsHistogram & hdr.WasmHistogram);
    return sum;
  }
  if (part.totalCount === 0) return sum;
  // The greatest makes room for the others; it and the least beside zero are also what the sum knows of its extent.
  const last = part.countsArrayIndex(part.maxValue);
  const extreme = (at: number): number => {
    const count = part.getCountAtIndex(at);
    sum.recordValueWithCount(part.valueFromIndex(at), count);
    return count;
  };
  let left = part.totalCount - extreme(last);
  let between = 0;
  // Zero has the first place; there is nothing between it and the least of the others.
  const first = part.countsArrayIndex(part.minNonZeroValue);
  for (let at = 0; left > 0; at = Math.max(first, at + 1)) {
    const count = part.getCountAtIndex(at);
    if (count === 0) continue;
    if (at <= first) extreme(at);
    else {
      sum.addToCountAtIndex(at, count);
      between += count;
    }
    left -= count;
  }
  sum.setTotalCount(sum.totalCount + between);
  return sum;
}

/** Whether there are latencies, and how they are distributed: negatives alone are no distribution. */
export function hasDistribution(summary: LatencySummary | null): summary is LatencySummary {
  return summary !== null && summary.histogram !== '';
}

/** Throws an UnreadableHistogram for a text that is none. */
function decode(text: string): hdr.Histogram {
  try {
    return hdr.decodeFromCompressedBase64(text);
  } catch (error) {
    throw new UnreadableHistogram('a histogram in a result cannot be read', { cause: error });
  }
}

/** Answers questions about a summary that its percentiles do not. */
export class LatencyReader {
  private readonly histogram: hdr.Histogram;
  private readonly summary: LatencySummary;

  constructor(summary: LatencySummary) {
    this.summary = summary;
    this.histogram = summary.histogram === '' ? build(false) : decode(summary.histogram);
  }

  percentileUs(percent: number): number {
    return Math.min(this.summary.max, this.histogram.getValueAtPercentile(percent) / NS_PER_US);
  }

  /** HdrHistogram's percentile distribution as text, in ms: what its plotter reads. */
  percentileTable(): string {
    return this.histogram.outputPercentileDistribution(5, NS_PER_MS);
  }

  /** How many latencies are in each bucket, by its upper bound; bounds ascend, and what is above the last one is in it. */
  bucketCounts(upperBoundsUs: readonly number[]): readonly number[] {
    const counts = upperBoundsUs.map(() => 0);
    if (!(this.histogram instanceof hdr.JsHistogram) || counts.length === 0) return counts;
    const { histogram } = this;
    let bucket = 0;
    // Not by its iterator, which works out the value of every empty place too.
    for (let i = 0, left = histogram.totalCount; i < histogram.countsArrayLength && left > 0; i += 1) {
      const count = histogram.getCountAtIndex(i);
      if (count === 0) continue;
      left -= count;
      const us = histogram.highestEquivalentValue(histogram.valueFromIndex(i)) / NS_PER_US;
      while (bucket < counts.length - 1 && us > upperBoundsUs[bucket]!) bucket += 1;
      counts[bucket]! += count;
    }
    return counts;
  }

  /** How many latencies are above a bound, within the resolution of the histogram. */
  countAbove(us: number): number {
    const { count } = this.summary;
    let atMost = 0;
    let above = count + 1;
    while (above - atMost > 1) {
      const rank = Math.floor((atMost + above) / 2);
      if (this.percentileUs((100 * rank) / count) <= us) atMost = rank;
      else above = rank;
    }
    return count - atMost;
  }
}

/** Several parts as one: its counts and buckets are the sums of theirs. */
export function mergeLatencies(parts: readonly EncodedLatency[]): EncodedLatency {
  const filled = parts.filter(({ count, negatives }) => count + negatives > 0);
  if (filled.length === 1) return filled[0]!;
  const sum = new LatencyDistribution();
  for (const part of filled) sum.add(part);
  return sum.encode();
}

/** The summary of several parts. */
export function summarize(parts: Iterable<EncodedLatency>): LatencySummary | null {
  const sum = new LatencyDistribution();
  for (const part of parts) sum.add(part);
  return sum.summary();
}

/** The summary of several runs together; null where none has data. */
export function mergeSummaries(summaries: readonly LatencySummary[]): LatencySummary | null {
  return summarize(
    summaries.map(({ count, min, max, mean, negatives, histogram }) => ({
      count,
      minNs: min * NS_PER_US,
      maxNs: max * NS_PER_US,
      sumNs: mean * count * NS_PER_US,
      negatives,
      histogram,
    })),
  );
}

/** A statistic of latencies that is a lower bound where too much never arrived. */
export type Censorable = 'mean' | 'p50' | 'p90' | 'p99' | 'p999' | 'max';

/** A latency distribution of what arrived, in µs. Percentiles are HdrHistogram's, 3 significant digits; min, mean and max are exact. */
export interface LatencySummary {
  readonly unit: 'us';
  readonly count: number;
  readonly min: number;
  readonly mean: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
  /** Negative latencies: counted here, not in the distribution. */
  readonly negatives: number;
  /** HdrHistogram V2, compressed, base64; values in ns. */
  readonly histogram: string;
  /**
   * Share of what should be in the distribution and never arrived, from 0 to 1; absent where nothing is missing.
   * Isolated and uncertain deliveries are left out; what arrived after the drain and what was in flight is missing.
   */
  readonly missingRatio?: number;
  /** Statistics that are lower bounds, since the share that is missing is larger than what lies beyond them; absent where nothing is missing. */
  readonly censored?: readonly Censorable[];
}
