import { monitorEventLoopDelay, performance, type EventLoopUtilization, type IntervalHistogram } from 'node:perf_hooks';

/**
 * How often the event loop's delay is sampled; the sampler's own period is taken off. Each sample wakes the process, which is most of what
 * an idle one costs.
 */
const RESOLUTION_MS = 100;

/** Health of the process that it runs in, since its last mark. */
export class ProcessHealth {
  private readonly delay: IntervalHistogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  private utilization: EventLoopUtilization = performance.eventLoopUtilization();
  private cpuAtMark: NodeJS.CpuUsage = process.cpuUsage();

  constructor() {
    this.delay.enable();
  }

  /** The event loop, and the CPU time since the mark, count from here. */
  mark(): void {
    this.delay.reset();
    this.utilization = performance.eventLoopUtilization();
    this.cpuAtMark = process.cpuUsage();
  }

  /** CPU time since birth and since the mark, event-loop use since the mark; memory now. */
  read(): {
    readonly cpuSeconds: number;
    readonly cpuSecondsSinceMark: number;
    readonly rssBytes: number;
    readonly eventLoopUtilization: number;
    /** null before the first sample. */
    readonly eventLoopDelayP99Us: number | null;
  } {
    const sampled = this.delay.count > 0;
    return {
      cpuSeconds: secondsOf(process.cpuUsage()),
      cpuSecondsSinceMark: secondsOf(process.cpuUsage(this.cpuAtMark)),
      rssBytes: process.memoryUsage.rss(),
      eventLoopUtilization: performance.eventLoopUtilization(this.utilization).utilization,
      eventLoopDelayP99Us: sampled ? Math.max(0, this.delay.percentile(99) / 1e3 - RESOLUTION_MS * 1e3) : null,
    };
  }
}

function secondsOf({ user, system }: NodeJS.CpuUsage): number {
  return (user + system) / 1e6;
}
