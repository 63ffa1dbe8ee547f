import { snippetsFor, type Snippet } from '../config/snippets/snippets.ts';
import type { ResultFile } from '../result/result-kinds.ts';
import { historyOf, type HistoryOptions } from '../studies/history/history.ts';
import { renderHtmlReport, type ReportInput } from '../report/html/document.ts';
import { commitFacts } from '../store/git-repository.ts';
import { plannedWayOut } from './configuration.ts';
import { pageAssets } from './page-assets.ts';

/** As `bench history` looks for changes where it is asked for nothing else. */
const HISTORY_OPTIONS: HistoryOptions = { maxPValue: 0.001, minMagnitude: 0, window: 50, metrics: [] };

/** Results as one HTML page, with their trends where they are of several commits. */
export async function htmlReport(results: readonly ResultFile[]): Promise<string> {
  const [assets, history] = await Promise.all([pageAssets('report'), historyOfReport(results)]);
  return renderHtmlReport({ results, history, configurations: new Map(results.flatMap(configurationOf)) }, assets);
}

/** What is pasted to deploy as a plan says; nothing of other results. */
function configurationOf(result: ResultFile): readonly (readonly [string, readonly Snippet[]])[] {
  const way = result.kind === 'plan' && result.answer !== null ? plannedWayOut(result.answer) : null;
  return way === null ? [] : [[result.run.id, snippetsFor(way)]];
}

async function historyOfReport(results: readonly ResultFile[]): Promise<ReportInput['history']> {
  const commits = new Set(results.flatMap(({ environment }) => environment?.git?.sha ?? []));
  if (commits.size < 2) return null;
  const history = historyOf(
    results.map((result) => ({ result, commit: null })),
    HISTORY_OPTIONS,
  );
  return { history, commits: await commitFacts(process.cwd(), [...commits]) };
}
