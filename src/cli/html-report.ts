import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ResultFile } from '../core/result-kinds.ts';
import { historyOf, type HistoryOptions } from '../core/history.ts';
import { PACKAGE_ROOT } from '../observe/package-root.ts';
import { renderHtmlReport, type ReportInput } from '../report/html/document.ts';
import { commitFacts } from '../store/git-repository.ts';

/** As `bench history` looks for changes where it is asked for nothing else. */
const HISTORY_OPTIONS: HistoryOptions = { maxPValue: 0.001, minMagnitude: 0, window: 50, metrics: [] };

/** Results as one HTML page, with their trends where they are of several commits. */
export async function htmlReport(results: readonly ResultFile[]): Promise<string> {
  const asset = (name: string): Promise<string> => readFile(join(PACKAGE_ROOT, 'templates', name), 'utf8');
  const [style, script, history] = await Promise.all([asset('report.css'), asset('report.js'), historyOfReport(results)]);
  return renderHtmlReport({ results, history }, { style, script });
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
