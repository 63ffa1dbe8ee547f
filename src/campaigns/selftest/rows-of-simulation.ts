import { seededRandom } from '../../core/random.ts';
import { within, type SimulatedRow } from './row.ts';
import { simulateComparison } from './simulated-comparison.ts';

/* Faults of the system that are simulated: what decides over blocks is tried as often as runs could never be. */

const COMPARISONS = 200;

/** In how many comparisons a regression is found. */
function regressions(effect: number, stream: number): number {
  const random = seededRandom(1, stream);
  const verdicts = Array.from({ length: COMPARISONS }, () =>
    simulateComparison(random, { pairs: 20, maxPairs: 20, blockCv: 0.05, effect }),
  );
  return verdicts.filter(({ verdict }) => verdict === 'regression').length;
}

export const SIMULATED_ROWS: readonly SimulatedRow[] = [
  {
    kind: 'simulated',
    name: `head is slower by 20 %, in ${COMPARISONS} simulated comparisons`,
    find: () => [within('regressions found', 0.95 * COMPARISONS, COMPARISONS, regressions(0.2, 0))],
    findNothing: () => [within('regressions found', 0, 0.01 * COMPARISONS, regressions(0, 1))],
  },
];
