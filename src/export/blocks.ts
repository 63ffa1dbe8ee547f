import { benchmarkName, differences } from '../result/benchmark.ts';
import { groupBy } from '../model/group-by.ts';
import { usageError } from '../model/errors.ts';
import { HEADLINES } from '../model/metrics.ts';
import { olderDefinition } from '../result/definitions.ts';
import { estimateOf, type Estimate } from '../result/repeats.ts';
import type { RunResult } from '../result/run-result.ts';

/*
 * What trackers follow from commit to commit. Runs of one benchmark are blocks: observations of the same thing, of which
 * the median is the number, and what they vary by its interval.
 */

/** Always the same, so that series have no gaps; a scenario's own measures come after them. */
const TRACKED: readonly string[] = HEADLINES.filter(({ isTracked }) => isTracked).map(({ name }) => name);

/** The runs of one benchmark, by time. */
export interface Blocks {
  readonly name: string;
  readonly runs: readonly [RunResult, ...RunResult[]];
}

/** Groups runs by benchmark. Throws a usage error where one has runs that were not chosen alike: no median is of both. */
export function blocksOf(runs: readonly RunResult[]): readonly Blocks[] {
  return [...groupBy(runs, benchmarkName)].map(([name, group]) => {
    const [first, ...others] = group as readonly [RunResult, ...RunResult[]];
    for (const other of others) {
      const [difference] = differences(first, other);
      if (difference === undefined) continue;
      throw usageError(
        `the runs of '${name}' are not of the same thing: ${difference} (${first.run.id}, ${other.run.id})`,
        'A tracker has one number for each name: name the result files of one of them.',
      );
    }
    return { name, runs: [first, ...others] };
  });
}

/** As `blocksOf`, for trackers that are told of one state at a time. Throws also where runs of one benchmark are of several commits or machines. */
export function snapshotsOf(runs: readonly RunResult[]): readonly Blocks[] {
  const all = blocksOf(runs);
  for (const { name, runs: blocks } of all) {
    const facts: readonly (readonly [string, readonly string[]])[] = [
      ['commits', blocks.map(({ environment }) => commitText(environment.git) || 'none')],
      ['machines', blocks.map(({ environment }) => `${environment.fingerprint} (${environment.host.cpuModel})`)],
    ];
    for (const [what, found] of facts) {
      const distinct = [...new Set(found)];
      if (distinct.length === 1) continue;
      throw usageError(
        `the runs of '${name}' are of several ${what}: ${distinct.join(', ')}`,
        'This format has one number for each name: name the result files of one commit and one machine.',
      );
    }
  }
  return all;
}

/** A commit as a text, empty without one; with changes it is another. */
export function commitText(git: RunResult['environment']['git']): string {
  return git === null ? '' : `${git.sha}${git.dirty ? '-dirty' : ''}`;
}

/** Names of what is tracked of a benchmark. */
export function trackedNames({ runs }: Pick<Blocks, 'runs'>): readonly string[] {
  return [...new Set([...TRACKED, ...runs.flatMap(({ measures }) => measures.map(({ name }) => name))])];
}

/** What is tracked of a benchmark, as far as it has data. A tracker has no sign for `≥`, and would take a lower bound for a value. */
export function estimatesOf(blocks: Pick<Blocks, 'runs'>): readonly Estimate[] {
  return knownOf(blocks).filter(({ censored }) => !censored);
}

/** Lower bounds among them too, for formats that say so. */
function knownOf(blocks: Pick<Blocks, 'runs'>): readonly Estimate[] {
  return trackedNames(blocks).flatMap((name) => trackedEstimate(blocks.runs, name) ?? []);
}

/** What is tracked of a metric; null without data, and where it has another definition than later runs: no tracker could tell them apart. */
export function trackedEstimate(runs: readonly RunResult[], name: string): Estimate | null {
  return olderNameOf(runs, name) === null ? estimateOf(runs, name) : null;
}

function olderNameOf(runs: readonly RunResult[], name: string): string | null {
  const older = runs.map((run) => olderDefinition(run, name));
  return older.includes(null) ? null : (older[0] ?? null);
}

/** Says what a benchmark with deliveries has no data of, and which medians are of some runs only: a name that is left out is no 0. */
export function missingData(all: readonly Blocks[], showsLowerBounds = false): readonly string[] {
  return all.flatMap((blocks) => {
    const known = knownOf(blocks);
    const names = new Set(known.map(({ name }) => name));
    const hasDeliveries = blocks.runs.some(({ ledger }) => ledger.expected > 0);
    const missing = hasDeliveries ? trackedNames(blocks).filter((name) => !names.has(name)) : [];
    const older = missing.filter((name) => olderNameOf(blocks.runs, name) !== null);
    const unknown = missing.filter((name) => !older.includes(name));
    const bounds = showsLowerBounds ? [] : known.filter(({ censored }) => censored).map(({ name }) => name);
    const partial = known.filter(({ name, count, runs }) => count < runs && !bounds.includes(name));
    return [
      ...(unknown.length === 0 ? [] : [`left out, without data: ${unknown.join(', ')} of ${blocks.name}`]),
      ...older.map((name) => `left out: ${name} of ${blocks.name} is ${olderNameOf(blocks.runs, name)!}, as it was counted before`),
      ...(bounds.length === 0
        ? []
        : [`left out, only known to be ≥, since too much never arrived, as loss tells: ${bounds.join(', ')} of ${blocks.name}`]),
      ...partial.map(
        ({ name, count, runs }) => `${name} of ${blocks.name} is the median of ${count} of ${runs} runs: the others have none`,
      ),
    ];
  });
}
