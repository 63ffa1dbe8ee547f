import { hasDistribution, LatencyReader } from '../stats/histogram.ts';
import { lowerBoundComment } from './lower-bound-comment.ts';
import type { ExportInput, Exported } from './export-format.ts';
import { filePerRun } from './file-per-run.ts';

/*
 * HdrHistogram's percentile distribution, in ms, as its plotter reads it
 * (https://hdrhistogram.github.io/HdrHistogram/plotFiles.html): one latency of each run.
 */

export function renderHgrm({ runs, series }: ExportInput): Exported {
  return filePerRun(runs, {
    ending: '.hgrm',
    data: `${series} latencies`,
    textOf: ({ latency }) => {
      const summary = latency[series];
      return hasDistribution(summary) ? `${new LatencyReader(summary).percentileTable()}${lowerBoundComment(summary)}` : null;
    },
  });
}
