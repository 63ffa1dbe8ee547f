import { LatencyRecorder, type EncodedLatency } from '../../stats/histogram.ts';
import type { SecondCount } from '../../result/request.ts';
import { NS_PER_SECOND } from '../../model/units.ts';
import type { IntervalReport } from '../../ledger/interval-parts.ts';

/** A second is flushed this long after it ended; a later delivery opens it anew, and the parts are added up. */
const KEEP_SECONDS = 3;
/** Totals of so many seconds are kept apart; those of the seconds before are one, so that no run is too long for them. */
const RECENT_SECONDS = 60;

class Placement implements Disposable {
  readonly response: LatencyRecorder = new LatencyRecorder();
  readonly transit: LatencyRecorder = new LatencyRecorder();

  encode(): { readonly response: EncodedLatency; readonly transit: EncodedLatency } {
    return { response: this.response.encode(), transit: this.transit.encode() };
  }

  [Symbol.dispose](): void {
    this.response[Symbol.dispose]();
    this.transit[Symbol.dispose]();
  }
}

/** Deliveries and sends of the messages that were due in one second of the measure phase. */
class Interval implements Disposable {
  delivered = 0;
  readonly second: number;
  readonly pacerLag: LatencyRecorder = new LatencyRecorder();
  readonly sameProcess: Placement = new Placement();
  readonly crossProcess: Placement = new Placement();

  constructor(second: number) {
    this.second = second;
  }

  encode(): IntervalReport {
    return {
      second: this.second,
      delivered: this.delivered,
      pacerLag: this.pacerLag.encode(),
      sameProcess: this.sameProcess.encode(),
      crossProcess: this.crossProcess.encode(),
    };
  }

  [Symbol.dispose](): void {
    this.pacerLag[Symbol.dispose]();
    this.sameProcess[Symbol.dispose]();
    this.crossProcess[Symbol.dispose]();
  }
}

/** What a second has, and the sum of it when it was told last. */
interface Total {
  attempted: number;
  delivered: number;
  arrived: number;
  told: number;
}

/** The seconds of the measure phase, by due time. All latency distributions of a run are sums over these. */
export class Intervals implements Disposable {
  /** From the second `firstRecent` on. */
  private readonly recent: Total[] = [];
  private firstRecent = 0;
  private readonly past: Total = { attempted: 0, delivered: 0, arrived: 0, told: 0 };
  private readonly open = new Map<number, Interval>();
  private current: Interval | undefined;

  /** The interval of a message that was due at an offset from the phase's start. */
  at(dueOffsetNs: number): Interval {
    const second = Math.floor(dueOffsetNs / NS_PER_SECOND);
    if (this.current?.second === second) return this.current;
    let interval = this.open.get(second);
    if (interval === undefined) this.open.set(second, (interval = new Interval(second)));
    this.current = interval;
    return interval;
  }

  /** A message that was due, sent or not. */
  attempted(dueOffsetNs: number): void {
    this.total(dueOffsetNs).attempted += 1;
  }

  /** One distinct delivery, and when it arrived; answers the interval of its message. */
  delivered(dueOffsetNs: number, arrivedOffsetNs: number): Interval {
    this.total(dueOffsetNs).delivered += 1;
    this.total(arrivedOffsetNs).arrived += 1;
    const interval = this.at(dueOffsetNs);
    interval.delivered += 1;
    return interval;
  }

  /** Messages and deliveries of the seconds that ended before an offset. */
  settled(offsetNs: number): { readonly attempted: number; readonly delivered: number } {
    const { attempted, delivered } = this.past;
    const sum = { attempted, delivered };
    this.recent.slice(0, Math.max(0, Math.floor(offsetNs / NS_PER_SECOND) - this.firstRecent)).forEach((total) => {
      sum.attempted += total.attempted;
      sum.delivered += total.delivered;
    });
    return sum;
  }

  /** The seconds whose counts have grown since the last call; of the last minute, since what comes later than that is no news. */
  grown(): readonly SecondCount[] {
    const counts: SecondCount[] = [];
    this.recent.forEach((total, index) => {
      const { attempted, delivered, arrived } = total;
      const sum = attempted + delivered + arrived;
      if (sum === total.told) return;
      total.told = sum;
      counts.push({ second: this.firstRecent + index, attempted, delivered, arrived });
    });
    this.forget();
    return counts;
  }

  private total(offsetNs: number): Total {
    const index = Math.floor(offsetNs / NS_PER_SECOND) - this.firstRecent;
    return index < 0 ? this.past : (this.recent[index] ??= { attempted: 0, delivered: 0, arrived: 0, told: 0 });
  }

  /** Adds what is no more recent to the past. */
  private forget(): void {
    const past = this.recent.splice(0, Math.max(0, this.recent.length - RECENT_SECONDS));
    this.firstRecent += past.length;
    past.forEach((total) => {
      this.past.attempted += total.attempted;
      this.past.delivered += total.delivered;
    });
  }

  /** Takes out the seconds that ended long enough before an offset; Infinity takes all. */
  flush(offsetNs: number): readonly IntervalReport[] {
    const reports: IntervalReport[] = [];
    for (const [second, interval] of this.open) {
      if ((second + 1 + KEEP_SECONDS) * NS_PER_SECOND > offsetNs) continue;
      reports.push(interval.encode());
      interval[Symbol.dispose]();
      this.open.delete(second);
    }
    this.current = undefined;
    return reports;
  }

  [Symbol.dispose](): void {
    this.flush(Infinity);
  }
}
