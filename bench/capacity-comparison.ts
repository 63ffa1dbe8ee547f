import { seededRandom } from '../src/model/random.ts';
import { medianOf } from '../src/stats/ranks.ts';
import { hasTruth, simulateCapacities, type ComparedCapacities } from '../src/studies/selftest/simulated-capacities.ts';
import { SIMULATED_SYSTEMS, type SimulatedKind } from '../src/studies/selftest/simulated-search.ts';

/*
 * Comparisons of simulated capacities, with the code that runs: how often equal systems are called different, how often a head that sustains
 * less is found, and how often the interval of the ratio has the truth. `node dist/bench/capacity-comparison.js [comparisons]` prints the
 * table of bench/capacity-comparison.md.
 */

const COMPARISONS = Number(process.argv[2] ?? 12);
const LESS = [0, 0.2, 0.3] as const;

const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;

function compared(kind: SimulatedKind, less: number): readonly ComparedCapacities[] {
  return Array.from({ length: COMPARISONS }, (_, seed) =>
    simulateCapacities(seededRandom(seed, Math.round(100 * less)), { base: kind, head: kind, less }),
  );
}

function rowOf(kind: SimulatedKind): string {
  const found = LESS.map((less) => compared(kind, less));
  const share = (of: readonly ComparedCapacities[], verdict: string): string =>
    percent(of.filter(({ metric }) => metric.verdict === verdict).length / COMPARISONS);
  const [equal, ...slower] = found;
  const all = found.flat();
  return [
    kind.name,
    share(equal!, 'regression'),
    share(equal!, 'pass'),
    ...slower.flatMap((of) => [share(of, 'regression'), share(of, 'pass')]),
    percent(all.filter(hasTruth).length / all.length),
    percent(medianOf(equal!.map(({ metric: { interval } }) => (interval === null ? Infinity : (1 + interval[1]) / (1 + interval[0]) - 1)))),
    ...[equal!, slower[0]!].map((of) => Math.round(medianOf(of.map(({ seconds }) => seconds)))),
  ].join(' | ');
}

console.log(
  '| both systems | equal: called worse | equal: no worse | −20 %: found | called no worse | −30 %: found | called no worse | contained | width, equal | seconds, equal | seconds, −20 % |',
);
console.log('| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |');
for (const kind of SIMULATED_SYSTEMS.filter(({ profile }) => profile === 'quick')) console.log(`| ${rowOf(kind)} |`);
