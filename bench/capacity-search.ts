import { countedTrials, estimateOf } from '../src/studies/capacity/search.ts';
import { seededRandom } from '../src/model/random.ts';
import { isContained, simulateSearch, SIMULATED_SYSTEMS, type SimulatedKind } from '../src/studies/selftest/simulated-search.ts';
import { medianOf } from '../src/stats/ranks.ts';

/*
 * Capacity searches of simulated systems, 500 of each: how often the interval contains the truth, how far the estimate is from it, and what
 * a search takes. `node dist/bench/capacity-search.js [searches]` prints the table of bench/capacity-search.md.
 */

const SEARCHES = Number(process.argv[2] ?? 500);

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

function rowOf(kind: SimulatedKind): string {
  const found = Array.from({ length: SEARCHES }, (_, seed) => simulateSearch(kind, seededRandom(seed, 0)));
  const estimates = found.map((search) => ({
    ...search,
    estimate: estimateOf(search.course, countedTrials(search.course, search.trials)),
  }));
  const halves = estimates.filter(
    ({ estimate, system }) => estimate !== null && estimate.half.interval[0] <= system.half() && system.half() <= estimate.half.interval[1],
  );
  const error = (read: (search: (typeof estimates)[number]) => number): string =>
    percent(medianOf(estimates.map((search) => (search.estimate === null ? 1 : Math.abs(read(search) - 1)))));
  return [
    kind.name,
    kind.profile,
    percent(found.filter(isContained).length / SEARCHES),
    percent(halves.length / SEARCHES),
    error(({ estimate, system }) => estimate!.nineInTen.perSecond / system.nineInTen()),
    error(({ estimate, system }) => estimate!.half.perSecond / system.half()),
    percent(medianOf(found.map(({ answer: { lower, upper } }) => (upper ?? Infinity) / (lower ?? 0) - 1))),
    medianOf(found.map(({ trials }) => trials.length)),
    Math.round(medianOf(found.map(({ seconds }) => seconds))),
  ].join(' | ');
}

console.log(
  '| system | profile | contained, 9 in 10 | contained, every 2nd | error, 9 in 10 | error, every 2nd | width | trials | seconds |',
);
console.log('| --- | --- | --- | --- | --- | --- | --- | --- | --- |');
for (const kind of SIMULATED_SYSTEMS) console.log(`| ${rowOf(kind)} |`);
