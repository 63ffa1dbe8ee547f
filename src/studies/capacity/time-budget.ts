import { BETWEEN_TRIALS_SECONDS, expectedOverheadSeconds, expectedSeconds, LOOK_WARMUP_SECONDS } from './profile.ts';
import type { TimeLeft } from './search.ts';
import type { RecordedTrial } from './summary.ts';
import { hasPython } from '../../model/servers.ts';
import { searchesOf, type CapacityPlan, type PlannedSearch } from './search-plan.ts';
import type { StoredSearch } from './stored-search.ts';

/** Seconds that each search of a plan may be expected to take, at least and at most; those that stored trials are of need as much less. */
function expectationsOf(plan: CapacityPlan, stored: StoredSearch | null): readonly (readonly [from: number, to: number])[] {
  const searches = searchesOf(plan);
  return searches.map((search, i) => {
    const start = startSeconds(search, LOOK_WARMUP_SECONDS);
    const done = stored?.trialsOf(search.name, search.replicate) ?? [];
    const spent = done.reduce((sum, { run }) => sum + run.durationSeconds + BETWEEN_TRIALS_SECONDS, 0);
    const hasNeighbour = searches.slice(0, i).some(({ series, mayBeIsolated }) => series === search.series && !mayBeIsolated);
    const alone = plan.profile.shortTrialSeconds + start;
    const [from, to] = search.mayBeIsolated ? [alone, alone] : expectedSeconds(plan.profile, hasNeighbour, start);
    return [Math.max(0, from - spent), Math.max(0, to - spent)] as const;
  });
}

function startSeconds({ request }: PlannedSearch, warmupSeconds: number): number {
  return expectedOverheadSeconds(request.plan.processes, hasPython(request.servers), warmupSeconds);
}

/** What the study takes where every trial is clear, and where many are not; never more than its time. */
export function estimateSeconds(plan: CapacityPlan, stored: StoredSearch | null): readonly [from: number, to: number] {
  const expected = expectationsOf(plan, stored);
  const within = (seconds: number): number => Math.min(seconds, plan.goal.timeBudgetSeconds ?? Infinity);
  return [within(expected.reduce((sum, [from]) => sum + from, 0)), within(expected.reduce((sum, [, to]) => sum + to, 0))];
}

/** Shares the time of a study among its searches, by what each may be expected to need; what one leaves, the next ones have. */
export class SearchClock {
  private readonly plan: CapacityPlan;
  private readonly expected: readonly number[];
  private readonly startedMs = performance.now();
  private begun = -1;
  private shareEndsSeconds = Infinity;
  private readonly overheads = { observed: 0, modelled: 0 };

  constructor(plan: CapacityPlan, stored: StoredSearch | null) {
    this.plan = plan;
    this.expected = expectationsOf(plan, stored).map(([from]) => from);
  }

  get elapsedSeconds(): number {
    return (performance.now() - this.startedMs) / 1000;
  }

  /** The next search begins. */
  begin(): void {
    this.begun += 1;
    const budget = this.plan.goal.timeBudgetSeconds;
    if (budget === null) return;
    const open = this.expected.slice(this.begun);
    const share =
      (open[0] ?? 0) /
      Math.max(
        1e-9,
        open.reduce((sum, seconds) => sum + seconds, 0),
      );
    this.shareEndsSeconds = this.elapsedSeconds + share * (budget - this.elapsedSeconds);
  }

  left(search: PlannedSearch): TimeLeft {
    // What is isolated takes one trial, which is not to be missed for the sake of its share.
    if (search.mayBeIsolated) return this.leftOfAll(search);
    return { ...this.leftOfAll(search), leftSeconds: this.shareEndsSeconds - this.elapsedSeconds };
  }

  /** For a search that may take what is left of the whole study. */
  leftOfAll(search: PlannedSearch): TimeLeft {
    const { observed, modelled } = this.overheads;
    const factor = modelled === 0 ? 1 : observed / modelled;
    const endsSeconds = this.plan.goal.timeBudgetSeconds ?? Infinity;
    return {
      leftSeconds: endsSeconds - this.elapsedSeconds,
      overheadSeconds: factor * startSeconds(search, LOOK_WARMUP_SECONDS),
    };
  }

  /** A trial has ended that took so long in all. */
  ended(search: PlannedSearch, { durationSeconds }: Pick<RecordedTrial, 'durationSeconds'>, tookSeconds: number): void {
    this.overheads.observed += Math.max(0, tookSeconds - durationSeconds);
    this.overheads.modelled += startSeconds(search, LOOK_WARMUP_SECONDS);
  }
}
