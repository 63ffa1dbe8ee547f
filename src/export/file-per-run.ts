import { benchmarkName } from '../result/benchmark.ts';
import type { RunResult } from '../result/run-result.ts';
import type { Exported } from './export-format.ts';
import { fileNames } from './file-names.ts';

/** How files of single runs are made. */
export interface FilePerRun {
  readonly ending: string;
  /** null: the run has no data for it. */
  readonly textOf: (run: RunResult) => string | null;
  /** What is missing then. */
  readonly data: string;
}

/** A file for each run that has data, named after its benchmark and its id. Invalid runs are told of: these formats have no place to say it. */
export function filePerRun(runs: readonly RunResult[], { ending, textOf, data }: FilePerRun): Exported {
  const texts = runs.map((run) => ({ run, text: textOf(run) }));
  const written = texts.flatMap(({ run, text }) => (text === null ? [] : [{ run, text }]));
  const names = fileNames(written.map(({ run }) => `${benchmarkName(run)}-${run.run.id}`));
  return {
    files: written.map(({ text }, i) => ({ name: `${names[i]!}${ending}`, text })),
    notes: texts.flatMap(({ run, text }) => {
      const name = `the run ${run.run.id} of ${benchmarkName(run)}`;
      if (text === null) return [`left out, without ${data}: ${name}`];
      return run.validity.valid ? [] : [`${name} is invalid, which this format does not say: ${run.validity.reasons.join('; ')}`];
    }),
  };
}
