import { BenchError, messageOf } from '../model/errors.ts';
import type { Figure } from '../model/figure.ts';
import type { RunRequest } from '../result/request.ts';
import type { RunResult } from '../result/run-result.ts';
import { hostFacts } from '../platform/host.ts';
import { assembleResult } from './assembly/assemble.ts';
import type { Measured } from './assembly/measured.ts';
import { Belongings } from './belongings.ts';
import { judgeClocks, readClocksAgain, type Pings } from './clock-check.ts';
import type { MeasuringContext } from './context.ts';
import { Ending } from './ending.ts';
import type { InterimOptions } from './interim.ts';
import { measure, type MeasuredInterims } from './measurement.ts';
import { changeOver, isSettled, warmUp } from './phases/warmup.ts';
import { newRunId } from './run-id.ts';
import { newRun, nextRunId, startParts, type SessionOptions, type SessionParts, type SessionRun } from './session-parts.ts';
import { endedWhole, mayFollow } from './succession.ts';

export interface MeasureOptions<Saved> {
  /** Gets the result while the processes still run, so that a slow or failing end cannot lose it. */
  readonly save: (result: RunResult) => Promise<Saved>;
  /** Gets what is known while the run goes on, again and again: a result whose state is partial, which `save` then replaces. */
  readonly interim?: InterimOptions;
}

/**
 * Processes that are started, connected, probed and warmed up once, and then measure one run after another: each with an id, a number
 * in its frames, a ledger and windows of its own. Runs that follow one another differ in rate, duration and seed alone, and nothing of
 * one is left when the next begins. Whoever starts a session ends it.
 */
export class RunSession {
  private readonly options: SessionOptions;
  private readonly ending: Ending;
  private readonly belongings = new Belongings();
  private readonly id: string;
  private readonly numbers = new Set<number>();
  private parts: SessionParts | null = null;
  private run: SessionRun;
  private isReady = true;
  private warmupLeft = 0;
  private connectionBytes: Figure | null = null;
  /** As they were when the last run was over, or before the first. */
  private clocks: readonly Pings[] = [];

  private constructor(request: RunRequest, options: SessionOptions) {
    this.options = options;
    this.run = newRun(request, newRunId(), options.onEvent);
    this.id = this.run.runId.id;
    this.numbers.add(this.run.runId.number);
    this.ending = new Ending(options.stop, () => this.run.phases.current);
  }

  /** Ready for a run of `request`; else throws a BenchError, and nothing that it started is left. */
  static async start(request: RunRequest, options: SessionOptions): Promise<RunSession> {
    const session = new RunSession(request, options);
    try {
      const parts = await startParts(session.run, options, session.ending, session.belongings, () => session.run);
      session.parts = parts;
      session.clocks = parts.clocks;
      session.run.phases.enter('warmup');
      session.warmupLeft = await warmUp({ request, ending: session.ending, ...parts });
      return session;
    } catch (error) {
      await session.end();
      throw error;
    }
  }

  /**
   * Makes the session ready for another run, once nothing of the one before is under way; answers whether it is. It is not where that
   * run lost a process or a socket, or left messages behind, or where `request` needs other processes: then it can only be ended.
   */
  async prepare(request: RunRequest): Promise<boolean> {
    const isFollowed = this.isReady && !this.ending.signal.aborted && mayFollow(this.run.request, request);
    this.isReady = false;
    if (!isFollowed) return false;
    this.run = newRun(request, nextRunId(this.numbers), this.options.onEvent);
    this.numbers.add(this.run.runId.number);
    this.run.phases.enter('warmup');
    try {
      this.isReady = await changeOver({ request, ending: this.ending, ...this.parts! }, this.run.runId.number);
    } catch (error) {
      if (!(error instanceof BenchError) || this.ending.interrupted) throw error;
    }
    return this.isReady;
  }

  /**
   * Measures the run that the session is ready for: the phases measure, drain and collect. Saves a result as soon as something was
   * measured, however the run ended, and gives what `save` gave; else throws a BenchError.
   */
  async measure<Saved>({ save, interim }: MeasureOptions<Saved>): Promise<Saved> {
    if (!this.isReady) throw new Error('the session is not ready for another run');
    this.isReady = false;
    const { run, ending, options, warmupLeft, connectionBytes } = this;
    const parts = this.parts!;
    const { request, runId, phases } = run;
    const runsBefore = this.numbers.size - 1;
    const context: MeasuringContext = {
      ...parts,
      request,
      runId,
      phases,
      ending,
      connectionBytes,
      runsBefore,
      // What was left when the run before was over would have ended the session.
      warmupLeft: runsBefore > 0 ? 0 : warmupLeft,
      onEvent: options.onEvent,
    };
    const interims = interimsOf(interim, (known) => this.resultOf(run, known, []));
    const measured = await measure(context, run.inbox, interims);
    phases.enter('stop');
    const clocksAfter = await readClocksAgain(parts.servers, parts.fleet, measured);
    const result = await this.resultOf(run, measured, clocksAfter);
    const saved = await save(result);
    this.clocks = clocksAfter;
    this.connectionBytes = measured.connectionBytes;
    this.isReady = endedWhole(result, measured, runId.number);
    return saved;
  }

  /** Waits until servers hold nothing of the run that was measured. False where they do not get there, or no other run may follow. */
  async settle(): Promise<boolean> {
    try {
      this.isReady &&= await isSettled({ ...this.parts!, ending: this.ending });
    } catch (error) {
      if (!(error instanceof BenchError)) throw error;
      this.isReady = false;
    }
    return this.isReady;
  }

  /** Ends all that it has started. A clean-up that fails is a notice: it takes away neither a result nor the error before it. */
  async end(): Promise<void> {
    for (const failure of await this.belongings.end())
      this.options.onEvent({ kind: 'notice', message: `the clean-up after the run failed: ${messageOf(failure)}` });
  }

  private async resultOf(run: SessionRun, measured: Measured, clocksAfter: readonly Pings[]): Promise<RunResult> {
    const { servers, fleet, redis } = this.parts!;
    const runsBefore = this.numbers.size - 1;
    return assembleResult({
      request: run.request,
      runId: run.runId,
      startedAt: run.startedAt,
      session: runsBefore === 0 ? null : { id: this.id, runsBefore },
      phases: run.phases.list(),
      servers,
      fleet,
      redis: redis.backend,
      clocks: judgeClocks(this.clocks, clocksAfter),
      measured,
      ending: this.ending,
      host: await hostFacts(),
    });
  }
}

function interimsOf(interim: InterimOptions | undefined, resultOf: (known: Measured) => Promise<RunResult>): MeasuredInterims | null {
  if (interim === undefined) return null;
  const save = async (known: Measured, isOver: () => boolean): Promise<void> => {
    const result = await resultOf(known);
    if (!isOver()) await interim.save(result);
  };
  return { ...interim, save };
}
