import type { ErrorKind } from '../model/errors.ts';
import type { RunEvent } from '../result/request.ts';
import type { Phase, PhaseSpan } from '../result/run-result.ts';
import { NS_PER_MS } from '../model/units.ts';
import { nowNs } from '../platform/clock.ts';

/** What a failure is in a phase: before anything is asked of the system, one of the environment. */
export function failureIn(phase: Phase): ErrorKind {
  return phase === 'start' || phase === 'connect' ? 'environment' : 'invalid';
}

/** Where a run is, and where it was when. */
export class PhaseLog {
  readonly startedNs: number = nowNs();
  private readonly spans: { name: Phase; startMs: number; endMs: number }[] = [];
  private readonly runId: string;
  private readonly onEvent: (event: RunEvent) => void;

  constructor(runId: string, onEvent: (event: RunEvent) => void) {
    this.runId = runId;
    this.onEvent = onEvent;
  }

  get current(): Phase {
    return this.spans.at(-1)?.name ?? 'start';
  }

  enter(phase: Phase): void {
    this.endCurrent();
    const startMs = this.offsetMs(nowNs());
    this.spans.push({ name: phase, startMs, endMs: startMs });
    this.onEvent({ kind: 'phase', phase, runId: this.runId });
  }

  /** The phases so far; the current one ends now. */
  list(): readonly PhaseSpan[] {
    this.endCurrent();
    return this.spans.map((span) => ({ ...span }));
  }

  private endCurrent(): void {
    const last = this.spans.at(-1);
    if (last !== undefined) last.endMs = this.offsetMs(nowNs());
  }

  private offsetMs(ns: number): number {
    return Math.round((ns - this.startedNs) / (NS_PER_MS / 1000)) / 1000;
  }
}
