import type { Block } from './comparison-result.ts';
import type { RunResult, Throughput } from './run-result.ts';

/*
 * What a metric means may change from version to version. A result keeps the value that it was written with: it is marked
 * where it is shown, and never judged beside one of another definition.
 */

/** Metrics that results of before have by another definition, with what tells such a one, and its name. */
const OLDER: ReadonlyMap<string, { readonly name: string; readonly isOlder: (data: Pick<Block, 'deliverySeconds'>) => boolean }> = new Map([
  ['delivered', { name: 'of the phase', isOlder: ({ deliverySeconds }) => deliverySeconds === undefined }],
]);

/** The definition of before by which a result has a metric; null for that of today. */
export function olderDefinition(
  { throughput }: { readonly throughput: Pick<Throughput, 'deliverySeconds'> },
  metric: string,
): string | null {
  return olderOf(throughput, metric);
}

/** Likewise, of a block of a comparison. */
export function olderDefinitionOfBlock(block: Block, metric: string): string | null {
  return olderOf(block, metric);
}

function olderOf(data: Pick<Block, 'deliverySeconds'>, metric: string): string | null {
  const older = OLDER.get(metric);
  return older?.isOlder(data) === true ? older.name : null;
}

/** As the end of what is shown: ` of the phase`; empty for the definition of today. */
export function definitionMark(result: Parameters<typeof olderDefinition>[0], metric: string): string {
  const older = olderDefinition(result, metric);
  return older === null ? '' : ` ${older}`;
}

/** Those of some results that have a metric by one definition: that of today, where any has it by that. */
export function ofOneDefinition<T>(entries: readonly T[], olderBy: (entry: T) => string | null): readonly T[] {
  const current = entries.filter((entry) => olderBy(entry) === null);
  return current.length > 0 ? current : entries;
}

/** Why a metric cannot be judged over results, in a sentence; null where all have it by one definition. */
export function definitionsApart(results: readonly RunResult[], metric: string): string | null {
  const older = results.flatMap((result) => olderDefinition(result, metric) ?? []);
  if (older.length === 0 || older.length === results.length) return null;
  return `${metric} is not judged: ${older.length} of ${results.length} results have it ${older[0]!}, as it was counted before; run them again to compare it`;
}
