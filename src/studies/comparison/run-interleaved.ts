import { join } from 'node:path';
import type { ComparedSide, SideName, Block, CompareResult, Design } from '../../result/comparison-result.ts';
import type { Gate } from './verdict.ts';
import { BenchError } from '../../model/errors.ts';
import { blockOf } from './gates.ts';
import { atLook, nextStep, type Course, type Method, type PairLoad, type Step } from './next-pair.ts';
import { interleavedName, interleavedResult } from './interleaved-result.ts';
import type { RunEvent, RunRequest } from '../../result/request.ts';
import type { RunResult } from '../../result/run-result.ts';
import { TOOL } from '../../run/assembly/environment.ts';
import { newRunId, wallClock } from '../../run/run-id.ts';
import { compareFileName } from '../../store/result-file.ts';
import { keepResult, writeResult, type Kept } from '../../store/write.ts';
import type { AttemptOptions } from '../attempt-run.ts';

/** A pair with a block that is not valid says nothing; so many may be run again. */
const MOST_REPEATED_PAIRS = 5;

/** What makes the blocks of one kind of comparison. */
export interface BlockMaker {
  /** Runs one block: a run as the user asked for it, with its seed and tags, and with the load of its pair. As `attemptRun`. */
  readonly attempt: (arm: SideName, request: RunRequest, load: PairLoad) => Promise<RunResult | BenchError>;
  /** What a block keeps of a run beside its metrics; else the reasons why the run is none, and its pair is run again. */
  readonly keep: (result: RunResult) => Pick<Block, 'trial'> | readonly string[];
  /** Ends what still runs. */
  readonly end: () => Promise<void>;
}

export interface InterleaveRequest {
  readonly base: RunRequest;
  readonly head: RunRequest;
  readonly sides: Readonly<Record<SideName, ComparedSide>>;
  readonly design: Design & Pick<Course, 'pairs' | 'maxPairs'>;
  readonly method: Method;
  /** What a pair is to be expected to take. */
  readonly pairSeconds: number;
  readonly blockMaker: (options: AttemptOptions) => BlockMaker;
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
  readonly onBlock: (place: BlockPlace, load: PairLoad) => void;
  /** After every pair. */
  readonly onPair: (blocks: readonly Block[]) => void;
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
 * Runs base and head interleaved until the comparison is decided or may go on no longer.
 * Every block's result is kept in a folder of the comparison's own. Throws as `runOnce` does, and where too many blocks
 * are not valid. null where it was interrupted before there was anything to compare.
 */
export async function interleave(request: InterleaveRequest, options: InterleaveOptions): Promise<Interleaved | null> {
  const interleaving = new Interleaving(request, options);
  try {
    return await interleaving.run();
  } finally {
    await interleaving.end();
  }
}

type PairStep = Extract<Step, { readonly kind: 'pair' }>;

function isRefused(kept: ReturnType<BlockMaker['keep']>): kept is readonly string[] {
  return Array.isArray(kept);
}

class Interleaving {
  private readonly request: InterleaveRequest;
  private readonly options: InterleaveOptions;
  private readonly id = newRunId().id;
  private readonly startedAt = wallClock();
  private readonly started = performance.now();
  private readonly blocks: Block[] = [];
  private readonly tookSeconds: number[] = [];
  private readonly maker: BlockMaker;
  private course: Course;
  private folder = '';
  private sample: RunResult | null = null;
  private repeated = 0;

  constructor(request: InterleaveRequest, options: InterleaveOptions) {
    this.request = request;
    this.options = options;
    this.maker = request.blockMaker(options);
    this.course = { ...request.design, gates: [], seed: request.base.seed, method: request.method };
  }

  async run(): Promise<Interleaved | null> {
    let announced = false;
    while (!this.options.stop.aborted) {
      const step = nextStep(this.course, this.blocks, this.isOutOfTime());
      if (step.kind === 'done') return this.save(step, 'completed');
      if (step.round === 'comparison' && !announced && this.course.method.noisePairs(0) > 0) {
        announced = true;
        this.options.onNoise(this.course, this.blocks, this.secondsPerPair());
      }
      const beganMs = performance.now();
      await this.runPair(step);
      this.tookSeconds.push((performance.now() - beganMs) / 1000);
    }
    const hasPairs = this.blocks.some(({ round }) => round === 'comparison');
    return hasPairs ? this.save({ kind: 'done', judgement: atLook(this.course, this.blocks) }, 'interrupted') : null;
  }

  async end(): Promise<void> {
    await this.maker.end();
  }

  /** Both blocks of a pair, or nothing: where one is not valid, the pair is run again later. */
  private async runPair(step: PairStep): Promise<void> {
    const results: { readonly place: BlockPlace; readonly result: RunResult; readonly kept: Pick<Block, 'trial'> }[] = [];
    for (const position of [0, 1] as const) {
      const arm = step.round === 'noise' ? 'base' : (position === 0) === (step.first === 'base') ? 'base' : 'head';
      const place = { round: step.round, pair: step.pair, arm, position } as const;
      this.options.onBlock(place, step.load);
      const result = await this.runBlock(place, step);
      if (this.options.stop.aborted) return;
      if (result instanceof BenchError) return this.repeat(place, [result.message], result);
      const kept = this.maker.keep(result);
      if (isRefused(kept)) return this.repeat(place, kept, null);
      results.push({ place, result, kept });
    }
    for (const { place, result, kept } of results) await this.keep(place, result, kept);
    this.options.onPair(this.blocks.slice(-results.length));
  }

  /** A result, or the error of a run that could not be completed. Throws what makes no sense to try again. */
  private async runBlock(place: BlockPlace, { seed, load }: Pick<PairStep, 'seed' | 'load'>): Promise<RunResult | BenchError> {
    const { round, pair, arm } = place;
    const request = this.request[arm];
    const tags = { ...request.tags, arm, round, pair: String(pair) };
    try {
      return await this.maker.attempt(arm, { ...request, seed, tags }, load);
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

  private async keep(place: BlockPlace, result: RunResult, kept: Pick<Block, 'trial'>): Promise<void> {
    if (this.sample === null) {
      this.sample = result;
      this.course = { ...this.course, gates: this.request.gatesOf(result) };
      this.folder = join(this.options.outDir, compareFileName(this.startedAt, interleavedName(result, this.request.head), this.id));
    }
    this.blocks.push({ ...blockOf(result, this.course.gates, place), ...kept });
    await writeResult(join(this.folder, place.round === 'noise' ? 'noise' : place.arm), result);
  }

  /** The first pair says too much where processes are started for it that stay. */
  private secondsPerPair(): number {
    const [, ...took] = this.tookSeconds;
    return took.length === 0 ? this.request.pairSeconds : took.reduce((sum, seconds) => sum + seconds, 0) / took.length;
  }

  /** Whether there is just time for a confirming round. */
  private isOutOfTime(): boolean {
    const { timeBudgetMs, design, method } = this.request;
    if (timeBudgetMs === null || this.blocks.length === 0) return false;
    const leftMs = timeBudgetMs - (performance.now() - this.started);
    // The first pair of all comes before the noise of base and the confirmation of what is found.
    const isBegun = this.blocks.some(({ round }) => round === 'comparison');
    const [confirming] = method.confirmationPairs(design);
    return leftMs < 1000 * this.secondsPerPair() * (isBegun ? confirming + 1 : 1);
  }

  private async save({ judgement }: Extract<Step, { readonly kind: 'done' }>, state: 'completed' | 'interrupted'): Promise<Interleaved> {
    const result = interleavedResult({
      course: this.course,
      blocks: this.blocks,
      judgement,
      sample: this.sample!,
      base: this.request.base,
      head: this.request.head,
      goal: this.request.design.goal,
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
