import { benchmarkName } from '../../result/benchmark.ts';
import type { ComparedSide, SideName, Block, CompareResult } from '../../result/comparison-result.ts';
import { withoutDeliveries, type Gate, type Judgement } from './verdict.ts';
import { alphaOfLook, noiseOf, sidesOf, type Course } from './next-pair.ts';
import type { RunRequest } from '../../result/request.ts';
import { counted, formatRatio } from '../../model/units.ts';
import { fewestPairs, PairDesign } from './detectable-effect.ts';
import type { RunResult } from '../../result/run-result.ts';

export interface InterleavedParts {
  readonly course: Course;
  readonly blocks: readonly Block[];
  readonly judgement: Judgement;
  /** A result of base. */
  readonly sample: RunResult;
  readonly head: RunRequest;
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
  const { course, sample, head, judgement, state } = parts;
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
    design: { interleaved, pairs, maxPairs, alpha },
    ...parts.sides,
    benchmarks: [
      {
        name: interleavedName(sample, head),
        scenario: sample.scenario,
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
  const compared = blocks.filter(({ round }) => round === 'comparison').length / 2;
  const tooFew = compared === 0 ? null : tooFewPairs(course, compared);
  const coarse = (compared === 0 ? [] : resolvedEffects(course, blocks, compared))
    .filter(({ gate, effect }) => effect > 2 * gate.minEffect)
    .map(({ gate, effect }) => `${gate.name} from ${effectText(effect)}`);
  return [
    ...(state === 'interrupted' ? [`interrupted after ${compared} pairs`] : []),
    ...(state === 'completed' && compared < course.pairs ? [`the time was over after ${compared} of ${course.pairs} pairs`] : []),
    ...(repeated > 0 ? [`${repeated} ${repeated === 1 ? 'pair was' : 'pairs were'} run again because a block was not valid`] : []),
    ...withoutDeliveries(sidesOf(blocks, 'comparison')),
    ...(tooFew === null ? [] : [`${tooFew}. That none was shown says nothing`]),
    ...(coarse.length > 0
      ? [`with the noise of this machine, ${compared} pairs find, nine times in ten: ${coarse.join(', ')}. Smaller changes can go unseen`]
      : []),
  ];
}

/** Says that so many pairs cannot reach α, even where head is worse in each; null where they can. */
export function tooFewPairs(course: Course, pairs: number): string | null {
  const fewest = fewestPairs(alphaOfGate(course));
  if (pairs >= fewest) return null;
  return `${counted(pairs, 'pair')} cannot show that ${course.gates.map(({ name }) => name).join(', ')} became worse, however much: it takes ${fewest} at least`;
}

/** What so many pairs find nine times in ten, of each metric that decides and whose noise is known; nothing for too few pairs. */
export function resolvedEffects(
  course: Course,
  blocks: readonly Block[],
  pairs: number,
): readonly { readonly gate: Gate; readonly effect: number }[] {
  const alpha = alphaOfGate(course);
  const design = new PairDesign(pairs);
  return course.gates.flatMap((gate) => {
    const noise = noiseOf(blocks, gate.name);
    const effect = noise === null ? null : design.resolvableEffect({ noise, alpha, minEffect: gate.minEffect });
    return effect === null ? [] : [{ gate, effect }];
  });
}

/** Holm's first step: what the most significant of all gates and of loss has to reach. */
function alphaOfGate(course: Course): number {
  return alphaOfLook(course) / (course.gates.length + 1);
}

/** `+22 %`. */
export function effectText(effect: number): string {
  return `+${formatRatio(Number(effect.toPrecision(2)))}`;
}
