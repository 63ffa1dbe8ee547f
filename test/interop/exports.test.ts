import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { byKind } from '../../src/result/result-kinds.ts';
import type { RunResult } from '../../src/result/run-result.ts';
import { EXPORT_FORMATS, type ExportFormatName } from '../../src/export/registry.ts';
import { HOSTILE, measured, sampleRun } from '../sample-results.ts';
import { PACKAGES, PYTHON } from './python-peer.ts';

/* Exports, read by the readers of other languages. */

const JAVA = join(import.meta.dirname, '../../.java/java');
const SECONDS = [1, 2].map((second) => Array.from({ length: 500 }, (_, i) => second * 1e6 + i * 10_000));

function textOf(format: ExportFormatName, runs: readonly RunResult[]): string {
  return EXPORT_FORMATS[format].render({ ...byKind(runs), series: 'response', maxBytes: 0 }).files[0]!.text;
}

describe('openmetrics, read by the Python client of Prometheus', () => {
  interface Family {
    readonly type: string;
    readonly unit: string;
    readonly samples: readonly (readonly [string, Readonly<Record<string, string>>, number])[];
  }
  const READ = `
import json, sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families as families
from prometheus_client.parser import text_string_to_metric_families as older
text = sys.stdin.buffer.read().decode()
count = lambda read: sum(len(family.samples) for family in read(text))
assert count(older) == count(families)
found = {f.name: {"type": f.type, "unit": f.unit, "samples": [[s.name, s.labels, s.value] for s in f.samples]} for f in families(text)}
json.dump(found, sys.stdout)
`;
  const read = (text: string): Readonly<Record<string, Family>> =>
    JSON.parse(execFileSync(PYTHON, ['-c', READ], { input: text, encoding: 'utf8', env: { PYTHONPATH: PACKAGES } })) as Record<
      string,
      Family
    >;

  it('has families with types, units, labels of any text and cumulative buckets', () => {
    const measure = { name: HOSTILE, label: HOSTILE, unit: 'us', value: 5, direction: 'lowerIsBetter' } as const;
    const limit = { expression: 'p99<50ms', value: 75_000, ok: false, noData: false, weak: false };
    const hostile = sampleRun({ id: 'b', layer: HOSTILE, lost: 7, measures: [measure] });
    const families = read(textOf('openmetrics', [{ ...sampleRun({ id: 'a' }), ...measured(...SECONDS), limits: [limit] }, hostile]));
    const histogram = families['layerbench_delivery_seconds']!;
    expect(histogram).toMatchObject({ type: 'histogram', unit: 'seconds' });
    const buckets = histogram.samples.filter(([name]) => name.endsWith('_bucket'));
    expect(buckets.at(-1)![1]['le']).toBe('+Inf');
    expect(buckets.map(([, , count]) => count)).toEqual(buckets.map(([, , count]) => count).toSorted((a, b) => a - b));
    expect(buckets.at(-1)![2]).toBe(SECONDS.flat().length);
    const lost = families['layerbench_deliveries']!.samples.filter(([, { fate }]) => fate === 'overCapacity');
    expect(lost.map(([name, labels, count]) => [name, labels['layer'], count])).toEqual([
      ['layerbench_deliveries_total', 'redis', 0],
      ['layerbench_deliveries_total', HOSTILE, 7],
    ]);
    expect(families['layerbench_measure']!.samples.map(([, labels, value]) => [labels['measure'], labels['unit'], value])).toEqual([
      [HOSTILE, 'seconds', 5e-6],
    ]);
    expect(families['layerbench_limit_met']!.samples.map(([, labels, value]) => [labels['limit'], value])).toEqual([['p99<50ms', 0]]);
    expect(families['layerbench_run_info']!.samples.map(([, labels]) => labels['fingerprint'])).toEqual(['aaaaaaaaaaaa', 'aaaaaaaaaaaa']);
  });
});

describe.skipIf(!existsSync(JAVA))("hlog, read by Java's HdrHistogram", () => {
  it('has the latencies that were recorded, by tag, in ms', () => {
    const folder = mkdtempSync(join(tmpdir(), 'layerbench-hlog-'));
    try {
      const path = join(folder, 'run.hlog');
      writeFileSync(path, textOf('hlog', [{ ...sampleRun({ id: 'a' }), ...measured(...SECONDS) }]));
      for (const [tag, share] of [
        ['response/all', 1],
        ['transit/sameProcess', 0.5],
      ] as const) {
        const text = execFileSync(JAVA, ['org.HdrHistogram.HistogramLogProcessor', '-i', path, '-tag', tag], { encoding: 'utf8' });
        const [, max, count] = /^#\[Max += +([\d.]+), Total count += +(\d+)\]$/m.exec(text)!;
        expect(Number(count)).toBe(SECONDS.flat().length);
        expect(Math.abs(Number(max) / ((Math.max(...SECONDS.flat()) / 1e6) * share) - 1)).toBeLessThan(0.002);
        const [, median] = /^ +([\d.]+) 0\.5000\d* /m.exec(text)!;
        const sorted = SECONDS.flat().toSorted((a, b) => a - b);
        expect(Math.abs(Number(median) / ((sorted[499]! / 1e6) * share) - 1)).toBeLessThan(0.002);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
