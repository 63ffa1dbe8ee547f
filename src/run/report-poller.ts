import { messageOf } from '../model/errors.ts';
import { EPOCH_MEASURE } from '../wire/frame.ts';
import { EvidenceCursor } from '../ledger/evidence-cursor.ts';
import type { Evidence, FramesOf, ServerReport } from '../ledger/evidence.ts';
import { UseAccount, type UseReading } from './assembly/use-account.ts';
import { nowNs } from '../platform/clock.ts';
import type { ServersUnderTest } from './systems/server-under-test.ts';

const POLL_EVERY_MS = 1000;
/** A server that works off a backlog answers late: its last report is asked for so often before it is given up. */
const LAST_TRIES = 3;

/**
 * Takes every server's evidence and what it has used off it once a second, so that little dies with a process that is killed.
 * A server that does not answer (frozen, dead) is asked again at the next turn.
 */
export class ReportPoller implements Disposable {
  /** By process index. */
  readonly evidence: readonly Evidence[][];
  /** By process index. */
  readonly uses: readonly UseAccount[];
  private readonly servers: ServersUnderTest;
  private readonly onReport: (report: ServerReport) => void;
  /** Why the last report of each server is none; null where it is one. */
  readonly failures: (string | null)[];
  private readonly busy: boolean[];
  private readonly cursors: EvidenceCursor[];
  private readonly run: number;
  private readonly timer: NodeJS.Timeout;

  /** `run`: the number in its frames. `onReport` hears of every report that was asked for while the run goes on. */
  constructor(servers: ServersUnderTest, run: number, onReport: (report: ServerReport) => void) {
    this.servers = servers;
    this.run = run;
    this.onReport = onReport;
    this.evidence = servers.members.map(() => []);
    this.uses = servers.members.map(({ index }) => new UseAccount(`server ${index}`));
    this.failures = servers.members.map(() => null);
    this.busy = servers.members.map(() => false);
    this.cursors = servers.members.map(() => new EvidenceCursor(run));
    this.timer = setInterval(() => servers.members.forEach((member) => void this.poll(member.index)), POLL_EVERY_MS);
  }

  /**
   * What servers have used counts from here; and, where they measured other runs before, what they tell of losses. Rejects where
   * one does not answer.
   */
  async mark(runsBefore: number): Promise<void> {
    await Promise.all(
      this.servers.members.map(async ({ index }) => {
        const atNs = nowNs();
        const report = await this.servers.report(index, Number.MAX_SAFE_INTEGER, null);
        this.uses[index]!.mark(readingOf(report, atNs));
        if (runsBefore > 0) this.cursors[index] = new EvidenceCursor(this.run, report.evidenceCount);
      }),
    );
  }

  /** Of the processes that answered last. */
  get pids(): readonly number[] {
    return this.uses.map((use) => Number(use.identity));
  }

  /** A process was ended on purpose: what answers from now on is another. */
  ended(index: number, atNs: number): void {
    this.uses[index]!.ended(atNs);
  }

  /** A process has begun anew: its evidence counts from the beginning, and adds to what its predecessor told. */
  restarted(index: number): void {
    this.cursors[index]!.restart();
  }

  /** The last reports, with what is still held; null for a server that does not answer. */
  finish(): Promise<readonly (ServerReport | null)[]> {
    clearInterval(this.timer);
    return this.read();
  }

  /** What every server says now, with what is held; null for one that does not answer. */
  async read(): Promise<readonly (ServerReport | null)[]> {
    return Promise.all(
      this.servers.members.map(async ({ index }) => {
        const atNs = nowNs();
        const held = { epoch: EPOCH_MEASURE, run: this.run };
        let report = await this.take(index, held);
        for (let tries = 1; report === null && tries < LAST_TRIES; tries++) report = await this.take(index, held);
        this.uses[index]!.finish(report === null ? null : readingOf(report, atNs));
        return report;
      }),
    );
  }

  /** Asks one server now, unless it is being asked. */
  async poll(index: number): Promise<void> {
    if (this.busy[index] === true) return;
    this.busy[index] = true;
    const report = await this.take(index, null);
    this.busy[index] = false;
    if (report !== null) this.onReport(report);
  }

  private async take(index: number, held: FramesOf | null): Promise<ServerReport | null> {
    try {
      const cursor = this.cursors[index]!;
      const after = cursor.place;
      const atNs = nowNs();
      const report = await this.servers.report(index, after, held);
      this.uses[index]!.add(readingOf(report, atNs));
      if (report.processIndex !== index) throw new Error(`GET report: field 'processIndex' is ${report.processIndex}`);
      this.evidence[index]!.push(...cursor.take(after, report));
      this.failures[index] = null;
      return report;
    } catch (error) {
      this.failures[index] = messageOf(error);
      return null;
    }
  }

  [Symbol.dispose](): void {
    clearInterval(this.timer);
  }
}

function readingOf({ pid, cpuSeconds, rssBytes, counters }: ServerReport, atNs: number): UseReading {
  return { atNs, identity: String(pid), cpuSeconds, rssBytes, counters };
}
