import { monitorEventLoopDelay, performance, type EventLoopUtilization, type IntervalHistogram } from 'node:perf_hooks';

/** How often the event loop's delay is sampled; the sampler's own period is taken off. */
const RESOLUTION_MS = 20;

/** Health of the process that it runs in: its event loop since the last mark, its CPU time since its birth. */
export class ProcessHealth {
  private readonly delay: IntervalHistogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  private utilization: EventLoopUtilization = performance.eventLoopUtilization();

  constructor() {
    this.delay.enable();
  }

  /** The event loop counts from here. */
  mark(): void {
    this.delay.reset();
    this.utilization = performance.eventLoopUtilization();
  }

  /** CPU time since birth, event-loop use since the mark; memory now. */
  read(): {
    readonly cpuSeconds: number;
    readonly rssBytes: number;
    readonly eventLoopUtilization: number;
    readonly eventLoopDelayP99Us: number;
  } {
    const cpu = process.cpuUsage();
    const sampled = this.delay.count > 0;
    return {
      cpuSeconds: (cpu.user + cpu.system) / 1e6,
      rssBytes: process.memoryUsage.rss(),
      eventLoopUtilization: performance.eventLoopUtilization(this.utilization).utilization,
      eventLoopDelayP99Us: sampled ? Math.max(0, this.delay.percentile(99) / 1e3 - RESOLUTION_MS * 1e3) : 0,
    };
  }
}
