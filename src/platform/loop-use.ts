import { performance } from 'node:perf_hooks';

/** How busy the event loop of this process is, from reading to reading. */
export class LoopUse {
  private before = performance.eventLoopUtilization();

  /** Share of the time since the last reading in which the loop was at work, 0 to 1. */
  read(): number {
    const utilization = this.peek();
    this.before = performance.eventLoopUtilization();
    return utilization;
  }

  /** The same, and the next reading is since the same time. */
  peek(): number {
    return performance.eventLoopUtilization(this.before).utilization;
  }
}
