import type { CapacityResult } from '../result/capacity-result.ts';
import type { CompareResult } from '../result/comparison-result.ts';
import type { DeploymentPlan } from '../result/deployment-result.ts';
import type { ResultFile } from '../result/result-kinds.ts';
import type { RunResult } from '../result/run-result.ts';

/** `20260114T083000Z-fanout-redis-node-p4-3f9a2c1b.json`: sorts by time, and says what was run. */
export function resultFileName(result: ResultFile): string {
  return `${nameOf(result)}.json`;
}

function nameOf(result: ResultFile): string {
  switch (result.kind) {
    case 'run':
      return runFileName(result);
    case 'compare':
      return comparisonFileName(result);
    case 'capacity':
      return capacityFileName(result);
    case 'plan':
      return planFileName(result);
  }
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

function capacityFileName({ run, scenario }: CapacityResult): string {
  return capacityFolderName(new Date(run.startedAt), scenario.name, run.id);
}

function planFileName({ run, demand }: DeploymentPlan): string {
  return `${timeOf(new Date(run.startedAt))}-plan-c${demand.connections}-g${Math.round(demand.groupSize)}-${run.id}`;
}

/** The name of a capacity search, and of the folder with its trials; without an ending. */
export function capacityFolderName(startedAt: Date, scenario: string, id: string): string {
  return `${timeOf(startedAt)}-capacity-${scenario}-${id}`;
}

/** What the name of a capacity search says; null for another name. */
export function capacityFolderFacts(name: string): { readonly startedAt: Date; readonly id: string } | null {
  const [, date, time, id] = /^(\d{8})T(\d{6})Z-capacity-.+-([0-9a-f]+)$/.exec(name) ?? [];
  if (date === undefined || time === undefined || id === undefined) return null;
  const [day, clock] = [date.replace(/(....)(..)(..)/, '$1-$2-$3'), time.replace(/(..)(..)(..)/, '$1:$2:$3')];
  return { startedAt: new Date(`${day}T${clock}Z`), id };
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
