import { EPOCH_MEASURE } from '../../core/frame.ts';
import type { Evidence, ServerReport } from '../../core/evidence.ts';
import type { ServersUnderTest } from './server-under-test.ts';

const POLL_EVERY_MS = 1000;

/**
 * Takes every server's evidence off it once a second, so that little dies with a process that is killed.
 * A server that does not answer (frozen, dead) is asked again at the next turn.
 */
export class ReportPoller implements Disposable {
  /** By process index. */
  readonly evidence: readonly Evidence[][];
  private readonly servers: ServersUnderTest;
  private readonly onReport: (report: ServerReport) => void;
  private readonly busy: boolean[];
  private readonly next: number[];
  private readonly timer: NodeJS.Timeout;

  /** `onReport` hears of every report that was asked for while the run goes on. */
  constructor(servers: ServersUnderTest, onReport: (report: ServerReport) => void) {
    this.servers = servers;
    this.onReport = onReport;
    this.evidence = servers.members.map(() => []);
    this.busy = servers.members.map(() => false);
    this.next = servers.members.map(() => 0);
    this.timer = setInterval(() => servers.members.forEach((member) => void this.poll(member.index)), POLL_EVERY_MS);
  }

  /** A process has begun anew: its evidence counts from the beginning, and adds to what its predecessor told. */
  restarted(index: number): void {
    this.next[index] = 0;
  }

  /** The last reports, with what is still held; null for a server that does not answer. */
  async finish(): Promise<readonly (ServerReport | null)[]> {
    clearInterval(this.timer);
    return Promise.all(this.servers.members.map((member) => this.take(member.index, EPOCH_MEASURE)));
  }

  private async poll(index: number): Promise<void> {
    if (this.busy[index] === true) return;
    this.busy[index] = true;
    const report = await this.take(index, null);
    this.busy[index] = false;
    if (report !== null) this.onReport(report);
  }

  private async take(index: number, held: number | null): Promise<ServerReport | null> {
    try {
      const after = this.next[index]!;
      const report = await this.servers.report(index, after, held);
      const known = this.next[index]! - after;
      this.evidence[index]!.push(...report.evidence.slice(known));
      this.next[index] = Math.max(this.next[index]!, report.evidenceCount);
      return report;
    } catch {
      return null;
    }
  }

  [Symbol.dispose](): void {
    clearInterval(this.timer);
  }
}
