import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { benchHere, runHere } from '../bench-here.ts';

/* A queue that drops its oldest messages leaves the fastest: a percentile of those is a lower bound. */

const SLOW = [
  '--layer',
  'redis-fast',
  '--members',
  '4',
  '--slow',
  '4',
  '--rate',
  '200/s',
  '--duration',
  '3s',
  '--layer-option',
  'capacity=10',
];
const ISOLATED = ['--layer', 'memory', '--processes', '2', '--members', '8', '--rate', '20/s', '--duration', '2s', '--warmup', '0s'];

describe.concurrent('percentiles of what arrived', () => {
  it('are lower bounds where a queue drops its oldest, and no upper limit on them holds', async () => {
    const limits = ['p99<2500s', 'p99>1ns', 'loss<100%'].flatMap((limit) => ['--limit', limit]);
    const done = await runHere(['slow-consumer', ...SLOW, ...limits, '--no-progress']);
    const [result] = done.results as [(typeof done.results)[number]];
    const { ledger, latency, validity, intervals } = result;
    const missing = ledger.lostTotal + ledger.inFlight;
    expect(missing, done.stderr).toBeGreaterThan(0.1 * ledger.expected);
    expect(latency.response).toMatchObject({
      missingRatio: missing / ledger.expected,
      censored: expect.arrayContaining(['mean', 'p90', 'p99', 'p999', 'max']) as unknown,
    });
    // A message that some member missed has no last delivery; one that somebody got has a first.
    expect(latency.lastDelivery!.missingRatio).toBeGreaterThanOrEqual(latency.response!.missingRatio!);
    expect(latency.firstDelivery!.missingRatio ?? 0).toBeLessThanOrEqual(latency.response!.missingRatio!);
    expect(latency.pacerLag).not.toHaveProperty('censored');
    expect(intervals.some(({ response }) => response?.censored?.includes('p99'))).toBe(true);
    expect(result.limits).toMatchObject([
      { expression: 'p99<2500s', ok: false, censored: true },
      { expression: 'p99>1ns', ok: true, censored: true },
      { expression: 'loss<100%', ok: true },
      { expression: 'unexplained==0', ok: true },
    ]);
    expect(done.stdout).toMatch(/response .*≥ /);
    expect(done.stdout).toContain('a lower bound: too much never arrived');
    expect(done.code).toBe(validity.valid ? 6 : 4);

    const file = join(mkdtempSync(join(tmpdir(), 'survivors-')), 'result.json');
    const { missingRatio: _, censored: __, ...unmarked } = latency.response!;
    // As a version wrote it that did not mark lower bounds.
    const older = { response: unmarked, transit: null, ingress: null, edge: null, pacerLag: null, firstDelivery: null, lastDelivery: null };
    const judged = result.limits.map(({ censored: ___, ...limit }) => ({ ...limit, ok: true }));
    writeFileSync(file, JSON.stringify({ ...result, latency: older, limits: judged }));
    const report = await benchHere(['report', file]);
    expect(report.stdout).toMatch(/response .*≥ /);
    expect(report.stdout).toMatch(/✗ +p99<2500s/);
    const exported = await benchHere(['export', file, '--format', 'csv']);
    expect(exported.stdout).toContain('response_p99_ms response_p999_ms');
  });

  it('are none where a layer does not connect the processes: what is isolated was never to arrive', async () => {
    const done = await runHere(['fanout', ...ISOLATED, '--limit', 'p99<2500s', '--quiet']);
    const [{ ledger, latency, limits }] = done.results as [(typeof done.results)[number]];
    expect(ledger.lost.isolated, done.stderr).toBeGreaterThan(0.4 * ledger.expected);
    expect(ledger.lostTotal + ledger.inFlight).toBe(ledger.lost.isolated);
    for (const summary of [latency.response, latency.transit, latency.edge, latency.firstDelivery, latency.lastDelivery])
      expect(summary).not.toHaveProperty('missingRatio');
    expect(limits[0]).toMatchObject({ expression: 'p99<2500s', ok: true });
  });
});
