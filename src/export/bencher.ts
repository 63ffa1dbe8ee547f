import { usageError } from '../model/errors.ts';
import { NS_PER_US } from '../model/units.ts';
import type { Estimate } from '../result/repeats.ts';
import { estimatesOf, missingData, snapshotsOf } from './blocks.ts';
import type { ExportInput, Exported } from './export-format.ts';
import { columnOf, quantityOf } from './quantities.ts';

/*
 * Bencher Metric Format (https://bencher.dev/docs/reference/bencher-metric-format/), for `bencher run --adapter json`:
 * benchmark → measure → value with its bounds. `latency` (ns) and `throughput` (1/s) are Bencher's own measures; it makes
 * the others by their slug, which names the unit.
 */

interface BencherMetric {
  readonly value: number;
  readonly lower_value?: number;
  readonly upper_value?: number;
}

const MAX_BENCHMARK = 1024;
const MAX_MEASURE = 64;

export function renderBencher({ runs }: ExportInput): Exported {
  const all = snapshotsOf(runs);
  const benchmarks = all.flatMap((blocks) => {
    const measures = estimatesOf(blocks).map((estimate) => measureOf(estimate));
    return measures.length === 0 ? [] : [[checked(blocks.name, 'benchmark', MAX_BENCHMARK), Object.fromEntries(measures)] as const];
  });
  const text = `${JSON.stringify(Object.fromEntries(benchmarks), null, 2)}\n`;
  return { files: benchmarks.length === 0 ? [] : [{ name: 'bencher.json', text }], notes: missingData(all) };
}

function measureOf(estimate: Estimate): readonly [string, BencherMetric] {
  switch (estimate.name) {
    case 'delivered':
      return ['throughput', metricOf(estimate, (perSecond) => perSecond)];
    case 'response.p50':
      return ['latency', metricOf(estimate, (us) => Math.round(us * NS_PER_US))];
    default: {
      const slug = columnOf(estimate)
        .replaceAll(/([a-z])([A-Z])/g, '$1-$2')
        .toLowerCase()
        .replaceAll('_', '-');
      return [checked(slug, 'measure', MAX_MEASURE), metricOf(estimate, (value) => quantityOf(estimate, value).value)];
    }
  }
}

function metricOf({ value, interval }: Estimate, scale: (value: number) => number): BencherMetric {
  if (interval === null) return { value: scale(value) };
  return { value: scale(value), lower_value: scale(interval[0]), upper_value: scale(interval[1]) };
}

function checked(name: string, what: string, most: number): string {
  if (Buffer.byteLength(name) <= most) return name;
  throw usageError(
    `the ${what} '${name.slice(0, 40)}…' has a name of over ${most} bytes, which Bencher refuses`,
    'Give it a shorter name.',
  );
}
