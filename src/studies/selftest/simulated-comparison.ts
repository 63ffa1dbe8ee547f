import { normal } from '../../model/random.ts';
import type { SideName, Block, Round, Verdict } from '../../result/comparison-result.ts';
import type { Gate } from '../comparison/verdict.ts';
import { BY_RANKS } from '../comparison/by-ranks.ts';
import { nextStep, type Course } from '../comparison/next-pair.ts';
import type { Random } from '../../model/random.ts';

/*
 * Comparisons whose truth is known: the code that decides, step by step as it is taken for real, over blocks that are
 * simulated. A job differs from others, and drifts; a block has noise of its own.
 */

const JOB_CV = 0.12;
const DRIFT_PER_BLOCK = 0.02;

const gate = (name: string, minEffect: number): Gate => ({ name, unit: 'duration', direction: 'lowerIsBetter', minEffect });
const GATES: readonly Gate[] = [gate('delivered', 0.05), gate('response.p50', 0.05), gate('response.p99', 0.15), gate('cpu', 0.1)];
/** What a slower head shows in: not in what is delivered, below saturation. */
const AFFECTED: ReadonlySet<string> = new Set(['response.p50', 'cpu']);

/** One machine during one job: interleaved blocks. */
export class SimulatedJob {
  private level: number;
  private readonly random: Random;
  private readonly blockCv: number;

  constructor(random: Random, blockCv: number) {
    this.random = random;
    this.blockCv = blockCv;
    this.level = JOB_CV * normal(random);
  }

  /** ln of what one block measures of each of several metrics, which share the drift. */
  block(metrics: number): readonly number[] {
    this.level += DRIFT_PER_BLOCK * normal(this.random);
    return Array.from({ length: metrics }, () => this.level + this.blockCv * normal(this.random));
  }
}

export interface SimulatedDesign {
  readonly pairs: number;
  readonly maxPairs: number;
  /** Noise of one block, as a ratio. */
  readonly blockCv: number;
  /** By how much head is slower, as a ratio; 0 for equal code. */
  readonly effect: number;
}

/** One comparison, whole: noise, looks, confirmation; with the pairs that it took besides those for the noise. */
export function simulateComparison(
  random: Random,
  { pairs, maxPairs, blockCv, effect }: SimulatedDesign,
): { readonly verdict: Verdict; readonly pairs: number } {
  const course: Course = {
    interleaved: true,
    pairs,
    maxPairs,
    alpha: 0.01,
    gates: GATES,
    seed: Math.floor(random() * 2 ** 31),
    method: BY_RANKS,
  };
  const job = new SimulatedJob(random, blockCv);
  const blocks: Block[] = [];
  for (;;) {
    const step = nextStep(course, blocks, false);
    if (step.kind === 'done') return { verdict: step.judgement.verdict, pairs: blocks.filter(({ round }) => round !== 'noise').length / 2 };
    const second: SideName = step.first === 'base' ? 'head' : 'base';
    [step.first, second].forEach((arm, position) =>
      blocks.push(simulated(job, step.round, step.pair, step.round === 'noise' ? 'base' : arm, position as 0 | 1, effect)),
    );
  }
}

function simulated(job: SimulatedJob, round: Round, pair: number, arm: SideName, position: 0 | 1, effect: number): Block {
  const logs = job.block(GATES.length);
  const values = GATES.map(({ name }, i) => {
    const slower = arm === 'head' && AFFECTED.has(name) ? Math.log1p(effect) : 0;
    return [name, Math.exp(logs[i]! + slower)] as const;
  });
  const loss = { expected: 10_000, lost: 0, events: 0, unexplained: 0 };
  return { round, pair, arm, position, runId: '', startedAt: '', values: Object.fromEntries(values), loss };
}
