import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { RunResult } from '../../src/result/run-result.ts';
import { connectRedis } from '../../src/redis/connection.ts';
import { benchHere, runHere } from '../bench-here.ts';
import { bench, inOneLine } from '../bench-process.ts';
import { ownRedis } from './private-redis.ts';
import { SilentServer } from './silent-server.ts';

/* What processes used, by the built binary: over kills and restarts, and where nobody tells. */

const figures = ({ health, cost }: RunResult): readonly (number | null)[] => [
  ...health.flatMap(({ cpuRatio, rssBytes }) => [cpuRatio, rssBytes]),
  ...Object.values(cost as unknown as Record<string, number | null>),
];

describe.concurrent('after a kill', () => {
  it('what the dead process had used is in the cost, or the cost is not known: never negative', async () => {
    const load = ['--layer', 'redis', '--processes', '1', '--members', '10', '--rate', '300/s', '--warmup', '1s', '--duration', '3s'];
    const { results } = await runHere(['fanout', ...load, '--fault', 'kill server 0 at 2800ms', '--json', '--quiet']);
    const [result] = results;
    for (const value of figures(result!)) expect(value ?? 0).toBeGreaterThanOrEqual(0);
    const { cost, unknown = [] } = result!;
    const reason = unknown.find(({ figure }) => figure === 'cost.redisRoundTripsPer1000Deliveries')?.reason;
    // By far the most of the round trips were those of the process that died: at least 9 in 10 of 1,000 for 10 members.
    if (reason === undefined) expect(cost.redisRoundTripsPer1000Deliveries).toBeGreaterThan(90);
    else expect(reason).toMatch(/server 0 ended .* after its last report/);
  });
});

describe.concurrent('memory', () => {
  it('has a start, a peak, an end and a trend for servers, drivers and Redis, and limits bound it', async () => {
    const load = ['--layer', 'redis', '--processes', '1', '--members', '4', '--rate', '20/s', '--warmup', '0s', '--duration', '10s'];
    const limits = ['--limit', 'serverMemoryPeak<4GiB,serverMemoryGrowth<1GiB/s,serverMemoryPeak<1MiB'];
    const { results, code } = await runHere(['fanout', ...load, ...limits, '--json', '--quiet']);
    expect([4, 6]).toContain(code);
    const { health, limits: outcomes } = results[0]!;
    for (const role of ['server', 'driver', 'redis'] as const) {
      const { rssBytes, memory } = health.find((entry) => entry.role === role)!;
      expect(memory!.endBytes, role).toBe(rssBytes);
      expect(memory!.peakBytes, role).toBeGreaterThanOrEqual(Math.max(memory!.startBytes, memory!.endBytes));
      const { value, lower, upper } = memory!.growthBytesPerSecond!;
      expect([lower, value, upper], role).toEqual([lower, value, upper].toSorted((a, b) => a - b));
    }
    const peak = health.filter(({ role }) => role === 'server').reduce((sum, { memory }) => sum + memory!.peakBytes, 0);
    expect(outcomes.map(({ value, ok, noData }) => [noData ? null : value, ok])).toMatchObject([
      [peak, true],
      [expect.any(Number), true],
      [peak, false],
      [0, true],
    ]);
  });

  it('and every measure of a scenario is bounded by limits, with the unit that it has', async () => {
    const limits = 'serverBytesPerConnection<64MiB,serverCpuUsPerConnectionSecond<1s,roundTripP99Us<1ms';
    const args = ['--layer', 'memory', '--processes', '1', '--connections', '50', '--duration', '1s', '--warmup', '0s'];
    const { results } = await runHere(['idle-connections', ...args, '--limit', limits, '--json', '--quiet']);
    const { measures, limits: outcomes } = results[0]!;
    const valueOf = (name: string): number | null => measures.find((measure) => measure.name === name)?.value ?? null;
    expect(outcomes.map(({ expression, value }) => [expression.split('<')[0], value]).slice(0, 3)).toEqual([
      ['serverBytesPerConnection', valueOf('serverBytesPerConnection')],
      ['serverCpuUsPerConnectionSecond', valueOf('serverCpuUsPerConnectionSecond')],
      ['roundTripP99Us', null],
    ]);
    expect(valueOf('serverBytesPerConnection')).toBeGreaterThan(0);
    // Of a scenario that has no round trips there is no data, and the limit fails.
    expect(outcomes[2]).toMatchObject({ noData: true, ok: false });
    const refused = await benchHere(['run', 'fanout', '--limit', 'serverMemoryPeak<200']);
    expect([refused.code, inOneLine(refused.stderr)]).toEqual([2, expect.stringContaining('bound without a unit')]);
  });
});

/** Somebody else who uses a Redis all the time, until the work is done. */
async function besideOthers<T>(url: string, work: Promise<T>): Promise<T> {
  const connection = await connectRedis(url);
  const state = { isDone: false };
  const others = (async (): Promise<void> => {
    while (!state.isDone) {
      await connection.incr('of-others');
      await nextTurn();
    }
  })();
  try {
    return await work;
  } finally {
    state.isDone = true;
    await others;
    await connection.del('of-others');
    connection.disconnect();
  }
}

describe.concurrent('a Redis of the user', () => {
  const load = ['--members', '4', '--rate', '20/s', '--warmup', '0s', '--duration', '4s', '--processes', '1'];
  const codes = ({ warnings }: RunResult): readonly string[] => warnings.map(({ code }) => code);

  it('costs what the run has used where it is alone, and is not known where others use it; no key is left', async () => {
    await using redis = await ownRedis();
    const args = ['fanout', '--layer', 'redis', '--redis', redis.url, ...load, '--json', '--quiet'];
    const alone = (await runHere(args)).results[0]!;
    expect(codes(alone)).not.toContain('foreignClients');
    expect(alone.cost.redisCommandsPer1000Deliveries).toBeGreaterThan(0);
    expect(alone.cost.redisBytesPer1000Deliveries).toBeGreaterThan(0);
    const shared = (await besideOthers(redis.url, bench(['run', ...args]))).results[0]!;
    expect(shared.warnings.find(({ code }) => code === 'foreignClients')?.message).toMatch(/^1 connection of others was at work/);
    expect(shared.cost).toMatchObject({
      cpuSecondsPer1000Deliveries: null,
      redisCommandsPer1000Deliveries: null,
      redisBytesPer1000Deliveries: null,
    });
    expect(shared.unknown).toContainEqual({ figure: 'cost.redisCommandsPer1000Deliveries', reason: 'others used this Redis too' });
    expect(await redis.keys()).toEqual([]);
  });
});

describe.concurrent('what a server does not tell', () => {
  it('is not known, and is not zero', async () => {
    await using server = await SilentServer.start();
    const args = [
      'fanout',
      '--url',
      server.url,
      '--layer',
      'memory',
      '--members',
      '3',
      '--rate',
      '20/s',
      '--duration',
      '1s',
      '--warmup',
      '0s',
    ];
    const { code, stdout, results } = await runHere([...args, '--limit', 'cpu<1s', '--quiet']);
    const [result] = results;
    expect(result!.ledger).toMatchObject({ expected: 60, delivered: 60 });
    const reason = 'server 0 does not tell its CPU time';
    expect(result!.health.find(({ role }) => role === 'server')).toMatchObject({ cpuRatio: null, rssBytes: null });
    expect(result!.cost.cpuSecondsPer1000Deliveries).toBeNull();
    expect(result!.unknown).toEqual([
      { figure: 'health.server.0.cpuRatio', reason },
      { figure: 'health.server.0.rssBytes', reason: 'server 0 does not tell its memory' },
      { figure: 'cost.cpuSecondsPer1000Deliveries', reason },
    ]);
    expect(code).toBe(result!.validity.valid ? 6 : 4);
    const text = inOneLine(stdout);
    expect(text).toMatch(/server +– +–/);
    expect(text).toContain(`not known: CPU time, CPU per delivery: ${reason}`);
    expect(text).not.toMatch(/cost 0|0 cores +0/);
  });
});
