import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectRedis, type RedisConnection } from '../../src/redis/connection.ts';
import { ManagedRedis } from '../../src/redis/managed.ts';
import { benchHere } from '../bench-here.ts';
import { BenchProcess, inOneLine } from '../bench-process.ts';

/* What `bench observe` writes, prints and exits with. Its figures are held against a real portal in test/interop. */

let folder = '';
let servers: readonly [ManagedRedis, ManagedRedis];
let connections: readonly [RedisConnection, RedisConnection];
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'layerbench-observe-'));
  servers = await Promise.all([ManagedRedis.start(), ManagedRedis.start()]);
  connections = await Promise.all([connectRedis(servers[0].url), connectRedis(servers[1].url)]);
  for (const [i, connection] of connections.entries()) {
    const now = Date.now() / 1000;
    await connection.zadd(`asgi:group:room-${i}`, now, 'specific.a!1', now, 'specific.b!2');
    await connection.expire(`asgi:group:room-${i}`, 86_400);
  }
});
afterAll(async () => {
  for (const connection of connections) connection.disconnect();
  for (const server of servers) await server[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

/** Sends to a group of each server, as far as counters show it, until it is stopped. */
function traffic(): () => Promise<void> {
  let isOver = false;
  const done = (async () => {
    while (!isOver)
      await Promise.all(
        connections.map(async (connection, i) => {
          await connection.zremrangebyscore(`asgi:group:room-${i}`, 0, 1);
          await connection.zrange(`asgi:group:room-${i}`, 0, '-1');
        }),
      );
  })();
  return () => {
    isOver = true;
    return done;
  };
}

const shards = (): string => {
  const path = join(folder, 'portal_config.yml');
  const hosts = JSON.stringify(servers.map(({ url }) => url));
  writeFileSync(
    path,
    `CHANNEL_LAYERS:\n  default:\n    BACKEND: channels_redis.core.RedisChannelLayer\n    CONFIG: {hosts: ${hosts}, capacity: 250}\n`,
  );
  return path;
};

describe('bench observe', () => {
  it.each<[readonly string[], number, RegExp]>([
    [[], 2, /nothing says which Redis to observe.*--redis URL/],
    [['--redis', 'redis://127.0.0.1:1'], 3, /no Redis can be reached at redis:\/\/127\.0\.0\.1:1.*(?!Bench starts)/],
    [['--redis', 'redis://127.0.0.1:1', '--for', '10'], 2, /duration '10' has no unit/],
    [['--redis', 'redis://127.0.0.1:1', '--for', '1ms'], 2, /not between 1s and 24h/],
    [['--redis', 'redis://127.0.0.1:1', '--budget', '1'], 2, /--budget '1' is out of range/],
    [['--redis', 'redis://127.0.0.1:1', '--prefix', 'a b'], 2, /--prefix is no word/],
    [['--redis', 'redis://127.0.0.1:1', '-o', '/'], 2, /'\/' is a folder/],
  ])('%j ends with %i', async (args, code, said) => {
    const done = await benchHere(['observe', ...args]);
    expect([done.code, inOneLine(done.stderr)]).toEqual([code, expect.stringMatching(said)]);
    expect(done.stdout).toBe('');
  });

  it('prints the user that it needs, without a Redis', async () => {
    const { code, stdout } = await benchHere(['observe', '--print-acl', '--prefix', 'portal']);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^ACL SETUSER layerbench on >PASSWORD .*%R~portal:group:\* [^\n]*\n$/)]);
  });

  it('names a permission that is missing, and shows no password', async () => {
    await connections[0].call('ACL', 'SETUSER', 'blind', 'on', '>S3CRET', '%R~asgi*', '+info', '+time', '+scan');
    const { code, stderr } = await benchHere(['observe', '--redis', servers[0].url.replace('//', '//blind:S3CRET@'), '--for', '1s'], {
      cwd: folder,
    });
    expect([code, inOneLine(stderr)]).toEqual([3, expect.stringMatching(/does not permit its user the command PTTL.*--print-acl/)]);
    expect(stderr).not.toContain('S3CRET');
  });

  it('ends with 4 where nothing is sent, and writes no profile', async () => {
    const { code, stdout, stderr } = await benchHere(['observe', '--redis', servers[0].url, '--for', '1s'], { cwd: folder });
    expect([code, inOneLine(stderr)]).toEqual([4, expect.stringContaining('no message was sent through')]);
    expect(stdout).toMatch(/memberships +2 /);
    expect(existsSync(join(folder, 'observed.json'))).toBe(false);
  });

  it('adds up the hosts of a configuration, takes its options, and fails on findings where asked to', async () => {
    await connections[1].config('SET', 'maxmemory', '500mb', 'maxmemory-policy', 'allkeys-lru');
    const stop = traffic();
    const page = join(folder, 'observed.html');
    const { code, stdout } = await benchHere(
      ['observe', '--config', shards(), '--for', '1s', '--fail-on-findings', '--json', '--report', page],
      { cwd: folder },
    );
    await stop();
    await connections[1].config('SET', 'maxmemory', '0');
    const printed = JSON.parse(stdout) as { figures: Record<string, { value: number }>; findings: { id: string }[]; profile: object };
    expect(printed.figures).toMatchObject({
      groups: { value: 2 },
      memberships: { value: 4 },
      connections: { value: 2 },
      processes: { value: 2 },
      capacity: { value: 250 },
    });
    expect([code, printed.findings.map(({ id }) => id)]).toEqual([6, ['evictionPolicy']]);
    expect(JSON.parse(readFileSync(join(folder, 'observed.json'), 'utf8'))).toEqual(printed.profile);
    expect(readFileSync(page, 'utf8')).toContain('its maxmemory-policy is allkeys-lru');
  });

  it('writes what is known on Ctrl-C, and shows the profile again', async () => {
    const stop = traffic();
    using bench = new BenchProcess(['observe', '--redis', servers[0].url, '--for', '10m'], { terminal: true, env: { NO_COLOR: '1' } });
    await bench.until('a reading', () => / s left /.test(bench.output));
    process.kill(bench.pid, 'SIGINT');
    const { code } = await bench.exited;
    await stop();
    expect(code).toBe(130);
    expect(bench.output).toMatch(/observed channels_redis.core.RedisChannelLayer for [\d.]+ m?s, until it was\s+interrupted/);
    const shown = await benchHere(['report', join(bench.dir, 'observed.json')]);
    expect(shown.stdout).toMatch(/workload of redis[^]*memberships +2\n[^]*\n +2 +1 +2 /);
  });
});
