import { describe, expect, it } from 'vitest';
import { measured, sampleRun } from '../../test/sample-results.ts';
import { withCensoring } from '../result/censoring-of-stored.ts';
import { byKind } from '../result/result-kinds.ts';
import type { RunResult } from '../result/run-result.ts';
import type { Exported } from './export-format.ts';
import { EXPORT_FORMAT_NAMES, EXPORT_FORMATS, type ExportFormatName } from './registry.ts';

const git = { sha: 'a'.repeat(40), dirty: false };
const SECONDS = [Array.from({ length: 500 }, (_, i) => 1e6 + i * 10_000)];
const LIMIT = { expression: 'p99<50ms', value: 5990, ok: true, noData: false, weak: false };

/** A run that has lost so many of 10,000 deliveries. */
function run(lost: number): RunResult {
  return withCensoring({ ...sampleRun({ id: 'a', git, lost }), ...measured(...SECONDS), limits: [LIMIT] });
}

function exported(format: ExportFormatName, lost: number): Exported {
  return EXPORT_FORMATS[format].render({ ...byKind([run(lost)]), series: 'response', maxBytes: 100_000 });
}

const textOf = ({ files, notes }: Exported): string => [...files.map(({ text }) => text), ...notes].join('\n');

/** One of comparisons alone. */
type FormatOfRuns = Exclude<ExportFormatName, 'github-outputs'>;

/** How each format tells that p99 of a run with 5 % loss is a lower bound; what has no sign for it leaves it out and says so. */
const TOLD: Readonly<Record<FormatOfRuns, RegExp>> = {
  'github-action-benchmark': /left out, only known to be ≥.*: response\.p99, transit\.p99 of fanout/,
  bencher: /left out, only known to be ≥.*: response\.p99, transit\.p99 of fanout/,
  otava: /left out, .*only known to be ≥: response\.p99, transit\.p99 of fanout/,
  junit: /<failure message="p99&lt;50ms: ≥ 5\.99 ms, a lower bound: too much never arrived"/,
  openmetrics: /layerbench_lower_bound\{.*metric="response\.p99"\} 1\n/,
  csv: /,response_mean_ms response_p99_ms response_p999_ms response_max_ms transit_mean_ms transit_p99_ms/,
  markdown: /p99 ≥ 5\.94 ms, p99\.9 ≥ 5\.99 ms, max ≥ 5\.99 ms; ≥: a lower bound, since 5 % never arrived/,
  'github-annotations': /does not hold: ≥ 5\.99 ms, a lower bound: too much never arrived/,
  hgrm: /^#\[Lower bounds: mean, p99, p999, max, since 5 % never arrived\]$/m,
  hlog: /^#\[Lower bounds of response: mean, p99, p999, max, since 5 % never arrived\]$/m,
  'k6-summary': /"censored": \[\s*"avg",\s*"p\(99\)",\s*"p\(99\.9\)",\s*"max"\s*\]/,
};

const FORMATS = EXPORT_FORMAT_NAMES.filter((format) => format !== 'github-outputs');

describe('a percentile that is a lower bound', () => {
  it.each(FORMATS)('is told as one by %s', (format) => {
    expect(textOf(exported(format, 500))).toMatch(TOLD[format]);
  });

  it.each(FORMATS)('is none to %s where little is missing', (format) => {
    expect(textOf(exported(format, 100))).not.toMatch(TOLD[format]);
  });

  it('is no number of a tracker, and loss is', () => {
    const bencher = exported('bencher', 500).files[0]!.text;
    expect(bencher).not.toContain('response-p99-ms');
    expect(bencher).toContain('"latency"');
    expect(bencher).toContain('"loss-ppm"');
  });
});

describe('a median over runs', () => {
  const [one, two] = [sampleRun({ id: '1', git }), { ...sampleRun({ id: '2', git }), ...measured(...SECONDS) }];
  const render = (format: ExportFormatName): Exported =>
    EXPORT_FORMATS[format].render({ ...byKind([one, two]), series: 'response', maxBytes: 0 });

  it('says of how many it is, where some have no value', () => {
    const said = 'transit.p50 of fanout/redis/node/p4 is the median of 1 of 2 runs: the others have none';
    for (const format of ['github-action-benchmark', 'bencher', 'openmetrics'] as const) expect(render(format).notes).toContain(said);
    expect(textOf(render('github-action-benchmark'))).toContain('median of 1 of 2 runs');
  });
});

describe('a measure whose name ends in its unit', () => {
  const measures = [
    { name: 'joinP99Us', label: 'to join', unit: 'us', value: 2500, direction: 'lowerIsBetter' },
    { name: 'serverCpuUsPerConnectionSecond', label: 'CPU', unit: 'us', value: 5, direction: 'lowerIsBetter' },
  ] as const;
  const text = (format: ExportFormatName): string =>
    textOf(EXPORT_FORMATS[format].render({ ...byKind([sampleRun({ id: 'a', git, measures })]), series: 'response', maxBytes: 0 }));

  it.each([
    ['csv', /joinP99_ms,serverCpuPerConnectionSecond_ms/],
    ['bencher', /"join-p99-ms": \{\s*"value": 2\.5/],
    ['k6-summary', /"join_p99": \{\s*"type": "gauge",\s*"contains": "time",\s*"values": \{\s*"value": 2\.5,/],
    ['otava', /joinP99_ms/],
    ['github-action-benchmark', /p4\/joinP99",\s*"value": 2\.5,\s*"unit": "ms"/],
    ['openmetrics', /measure="joinP99",unit="seconds"\} 0\.0025/],
  ] as const)('has the unit that %s tells it in, and no other', (format, pattern) => {
    expect(text(format)).toMatch(pattern);
    expect(text(format)).not.toMatch(/joinP99Us|join-p99-us|join_p99_us/);
  });
});
