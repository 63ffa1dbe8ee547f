import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunResult } from '../../src/result/run-result.ts';
import { connectRedis, type RedisConnection } from '../../src/redis/connection.ts';
import { ManagedRedis } from '../../src/redis/managed.ts';
import { runHere } from '../bench-here.ts';
import { BenchProcess, inOneLine } from '../bench-process.ts';
import { freePorts, RedisProcess } from '../layers/redis-process.ts';

/* Each Redis that a run cannot use, or not wholly, says why: the binary passes it on, with the remedy of that cause. */

const SHORT = ['--members', '4', '--duration', '1s', '--warmup', '0s', '--json'] as const;

async function run(...args: readonly string[]): Promise<{ code: number | null; said: string; result: RunResult | undefined }> {
  const { code, stderr, results } = await runHere(['fanout', ...SHORT, ...args]);
  return { code, said: inOneLine(stderr), result: results[0] };
}

describe.concurrent('a node of a cluster', () => {
  it('is told, whichever it is, with and without INFO', async () => {
    const [first, second, bus1, bus2] = (await freePorts(4)) as [number, number, number, number];
    const node = (port: number, bus: number): Promise<RedisProcess> =>
      RedisProcess.start([`port ${port}`, 'cluster-enabled yes', `cluster-port ${bus}`, 'user blind on nopass ~* &* +@all -@dangerous']);
    await using _ = await node(first, bus1);
    await using __ = await node(second, bus2);
    for (const [port, from, to] of [
      [first, 0, 8191],
      [second, 8192, 16_383],
    ] as const) {
      const connection = await connectRedis(`redis://127.0.0.1:${port}`);
      await connection.call('CLUSTER', 'ADDSLOTSRANGE', from, to);
      connection.disconnect();
    }
    for (const place of [`127.0.0.1:${first}`, `127.0.0.1:${second}`, `blind:x@127.0.0.1:${second}`]) {
      const { code, said } = await run('--layer', 'redis', '--redis', `redis://${place}`);
      expect([code, said]).toEqual([3, expect.stringContaining('is a node of a Redis Cluster, on which core layers cannot run')]);
      expect(said).not.toMatch(/or newer|fewer members/);
    }
  });
});

describe.concurrent('a certificate', () => {
  const tls = (file: string): string => join(import.meta.dirname, '../layers/tls', file);

  it('that is wrong is told, as what is wrong with it', async () => {
    const [port, tlsPort] = (await freePorts(2)) as [number, number];
    const settings = ['cert', 'key', 'ca-cert'].map((what) => `tls-${what}-file ${tls(what === 'key' ? 'key.pem' : 'certificate.pem')}`);
    await using _ = await RedisProcess.start([
      `port ${port}`,
      `tls-port ${tlsPort}`,
      ...settings,
      'tls-auth-clients no',
      'bind 127.0.0.1 127.0.0.2',
    ]);
    const [unknown, other] = await Promise.all([
      run('--redis', `rediss://127.0.0.1:${tlsPort}`),
      run('--redis', `rediss://127.0.0.2:${tlsPort}?ssl_ca_certs=${tls('certificate.pem')}&ssl_check_hostname=true`),
    ]);
    expect([unknown.code, unknown.said]).toEqual([3, expect.stringMatching(/no known authority has signed: self.signed.*ssl_ca_certs/)]);
    expect([other.code, other.said]).toEqual([3, expect.stringMatching(/certificate for another name.*ssl_check_hostname: false/)]);
  });
});

describe('a user', () => {
  let folder = '';
  let redis: ManagedRedis;
  let admin: RedisConnection;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'layerbench-users-'));
    redis = await ManagedRedis.start();
    admin = await connectRedis(redis.url);
    await admin.call('ACL', 'SETUSER', 'portal', 'on', '>pw', '~asgi*', 'resetchannels', '&asgi*', '+@all', '-@dangerous');
    await admin.call('ACL', 'SETUSER', 'deaf', 'on', '>pw', '~asgi*', 'resetchannels', '+@all');
    await admin.call('ACL', 'SETUSER', 'scriptless', 'on', '>pw', '~*', '&*', '+@all', '-eval');
  });
  afterAll(async () => {
    admin.disconnect();
    await redis[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });

  const at = (user: string): string => redis.url.replace('//', `//${user}:pw@`);
  const config = (backend: string, user: string): string => {
    const path = join(folder, `${backend}-${user}.yml`);
    writeFileSync(path, `CHANNEL_LAYERS:\n  default:\n    BACKEND: channels_redis.${backend}\n    CONFIG: {hosts: ["${at(user)}"]}\n`);
    return path;
  };

  it('without INFO, and with the prefix of its portal alone, can be measured: no name is outside of that', async () => {
    await admin.call('ACL', 'LOG', 'RESET');
    const runs = await Promise.all([
      run('--config', config('core.RedisChannelLayer', 'portal'), '--server', 'node:1+daphne:1'),
      run('--config', config('pubsub.RedisPubSubChannelLayer', 'portal'), '--processes', '2'),
    ]);
    for (const { said, result } of runs) {
      expect([said, result?.ledger.lostTotal]).toEqual([expect.not.stringContaining('ioredis'), 0]);
      expect(result!.warnings.find(({ code: warning }) => warning === 'noRedisInfo')?.message).toContain('does not permit its user INFO');
      expect(result!.environment.redis!.version).toBe('unknown');
    }
    const denied = (await admin.call('ACL', 'LOG')) as readonly (readonly unknown[])[];
    expect(denied.map((entry) => [entry[3], entry[7]]).filter(([reason]) => reason !== 'command')).toEqual([]);
    expect(await admin.keys('*')).toEqual([]);
  });

  it('who lacks a permission is told which, and for what prefix', async () => {
    const [key, channel, command] = await Promise.all([
      run('--layer', 'redis', '--redis', at('portal')),
      run('--config', config('pubsub.RedisPubSubChannelLayer', 'deaf')),
      run('--layer', 'redis', '--redis', at('scriptless')),
    ]);
    expect([key.code, key.said]).toEqual([3, expect.stringMatching(/the keys that begin with 'layerbench-\w+'.*~layerbench-\*/)]);
    expect([channel.code, channel.said]).toEqual([
      3,
      expect.stringMatching(/the channels that begin with 'asgi-bench-\w+'.*&asgi-bench-\*/),
    ]);
    expect([command.code, command.said]).toEqual([3, expect.stringMatching(/the command EVAL.*\+eval/)]);
  });

  it('who finds no room is told so', async () => {
    const [port] = (await freePorts(1)) as [number];
    await using _ = await RedisProcess.start([`port ${port}`, 'maxclients 4']);
    const { code, said } = await run('--layer', 'redis', '--processes', '4', '--redis', `redis://127.0.0.1:${port}`);
    expect([code, said]).toEqual([3, expect.stringMatching(/\(maxclients\): .*max number of clients reached.*Raise its maxclients/)]);
  });
});

describe('a Redis that becomes a replica in the middle of a run', () => {
  it('leaves a report: what was lost, what Redis said, and what the clean-up could not do', async () => {
    await using redis = await ManagedRedis.start();
    const admin = await connectRedis(redis.url);
    using measured = new BenchProcess([
      'run',
      'fanout',
      '--redis',
      redis.url,
      ...SHORT.slice(0, 2),
      '--duration',
      '3s',
      '--warmup',
      '0s',
      '--report',
      'page.html',
    ]);
    await measured.until('measure', () => /s left/.test(measured.stderr));
    await admin.call('REPLICAOF', '127.0.0.1', '1');
    await measured.exited;
    admin.disconnect();
    const result = measured.results()[0]!;
    const [error, ...more] = result.errors!;
    expect(more).toEqual([]);
    expect(error).toMatchObject({
      cause: 'refused',
      text: expect.stringMatching(/^READONLY/) as string,
      meaning: 'Redis is a read-only replica',
      remedy: expect.stringContaining('primary') as string,
    });
    // Every message has four members.
    expect(result.ledger.lost.refused).toBe(4 * error!.count);
    expect(error!.fromMs).toBeLessThanOrEqual(error!.toMs);
    expect(inOneLine(measured.stdout)).toMatch(/refused [\d,]+ times from .*: READONLY/);
    expect(measured.read(join(measured.dir, 'page.html'))).toContain('READONLY');
    expect(inOneLine(measured.stderr)).toMatch(/clean-up after the run failed: keys that begin with 'layerbench-\w+' may be left/);
  });
});
