import { benchmarkName } from '../../result/benchmark.ts';
import type { ComparedSide, SideName, Block, CompareResult, Design } from '../../result/comparison-result.ts';
import type { Judgement } from './verdict.ts';
import { sidesOf, type Course } from './next-pair.ts';
import type { RunRequest } from '../../result/request.ts';
import type { RunResult } from '../../result/run-result.ts';

export interface InterleavedParts {
  readonly course: Course;
  readonly blocks: readonly Block[];
  readonly judgement: Judgement;
  /** A result of base. */
  readonly sample: RunResult;
  readonly base: RunRequest;
  readonly head: RunRequest;
  readonly goal: Design['goal'];
  readonly sides: Readonly<Record<SideName, ComparedSide>>;
  readonly tool: RunResult['tool'];
  readonly id: string;
  readonly startedAt: string;
  readonly durationSeconds: number;
  readonly state: 'completed' | 'interrupted';
  /** Pairs that had to be run again. */
  readonly repeated: number;
}

/** Makes an interleaved comparison into its result. One that was interrupted decides nothing. */
export function interleavedResult(parts: InterleavedParts): CompareResult {
  const { course, sample, base, head, goal, judgement, state } = parts;
  const { interleaved, pairs, maxPairs, alpha } = course;
  const verdict = state === 'interrupted' ? 'inconclusive' : judgement.verdict;
  return {
    schemaVersion: 1,
    kind: 'compare',
    tool: parts.tool,
    run: {
      id: parts.id,
      startedAt: parts.startedAt,
      durationSeconds: parts.durationSeconds,
      command: head.command,
      seed: course.seed,
      tags: head.tags,
      state,
    },
    environment: sample.environment,
    design: { interleaved, pairs, maxPairs, alpha, ...(goal !== undefined && { goal }) },
    ...parts.sides,
    benchmarks: [
      {
        name: interleavedName(sample, head),
        scenario: base.scenario,
        layer: { name: head.layer.name, scope: head.layer.scope },
        server: { kind: sample.server.kind, processes: sample.server.processes },
        ...judgement,
        verdict,
        blocks: parts.blocks,
      },
    ],
    vanished: [],
    verdict,
    warnings: warningsOf(parts),
  };
}

/** The name of base, with head's layer and number of processes where they are others. */
export function interleavedName(base: RunResult, head: RunRequest): string {
  const both = (ours: string, theirs: string): string => (ours === theirs ? ours : `${ours}→${theirs}`);
  const [scenario, layer, kind, processes] = benchmarkName(base).split('/') as [string, string, string, string];
  return [scenario, both(layer, head.layer.name), kind, both(processes, `p${head.plan.processes}`)].join('/');
}

function warningsOf({ course, blocks, repeated, state }: InterleavedParts): readonly string[] {
  const compared = sidesOf(blocks, 'comparison').base.length;
  const isCut = compared < course.pairs && course.method.nextLoad(blocks, 'comparison').kind !== 'none';
  return [
    ...(state === 'interrupted' ? [`interrupted after ${compared} pairs`] : []),
    ...(state === 'completed' && isCut ? [`the time was over after ${compared} of ${course.pairs} pairs`] : []),
    ...(repeated > 0 ? [`${repeated} ${repeated === 1 ? 'pair was' : 'pairs were'} run again because a block was not valid`] : []),
    ...course.method.warnings(course, blocks),
  ];
}
