import { LatencyDistribution, type LatencySummary } from '../stats/histogram.ts';
import { isSelfPaced, planNumbers, type PlanNumbers } from '../model/plan.ts';
import type { RunEvent, RunRequest, SecondCount, ServerUse } from './request.ts';
import { intervalSeconds } from '../model/interval-length.ts';
import type { Phase } from './run-result.ts';
import type { Interval } from '../ledger/timeline.ts';
import type { FaultSpan } from '../model/faults.ts';
import { NS_PER_SECOND, NS_PER_US } from '../model/units.ts';

/**
 * A second of the measure phase as far as it is known: percentiles come some seconds after the counts. Of a long run, an interval
 * as the result will have it, once it is over for a while: its percentiles are the greatest of its seconds.
 */
export interface LiveSecond extends Pick<Interval, 'startMs' | 'endMs' | 'offered' | 'sent' | 'delivered' | 'lost' | 'pacerLagP99Us'> {
  /** Deliveries that arrived in this second, whenever their messages were due. */
  readonly arrived: number;
  readonly response: Pick<LatencySummary, 'p50' | 'p99'> | null;
  /** Deliveries that are not there yet, of a second that is too young for them to count as lost. */
  readonly pending: number;
  /** Whether what is missing counts as lost: `lost` says nothing before. */
  readonly isSettled: boolean;
}

/** A server process in the last second or so; CPU in cores, null until there are two readings. */
export interface LiveServer {
  readonly index: number;
  readonly cpuRatio: number | null;
  readonly rssBytes: number | null;
}

/** By then, drivers have told their last counts. */
const COUNTED_PHASES: readonly Phase[] = ['collect', 'stop'];

/** Intervals that ended so many seconds ago are no longer told by the second. */
const RECENT_SECONDS = 60;

/** A second whose latencies are older than this gets no more of them that matter. */
const OPEN_SECONDS = 10;

interface OpenSecond {
  readonly response: LatencyDistribution;
  readonly pacerLag: LatencyDistribution;
}

/**
 * What can be said of one run while it goes on, from its events alone. What is missing counts as lost in seconds that
 * ended over a second ago, and in all of them once the drain is over; it goes by the mean number of deliveries of a
 * message: the account to the unit is that of the result.
 */
export class LiveRun {
  readonly request: RunRequest;
  private phaseNow: Phase = 'start';
  private secondsLeftNow: number | null = null;
  private crossedPairs: Uint8Array | null = null;
  /** By driver and second. */
  private readonly counts: Map<number, SecondCount>[] = [];
  private lastDue = -1;
  private readonly open = new Map<number, OpenSecond>();
  private readonly percentiles = new Map<number, Pick<LiveSecond, 'pacerLagP99Us' | 'response'>>();
  private readonly uses: { before: ServerUse | null; now: ServerUse }[] = [];
  private readonly faultSpans = new Map<string, FaultSpan>();
  private readonly messages: string[] = [];
  private readonly perMessage: PlanNumbers['deliveriesPerMessage'];
  private readonly lastMs: number;
  private readonly intervalSeconds: number;
  /** From the beginning, where an interval is longer than a second. */
  private readonly folded: LiveSecond[] = [];

  constructor(request: RunRequest) {
    this.request = request;
    this.perMessage = planNumbers(request.plan).deliveriesPerMessage;
    this.intervalSeconds = intervalSeconds(request.plan.durationMs);
    this.lastMs = isSelfPaced(request.plan) ? Infinity : request.plan.durationMs;
  }

  onEvent(event: RunEvent): void {
    switch (event.kind) {
      case 'phase':
        this.phaseNow = event.phase;
        this.secondsLeftNow = null;
        return;
      case 'progress':
        this.secondsLeftNow = event.secondsLeft;
        return;
      case 'probed':
        this.crossedPairs = event.crossed;
        return;
      case 'seconds':
        for (const count of event.seconds) this.count(event.driver, count);
        return;
      case 'latencies':
        this.addLatencies(event);
        return;
      case 'server':
        this.uses[event.use.index] = { before: this.uses[event.use.index]?.now ?? null, now: event.use };
        return;
      case 'fault':
        this.faultSpans.set(`${event.spec} ${event.startMs}`, {
          spec: event.spec,
          startMs: event.startMs,
          endMs: event.endMs ?? event.startMs,
          recoveryMs: null,
        });
        return;
      case 'notice':
        this.messages.push(event.message);
        return;
    }
  }

  get phase(): Phase {
    return this.phaseNow;
  }

  /** Of the measure phase; null in the others. */
  get secondsLeft(): number | null {
    return this.secondsLeftNow;
  }

  /** Which pairs the probe has crossed, [sending × processes + receiving]; null before. */
  get crossed(): Uint8Array | null {
    return this.crossedPairs;
  }

  /** Whether what is lost is counted; else it is estimated, since messages are owed to unequal numbers of members. */
  get isLostExact(): boolean {
    return this.perMessage.isEqual;
  }

  get faults(): readonly FaultSpan[] {
    return [...this.faultSpans.values()];
  }

  get notices(): readonly string[] {
    return this.messages;
  }

  get servers(): readonly LiveServer[] {
    return this.uses.map(({ before, now }) => ({ index: now.index, cpuRatio: cpuBetween(before, now), rssBytes: now.rssBytes }));
  }

  /** The seconds so far, without one that has only begun. */
  seconds(): readonly LiveSecond[] {
    // What arrives in the drain is of no second of the phase.
    const length = this.lastDue + 1;
    const shown = this.phaseNow === 'measure' ? length - 1 : length;
    const settled = COUNTED_PHASES.includes(this.phaseNow) ? length : length - 2;
    const from = this.firstRecent;
    const recent = Array.from({ length: Math.max(0, shown - from) }, (_, i) => this.second(from + i, from + i < settled));
    return [...this.folded, ...recent];
  }

  /** The first second that is in no folded interval. */
  private get firstRecent(): number {
    return this.folded.length * this.intervalSeconds;
  }

  private count(driver: number, count: SecondCount): void {
    if (count.second < this.firstRecent) return;
    (this.counts[driver] ??= new Map()).set(count.second, count);
    if (count.attempted > 0) this.lastDue = Math.max(this.lastDue, count.second);
    while (this.intervalSeconds > 1 && this.firstRecent + this.intervalSeconds + RECENT_SECONDS <= count.second) this.fold();
  }

  /** Makes the seconds of the first interval that is not folded into one, and forgets them. */
  private fold(): void {
    const from = this.firstRecent;
    const seconds = Array.from({ length: this.intervalSeconds }, (_, i) => this.second(from + i, true));
    this.folded.push(togetherOf(seconds));
    for (let second = from; second < from + seconds.length; second++) {
      for (const ofDriver of this.counts) ofDriver?.delete(second);
      this.percentiles.delete(second);
    }
  }

  private second(second: number, isSettled: boolean): LiveSecond {
    const sum = (of: (count: SecondCount) => number): number =>
      this.counts.reduce((total, ofDriver) => {
        const count = ofDriver?.get(second);
        return total + (count === undefined ? 0 : of(count));
      }, 0);
    const [attempted, delivered] = [sum((count) => count.attempted), sum((count) => count.delivered)];
    const missing = Math.max(0, Math.round(attempted * this.perMessage.mean - delivered));
    return {
      startMs: second * 1000,
      endMs: Math.min((second + 1) * 1000, this.lastMs),
      offered: attempted,
      sent: attempted,
      delivered,
      arrived: sum((count) => count.arrived),
      lost: isSettled ? missing : 0,
      pending: isSettled ? 0 : missing,
      isSettled,
      pacerLagP99Us: this.percentiles.get(second)?.pacerLagP99Us ?? null,
      response: this.percentiles.get(second)?.response ?? null,
    };
  }

  private addLatencies({ second, response, pacerLag }: Extract<RunEvent, { kind: 'latencies' }>): void {
    if (second < this.firstRecent) return;
    let open = this.open.get(second);
    if (open === undefined) {
      // A straggler of a second that is closed: what is known of that one stands.
      if (this.percentiles.has(second)) return;
      this.open.set(second, (open = { response: new LatencyDistribution(), pacerLag: new LatencyDistribution() }));
    }
    for (const part of response) open.response.add(part);
    open.pacerLag.add(pacerLag);
    const us = (ns: number | null): number | null => (ns === null ? null : ns / NS_PER_US);
    const [p50, p99] = [us(open.response.percentileNs(50)), us(open.response.percentileNs(99))];
    this.percentiles.set(second, {
      pacerLagP99Us: us(open.pacerLag.percentileNs(99)),
      response: p50 === null || p99 === null ? null : { p50, p99 },
    });
    for (const past of this.open.keys()) if (past < second - OPEN_SECONDS) this.open.delete(past);
  }
}

function togetherOf(seconds: readonly LiveSecond[]): LiveSecond {
  const sum = (of: (second: LiveSecond) => number): number => seconds.reduce((total, second) => total + of(second), 0);
  const most = (of: (second: LiveSecond) => number | null | undefined): number | null =>
    seconds.reduce<number | null>((greatest, second) => {
      const value = of(second) ?? null;
      return value === null ? greatest : Math.max(greatest ?? value, value);
    }, null);
  const [p50, p99] = [most(({ response }) => response?.p50), most(({ response }) => response?.p99)];
  return {
    startMs: seconds[0]!.startMs,
    endMs: seconds.at(-1)!.endMs,
    offered: sum(({ offered }) => offered),
    sent: sum(({ sent }) => sent),
    delivered: sum(({ delivered }) => delivered),
    arrived: sum(({ arrived }) => arrived),
    lost: sum(({ lost }) => lost),
    pending: sum(({ pending }) => pending),
    isSettled: true,
    pacerLagP99Us: most(({ pacerLagP99Us }) => pacerLagP99Us),
    response: p50 === null || p99 === null ? null : { p50, p99 },
  };
}

/** A process that was started again counts from 0. */
function cpuBetween(before: ServerUse | null, now: ServerUse): number | null {
  if (before === null || before.cpuSeconds === null || now.cpuSeconds === null) return null;
  if (now.atNs <= before.atNs || now.cpuSeconds < before.cpuSeconds) return null;
  return ((now.cpuSeconds - before.cpuSeconds) * NS_PER_SECOND) / (now.atNs - before.atNs);
}
