import { planNumbers, type Plan, type PlanNumbers } from '../model/plan.ts';
import type { RunEvent } from '../result/request.ts';
import { NS_PER_MS, NS_PER_SECOND } from '../model/units.ts';
import { nowNs } from '../platform/clock.ts';
import type { DriverInbox } from './driver-inbox.ts';

const EVERY_MS = 500;

interface Sample {
  readonly atNs: number;
  readonly delivered: number;
}

/** Tells how a measure phase goes: deliveries a second, and what is lost as far as can be told while it runs. */
export class ProgressMeter implements Disposable {
  private readonly plan: Plan;
  private readonly startNs: number;
  private readonly inbox: DriverInbox;
  private readonly onEvent: (event: RunEvent) => void;
  private readonly perMessage: PlanNumbers['deliveriesPerMessage'];
  private readonly samples: Sample[] = [];
  private timer: NodeJS.Timeout | undefined;

  constructor(plan: Plan, startNs: number, inbox: DriverInbox, onEvent: (event: RunEvent) => void) {
    this.plan = plan;
    this.startNs = startNs;
    this.inbox = inbox;
    this.onEvent = onEvent;
    this.perMessage = planNumbers(plan).deliveriesPerMessage;
  }

  start(): void {
    this.timer = setInterval(() => this.tell(), EVERY_MS);
  }

  /** Missing so far: deliveries of messages due over a second ago that have not arrived. */
  private tell(): void {
    const known = this.inbox.progress.filter((entry) => entry !== undefined);
    const sum = (key: 'delivered' | 'settledAttempted' | 'settledDelivered'): number =>
      known.reduce((total, entry) => total + entry[key], 0);
    const now: Sample = { atNs: nowNs(), delivered: sum('delivered') };
    this.samples.push(now);
    while (this.samples.length > 1 && this.samples[1]!.atNs <= now.atNs - NS_PER_SECOND) this.samples.shift();
    const before = this.samples[0]!;
    const seconds = (now.atNs - before.atNs) / NS_PER_SECOND;
    this.onEvent({
      kind: 'progress',
      phase: 'measure',
      secondsLeft: Math.max(0, (this.startNs + this.plan.durationMs * NS_PER_MS - now.atNs) / NS_PER_SECOND),
      deliveredPerSecond: seconds > 0 ? (now.delivered - before.delivered) / seconds : 0,
      lost: Math.max(0, Math.round(sum('settledAttempted') * this.perMessage.mean - sum('settledDelivered'))),
      isLostExact: this.perMessage.isEqual,
    });
  }

  [Symbol.dispose](): void {
    clearInterval(this.timer);
  }
}
