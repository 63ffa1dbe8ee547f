import { describe, expect, it } from 'vitest';
import { bench } from '../bench-process.ts';

/* More than any machine carries: what has not arrived is where somebody can tell. */

/* One after another: a server that gets no core does not report in time either. */
describe('a server that is sent more than it publishes', () => {
  it.each([
    { server: 'node', layer: 'memory', rate: '2000/s', members: '500' },
    { server: 'daphne', layer: 'redis', rate: '1000/s', members: '120' },
  ])('has it in flight at the end: $server over $layer', async ({ server, layer, rate, members }) => {
    const load = ['--members', members, '--publishers', '4', '--rate', rate, '--duration', '1s', '--warmup', '0s'];
    const limit = 'loss<1%';
    const asked = `delivered>=${Number.parseInt(rate, 10) * Number(members)}/s`;
    const done = await bench([
      'run',
      'fanout',
      '--server',
      server,
      '--layer',
      layer,
      '--processes',
      '1',
      ...load,
      '--limit',
      limit,
      '--limit',
      asked,
      '--quiet',
    ]);
    expect(done.results, done.stderr).toHaveLength(1);
    const [{ run, ledger, throughput, intervals, warnings, limits, validity }] = done.results as [(typeof done.results)[number]];
    expect(ledger.lost.unexplained, JSON.stringify(ledger)).toBe(0);
    expect(ledger).toMatchObject({ balanced: true, expected: ledger.delivered + ledger.lostTotal + ledger.inFlight });
    expect(ledger.inFlight).toBeGreaterThan(0.01 * ledger.expected);
    expect(warnings.map(({ code }) => code)).toEqual(expect.arrayContaining(['underWay', 'backlog']));
    // What was worked off in the drain took its time too.
    expect(throughput.deliverySeconds).toBeGreaterThan(run.durationSeconds);
    expect(throughput.deliveredPerSecond * throughput.deliverySeconds!).toBeCloseTo(ledger.delivered, 3);
    expect(throughput.deliveredPerSecond).toBeLessThanOrEqual(throughput.sentPerSecond * Number(members));
    expect(intervals.reduce((sum, { arrived }) => sum + arrived!, 0)).toBeLessThan(ledger.delivered);
    expect(limits.find(({ expression }) => expression === asked)).toMatchObject({ value: throughput.deliveredPerSecond, ok: false });
    // It has not arrived, whether it is lost or not.
    const loss = (ledger.lostTotal + ledger.inFlight) / ledger.expected;
    expect(limits.find(({ expression }) => expression === limit)).toMatchObject({ value: loss, ok: false });
    expect(done.code).toBe(validity.valid ? 6 : 4);
  });
});
