import { IntervalParts } from '../ledger/interval-parts.ts';
import type { DriverMessage, DriverReport } from '../processes/protocol.ts';
import { MemoryTrace } from '../result/memory-trace.ts';
import type { RunEvent } from '../result/request.ts';
import type { Measured } from './assembly/measured.ts';
import { nowNs } from '../platform/clock.ts';

/** Messages of the drivers that come by themselves while a phase runs. */
export class DriverInbox {
  private readonly intervals: IntervalParts;
  readonly progress: Extract<DriverMessage, { type: 'progress' }>[] = [];
  /** By driver, from when it began to send. */
  readonly memory: MemoryTrace[] = [];
  private readonly onEvent: (event: RunEvent) => void;

  /** `intervalSeconds`: how long the intervals of the result are. */
  constructor(intervalSeconds: number, onEvent: (event: RunEvent) => void) {
    this.intervals = new IntervalParts(intervalSeconds);
    this.onEvent = onEvent;
  }

  /** The parts of all intervals, with those of the last reports. */
  allIntervals(drivers: readonly (DriverReport | null)[]): Pick<Measured, 'intervals' | 'intervalSeconds'> {
    for (const part of drivers.flatMap((report) => report?.intervals ?? [])) this.intervals.add(part);
    return { intervals: this.intervals.all(), intervalSeconds: this.intervals.seconds };
  }

  onMessage(driver: number, message: DriverMessage): void {
    if (message.type === 'interval') {
      const { second, pacerLag, sameProcess, crossProcess } = message.interval;
      this.intervals.add(message.interval);
      this.onEvent({ kind: 'latencies', second, pacerLag, response: [sameProcess.response, crossProcess.response] });
    }
    if (message.type === 'progress') {
      this.progress[driver] = message;
      (this.memory[driver] ??= new MemoryTrace()).add({ atNs: nowNs(), bytes: message.rssBytes });
      this.onEvent({ kind: 'seconds', driver, seconds: message.seconds });
    }
  }
}
