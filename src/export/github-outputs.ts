import type { CompareResult } from '../result/comparison-result.ts';
import { usageError } from '../model/errors.ts';
import type { ExportInput, Exported } from './export-format.ts';

/**
 * What later steps of a GitHub workflow ask of a comparison, in the form of the file that GITHUB_OUTPUT names: `verdict`,
 * and `regressions`, a JSON list such as `["fanout/redis/node/p8 response.p50"]`, to be read with `fromJSON`.
 */
export function renderGithubOutputs({ comparisons }: ExportInput): Exported {
  const [comparison, ...others] = comparisons;
  if (comparison === undefined || others.length > 0)
    throw usageError(`github-outputs are of one comparison, and here are ${comparisons.length}`, 'Name the result file of one.');
  return { files: [{ name: 'outputs.txt', text: outputsOf(comparison) }], notes: [] };
}

function outputsOf({ verdict, benchmarks }: CompareResult): string {
  // Of a comparison that was interrupted no metric counts: it is inconclusive as a whole.
  const regressions = benchmarks
    .filter((benchmark) => benchmark.verdict === 'regression')
    .flatMap(({ name, metrics, loss }) =>
      [...metrics, { name: 'loss', verdict: loss.verdict }]
        .filter((part) => part.verdict === 'regression')
        .map((part) => `${name} ${part.name}`),
    );
  return `verdict=${verdict}\nregressions=${JSON.stringify(regressions)}\n`;
}
