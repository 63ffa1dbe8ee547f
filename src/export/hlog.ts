import { hasDistribution, type LatencySummary } from '../stats/histogram.ts';
import type { RunResult } from '../result/run-result.ts';
import type { ExportInput, Exported } from './export-format.ts';
import { filePerRun } from './file-per-run.ts';
import { lowerBoundComment } from './lower-bound-comment.ts';
import { canonicalPayload } from './hdr-payload.ts';

/*
 * HdrHistogram's interval log, format 1.3 (https://github.com/HdrHistogram/HdrHistogram, HistogramLogWriter): values in
 * ns, the maximum beside them in ms. A log processor reads one tag at a time. `…/all` has a line for each interval of the
 * measure phase; what a result has of the whole phase only is one line as long as that.
 */

interface Line {
  readonly tag: string;
  /** From the beginning of the measure phase. */
  readonly startMs: number;
  readonly endMs: number;
  readonly latency: LatencySummary | null;
}

export function renderHlog({ runs }: ExportInput): Exported {
  return filePerRun(runs, { ending: '.hlog', data: 'latencies', textOf: logOf });
}

function logOf(run: RunResult): string | null {
  const start = measureStartMs(run);
  const lines = linesOf(run).flatMap((line) => lineText(line, start) ?? []);
  if (lines.length === 0) return null;
  return [
    '#[Histogram log format version 1.3]',
    `#[StartTime: ${seconds(start)} (seconds since epoch), ${new Date(start).toISOString()}]`,
    ...comments(run),
    '"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"',
    ...lines,
    '',
  ].join('\n');
}

/** What of the whole run is a lower bound; intervals have no place for it. */
function comments({ latency }: RunResult): readonly string[] {
  return (['response', 'transit'] as const).flatMap((series) => {
    const summary = latency[series];
    const comment = hasDistribution(summary) ? lowerBoundComment(summary, series) : '';
    return comment === '' ? [] : [comment.trimEnd()];
  });
}

/** Milliseconds since 1970. */
function measureStartMs({ run, phases }: RunResult): number {
  return Date.parse(run.startedAt) + (phases.find(({ name }) => name === 'measure')?.startMs ?? 0);
}

/** By their beginning. */
function linesOf({ intervals, placement, latency, run }: RunResult): readonly Line[] {
  const whole = { startMs: 0, endMs: run.durationSeconds * 1000 };
  const perInterval = (['response', 'transit'] as const).flatMap((series) =>
    intervals.some((interval) => interval[series] !== null)
      ? intervals.map(({ startMs, endMs, ...interval }) => ({ tag: `${series}/all`, startMs, endMs, latency: interval[series] }))
      : [{ ...whole, tag: `${series}/all`, latency: latency[series] }],
  );
  return [
    ...perInterval,
    { ...whole, tag: 'response/sameProcess', latency: placement.sameProcess.response },
    { ...whole, tag: 'response/crossProcess', latency: placement.crossProcess.response },
    { ...whole, tag: 'transit/sameProcess', latency: placement.sameProcess.transit },
    { ...whole, tag: 'transit/crossProcess', latency: placement.crossProcess.transit },
    { ...whole, tag: 'lag', latency: latency.pacerLag },
  ].toSorted((a, b) => a.startMs - b.startMs);
}

function lineText({ tag, startMs, endMs, latency }: Line, originMs: number): string | null {
  if (!hasDistribution(latency)) return null;
  const times = `${seconds(originMs + startMs)},${seconds(endMs - startMs)},${(latency.max / 1000).toFixed(3)}`;
  return `Tag=${tag},${times},${canonicalPayload(latency.histogram)}`;
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}
