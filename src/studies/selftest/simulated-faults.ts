import { seededRandom } from '../../model/random.ts';
import { equal, within, type SimulatedRow } from './row.ts';
import { simulateComparison } from './simulated-comparison.ts';
import { isContained, simulateSearch, SIMULATED_SYSTEMS } from './simulated-search.ts';

/* Faults of the system that are simulated: what decides over blocks is tried as often as runs could never be. */

const COMPARISONS = 200;
const SEARCHES = 45;

/** In how many comparisons a regression is found. */
function regressions(effect: number, stream: number): number {
  const random = seededRandom(1, stream);
  const verdicts = Array.from({ length: COMPARISONS }, () =>
    simulateComparison(random, { pairs: 20, maxPairs: 20, blockCv: 0.05, effect }),
  );
  return verdicts.filter(({ verdict }) => verdict === 'regression').length;
}

/** Searches whose interval contains what the system sustains; and that claim more than twice as much. The systems take turns. */
function searches(): { readonly containing: number; readonly wild: number } {
  const found = Array.from({ length: SEARCHES }, (_, i) =>
    simulateSearch(SIMULATED_SYSTEMS[i % SIMULATED_SYSTEMS.length]!, seededRandom(1, 2 + i)),
  );
  return {
    containing: found.filter(isContained).length,
    wild: found.filter(({ capacity, answer }) => (answer.lower ?? 0) > 2 * capacity).length,
  };
}

export const SIMULATED_ROWS: readonly SimulatedRow[] = [
  {
    kind: 'simulated',
    name: `head is slower by 20 %, in ${COMPARISONS} simulated comparisons`,
    find: () => [within('regressions found', 0.95 * COMPARISONS, COMPARISONS, regressions(0.2, 0))],
    findNothing: () => [within('regressions found', 0, 0.01 * COMPARISONS, regressions(0, 1))],
  },
  {
    kind: 'simulated',
    name: `systems with a known capacity, in ${SEARCHES} simulated searches`,
    find: () => [within('intervals that contain it', 0.9 * SEARCHES, SEARCHES, searches().containing)],
    findNothing: () => [equal('claims of twice as much', 0, searches().wild)],
  },
];
