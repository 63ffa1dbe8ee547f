import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SimulatedJob, simulateComparison } from '../src/studies/selftest/simulated-comparison.ts';
import { seededRandom, type Random } from '../src/model/random.ts';
import { mannWhitneyGreater, medianOf } from '../src/stats/ranks.ts';

/*
 * How often a gate cries wolf, and how often it finds what is there: this implementation, step by step as `bench compare
 * --interleave` takes it, beside the gates that people use. Blocks are simulated: a factor of the job, a slow drift, noise
 * of the block. `node dist/bench/gate-power.js` writes bench/gate-power.md, the same each time.
 */

const TRIALS = 2000;
const BLOCK_CVS = [0.05, 0.12] as const;
const EFFECTS = [0, 0.1, 0.2, 0.3] as const;
const PAST_RUNS = 30;
/** Student t of 29 degrees of freedom, one-sided 2.5 % and 0.5 %: two-sided 95 % and 99 %. */
const T_95 = 2.0452;
const T_99 = 2.7564;

type Trial = (random: Random, blockCv: number, effect: number) => boolean;

function interleaved(pairs: number, maxPairs: number): { readonly trial: Trial; readonly pairsUsed: number[] } {
  const pairsUsed: number[] = [];
  const trial: Trial = (random, blockCv, effect) => {
    const comparison = simulateComparison(random, { pairs, maxPairs, blockCv, effect });
    pairsUsed.push(comparison.pairs);
    return comparison.verdict === 'regression';
  };
  return { trial, pairsUsed };
}

/** One run a commit, on whatever machine the job got. */
const oneRun = (random: Random, blockCv: number, effect: number): number =>
  new SimulatedJob(random, blockCv).block(1)[0]! + Math.log1p(effect);

const againstPrevious =
  (ratio: number): Trial =>
  (random, blockCv, effect) =>
    oneRun(random, blockCv, effect) - oneRun(random, blockCv, 0) > Math.log(ratio);

const againstPast =
  (t: number): Trial =>
  (random, blockCv, effect) => {
    const past = Array.from({ length: PAST_RUNS }, () => oneRun(random, blockCv, 0));
    const mean = past.reduce((sum, value) => sum + value, 0) / PAST_RUNS;
    const deviation = Math.sqrt(past.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (PAST_RUNS - 1));
    return oneRun(random, blockCv, effect) > mean + t * deviation * Math.sqrt(1 + 1 / PAST_RUNS);
  };

/** All of base, then all of head. */
const inSequence =
  (blocks: number): Trial =>
  (random, blockCv, effect) => {
    const job = new SimulatedJob(random, blockCv);
    const base = Array.from({ length: blocks }, () => job.block(1)[0]!);
    const head = Array.from({ length: blocks }, () => job.block(1)[0]! + Math.log1p(effect));
    return (
      Math.min(1, 2 * Math.min(mannWhitneyGreater(base, head), mannWhitneyGreater(head, base))) < 0.05 && medianOf(head) > medianOf(base)
    );
  };

interface Row {
  readonly name: string;
  readonly trial: Trial;
  readonly pairsUsed?: number[];
}

const ROWS: readonly Row[] = [
  { name: '**`bench compare --interleave`, 10 pairs**', ...interleaved(10, 10) },
  { name: '**…, 10 pairs, up to 20** (default)', ...interleaved(10, 20) },
  { name: '**…, 20 pairs**', ...interleaved(20, 20) },
  { name: 'ratio to the previous run > 1.1', trial: againstPrevious(1.1) },
  { name: 'ratio to the previous run > 1.5', trial: againstPrevious(1.5) },
  { name: 'ratio to the previous run > 2', trial: againstPrevious(2) },
  { name: '30 past runs, t-interval of 95 %', trial: againstPast(T_95) },
  { name: '30 past runs, t-interval of 99 %', trial: againstPast(T_99) },
  { name: 'one job, base then head, 10 blocks each, Mann–Whitney 5 %', trial: inSequence(10) },
  { name: 'one job, base then head, 20 blocks each, Mann–Whitney 5 %', trial: inSequence(20) },
];

function share(trial: Trial, blockCv: number, effect: number, stream: number): number {
  const random = seededRandom(20_26, stream);
  let found = 0;
  for (let i = 0; i < TRIALS; i++) if (trial(random, blockCv, effect)) found += 1;
  return found / TRIALS;
}

const percent = (ratio: number): string => `${(100 * ratio).toFixed(ratio < 0.1 || ratio > 0.99 ? 1 : 0)}`;

const table: string[] = [];
const failures: string[] = [];
ROWS.forEach(({ name, trial, pairsUsed }, row) => {
  const cells = EFFECTS.map((effect, i) => {
    const shares = BLOCK_CVS.map((blockCv, j) => share(trial, blockCv, effect, 100 * row + 10 * i + j));
    if (pairsUsed !== undefined && effect === 0 && Math.max(...shares) > 0.01) failures.push(`${name}: false alarms ${shares.join(', ')}`);
    if (name.includes('20 pairs') && effect === 0.2 && shares[0]! < 0.95) failures.push(`${name}: finds +20 % in ${shares[0]}`);
    return shares.map(percent).join(' / ');
  });
  const used = pairsUsed === undefined ? '–' : (pairsUsed.reduce((sum, pairs) => sum + pairs, 0) / pairsUsed.length).toFixed(0);
  table.push(`| ${name} | ${cells.join(' | ')} | ${used} |`);
  process.stdout.write(`${table.at(-1)!}\n`);
});

const text = `# How often a gate is right

\`node dist/bench/gate-power.js\` makes this page, the same each time: ${TRIALS} simulated comparisons a cell, in percent. Each cell has two numbers, for noise
of a block of 5 % and of 12 %. Job to job the machine differs by 12 %; within a job it drifts by 2 % a block. The first column is of equal code: false
alarms. The others are of a head whose response p50 and CPU per delivery are up; the two other gating metrics stay.

| gate | false alarms | +10 % found | +20 % found | +30 % found | pairs used (mean) |
| --- | --- | --- | --- | --- | --- |
${table.join('\n')}

\`bench compare --interleave\` is simulated whole, with the code that runs: four gating metrics with Holm's adjustment, base against itself first, both looks,
and the confirming round, whose pairs are counted. A finding is a confirmed regression in any metric.
`;
await writeFile(join(import.meta.dirname, '../../bench/gate-power.md'), text);
for (const failure of failures) process.stderr.write(`does not hold: ${failure}\n`);
process.exitCode = failures.length === 0 ? 0 : 1;
