import type { SideName, Block, Design, MetricComparison, Round } from '../../result/comparison-result.ts';
import { isNewlyUnexplained, worstOf, type Gate, type Judgement, type Question, type Sides } from './verdict.ts';
import { BenchError } from '../../model/errors.ts';
import { seededRandom } from '../../model/random.ts';

/*
 * The course of an interleaved comparison, as a pure function of the blocks so far: base against itself for the noise, where
 * the method needs that; then pairs of base and head; a look, more pairs where it is inconclusive, a last look; and where there
 * is a regression, as many pairs again, which must find it too.
 */

/** What the blocks of a pair have to carry. */
export type PairLoad =
  /** What the user asked for. */
  | { readonly kind: 'asked' }
  | { readonly kind: 'trial'; readonly ratePerSecond: number; readonly durationSeconds: number }
  /** No further pair would show more. */
  | { readonly kind: 'none' };

/** What pairs are asked, and how they answer it: a table of two, `BY_RANKS` and `byCapacity`. */
export interface Method {
  /** Pairs of base against itself before the next pair of base and head, once so many of those are there. */
  readonly noisePairs: (compared: number) => number;
  /** Whether every pair from the first look on is followed by one; else there is a last one alone. */
  readonly looksAlways: boolean;
  /** The fewest and the most pairs that confirm a regression. */
  readonly confirmationPairs: (course: Pick<Course, 'pairs' | 'maxPairs'>) => readonly [fewest: number, most: number];
  /** The fewest pairs that can show a regression, at α. */
  readonly fewestPairs: (alpha: number) => number;
  /** The load of the next pair of a round. */
  readonly nextLoad: (blocks: readonly Block[], round: Round) => PairLoad;
  readonly judge: (sides: Sides, question: Question) => Judgement;
  /** What limits the answer, in a sentence each. */
  readonly warnings: (course: Course, blocks: readonly Block[]) => readonly string[];
}

export interface Course extends Design {
  readonly pairs: number;
  readonly maxPairs: number;
  readonly gates: readonly Gate[];
  readonly seed: number;
  readonly method: Method;
}

export type Step =
  /** A pair to run. `seed` is that of both blocks. */
  | {
      readonly kind: 'pair';
      readonly round: Round;
      readonly pair: number;
      readonly first: SideName;
      readonly seed: number;
      readonly load: Exclude<PairLoad, { readonly kind: 'none' }>;
    }
  | { readonly kind: 'done'; readonly judgement: Judgement };

/** Pairs are numbered from 0 in each round; seeds never meet. */
const SEED_OF_ROUND: Readonly<Record<Round, number>> = { noise: 1_000_000, comparison: 0, confirmation: 2_000_000 };

/** α of one look: where there can be two, each has half. */
export function alphaOfLook({ pairs, maxPairs, alpha }: Pick<Course, 'pairs' | 'maxPairs' | 'alpha'>): number {
  return maxPairs > pairs ? alpha / 2 : alpha;
}

/** Seconds that a comparison takes, by those of a block: up to its first look, and to confirm a regression that it finds. */
export function expectedSeconds(
  { pairs, maxPairs, method }: Pick<Course, 'pairs' | 'maxPairs' | 'method'>,
  blockSeconds: Readonly<Record<SideName, number>>,
): { readonly look: number; readonly confirmation: number } {
  const pairSeconds = blockSeconds.base + blockSeconds.head;
  const [fewest] = method.confirmationPairs({ pairs, maxPairs });
  return { look: 2 * method.noisePairs(0) * blockSeconds.base + pairs * pairSeconds, confirmation: fewest * pairSeconds };
}

/** What is to be done after the blocks so far; `outOfTime` ends the comparison at its next look. */
export function nextStep(course: Course, blocks: readonly Block[], outOfTime: boolean): Step {
  const done = (round: Round): number => blocks.filter((block) => block.round === round).length / 2;
  const [noise, compared, confirming] = [done('noise'), done('comparison'), done('confirmation')];
  const { method, pairs, maxPairs } = course;
  const goesOn = confirming === 0 && !outOfTime;
  if (goesOn && noise < method.noisePairs(compared)) return pairOf(course, 'noise', noise, { kind: 'asked' });
  const isLook = compared === pairs || (method.looksAlways && compared > pairs);
  const next = goesOn && compared < maxPairs ? stepOf(course, blocks, 'comparison', compared) : null;
  if (next !== null && !isLook) return next;
  const look = atLook(course, blocks);
  if (look.verdict === 'inconclusive' && next !== null) return next;
  if (look.verdict !== 'regression' || !needsConfirmation(look)) return { kind: 'done', judgement: look };
  const [fewest, most] = method.confirmationPairs(course);
  const again = confirming < most ? stepOf(course, blocks, 'confirmation', confirming) : null;
  if (again !== null && confirming < fewest) return again;
  const judgement = confirmedBy(look, course, blocks);
  return again === null || outOfTime || judgement.verdict === 'regression' ? { kind: 'done', judgement } : again;
}

/** The next pair of a round; null where none would show more. */
function stepOf(course: Course, blocks: readonly Block[], round: Round, pair: number): Step | null {
  const load = course.method.nextLoad(blocks, round);
  return load.kind === 'none' ? null : pairOf(course, round, pair, load);
}

/** The comparison so far, at the level of one look. */
export function atLook(course: Course, blocks: readonly Block[]): Judgement {
  const sides = sidesOf(blocks, 'comparison');
  if (sides.base.length === 0)
    throw new BenchError('invalid', 'the time was over before base and head were compared once', 'Give a longer --time-budget.');
  const judged = course.method.judge(sides, { gates: course.gates, loss: true, alpha: alphaOfLook(course) });
  return { ...judged, metrics: judged.metrics.map((metric) => ({ ...metric, noise: noiseOf(blocks, metric.name) })) };
}

/** Loss that nothing explains needs no second look: it must not be at all. */
function needsConfirmation({ metrics, loss }: Judgement): boolean {
  return metrics.some(isRegression) || (isRegression(loss) && !isNewlyUnexplained(loss.base, loss.head));
}

function isRegression({ verdict }: { readonly verdict: string }): boolean {
  return verdict === 'regression';
}

/** A regression stands where the confirming pairs find it too, in the same metric. */
function confirmedBy(look: Judgement, course: Course, blocks: readonly Block[]): Judgement {
  const suspects = course.gates.filter(({ name }) => look.metrics.some((metric) => metric.name === name && isRegression(metric)));
  const again = course.method.judge(sidesOf(blocks, 'confirmation'), {
    gates: suspects,
    loss: isRegression(look.loss),
    alpha: course.alpha,
  });
  const confirm = <T extends { readonly verdict: Judgement['verdict'] }>(
    part: T,
    found: boolean,
  ): T & { readonly confirmed: boolean | null } =>
    isRegression(part) ? { ...part, verdict: found ? 'regression' : 'inconclusive', confirmed: found } : { ...part, confirmed: null };
  const metrics = look.metrics.map((metric): MetricComparison =>
    confirm(
      metric,
      again.metrics.some((other) => other.name === metric.name && isRegression(other)),
    ),
  );
  const loss = confirm(look.loss, isRegression(again.loss) || isNewlyUnexplained(look.loss.base, look.loss.head));
  return { ...look, metrics, loss, verdict: worstOf([...metrics, loss]) };
}

/** Which side of a pair goes first: by a coin, the same way never three times in a row. */
function pairOf(course: Course, round: Round, pair: number, load: Extract<Step, { readonly kind: 'pair' }>['load']): Step {
  const stream = SEED_OF_ROUND[round] + pair - (pair % 2);
  const coin = seededRandom(course.seed, stream)() < 0.5;
  const first = coin === (pair % 2 === 0) ? 'base' : 'head';
  return { kind: 'pair', round, pair, first, load, seed: (course.seed + SEED_OF_ROUND[round] + pair) % 2 ** 32 };
}

/** Base and head of the pairs of a round, in the order of their numbers. */
export function sidesOf(blocks: readonly Block[], round: Round): Sides {
  const of = (arm: SideName): readonly Block[] =>
    blocks.filter((block) => block.round === round && block.arm === arm).toSorted((a, b) => a.pair - b.pair);
  return { paired: true, base: of('base'), head: of('head') };
}

/** Standard deviation of ln(second ÷ first) over the pairs of base with itself, whose mean is 0; null without such pairs. */
export function noiseOf(blocks: readonly Block[], metric: string): number | null {
  const noise = blocks.filter((block) => block.round === 'noise');
  const squares = noise
    .filter((block) => block.position === 0)
    .flatMap((first) => {
      const before = first.values[metric];
      const after = noise.find((block) => block.pair === first.pair && block.position === 1)?.values[metric];
      return before && after ? [Math.log(after / before) ** 2] : [];
    });
  return squares.length === 0 ? null : Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / squares.length);
}
