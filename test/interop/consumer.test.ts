import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { ManagedRedis } from '../../src/redis/managed.ts';
import { PACKAGES, PYTHON } from './python-peer.ts';

/* What the consumer of Django Channels notes of real layers: upstream's own, and a real Redis. */

describe('the consumer of Django Channels', () => {
  it('names what the in-memory layer drops, what a queue in Redis holds, and all that it counts', async () => {
    await using redis = await ManagedRedis.start();
    const env = { PYTHONPATH: `${PACKAGES}:${join(import.meta.dirname, '../../servers/django')}` };
    const { stdout } = await promisify(execFile)(PYTHON, [join(import.meta.dirname, 'consumer.py'), redis.url], { env });
    const { memory, held, report, runs } = JSON.parse(stdout) as {
      readonly memory: unknown;
      readonly held: readonly (readonly unknown[])[];
      readonly report: unknown;
      readonly runs: unknown;
    };
    expect(memory).toEqual({
      expired: [
        { from: 0, to: 5, channel: 'a!1' },
        { from: 5, to: 6, channel: 'b!1' },
        { from: 7, to: 8, channel: 'b!1' },
      ],
      counted: [],
      groupExpired: [{ name: 'g0', count: 1 }],
    });
    // One channel each, whole, for what was sent to one and for what was sent to two.
    expect(held.toSorted((a, b) => Number(a[0]) - Number(b[0]) || Number(a[1]) - Number(b[1]))).toEqual([
      [0, 0, false],
      [1, 0, false],
      [1, 1, false],
    ]);
    // An entry that came while it asked Redis is in the report, and counted there.
    expect(report).toEqual([1, 1]);
    expect(runs).toEqual({
      run: 2,
      published: { 7: 203 },
      told: [
        [1, 200, 201],
        [2, 201, 203],
      ],
    });
  });
});
