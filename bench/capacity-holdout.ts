import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CapacityResult } from '../src/result/capacity-result.ts';
import { measuredCapacity } from '../src/studies/capacity/summary.ts';
import { predictThroughput } from '../src/studies/capacity/scalability.ts';
import { medianOf } from '../src/stats/ranks.ts';

/*
 * Whether the scalability law predicts what it has not seen: fitted to capacities with 1, 2, 4 and 6 processes, it has to
 * say those with 3 and 5. `node dist/bench/capacity-holdout.js` searches three times, 6 minutes each, and writes
 * bench/capacity.md. What is done is in bench/capacity-holdout/, and is not done again: remove a file to have it made anew.
 */

const BENCH = new URL('../src/cli/main.js', import.meta.url).pathname;
const FOLDER = new URL('../../bench/capacity-holdout/', import.meta.url).pathname;
const PAGE = new URL('../../bench/capacity.md', import.meta.url).pathname;
const REPLICATES = 3;
const FITTED = [1, 2, 4, 6];
const HELD_OUT = [3, 5];
const SEED = 1;
const LAYER = 'redis';

mkdirSync(FOLDER, { recursive: true });
const results = Array.from({ length: REPLICATES }, (_, i) => search(i + 1));
const points = results.flatMap((result) => result.points.flatMap(measuredCapacity));

function search(replicate: number): CapacityResult {
  const path = join(FOLDER, `search-${replicate}.json`);
  if (!existsSync(path)) {
    const scratch = mkdtempSync(join(tmpdir(), 'layerbench-holdout-'));
    const processes = [...FITTED, ...HELD_OUT].toSorted((a, b) => a - b).join(',');
    const args = ['capacity', 'fanout', '--layer', LAYER, '--processes', processes, '--profile', 'quick', '--time-budget', '6m', '--json'];
    const { stdout, status } = spawnSync(process.execPath, [BENCH, ...args, '--seed', String(replicate)], {
      encoding: 'utf8',
      cwd: scratch,
      maxBuffer: 2 ** 28,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    rmSync(scratch, { recursive: true });
    if (status !== 0) throw new Error(`bench capacity ended with ${status}`);
    writeFileSync(path, stdout);
  }
  return JSON.parse(readFileSync(path, 'utf8')) as CapacityResult;
}

const of = (processes: number): readonly number[] =>
  points.filter((point) => point.processes === processes).map(({ perSecond }) => perSecond);
const fitted = points.filter(({ processes }) => FITTED.includes(processes));
const number = (value: number): string => Math.round(value).toLocaleString('en-US');

let holds = true;
const rows = [...FITTED, ...HELD_OUT]
  .toSorted((a, b) => a - b)
  .map((processes) => {
    const measured = of(processes);
    const cells = measured.map(number).join(', ');
    if (!HELD_OUT.includes(processes)) return `| ${processes} | ${cells} | ${number(medianOf(measured))} | – | fitted |`;
    const predicted = predictThroughput(fitted, processes, SEED);
    if (predicted?.interval == null) throw new Error('the capacities that were found carry no law');
    const [from, to] = predicted.interval;
    const median = medianOf(measured);
    const isInside = median >= from && median <= (to ?? Infinity);
    holds &&= isInside;
    const interval = `${number(predicted.value)} (${number(from)} to ${to === null ? '∞' : number(to)})`;
    return `| ${processes} | ${cells} | ${number(median)} | ${interval} | ${isInside ? 'inside' : '**outside**'} |`;
  });

const { host } = results[0]!.environment!;
writeFileSync(
  PAGE,
  `# Does the scalability law predict what it has not seen?

\`node dist/bench/capacity-holdout.js\` makes this page: \`bench capacity fanout --layer ${LAYER} --profile quick\` with 1 to 6 processes, ${REPLICATES} times; the law is
fitted to 1, 2, 4 and 6 processes and asked about 3 and 5. Deliveries a second that are sustained nine times in ten, as the searches found, which are in
\`capacity-holdout/\`. On ${host.cores} shared cores this is the contention of the machine, not what the layer can do.

| processes | found | median | predicted, with 95 % interval | |
| --- | --- | --- | --- | --- |
${rows.join('\n')}
`,
);
console.log(readFileSync(PAGE, 'utf8'));
process.exitCode = holds ? 0 : 1;
