import type { RunResult } from '../core/result.ts';

/** `20260114T083000Z-fanout-redis-node-p4-3f9a2c1b.json`: sorts by time, and says what was run. */
export function resultFileName(result: RunResult): string {
  const time = new Date(result.run.startedAt)
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replace(/[-:]/g, '');
  const { scenario, layer, server, run } = result;
  return `${time}-${scenario.name}-${layer.name}-${server.kind}-p${server.processes}-${run.id}.json`;
}

/** The exact content of a result file. */
export function serializeResult(result: RunResult): string {
  return `${JSON.stringify(result, null, 2)}\n`;
}
