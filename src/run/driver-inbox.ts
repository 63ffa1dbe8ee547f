import type { IntervalReport } from '../ledger/timeline.ts';
import type { DriverMessage } from '../processes/protocol.ts';
import type { MemorySample } from '../result/memory.ts';
import type { RunEvent } from '../result/request.ts';
import { nowNs } from '../platform/clock.ts';

/** Messages of the drivers that come by themselves while a phase runs. */
export class DriverInbox {
  readonly intervals: IntervalReport[] = [];
  readonly progress: Extract<DriverMessage, { type: 'progress' }>[] = [];
  /** By driver, from when it began to send. */
  readonly memory: MemorySample[][] = [];
  private readonly onEvent: (event: RunEvent) => void;

  constructor(onEvent: (event: RunEvent) => void) {
    this.onEvent = onEvent;
  }

  onMessage(driver: number, message: DriverMessage): void {
    if (message.type === 'interval') {
      const { second, pacerLag, sameProcess, crossProcess } = message.interval;
      this.intervals.push(message.interval);
      this.onEvent({ kind: 'latencies', second, pacerLag, response: [sameProcess.response, crossProcess.response] });
    }
    if (message.type === 'progress') {
      this.progress[driver] = message;
      (this.memory[driver] ??= []).push({ atNs: nowNs(), bytes: message.rssBytes });
      this.onEvent({ kind: 'seconds', driver, seconds: message.seconds });
    }
  }
}
