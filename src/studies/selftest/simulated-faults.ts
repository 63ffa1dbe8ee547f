import { seededRandom } from '../../model/random.ts';
import { equal, within, type SimulatedRow } from './row.ts';
import { simulateComparison } from './simulated-comparison.ts';
import { isContained, simulateSearch, SIMULATED_SYSTEMS, type SimulatedSearch } from './simulated-search.ts';

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

let searched: readonly SimulatedSearch[] | null = null;

/** Searches of the systems in turn. Nothing is planted in them: what is to be found, and what is not, is asked of the same. */
function searches(): readonly SimulatedSearch[] {
  searched ??= Array.from({ length: SEARCHES }, (_, i) =>
    simulateSearch(SIMULATED_SYSTEMS[i % SIMULATED_SYSTEMS.length]!, seededRandom(1, 2 + i)),
  );
  return searched;
}

/** Whether it claims more than twice as much as the system sustains. */
function isWild({ answer, capacity }: SimulatedSearch): boolean {
  return (answer.lower ?? 0) > 2 * capacity;
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
    find: () => [within('intervals that contain it', 0.9 * SEARCHES, SEARCHES, searches().filter(isContained).length)],
    findNothing: () => [equal('claims of twice as much', 0, searches().filter(isWild).length)],
  },
];
