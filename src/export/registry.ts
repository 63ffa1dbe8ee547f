import { renderBencher } from './bencher.ts';
import { renderCsv } from './csv.ts';
import type { ExportFormat } from './export-format.ts';
import { renderGithubActionBenchmark } from './github-action-benchmark.ts';
import { renderGithubAnnotations } from './github-annotations.ts';
import { renderGithubOutputs } from './github-outputs.ts';
import { renderHgrm } from './hgrm.ts';
import { renderHlog } from './hlog.ts';
import { renderJunit } from './junit.ts';
import { renderK6Summary } from './k6-summary.ts';
import { renderMarkdown } from './markdown.ts';
import { renderOpenMetrics } from './openmetrics.ts';
import { renderOtava } from './otava.ts';

export type ExportFormatName =
  | 'github-action-benchmark'
  | 'bencher'
  | 'junit'
  | 'openmetrics'
  | 'csv'
  | 'markdown'
  | 'github-annotations'
  | 'github-outputs'
  | 'hgrm'
  | 'hlog'
  | 'otava'
  | 'k6-summary';

/** Every format of `bench export`. */
export const EXPORT_FORMATS: Readonly<Record<ExportFormatName, ExportFormat>> = {
  'github-action-benchmark': {
    summary: 'two files for the GitHub action of that name',
    shows: ['run'],
    isTracker: true,
    render: renderGithubActionBenchmark,
  },
  bencher: { summary: 'Bencher Metric Format, with bounds', shows: ['run'], isTracker: true, render: renderBencher },
  junit: { summary: 'test cases for CI: validity, limits, regressions', shows: ['run', 'compare'], isTracker: false, render: renderJunit },
  openmetrics: { summary: 'Prometheus, push gateways', shows: ['run'], isTracker: true, render: renderOpenMetrics },
  csv: { summary: 'a row for each run, for spreadsheets and data frames', shows: ['run'], isTracker: false, render: renderCsv },
  markdown: {
    summary: 'a step summary of GitHub, within its size limit',
    shows: ['run', 'compare', 'capacity', 'plan'],
    isTracker: false,
    render: renderMarkdown,
  },
  'github-annotations': {
    summary: 'workflow commands of GitHub: what is wrong or missed',
    shows: ['run', 'compare'],
    isTracker: false,
    render: renderGithubAnnotations,
  },
  'github-outputs': {
    summary: 'verdict and regressions, for GITHUB_OUTPUT',
    shows: ['run', 'compare'],
    isTracker: false,
    render: renderGithubOutputs,
  },
  hgrm: { summary: "a latency of each run for HdrHistogram's plotter", shows: ['run'], isTracker: false, render: renderHgrm },
  hlog: { summary: 'HdrHistogram logs: latencies of each interval, by tag', shows: ['run'], isTracker: false, render: renderHlog },
  otava: { summary: 'Apache Otava: CSV files and their configuration', shows: ['run'], isTracker: true, render: renderOtava },
  'k6-summary': { summary: 'what k6 hands to handleSummary', shows: ['run'], isTracker: false, render: renderK6Summary },
};

export const EXPORT_FORMAT_NAMES: readonly ExportFormatName[] = Object.keys(EXPORT_FORMATS) as ExportFormatName[];
