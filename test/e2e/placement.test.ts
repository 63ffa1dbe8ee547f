import { describe, expect, it } from 'vitest';
import type { RunResult } from '../../src/result/run-result.ts';
import { runHere } from '../bench-here.ts';

/* Sockets that are not where they were, and faults at once. */

async function run(...args: readonly string[]): Promise<RunResult> {
  const { results, stderr } = await runHere([...args, '--warmup', '300ms', '--json', '--quiet']);
  expect(results, stderr).toHaveLength(1);
  expect(results[0]!.ledger.balanced).toBe(true);
  const cells = results[0]!.reach.matrix.flat().filter((ratio) => ratio !== null);
  expect(cells.every((ratio) => ratio >= 0 && ratio <= 1)).toBe(true);
  return results[0]!;
}

const causes = ({ ledger }: RunResult): readonly string[] =>
  Object.entries(ledger.lost).flatMap(([cause, count]) => (count > 0 ? [cause] : []));

describe.concurrent('a socket that comes back on another process', () => {
  const shared = [['--proxy nginx'], ['--server daphne --shared-socket']] as const;

  it.each(shared)('is apart from others there over the in-memory layer: %s', async (address) => {
    const members = ['--members', '12', '--churning', '5', '--how', 'disconnect'];
    const result = await run('churn', '--layer', 'memory', '--processes', '2', ...members, '--duration', '4s', ...address.split(' '));
    expect(causes(result)).toEqual(['isolated']);
  });

  it('loses what its process had, and nothing more', async () => {
    const result = await run('failover', '--layer', 'redis-fast', '--processes', '2', '--proxy', 'nginx', '--duration', '5s');
    expect(causes(result)).toEqual(['processCrashed']);
    const [proxy] = result.health.filter(({ role }) => role === 'proxy');
    // It may use less than a tick of the clock that counts it.
    expect(proxy!.cpuRatio).toBeGreaterThanOrEqual(0);
    expect(proxy!.rssBytes).toBeGreaterThan(1024 * 1024);
  });
});

describe.concurrent('what is known of a run', () => {
  it('is of two faults at once that nothing recovered from, as they began', async () => {
    const faults = ['--fault', 'freeze server 0 1s at 500ms', '--fault', 'restart redis at 1s'];
    const result = await run('fanout', '--layer', 'redis', '--processes', '2', '--members', '4', '--duration', '4s', ...faults);
    expect(result.faults.map(({ spec, recoveryMs }) => [spec, recoveryMs])).toEqual([
      ['freeze server 0 1s at 500ms', null],
      ['restart redis at 1s', null],
    ]);
  });

  it('is too little where most of what was due is uncertain', async () => {
    const churn = ['--members', '4', '--churning', '4', '--away', '10ms', '--every', '20ms', '--duration', '1s'];
    const { validity } = await run('churn', '--layer', 'memory', '--processes', '1', ...churn);
    expect(validity.reasons.join()).toMatch(/most of what was due is uncertain/);
  });
});
