import { describe, expect, it } from 'vitest';
import { NO_LOSS } from '../../src/model/causes.ts';
import { notDelivered } from '../../src/result/metrics.ts';
import type { RunResult } from '../../src/result/run-result.ts';
import { runHere } from '../bench-here.ts';

const SMALL = ['fanout', '--members', '12', '--rate', '20/s', '--duration', '2s', '--warmup', '300ms', '--quiet'];

async function run(...args: readonly string[]): Promise<RunResult> {
  const done = await runHere([...SMALL, ...args]);
  expect(done.results, done.stderr).toHaveLength(1);
  return done.results[0]!;
}

/** The account closes: to the unit, and by both counts. */
function expectBalanced({ ledger, intervals }: RunResult): void {
  const causes = Object.values(ledger.lost).reduce((sum, count) => sum + count, 0);
  expect(ledger.balanced).toBe(true);
  expect(causes).toBe(ledger.lostTotal);
  expect(ledger.expected).toBe(ledger.delivered + ledger.lostTotal + ledger.inFlight);
  expect(intervals.reduce((sum, interval) => sum + interval.delivered, 0)).toBe(ledger.delivered);
  expect(intervals.reduce((sum, interval) => sum + interval.lost, 0)).toBe(notDelivered(ledger));
}

describe.concurrent('fanout', () => {
  it('loses nothing over redis, and every stamp is there', async () => {
    const result = await run('--processes', '2', '--layer', 'redis');
    expectBalanced(result);
    expect(result.ledger).toMatchObject({ expected: 480, delivered: 480, lost: NO_LOSS, duplicates: 0, strays: 0, corrupt: 0, late: 0 });
    expect(result.reach.matrix).toEqual([
      [1, 1],
      [null, null],
    ]);
    expect(result.run.state).toBe('completed');
    expect(result.clock.violations).toBe(0);
    // Three processes, before and after: each at least once and 20 times more, and at most 100 times.
    expect(result.clock.checks).toBeGreaterThanOrEqual(6 * 21);
    expect(result.clock.checks).toBeLessThanOrEqual(600);
    const { response, transit, ingress, edge, pacerLag, firstDelivery, lastDelivery } = result.latency;
    expect([response?.count, transit?.count, edge?.count]).toEqual([480, 480, 480]);
    expect([ingress?.count, pacerLag?.count, firstDelivery?.count, lastDelivery?.count]).toEqual([40, 40, 40, 40]);
    expect(result.placement.sameProcess.response?.count).toBe(240);
    expect(result.placement.crossProcess.response?.count).toBe(240);
    expect(result.environment.redis?.version).toMatch(/^\d+\.\d+/);
    expect(result.cost.redisCommandsPer1000Deliveries).toBeGreaterThan(0);
    expect(result.validity.reasons.filter((reason) => !reason.startsWith('the generator fell behind'))).toEqual([]);
  });

  it('finds that memory reaches only its own process', async () => {
    const done = await runHere([...SMALL, '--processes', '2', '--layer', 'memory']);
    const result = done.results[0]!;
    expectBalanced(result);
    expect(result.ledger).toMatchObject({ expected: 480, delivered: 240, lost: { ...NO_LOSS, isolated: 240 } });
    expect(result.reach.ratio).toBe(0.5);
    expect(result.reach.matrix[0]).toEqual([1, 0]);
    expect(result.placement.crossProcess.response).toBeNull();
    expect(result.environment.redis).toBeNull();
    expect(result.warnings.map((warning) => warning.code)).toContain('isolatedProcesses');
    expect([0, 4]).toContain(done.code);
    expect(done.code === 0).toBe(result.validity.valid);
  });

  it('knows when memberships have expired, though nobody tells', async () => {
    const result = await run('--processes', '1', '--layer', 'redis', '--layer-option', 'group_expiry=1s');
    expectBalanced(result);
    const { lost, lostTotal } = result.ledger;
    expect(lost).toEqual({ ...NO_LOSS, groupExpired: lostTotal });
    expect(lostTotal).toBeGreaterThan(0);
  });

  it('keeps several groups, publishers and drivers apart, and merges a group that drivers share', async () => {
    const many = await run(
      '--processes',
      '2',
      '--layer',
      'redis',
      '--groups',
      '3',
      '--publishers',
      '2',
      '--drivers',
      '2',
      '--arrivals',
      'poisson',
    );
    expectBalanced(many);
    expect(many.drivers).toBe(2);
    expect(many.ledger).toMatchObject({ lost: NO_LOSS, strays: 0, duplicates: 0 });
    const sent = many.latency.pacerLag!.count;
    expect(many.ledger.expected).toBe(sent * 12);
    // Members of each group are on both drivers.
    expect([many.latency.firstDelivery?.count, many.latency.lastDelivery?.count]).toEqual([sent, sent]);
    expect(many.latency.lastDelivery!.min).toBeGreaterThanOrEqual(many.latency.firstDelivery!.min);
  });
});
