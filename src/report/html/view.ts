import type { CapacityResult } from '../../result/capacity-result.ts';
import type { CompareResult } from '../../result/comparison-result.ts';
import type { DeploymentPlan } from '../../result/deployment-result.ts';
import type { History } from '../../studies/history/history.ts';
import type { CommitFacts } from '../../model/commit-facts.ts';
import type { LabelledRun } from '../run-labels.ts';

/** What a report is about, read and labelled: what its sections are made of. */
export interface ReportView {
  readonly runs: readonly LabelledRun[];
  /** Those that have figures of their own: the latest ones where there are many. */
  readonly detailed: readonly LabelledRun[];
  readonly comparisons: readonly CompareResult[];
  readonly capacities: readonly CapacityResult[];
  readonly plans: readonly DeploymentPlan[];
  /** By the run id of a plan with an answer. */
  readonly configurations: Configurations;
  readonly history: HistoryOfReport | null;
}

/** What is pasted to deploy as plans say, in the order in which it is done. */
export type Configurations = ReadonlyMap<string, readonly ConfigurationStep[]>;

export interface ConfigurationStep {
  readonly title: string;
  readonly text: string;
  /** What to know about it; empty for nothing. */
  readonly note: string;
}

/** Results of several commits as series. */
export interface HistoryOfReport {
  readonly history: History;
  /** By sha; commits that are not known here have none. */
  readonly commits: ReadonlyMap<string, CommitFacts>;
}

/** Runs beyond these have no figures of their own. */
const DETAILED_RUNS = 24;

/** The runs that have figures of their own, in their order. */
export function detailedOf(runs: readonly LabelledRun[]): readonly LabelledRun[] {
  if (runs.length <= DETAILED_RUNS) return runs;
  const latest = runs.toSorted((a, b) => Date.parse(b.result.run.startedAt) - Date.parse(a.result.run.startedAt)).slice(0, DETAILED_RUNS);
  return runs.filter((run) => latest.includes(run));
}

/** Runs with deliveries to speak of: the others are about something else. */
export function delivering(runs: readonly LabelledRun[]): readonly LabelledRun[] {
  return runs.filter(({ result }) => result.ledger.expected > 0);
}
