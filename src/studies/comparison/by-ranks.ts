import type { Block } from '../../result/comparison-result.ts';
import { counted } from '../../model/units.ts';
import { fewestPairs } from './detectable-effect.ts';
import { effectText, resolvedEffects, tooFewPairs } from './resolution.ts';
import { sidesOf, type Course, type Method } from './next-pair.ts';
import { judge, withoutDeliveries } from './verdict.ts';

/** Pairs of base against itself before anything else, and again after so many pairs. */
export const NOISE_PAIRS = 3;
const NOISE_AGAIN_AFTER = 10;

/** Metrics of runs, by the ranks of their changes from pair to pair. */
export const BY_RANKS: Method = {
  noisePairs: (compared) => NOISE_PAIRS + Math.floor(Math.max(0, compared - 1) / NOISE_AGAIN_AFTER),
  looksAlways: false,
  confirmationPairs: ({ pairs }) => [pairs, pairs],
  fewestPairs,
  nextLoad: () => ({ kind: 'asked' }),
  judge,
  warnings: warningsOf,
};

function warningsOf(course: Course, blocks: readonly Block[]): readonly string[] {
  const sides = sidesOf(blocks, 'comparison');
  const compared = sides.base.length;
  const tooFew = compared === 0 ? null : tooFewPairs(course, compared);
  const coarse = (compared === 0 ? [] : resolvedEffects(course, blocks, compared))
    .filter(({ gate, effect }) => effect > 2 * gate.minEffect)
    .map(({ gate, effect }) => `${gate.name} from ${effectText(effect)}`);
  return [
    ...withoutDeliveries(sides),
    ...(tooFew === null ? [] : [`${tooFew}. That none was shown says nothing`]),
    ...(coarse.length > 0
      ? [
          `with the noise of this machine, ${counted(compared, 'pair')} find, nine times in ten: ${coarse.join(', ')}. Smaller changes can go unseen`,
        ]
      : []),
  ];
}
