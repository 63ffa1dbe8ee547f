import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../../src/platform/free-port.ts';
import { connectRedis } from '../../src/redis/connection.ts';
import { ManagedRedis } from '../../src/redis/managed.ts';
import { benchHere } from '../bench-here.ts';
import { inOneLine } from '../bench-process.ts';

/* Layers as portals configure them, against a Redis that is there already. */

const SHORT = ['--members', '6', '--duration', '1s', '--warmup', '300ms', '--json', '--quiet'] as const;
const DOCKERFILE = String.raw`ENV ASGI_PROCESSES 1
ENV CHANNEL_LAYERS_BACKEND "channels_redis.core.RedisChannelLayer"
ENV CHANNEL_LAYERS_CONFIG "\"{'hosts':[{'host':\ '127.0.0.1',\ 'port':\ PORT}]}\""
`;

let folder = '';
let redis: ManagedRedis;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'layerbench-config-'));
  redis = await ManagedRedis.start();
  const port = String(redis.port);
  const portal = `CHANNEL_LAYERS:\n  default:\n    BACKEND: channels_redis.core.RedisChannelLayer\n    CONFIG:\n      hosts:\n      - [127.0.0.1, ${port}]\n`;
  writeFileSync(join(folder, 'portal_config.yml'), portal);
  writeFileSync(join(folder, 'wrong.yml'), `${portal}      capasity: 5\n`);
  writeFileSync(join(folder, 'Dockerfile'), DOCKERFILE.replace('PORT', port));
});
afterAll(async () => {
  await redis[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

const run = (args: readonly string[], env: Readonly<Record<string, string>> = {}): ReturnType<typeof benchHere> =>
  benchHere(args, { cwd: folder, env });

describe('a portal_config.yml', () => {
  it.each(['node', 'daphne'])('runs as it stands with --server %s, and leaves no key', async (server) => {
    const connection = await connectRedis(redis.url);
    // A live portal uses the very prefix that is configured.
    await connection.set('asgi:group:live', 'kept');
    const { results, stderr } = await run(['run', 'fanout', '--config', 'portal_config.yml', '--server', server, ...SHORT]);
    expect(results, stderr).toHaveLength(1);
    expect(stderr).toContain('keys of a run begin with asgi-bench-<run>');
    expect(results[0]!.ledger.delivered).toBe(results[0]!.ledger.expected);
    expect(results[0]!.environment.redis!.url).toBe(`redis://127.0.0.1:${redis.port}`);
    expect(await connection.keys('*')).toEqual(['asgi:group:live']);
    connection.disconnect();
  });

  it.each([
    [['--config', 'wrong.yml'], "wrong.yml:7: channels_redis.core.RedisChannelLayer has no option 'capasity'"],
    [['--config', 'absent.yml'], "cannot read 'absent.yml'"],
    [['--config', 'portal_config.yml', '--layer', 'memory'], 'and so does --layer'],
    [['--config', 'portal_config.yml', '--redis', 'redis://localhost'], 'and so does --redis'],
    [['--config', 'portal_config.yml', '--env-file', 'Dockerfile'], '--config and --env-file both name a layer'],
    [['--config', 'portal_config.yml', '--alias', 'other'], "has no layer 'other'. It has default"],
  ])('%j is refused', async (args, message) => {
    const { code, stderr } = await run(['run', 'fanout', ...args]);
    expect([code, stderr.replaceAll(/\s+/g, ' ').replace("'other' It", "'other'. It")]).toEqual([2, expect.stringContaining(message)]);
  });
});

describe('a configuration whose Redis is down', () => {
  it('says so, and does not speak of a --redis that nobody gave', async () => {
    const port = await freePort();
    writeFileSync(
      join(folder, 'down.yml'),
      `CHANNEL_LAYERS:\n  default:\n    BACKEND: channels_redis.core.RedisChannelLayer\n    CONFIG:\n      hosts:\n      - [127.0.0.1, ${port}]\n`,
    );
    const { code, stderr } = await run(['run', 'fanout', '--config', 'down.yml', '--quiet']);
    const said = inOneLine(stderr);
    expect([code, said]).toEqual([3, expect.stringContaining(`no Redis can be reached at redis://127.0.0.1:${port}`)]);
    expect(said).toContain(
      'Bench starts one of its own where neither --redis (LAYERBENCH_REDIS_URL) nor a configuration (--config, --env-file) names one.',
    );
    expect(said).not.toContain('eave out --redis');
  });
});

describe("the variables of Tethys' Docker image", () => {
  it('run as they are meant, from a Dockerfile, with the number of its processes', async () => {
    const { results, stderr } = await run(['run', 'fanout', '--env-file', 'Dockerfile', ...SHORT]);
    expect(results, stderr).toHaveLength(1);
    expect(results[0]!.server.processes).toBe(1);
    expect(inOneLine(stderr)).toContain('a backslash before a space, inside quotes, stays there');
    expect(inOneLine(stderr)).toContain(`This value survives: "{'hosts': [{'host': '127.0.0.1', 'port': ${redis.port}}]}"`);
  });

  it('run from the environment', async () => {
    const value = String.raw`"{'hosts':[{'host':\ '127.0.0.1',\ 'port':\ PORT}]}"`.replace('PORT', String(redis.port));
    const env = { CHANNEL_LAYERS_BACKEND: 'channels_redis.core.RedisChannelLayer', CHANNEL_LAYERS_CONFIG: value };
    const { results, stderr } = await run(['run', 'fanout', '--env-config', ...SHORT], env);
    expect(results, stderr).toHaveLength(1);
    expect(stderr).toContain('a backslash before a space');
  });
});

describe('bench config', () => {
  it('prints what to paste, without secrets', async () => {
    const { stdout, code } = await run(['config', '--layer', 'redis', '--processes', '4', '--redis', 'redis://:geheim@10.0.0.1:6379']);
    expect(code).toBe(0);
    expect(stdout).not.toContain('geheim');
    for (const part of [
      'pip install channels_redis',
      'portal_config.yml',
      'docker run -p 127.0.0.1:6379:6379 -d redis:5',
      '--asgi-processes 4',
      'ENV ASGI_PROCESSES 4',
      'CHANNEL_LAYERS = {',
    ])
      expect(stdout).toContain(part);
    const revealed = await run(['config', '--redis', 'redis://:geheim@10.0.0.1:6379', '--reveal-secrets']);
    expect(revealed.stdout).toContain('geheim');
  });

  it('says that processes over the in-memory layer lose messages, of which one process knows nothing', async () => {
    const { stdout, stderr, code } = await run(['config', '--layer', 'memory', '--processes', '2']);
    expect([code, inOneLine(stderr)]).toEqual([
      0,
      expect.stringContaining('the in-memory layer does not connect processes: with 2 of them'),
    ]);
    expect(stdout).toContain('--asgi-processes 2');
    expect((await run(['config', '--layer', 'memory'])).stderr).toBe('');
    expect((await run(['config', '--layer', 'redis', '--processes', '2'])).stderr).toBe('');
  });
});
