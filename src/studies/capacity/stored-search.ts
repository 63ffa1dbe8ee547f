import { basename } from 'node:path';
import { usageError } from '../../model/errors.ts';
import type { RunResult } from '../../result/run-result.ts';
import { readResultFiles } from '../../store/read.ts';
import { capacityFolderFacts } from '../../store/result-file.ts';
import { SEARCH_KIND, searchKey, type CapacityPlan } from './search-plan.ts';

/** The trials of a study that was interrupted. */
export interface StoredSearch {
  readonly id: string;
  readonly startedAt: Date;
  readonly folder: string;
  /** Of one search, in the order in which they were run. */
  readonly trialsOf: (point: string, replicate: number) => readonly RunResult[];
}

/** Reads the folder of a study. Throws a usage error for another folder, and for trials of another search than the plan's. */
export async function readStoredSearch(folder: string, plan: CapacityPlan): Promise<StoredSearch> {
  const facts = capacityFolderFacts(basename(folder));
  if (facts === null)
    throw usageError(
      `--resume '${folder}' is not the folder of a capacity search`,
      'It is called <time>-capacity-<scenario>-<id>, and stands beside the results; bench says it when it is interrupted.',
    );
  const trials = (await readResultFiles([folder])).flatMap(({ result }) => (result.kind === 'run' ? [result] : []));
  const key = searchKey(plan);
  const other = trials.find(({ run }) => run.tags['search'] !== key);
  if (other !== undefined && other.run.tags['search']?.startsWith(SEARCH_KIND) === false)
    throw usageError(
      `the trials in '${folder}' were made by an earlier version, which searched in another way`,
      'Their rates say too little of how often a rate is sustained. Begin again without --resume.',
    );
  if (other !== undefined)
    throw usageError(
      `the trials in '${folder}' are of another search`,
      `Repeat the command that began it, with --resume added:\n${other.run.command}`,
    );
  return {
    ...facts,
    folder,
    trialsOf: (point, replicate) =>
      trials
        .filter(({ run: { tags } }) => tags['point'] === point && tags['replicate'] === String(replicate))
        .toSorted((a, b) => Number(a.run.tags['trial']) - Number(b.run.tags['trial'])),
  };
}
