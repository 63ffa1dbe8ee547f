import { seededRandom } from '../../model/random.ts';
import { equal, within, type SimulatedRow } from './row.ts';
import { simulateComparison } from './simulated-comparison.ts';
import { simulateSearch } from './simulated-search.ts';

/* Faults of the system that are simulated: what decides over blocks is tried as often as runs could never be. */

const COMPARISONS = 200;
const SEARCHES = 200;

/** In how many comparisons a regression is found. */
function regressions(effect: number, stream: number): number {
  const random = seededRandom(1, stream);
  const verdicts = Array.from({ length: COMPARISONS }, () =>
    simulateComparison(random, { pairs: 20, maxPairs: 20, blockCv: 0.05, effect }),
  );
  return verdicts.filter(({ verdict }) => verdict === 'regression').length;
}

/** Searches whose interval contains what the system carries; and that claim more than twice as much. */
function searches(): { readonly containing: number; readonly wild: number } {
  const random = seededRandom(1, 2);
  const found = Array.from({ length: SEARCHES }, () => {
    // From 250/s to 16,000/s.
    const capacity = 250 * 2 ** (6 * random());
    return { capacity, ...simulateSearch(capacity, random) };
  });
  return {
    containing: found.filter(({ capacity, lower, upper }) => lower <= capacity && capacity <= upper).length,
    wild: found.filter(({ capacity, lower }) => lower > 2 * capacity).length,
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
    find: () => [within('intervals that contain it', 0.95 * SEARCHES, SEARCHES, searches().containing)],
    findNothing: () => [equal('claims of twice as much', 0, searches().wild)],
  },
];
