import { formatNumber } from '../model/units.ts';
import type { Estimate } from '../result/repeats.ts';
import { estimatesOf, missingData, snapshotsOf, type Blocks } from './blocks.ts';
import type { ExportedFile, ExportInput, Exported } from './export-format.ts';
import { nameWithoutUnit, quantityOf } from './quantities.ts';

/*
 * What github-action-benchmark reads with `tool: customBiggerIsBetter` and `customSmallerIsBetter` (its `src/extract.ts`):
 * an array of { name, value, unit, range, extra }, of one direction a file. It takes null for 0 and refuses an empty
 * array; it joins commits by name, and skips in silence what the last one has not. So the names of a benchmark are
 * always the same ones, and one without data is left out and told of.
 */

interface Entry {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly range?: string;
  readonly extra: string;
}

const FILES = [
  ['gab-bigger.json', 'higherIsBetter'],
  ['gab-smaller.json', 'lowerIsBetter'],
] as const;

export function renderGithubActionBenchmark({ runs }: ExportInput): Exported {
  const all = snapshotsOf(runs);
  const estimates = all.flatMap((blocks) => estimatesOf(blocks).map((estimate) => ({ blocks, estimate })));
  const files = FILES.flatMap(([name, direction]): readonly ExportedFile[] => {
    const entries = estimates.filter(({ estimate }) => estimate.direction === direction);
    if (entries.length === 0) return [];
    return [
      {
        name,
        text: `${JSON.stringify(
          entries.map(({ blocks, estimate }) => entryOf(blocks, estimate)),
          null,
          2,
        )}\n`,
      },
    ];
  });
  return { files, notes: missingData(all) };
}

function entryOf(blocks: Blocks, estimate: Estimate): Entry {
  const { value, unit } = quantityOf(estimate, estimate.value);
  const range = rangeOf(estimate);
  return {
    name: `${blocks.name}/${nameWithoutUnit(estimate)}`,
    value,
    unit,
    ...(range === null ? {} : { range }),
    extra: extraOf(blocks, estimate),
  };
}

/** `± 3.1 %`: as far as the interval reaches from the value, to the further side. */
function rangeOf({ value, interval }: Estimate): string | null {
  if (interval === null || value === 0) return null;
  return `± ${formatNumber((Math.max(value - interval[0], interval[1] - value) / value) * 100, 2)} %`;
}

/** The tooltip: how often it was run, and on what. */
function extraOf({ runs }: Blocks, { count }: Estimate): string {
  const [{ environment, tool, run }] = runs;
  const { host, node, redis, git } = environment;
  return [
    runs.length === 1 ? '1 run' : `median of ${count < runs.length ? `${count} of ` : ''}${runs.length} runs`,
    `${host.cpuModel}, ${host.cores} cores, Node ${node}${redis === null ? '' : `, Redis ${redis.version}`}`,
    ...(git === null ? [] : [`commit ${git.sha}${git.dirty ? ' with changes' : ''}`]),
    `${tool.name} ${tool.version}, ${run.startedAt}`,
  ].join('\n');
}
