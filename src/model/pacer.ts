import { seededRandom } from './random.ts';
import { NS_PER_SECOND } from './units.ts';

/** Messages at an even or random spacing, at one mean rate. */
export interface SteadyArrivals {
  readonly kind: 'constant' | 'poisson';
  readonly perSecond: number;
  /** Added to every due time, so that publishers of one rate do not fire together. */
  readonly phaseNs: number;
}

/** `size` messages at once, and then nothing until `everyNs` later. */
export interface BurstArrivals {
  readonly kind: 'burst';
  readonly size: number;
  readonly everyNs: number;
  readonly phaseNs: number;
}

/** A rate that climbs in steps of equal length: `perSecond`, then twice that, three times, … evenly spaced inside a step. */
export interface RampArrivals {
  readonly kind: 'ramp';
  readonly perSecond: number;
  readonly stepNs: number;
  readonly phaseNs: number;
}

/**
 * HTTP requests that publish, on so many connections: each connection sends its next one when the last is answered.
 * Self-paced: no schedule says when a message is due, and it is due when it is issued.
 */
export interface FloodArrivals {
  readonly kind: 'flood';
  readonly messages: number;
  readonly connections: number;
  /** Sent before, and not counted. */
  readonly warmupMessages: number;
}

/** When the messages of one publisher are due: but for a flood an open loop, independent of what the system under test does. */
export type Arrivals = SteadyArrivals | BurstArrivals | RampArrivals | FloodArrivals;

/** Due times of one publisher, in order, as offsets from the beginning of the phase. */
export type DueTimes = () => number;

/**
 * The due times of one publisher. Pure: the same arrivals, seed and publisher give the same times, wherever they are
 * computed. Constant arrivals are multiples of the period, so that rounding never accumulates.
 */
export function dueTimes(arrivals: Arrivals, seed: number, publisher: number): DueTimes {
  switch (arrivals.kind) {
    case 'constant':
      return constantTimes(arrivals);
    case 'poisson':
      return poissonTimes(arrivals, seededRandom(seed, publisher));
    case 'burst': {
      let seq = 0;
      return () => Math.round(arrivals.phaseNs + Math.floor(seq++ / arrivals.size) * arrivals.everyNs);
    }
    case 'ramp':
      return rampTimes(arrivals);
    case 'flood':
      return () => Infinity;
  }
}

/** How many messages are due before `durationNs`: exact, but for Poisson arrivals, where it is the mean. */
export function messageCount(arrivals: Arrivals, durationNs: number): number {
  if (arrivals.kind === 'flood') return arrivals.messages;
  const leftNs = Math.max(0, durationNs - arrivals.phaseNs);
  switch (arrivals.kind) {
    case 'constant':
      return wholeAbove((leftNs * arrivals.perSecond) / NS_PER_SECOND);
    case 'poisson':
      return (leftNs * arrivals.perSecond) / NS_PER_SECOND;
    case 'burst':
      return arrivals.size * wholeAbove(leftNs / arrivals.everyNs);
    case 'ramp': {
      let count = 0;
      for (let step = 0; step * arrivals.stepNs < leftNs; step++) {
        const inStep = messagesOfStep(arrivals, step);
        count += Math.min(inStep, wholeAbove(((leftNs - step * arrivals.stepNs) / arrivals.stepNs) * inStep));
      }
      return count;
    }
  }
}

/** No fewer than are ever due before `durationNs`: ten standard deviations above the mean, where chance decides. */
export function messagesAtMost(arrivals: Arrivals, durationNs: number): number {
  const count = messageCount(arrivals, durationNs);
  return arrivals.kind === 'flood' ? count : Math.ceil(count + 10 * Math.sqrt(count)) + 10;
}

/** Rounded up, where it is not a whole number but for the error of a division. */
function wholeAbove(value: number): number {
  return Math.ceil(value - 1e-9);
}

function constantTimes({ perSecond, phaseNs }: SteadyArrivals): DueTimes {
  const periodNs = NS_PER_SECOND / perSecond;
  let seq = 0;
  return () => Math.round(phaseNs + seq++ * periodNs);
}

function poissonTimes({ perSecond, phaseNs }: SteadyArrivals, random: () => number): DueTimes {
  const periodNs = NS_PER_SECOND / perSecond;
  let atNs = phaseNs;
  return () => {
    atNs += -Math.log(1 - random()) * periodNs;
    return Math.round(atNs);
  };
}

function rampTimes(arrivals: RampArrivals): DueTimes {
  let step = 0;
  let sent = 0;
  return () => {
    while (sent === messagesOfStep(arrivals, step)) {
      step += 1;
      sent = 0;
    }
    const spacingNs = arrivals.stepNs / messagesOfStep(arrivals, step);
    return Math.round(arrivals.phaseNs + step * arrivals.stepNs + sent++ * spacingNs);
  };
}

/** At least one, so that a ramp never stands still. */
function messagesOfStep({ perSecond, stepNs }: RampArrivals, step: number): number {
  return Math.max(1, Math.round((perSecond * (step + 1) * stepNs) / NS_PER_SECOND));
}

/** The first `count` due times of one publisher. */
export function firstDueTimes(arrivals: Arrivals, seed: number, publisher: number, count: number): Float64Array {
  const next = dueTimes(arrivals, seed, publisher);
  const times = new Float64Array(count);
  for (let seq = 0; seq < count; seq++) times[seq] = next();
  return times;
}

/**
 * The merged schedule of several publishers: a binary heap over their next due times.
 * Messages come out in order of due time; nothing is ever skipped.
 */
export class Schedule {
  private readonly streams: readonly DueTimes[];
  private readonly endNs: number;
  private readonly heap: Int32Array;
  private readonly nextNs: Float64Array;
  private readonly seqs: Uint32Array;
  private size = 0;

  /** `streams[i]` are the due times of publisher i; those at or after `endNs` are not part of the phase. */
  constructor(streams: readonly DueTimes[], endNs: number) {
    this.streams = streams;
    this.endNs = endNs;
    this.heap = new Int32Array(streams.length);
    this.nextNs = new Float64Array(streams.length);
    this.seqs = new Uint32Array(streams.length);
    streams.forEach((next, publisher) => {
      const dueNs = next();
      if (dueNs >= endNs) return;
      this.nextNs[publisher] = dueNs;
      this.heap[this.size] = publisher;
      this.siftUp(this.size++);
    });
  }

  /** Offset of the next due message; Infinity when the phase has no more. */
  get dueNs(): number {
    return this.size === 0 ? Infinity : this.nextNs[this.heap[0] ?? 0]!;
  }

  /** Publisher of the next due message. */
  get publisher(): number {
    return this.heap[0] ?? 0;
  }

  /** Sequence number of the next due message. */
  get seq(): number {
    return this.seqs[this.heap[0] ?? 0]!;
  }

  /** Moves on to the message after the next one. */
  advance(): void {
    const publisher = this.heap[0]!;
    this.seqs[publisher]! += 1;
    const dueNs = this.streams[publisher]!();
    if (dueNs < this.endNs) {
      this.nextNs[publisher] = dueNs;
    } else {
      this.size -= 1;
      this.heap[0] = this.heap[this.size]!;
    }
    this.siftDown();
  }

  private siftUp(from: number): void {
    const { heap, nextNs } = this;
    let child = from;
    while (child > 0) {
      const parent = (child - 1) >> 1;
      if (nextNs[heap[parent]!]! <= nextNs[heap[child]!]!) return;
      this.swap(parent, child);
      child = parent;
    }
  }

  private siftDown(): void {
    const { heap, nextNs } = this;
    let parent = 0;
    for (;;) {
      let child = 2 * parent + 1;
      if (child >= this.size) return;
      if (child + 1 < this.size && nextNs[heap[child + 1]!]! < nextNs[heap[child]!]!) child += 1;
      if (nextNs[heap[parent]!]! <= nextNs[heap[child]!]!) return;
      this.swap(parent, child);
      parent = child;
    }
  }

  private swap(i: number, j: number): void {
    const held = this.heap[i]!;
    this.heap[i] = this.heap[j]!;
    this.heap[j] = held;
  }
}
