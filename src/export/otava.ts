import { groupBy } from '../model/group-by.ts';
import type { RunResult } from '../result/run-result.ts';
import type { Estimate } from '../result/repeats.ts';
import { blocksOf, commitText, trackedEstimate, trackedNames, type Blocks } from './blocks.ts';
import { csvText } from './csv-text.ts';
import type { ExportInput, Exported } from './export-format.ts';
import { fileNames } from './file-names.ts';
import { columnOf, quantityOf } from './quantities.ts';

/*
 * Apache Otava's CSV input and its configuration (its docs/CSV.md, `otava/importer.py`, `otava/test_config.py`): a file
 * for each benchmark on each machine, a row for each commit. Otava looks for the files in the folder that it is called in, and fails on
 * an empty cell: a metric is a column only where every commit has it. Its YAML is written as JSON, which YAML contains.
 */

const FACTS = ['time', 'commit', 'host'] as const;
const BETTER = { lowerIsBetter: -1, higherIsBetter: 1 } as const;

interface Column {
  readonly name: string;
  readonly direction: Estimate['direction'];
  readonly cells: readonly number[];
}

interface Table {
  readonly columns: readonly Column[];
  /** Names of the metrics that some commit has no data of. */
  readonly partial: readonly string[];
  /** Of each commit, its first run. */
  readonly points: readonly RunResult[];
}

export function renderOtava({ runs }: ExportInput): Exported {
  const all = blocksOf(runs)
    .flatMap(byMachine)
    .flatMap((blocks) => {
      const table = tableOf(blocks);
      return table.columns.length === 0 ? [] : [{ blocks, table }];
    });
  const names = fileNames(all.map(({ blocks }) => blocks.name)).map((name) => `${name}.csv`);
  const tests = all.map(({ blocks, table }, i) => [blocks.name, testOf(names[i]!, table)] as const);
  const csvs = all.map(({ table }, i) => ({ name: names[i]!, text: tableText(table) }));
  const notes = all.flatMap(({ blocks, table }) =>
    table.partial.length === 0
      ? []
      : [`left out, without data in some commits, or only known to be ≥: ${table.partial.join(', ')} of ${blocks.name}`],
  );
  return { files: csvs.length === 0 ? [] : [...csvs, { name: 'otava.yaml', text: yamlText({ tests: Object.fromEntries(tests) }) }], notes };
}

/** A change of machine is no change of the code. */
function byMachine({ name, runs }: Blocks): readonly Blocks[] {
  const machines = groupBy(runs, ({ environment }) => environment.fingerprint);
  if (machines.size === 1) return [{ name, runs }];
  return [...machines].map(([fingerprint, group]) => ({ name: `${name} on ${fingerprint}`, runs: group as Blocks['runs'] }));
}

function tableOf(blocks: Blocks): Table {
  const commits = [...groupBy(blocks.runs, ({ environment, run }) => commitText(environment.git) || run.id).values()];
  const perMetric = trackedNames(blocks).map((name) => {
    const estimates = commits.map((runs) => trackedEstimate(runs, name));
    // Otava would take a lower bound for a value.
    const known = estimates.filter((estimate) => estimate !== null).filter(({ censored }) => !censored);
    return { name, estimates, known, isThere: estimates.some((estimate) => estimate !== null) };
  });
  const columns = perMetric.flatMap(({ estimates, known }): readonly Column[] => {
    const [first] = known;
    if (first === undefined || known.length < estimates.length) return [];
    return [
      { name: columnOf(first), direction: first.direction, cells: known.map((estimate) => quantityOf(estimate, estimate.value).value) },
    ];
  });
  const partial = perMetric.filter(({ estimates, known, isThere }) => isThere && known.length < estimates.length).map(({ name }) => name);
  return { columns, partial, points: commits.map((runs) => runs[0]!) };
}

function testOf(file: string, { columns }: Table): object {
  const metrics = Object.fromEntries(columns.map(({ name, direction }) => [name, { direction: BETTER[direction], scale: 1 }]));
  return { type: 'csv', file, time_column: 'time', attributes: ['commit', 'host'], metrics };
}

function tableText({ columns, points }: Table): string {
  return csvText([
    [...FACTS, ...columns.map(({ name }) => name)],
    ...points.map(({ run, environment }, i) => [
      timeText(run.startedAt),
      commitText(environment.git),
      environment.fingerprint,
      ...columns.map(({ cells }) => cells[i]!),
    ]),
  ]);
}

/** `2026-01-14 08:30:00 +0000`, as Otava writes times itself. */
function timeText(iso: string): string {
  return `${new Date(iso).toISOString().slice(0, 19).replace('T', ' ')} +0000`;
}

/** YAML would take some characters in JSON's texts for the ends of lines. */
function yamlText(value: object): string {
  const json = JSON.stringify(value, null, 2).replaceAll(
    /[\u007f-\u00a0\u2028\u2029\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return `${json}\n`;
}
