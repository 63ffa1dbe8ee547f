import { describe, expect, it } from 'vitest';
import { runHere } from '../bench-here.ts';

/* More than any machine carries: what has not arrived is where somebody can tell. */

const RATE = 1000;
const MEMBERS = 120;

describe('a Daphne that is sent more than it publishes', () => {
  // The self-test has it of a Node server.
  it('has it in flight at the end', async () => {
    const load = ['--members', `${MEMBERS}`, '--publishers', '4', '--rate', `${RATE}/s`, '--duration', '1s', '--warmup', '0s'];
    const limit = 'loss<1%';
    const asked = `delivered>=${RATE * MEMBERS}/s`;
    const done = await runHere([
      'fanout',
      '--server',
      'daphne',
      '--layer',
      'redis',
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
    expect(ledger.lost.unexplained, JSON.stringify({ ledger, validity })).toBe(0);
    expect(ledger).toMatchObject({ balanced: true, expected: ledger.delivered + ledger.lostTotal + ledger.inFlight });
    expect(ledger.inFlight).toBeGreaterThan(0.01 * ledger.expected);
    expect(warnings.map(({ code }) => code)).toEqual(expect.arrayContaining(['underWay', 'backlog']));
    // What was worked off in the drain took its time too.
    expect(throughput.deliverySeconds).toBeGreaterThan(run.durationSeconds);
    expect(throughput.deliveredPerSecond * throughput.deliverySeconds!).toBeCloseTo(ledger.delivered, 3);
    expect(throughput.deliveredPerSecond).toBeLessThanOrEqual(throughput.sentPerSecond * MEMBERS);
    expect(intervals.reduce((sum, { arrived }) => sum + arrived!, 0)).toBeLessThan(ledger.delivered);
    expect(limits.find(({ expression }) => expression === asked)).toMatchObject({ value: throughput.deliveredPerSecond, ok: false });
    // It has not arrived, whether it is lost or not.
    const loss = (ledger.lostTotal + ledger.inFlight) / ledger.expected;
    expect(limits.find(({ expression }) => expression === limit)).toMatchObject({ value: loss, ok: false });
    expect(done.code).toBe(validity.valid ? 6 : 4);
  });
});
