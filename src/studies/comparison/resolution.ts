import type { Block } from '../../result/comparison-result.ts';
import { counted, formatRatio } from '../../model/units.ts';
import { PairDesign } from './detectable-effect.ts';
import { alphaOfLook, noiseOf, type Course } from './next-pair.ts';
import type { Gate } from './verdict.ts';

/* What a number of pairs can show. */

/** Says that so many pairs cannot reach α, even where head is worse in each; null where they can. */
export function tooFewPairs(course: Course, pairs: number): string | null {
  const fewest = course.method.fewestPairs(alphaOfGate(course));
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
