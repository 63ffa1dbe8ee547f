import type { CompareResult, ResultFile } from '../core/compare-result.ts';
import type { RunResult } from '../core/result.ts';

/** `20260114T083000Z-fanout-redis-node-p4-3f9a2c1b.json`: sorts by time, and says what was run. */
export function resultFileName(result: ResultFile): string {
  return `${result.kind === 'run' ? runFileName(result) : comparisonFileName(result)}.json`;
}

function runFileName({ scenario, layer, server, run }: RunResult): string {
  return `${timeOf(new Date(run.startedAt))}-${scenario.name}-${layer.name}-${server.kind}-p${server.processes}-${run.id}`;
}

function comparisonFileName({ run, benchmarks }: CompareResult): string {
  return compareFileName(new Date(run.startedAt), benchmarks[0]?.name ?? '', run.id);
}

/** The name of a comparison, and of the folder with its blocks; without an ending. */
export function compareFileName(startedAt: Date, benchmark: string, id: string): string {
  return `${timeOf(startedAt)}-compare-${benchmark.replaceAll(/[^\w.-]+/g, '-')}-${id}`;
}

function timeOf(date: Date): string {
  return date
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replace(/[-:]/g, '');
}

/** The exact content of a result file. */
export function serializeResult(result: ResultFile): string {
  return `${JSON.stringify(result, null, 2)}\n`;
}
