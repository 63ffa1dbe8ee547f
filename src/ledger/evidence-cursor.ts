import type { Evidence, ServerReport } from './evidence.ts';

/**
 * Takes the evidence of one server, report after report: each entry once, and of entries that name messages those of one run alone.
 * What a server told before the cursor's place is of runs before.
 */
export class EvidenceCursor {
  private readonly run: number;
  private at: number;

  /** `run`: the number in its frames. `at`: how many entries are of runs before. */
  constructor(run: number, at = 0) {
    this.run = run;
    this.at = at;
  }

  /** The entry after which the next report is to be asked for. */
  get place(): number {
    return this.at;
  }

  /** What a report that was asked for after an entry has that was not taken yet. Throws where the report contradicts itself. */
  take(after: number, { evidence, evidenceCount }: Pick<ServerReport, 'evidence' | 'evidenceCount'>): readonly Evidence[] {
    // One that was started anew has fewer entries than its predecessor told.
    if (evidence.length !== Math.max(0, evidenceCount - after))
      throw new Error(`GET report: field 'evidenceCount' is ${evidenceCount}, and ${evidence.length} entries came after ${after}`);
    const fresh = evidence.slice(Math.max(0, this.at - after));
    this.at = Math.max(this.at, evidenceCount);
    return fresh.filter((entry) => isOfRun(entry, this.run));
  }

  /** Its server has begun anew. */
  restart(): void {
    this.at = 0;
  }
}

/** Entries without a run are of the run that was under way. */
function isOfRun(entry: Evidence, run: number): boolean {
  return entry.kind !== 'message' || entry.run === undefined || entry.run === run;
}
