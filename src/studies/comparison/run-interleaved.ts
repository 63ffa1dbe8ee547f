import { join } from 'node:path';
import type { ComparedSide, SideName, Block, CompareResult, Design } from '../../result/comparison-result.ts';
import type { Gate } from './verdict.ts';
import { BenchError } from '../../model/errors.ts';
import { blockOf } from './gates.ts';
import { atLook, nextStep, type Course, type Step } from './next-pair.ts';
import { interleavedName, interleavedResult } from './interleaved-result.ts';
import type { RunEvent, RunRequest } from '../../result/request.ts';
import type { RunResult } from '../../result/run-result.ts';
import { TOOL } from '../../run/assembly/environment.ts';
import { newRunId, wallClock } from '../../run/run-id.ts';
import { compareFileName } from '../../store/result-file.ts';
import { keepResult, writeResult, type Kept } from '../../store/write.ts';
import { attemptRun } from '../attempt-run.ts';

/** A pair with a block that is not valid says nothing; so many may be run again. */
const MOST_REPEATED_PAIRS = 5;

export interface InterleaveRequest {
  readonly base: RunRequest;
  readonly head: RunRequest;
  readonly sides: Readonly<Record<SideName, ComparedSide>>;
  readonly design: Design & Pick<Course, 'pairs' | 'maxPairs'>;
  /** null: as long as it takes. */
  readonly timeBudgetMs: number | null;
  /** What decides, once a first result shows what there is. */
  readonly gatesOf: (result: RunResult) => readonly Gate[];
}

export interface InterleaveOptions {
  readonly outDir: string;
  /** First Ctrl-C: the block under way ends early, and what there is is written. */
  readonly stop: AbortSignal;
  readonly onEvent: (event: RunEvent) => void;
  /** Before every block. */
  readonly onBlock: (place: BlockPlace) => void;
  /** Once, when base has been compared with itself, and before head is. */
  readonly onNoise: (course: Course, blocks: readonly Block[], secondsPerPair: number) => void;
  /** A pair is run again, for the reasons of a block in it. */
  readonly onRepeat: (place: BlockPlace, reasons: readonly string[]) => void;
}

export type BlockPlace = Pick<Block, 'round' | 'pair' | 'arm' | 'position'>;

/** What a comparison ends with, and the file that it is in. */
export interface Interleaved extends Kept {
  readonly result: CompareResult;
}

/**
 * Runs base and head interleaved, each block with fresh processes, until the comparison is decided or may go on no longer.
 * Every block's result is kept in a folder of the comparison's own. Throws as `runOnce` does, and where too many blocks
 * are not valid. null where it was interrupted before there was anything to compare.
 */
export async function interleave(request: InterleaveRequest, options: InterleaveOptions): Promise<Interleaved | null> {
  return new Interleaving(request, options).run();
}

class Interleaving {
  private readonly request: InterleaveRequest;
  private readonly options: InterleaveOptions;
  private readonly id = newRunId().id;
  private readonly startedAt = wallClock();
  private readonly started = performance.now();
  private readonly blocks: Block[] = [];
  private course: Course;
  private folder = '';
  private sample: RunResult | null = null;
  private repeated = 0;

  constructor(request: InterleaveRequest, options: InterleaveOptions) {
    this.request = request;
    this.options = options;
    this.course = { ...request.design, gates: [], seed: request.base.seed };
  }

  async run(): Promise<Interleaved | null> {
    let announced = false;
    while (!this.options.stop.aborted) {
      const step = nextStep(this.course, this.blocks, this.isOutOfTime());
      if (step.kind === 'done') return this.save(step, 'completed');
      if (step.round === 'comparison' && !announced) {
        announced = true;
        this.options.onNoise(this.course, this.blocks, this.secondsPerPair());
      }
      await this.runPair(step);
    }
    const hasPairs = this.blocks.some(({ round }) => round === 'comparison');
    return hasPairs ? this.save({ kind: 'done', judgement: atLook(this.course, this.blocks) }, 'interrupted') : null;
  }

  /** Both blocks of a pair, or nothing: where one is not valid, the pair is run again later. */
  private async runPair(step: Extract<Step, { readonly kind: 'pair' }>): Promise<void> {
    const results: { readonly place: BlockPlace; readonly result: RunResult }[] = [];
    for (const position of [0, 1] as const) {
      const arm = step.round === 'noise' ? 'base' : (position === 0) === (step.first === 'base') ? 'base' : 'head';
      const place = { round: step.round, pair: step.pair, arm, position } as const;
      this.options.onBlock(place);
      const result = await this.runBlock(place, step.seed);
      if (this.options.stop.aborted) return;
      if (result instanceof BenchError) return this.repeat(place, [result.message], result);
      if (!result.validity.valid) return this.repeat(place, result.validity.reasons, null);
      results.push({ place, result });
    }
    for (const { place, result } of results) await this.keep(place, result);
  }

  /** A result, or the error of a run that could not be completed. Throws what makes no sense to try again. */
  private async runBlock(place: BlockPlace, seed: number): Promise<RunResult | BenchError> {
    const { round, pair, arm } = place;
    const request = this.request[arm];
    const tags = { ...request.tags, arm, round, pair: String(pair) };
    try {
      return await attemptRun({ ...request, seed, tags }, this.options);
    } catch (error) {
      if (!(error instanceof BenchError)) throw error;
      throw new BenchError(error.kind, `${arm}: ${error.message}`, error.hint, { cause: error });
    }
  }

  private repeat(place: BlockPlace, reasons: readonly string[], cause: BenchError | null): void {
    this.repeated += 1;
    this.options.onRepeat(place, reasons);
    if (this.repeated <= MOST_REPEATED_PAIRS) return;
    throw new BenchError(
      'invalid',
      `${this.repeated} pairs had a block that is not valid, the last one in ${place.arm}: ${reasons.join('; ')}`,
      'Use a lower --rate, fewer --processes, or a quieter machine; `bench run` with the same options shows one block in full.',
      cause === null ? undefined : { cause },
    );
  }

  private async keep(place: BlockPlace, result: RunResult): Promise<void> {
    if (this.sample === null) {
      this.sample = result;
      this.course = { ...this.course, gates: this.request.gatesOf(result) };
      this.folder = join(this.options.outDir, compareFileName(this.startedAt, interleavedName(result, this.request.head), this.id));
    }
    this.blocks.push(blockOf(result, this.course.gates, place));
    await writeResult(join(this.folder, place.round === 'noise' ? 'noise' : place.arm), result);
  }

  private secondsPerPair(): number {
    return (performance.now() - this.started) / 1000 / (this.repeated + this.blocks.length / 2);
  }

  /** Whether there is just time for a confirming round. */
  private isOutOfTime(): boolean {
    const { timeBudgetMs, design } = this.request;
    if (timeBudgetMs === null || this.blocks.length === 0) return false;
    const leftMs = timeBudgetMs - (performance.now() - this.started);
    // The first pair of all comes before the noise of base and the confirmation of what is found.
    const isBegun = this.blocks.some(({ round }) => round === 'comparison');
    return leftMs < 1000 * this.secondsPerPair() * (isBegun ? design.pairs + 1 : 1);
  }

  private async save({ judgement }: Extract<Step, { readonly kind: 'done' }>, state: 'completed' | 'interrupted'): Promise<Interleaved> {
    const result = interleavedResult({
      course: this.course,
      blocks: this.blocks,
      judgement,
      sample: this.sample!,
      head: this.request.head,
      sides: this.request.sides,
      tool: TOOL,
      id: this.id,
      startedAt: this.startedAt.toISOString(),
      durationSeconds: (performance.now() - this.started) / 1000,
      state,
      repeated: this.repeated,
    });
    return { result, ...(await keepResult(this.options.outDir, result)) };
  }
}
