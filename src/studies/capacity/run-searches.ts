import { dirname, join } from 'node:path';
import { capacityResult } from './assembly.ts';
import { LOOK_WARMUP_SECONDS } from './profile.ts';
import type { CapacityResult } from '../../result/capacity-result.ts';
import { answerSoFar, askedRate, nextTrial, type SearchCourse, type TimeLeft, type WantedTrial } from './search.ts';
import { failedTrial, recordTrial, type RecordedTrial, type SearchRecord } from './summary.ts';
import { BenchError } from '../../model/errors.ts';
import type { RunEvent } from '../../result/request.ts';
import type { RunResult } from '../../result/run-result.ts';
import type { Environment } from '../../model/environment.ts';
import { sendersOf, trialRequest } from './searchable-scenario.ts';
import { TOOL } from '../../run/assembly/environment.ts';
import { newRunId, wallClock } from '../../run/run-id.ts';
import { capacityFolderName } from '../../store/result-file.ts';
import { keepResult, writeResult, type Kept } from '../../store/write.ts';
import { identityOf, searchKey, searchesOf, type CapacityPlan, type PlannedSearch } from './search-plan.ts';
import { SharedTrials } from './shared-trials.ts';
import { SearchClock } from './time-budget.ts';
import type { StoredSearch } from './stored-search.ts';

export interface CapacityOptions {
  readonly outDir: string;
  /** First Ctrl-C: the trial under way is given up, and what was found is written. */
  readonly stop: AbortSignal;
  readonly onEvent: (event: RunEvent) => void;
  /** Before every trial. */
  readonly onTrial: (search: PlannedSearch, trial: Pick<RecordedTrial, 'ratePerSecond' | 'durationSeconds'>) => void;
  readonly onTrialEnd: (search: PlannedSearch, trial: RecordedTrial) => void;
}

/** What a study ends with, and where it is. */
export interface CapacityFound extends Kept {
  readonly result: CapacityResult;
  /** Of the trials: what `--resume` takes. */
  readonly folder: string;
}

/**
 * Searches every point in turn, each trial with a result file of its own, in a folder of the study's own. Trials share processes
 * while these are as they were started. Goes on from the trials of `stored`. Throws as `runOnce` does, but for runs that could not
 * be completed: those are invalid trials. null where it was interrupted before a trial had ended.
 */
export async function findCapacity(
  plan: CapacityPlan,
  stored: StoredSearch | null,
  options: CapacityOptions,
): Promise<CapacityFound | null> {
  const study = new CapacityStudy(plan, stored, options);
  try {
    return await study.run();
  } finally {
    await study.end();
  }
}

class CapacityStudy {
  private readonly plan: CapacityPlan;
  private readonly options: CapacityOptions;
  private readonly stored: StoredSearch | null;
  private readonly id: string;
  private readonly startedAt: Date;
  private readonly folder: string;
  private readonly clock: SearchClock;
  private readonly trials: SharedTrials;
  private readonly records = new Map<PlannedSearch, SearchRecord>();
  private environment: Environment | null = null;
  private drivers = 1;

  constructor(plan: CapacityPlan, stored: StoredSearch | null, options: CapacityOptions) {
    this.plan = plan;
    this.options = options;
    this.stored = stored;
    this.id = stored?.id ?? newRunId().id;
    this.startedAt = stored?.startedAt ?? wallClock();
    this.folder = stored?.folder ?? join(options.outDir, capacityFolderName(this.startedAt, plan.scenario.whole.name, this.id));
    this.clock = new SearchClock(plan, stored);
    this.trials = new SharedTrials(options);
  }

  async run(): Promise<CapacityFound | null> {
    const searches = searchesOf(this.plan);
    if (this.plan.goal.targetPerSecond !== undefined) await this.tryAsked(searches);
    for (const search of searches) {
      if (this.options.stop.aborted) break;
      this.clock.begin();
      await this.search(search, () => this.clock.left(search), nextTrial);
    }
    if (this.environment === null) return null;
    const result = this.result(this.options.stop.aborted ? 'interrupted' : 'completed');
    return { result, ...(await keepResult(dirname(this.folder), result)), folder: this.folder };
  }

  /** Ends the processes of the last trial. */
  async end(): Promise<void> {
    await this.trials.end();
  }

  /** The rate that was asked for, with fewer processes first: one point that carries it is an answer, and all have time left for it. */
  private async tryAsked(searches: readonly PlannedSearch[]): Promise<void> {
    const connects = ({ layer, plan }: PlannedSearch['request']): boolean => layer.scope === 'shared' || plan.processes === 1;
    const candidates = searches
      .filter(({ replicate, request }) => replicate === 0 && connects(request))
      .toSorted((a, b) => a.request.plan.processes - b.request.plan.processes);
    for (const search of candidates) {
      if (this.options.stop.aborted) return;
      await this.search(search, () => this.clock.leftOfAll(search), untilAsked);
      const { course, trials } = this.records.get(search)!;
      if (askedRate(course, trials) === 'sustained') return;
    }
  }

  private async search(search: PlannedSearch, left: () => TimeLeft, next: typeof nextTrial): Promise<void> {
    const course = this.courseOf(search);
    const trials = [...(this.records.get(search)?.trials ?? this.finished(search))];
    const record = (answer: SearchRecord['answer'], isInterrupted = false): void =>
      void this.records.set(search, { replicate: search.replicate, course, trials: [...trials], answer, isInterrupted });
    for (;;) {
      if (this.isIsolated(search, trials)) return record('isolated');
      const step = next(course, trials, left());
      if (step.kind === 'done') return record(step.answer);
      if (this.options.stop.aborted) return record(answerSoFar(course, trials), true);
      const trial = await this.runTrial(search, step, trials.length);
      if (trial === null) return record(answerSoFar(course, trials), true);
      trials.push(trial);
      this.options.onTrialEnd(search, trial);
    }
  }

  /** null where the user ended it. */
  private async runTrial(
    search: PlannedSearch,
    { ratePerSecond, durationSeconds, isLook }: WantedTrial,
    index: number,
  ): Promise<RecordedTrial | null> {
    const { scenario, profile, goals } = this.plan;
    this.options.onTrial(search, { ratePerSecond, durationSeconds });
    const warmupSeconds = isLook ? LOOK_WARMUP_SECONDS : profile.warmupSeconds;
    const base = trialRequest(search.request, scenario, { ratePerSecond, durationSeconds, warmupSeconds });
    const tags = {
      ...base.tags,
      capacity: this.id,
      search: searchKey(this.plan),
      point: search.name,
      replicate: String(search.replicate),
      trial: String(index),
    };
    const startedMs = performance.now();
    const request = { ...base, limits: goals.goals, tags, seed: (base.seed + index) % 2 ** 32 };
    const result = await this.trials.attempt(request);
    if (this.options.stop.aborted && (result instanceof BenchError || result.run.state !== 'completed')) return null;
    this.clock.ended(search, { durationSeconds }, (performance.now() - startedMs) / 1000);
    if (result instanceof BenchError) return failedTrial({ ratePerSecond, durationSeconds }, result.message);
    this.keep(result);
    await writeResult(this.folder, result);
    return recordTrial(result, scenario.parameters, goals);
  }

  /** Trials that were run before the search was interrupted. */
  private finished(search: PlannedSearch): RecordedTrial[] {
    const results = this.stored?.trialsOf(search.name, search.replicate) ?? [];
    for (const result of results) this.keep(result);
    return results.map((result) => recordTrial(result, this.plan.scenario.parameters, this.plan.goals));
  }

  private keep({ environment, drivers }: RunResult): void {
    this.environment ??= environment;
    this.drivers = Math.max(this.drivers, drivers);
  }

  /** Deliveries that the layer never carries are lost at any rate: there is nothing to search. */
  private isIsolated({ mayBeIsolated }: PlannedSearch, trials: readonly RecordedTrial[]): boolean {
    return mayBeIsolated && trials.some(({ isIsolated }) => isIsolated);
  }

  /** Starts where the same point, or the one before it, has found something. */
  private courseOf(search: PlannedSearch): SearchCourse {
    const { goal, bounds, profile } = this.plan;
    const known = [...this.records].flatMap(([{ series, name }, { answer }]) =>
      series === search.series && answer !== 'isolated' && answer.lower !== null ? [{ name, perSecond: answer.lower }] : [],
    );
    const nearest = known.findLast(({ name }) => name === search.name) ?? known.at(-1);
    return {
      ...goal,
      ...profile,
      ...bounds,
      startPerSecond: nearest?.perSecond ?? bounds.startPerSecond,
      senders: sendersOf(search.request.plan),
    };
  }

  private result(state: 'completed' | 'interrupted'): CapacityResult {
    return capacityResult({
      points: this.plan.points.map((request) => {
        const identity = identityOf(request);
        return { identity, records: [...this.records].filter(([search]) => search.request === request).map(([, record]) => record) };
      }),
      goal: this.plan.goal,
      request: this.plan.points[0]!,
      environment: this.environment,
      drivers: this.drivers,
      tool: TOOL,
      id: this.id,
      startedAt: this.startedAt.toISOString(),
      durationSeconds: this.clock.elapsedSeconds,
      state,
    });
  }
}

/** As `nextTrial`, and done once the asked rate is decided. */
function untilAsked(...[course, trials, time]: Parameters<typeof nextTrial>): ReturnType<typeof nextTrial> {
  return askedRate(course, trials) === 'open' ? nextTrial(course, trials, time) : { kind: 'done', answer: answerSoFar(course, trials) };
}
