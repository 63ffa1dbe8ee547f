import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { RunResult } from '../../src/result/run-result.ts';
import { freePort } from '../../src/platform/free-port.ts';
import { connectRedis } from '../../src/redis/connection.ts';
import { ManagedRedis } from '../../src/redis/managed.ts';
import { findPython, pythonEnvironment } from '../../src/run/systems/python.ts';
import { benchHere, runHere } from '../bench-here.ts';
import { BenchProcess, inOneLine } from '../bench-process.ts';

/* A project of the user with the consumer that `bench init django` writes. */

/** An application with paths of its own, some of which the protocol had before. */
const ASGI = `import os
os.environ["DJANGO_SETTINGS_MODULE"] = "portal_settings"
import django
django.setup()
from layerbench_consumer import mount

async def portal(scope, receive, send):
    if scope["type"] == "http":
        found = scope["path"] in ("/health", "/clock", "/report", "/session", "/publish/g0", "/bench/1/about", "/bench/health")
        await send({"type": "http.response.start", "status": 200 if found else 404, "headers": []})
        await send({"type": "http.response.body", "body": b"of the portal"})
    elif scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 4404})

mounted = mount(portal)

async def application(scope, receive, send):
    """Notes with which code each client of a run left."""
    async def heard():
        message = await receive()
        if message["type"] == "websocket.disconnect" and "CODES" in os.environ:
            with open(os.environ["CODES"], "a") as codes:
                codes.write(f"{message['code']}\\n")
        return message

    await mounted(scope, heard if scope["type"] == "websocket" else receive, send)
`;
const PATHS = ['health', 'clock', 'report?after=0', 'session', 'publish/g0'];

async function run(...args: readonly string[]): Promise<RunResult> {
  const { results, stderr } = await runHere([...args, '--duration', '1s', '--warmup', '300ms', '--json', '--quiet']);
  expect(results, stderr).toHaveLength(1);
  expect(results[0]!.ledger.balanced).toBe(true);
  return results[0]!;
}

const losses = ({ ledger }: RunResult): Readonly<Record<string, number>> =>
  Object.fromEntries(Object.entries(ledger.lost).filter(([, count]) => count > 0));

describe('an application of the user', () => {
  let folder = '';
  const servers: ChildProcess[] = [];
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'layerbench-django-'));
  });
  afterAll(() => {
    for (const server of servers) server.kill('SIGKILL');
    rmSync(folder, { recursive: true });
  });

  it('is started as --app, with the consumer that init writes', async () => {
    const { stdout } = await benchHere(['init', 'django'], { cwd: folder });
    expect(stdout).toContain('from layerbench_consumer import mount');
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain('mount() does nothing unless LAYERBENCH_PROCESS_INDEX is set');
    // The lines for the settings do nothing in a process that bench has not started.
    const lines = stdout.split('\n').filter((line) => line.includes('"LAYERBENCH_CHANNEL_LAYERS"'));
    const settings = ['import json, os', 'CHANNEL_LAYERS = 0', ...lines.map((line) => line.slice(2)), 'print(CHANNEL_LAYERS)'].join('\n');
    const { LAYERBENCH_CHANNEL_LAYERS: _, ...outside } = process.env;
    const read = (env: NodeJS.ProcessEnv): string => execFileSync('python3', ['-c', settings], { env, encoding: 'utf8' }).trim();
    expect([lines.length, read(outside), read({ ...outside, LAYERBENCH_CHANNEL_LAYERS: '[1]' })]).toEqual([2, '0', '[1]']);
    for (const file of ['layerbench_settings.py', 'layerbench_asgi.py'])
      cpSync(join(import.meta.dirname, '../../servers/django', file), join(folder, file.replace('layerbench_', 'portal_')));
    writeFileSync(join(folder, 'portal_asgi.py'), ASGI);
    const result = await run(
      'fanout',
      '--server',
      'daphne',
      '--app',
      'portal_asgi:application',
      '--cwd',
      folder,
      '--processes',
      '2',
      '--layer',
      'redis',
      '--members',
      '6',
    );
    expect(losses(result)).toEqual({});
  });

  it('has its own Redis, which is the one that is read, and the one that no fault hits', async () => {
    await using redis = await ManagedRedis.start();
    const own = mkdtempSync(join(folder, 'own-'));
    for (const file of ['portal_asgi.py', 'layerbench_consumer.py']) cpSync(join(folder, file), join(own, file));
    const settings = readFileSync(join(folder, 'portal_settings.py'), 'utf8');
    const secret = 'not-to-be-seen';
    const configure = (host: string): void =>
      writeFileSync(
        join(own, 'portal_settings.py'),
        `${settings}\nCHANNEL_LAYERS = {"default": {"BACKEND": "channels_redis.core.RedisChannelLayer", "CONFIG": {"hosts": ["${host}"], "prefix": "portal"}}}\n`,
      );
    const app = ['--server', 'daphne', '--app', 'portal_asgi:application', '--cwd', own, '--processes', '1', '--layer', 'redis'];

    configure(redis.url);
    using measured = new BenchProcess(['run', 'fanout', ...app, '--members', '4', '--duration', '1s', '--warmup', '0s']);
    await measured.phase('measure');
    expect(measured.childrenOfRole('redis')).toEqual([]);
    await measured.exited;
    const result = measured.results()[0]!;
    expect(result.layer.inUse).toEqual({ backend: 'channels_redis.core.RedisChannelLayer', hosts: [`${redis.url}/0`], prefix: 'portal' });
    expect(result.environment.redis!.url).toBe(redis.url);
    expect([losses(result), result.health.filter(({ role }) => role === 'redis').length]).toEqual([{}, 1]);
    // Each delivery takes commands of its own: a Redis that nobody uses has a handful.
    expect(result.cost.redisCommandsPer1000Deliveries).toBeGreaterThan(1000);

    const fault = await runHere(['fanout', ...app, '--quiet', '--fault', 'pause redis 1s at 1s']);
    expect([fault.code, inOneLine(fault.stderr)]).toEqual([2, expect.stringContaining('--allow-faults-on-my-redis')]);

    const connection = await connectRedis(redis.url);
    await connection.config('SET', 'requirepass', secret);
    connection.disconnect();
    configure(`redis://:${secret}@127.0.0.1:${redis.port}`);
    using locked = new BenchProcess(['run', 'fanout', ...app, '--members', '4', '--duration', '1s', '--warmup', '0s', '--json']);
    await locked.exited;
    const blind = locked.results()[0]!;
    expect([blind.environment.redis, blind.cost.redisCommandsPer1000Deliveries, losses(blind)]).toEqual([null, null, {}]);
    expect(blind.unknown).toContainEqual({
      figure: 'cost.redisCommandsPer1000Deliveries',
      reason: `the Redis at ${redis.url} refuses the login: NOAUTH Authentication required.`,
    });
    expect(locked.output + locked.read(locked.resultPaths()[0]!)).not.toContain(secret);
  });

  /** Starts it as an operator would, and waits until it answers. */
  const serve = async (
    env: Readonly<Record<string, string>>,
    cwd = folder,
    command: (port: number) => readonly string[] = (port) => ['daphne', '-b', '127.0.0.1', '-p', `${port}`],
  ): Promise<string> => {
    const port = await freePort();
    const python = (await findPython(null))!;
    const environment = pythonEnvironment(python, [cwd], {
      LAYERBENCH_CHANNEL_LAYERS: '{"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}',
      ...env,
    });
    const server = spawn(python.command, ['-m', ...command(port), 'portal_asgi:application'], {
      cwd,
      env: environment,
      stdio: 'ignore',
    });
    servers.push(server);
    const deadline = Date.now() + 60_000;
    while ((await fetch(`http://127.0.0.1:${port}/`).catch(() => null)) === null) {
      if (Date.now() > deadline) throw new Error('the server does not start');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return `127.0.0.1:${port}`;
  };

  it('is driven by --url where it runs already, under Daphne and Uvicorn, whose clients leave with code 1000', async () => {
    const codes = join(folder, 'codes');
    const address = await serve({ LAYERBENCH_PROCESS_INDEX: '0', CODES: codes });
    const uvicorn = await serve({ LAYERBENCH_PROCESS_INDEX: '1', CODES: codes }, folder, (port) => ['uvicorn', '--port', `${port}`]);
    const url = `ws://${address}`;
    const load = ['--members', '4', '--churning', '2', '--how', 'disconnect', '--away', '100ms', '--every', '400ms'];
    const result = await run('churn', '--url', url, '--url', `ws://${uvicorn}`, '--layer', 'memory', ...load);
    expect(result.server).toMatchObject({ kind: 'url', processes: 2 });
    expect(Object.keys(losses(result))).toEqual(['isolated']);
    // A socket of the probe for each server, one of each member, and one for each time that a member left.
    const left = (): readonly string[] => readFileSync(codes, 'utf8').trim().split('\n');
    await expect.poll(() => left().length, { timeout: 60_000 }).toBeGreaterThan(2 + 4);
    expect(new Set(left())).toEqual(new Set(['1000']));
    for (const path of [...PATHS, 'bench/1/about', 'bench/health'])
      expect(await (await fetch(`http://${address}/${path}`, { method: 'POST', body: 'x' })).text()).toBe('of the portal');
    const fault = await runHere(['fanout', '--url', url, '--layer', 'memory', '--fault', 'kill server 0 at 1s']);
    expect([fault.code, inOneLine(fault.stderr)]).toEqual([2, expect.stringContaining('only servers that it has started')]);
  });

  it('serves nothing of the protocol where bench has not started it', async () => {
    const address = await serve({ LAYERBENCH_PROCESS_INDEX: '' });
    for (const path of PATHS) {
      expect((await fetch(`http://${address}/bench/1/${path}`)).status).toBe(404);
      expect((await fetch(`http://${address}/bench/1/${path}`, { method: 'POST', body: 'x' })).status).toBe(404);
    }
    const socket = new WebSocket(`ws://${address}/bench/1`);
    const [refusal] = (await once(socket, 'error')) as [Error];
    expect(refusal.message).toBe('Unexpected server response: 403');
    const refused = await runHere(['fanout', '--url', `ws://${address}`, '--layer', 'memory']);
    expect([refused.code, inOneLine(refused.stderr)]).toEqual([3, expect.stringContaining('LAYERBENCH_PROCESS_INDEX is set')]);
  });

  it.each([
    ['--app', 'HTTP_PATH = re.compile("/bench/[^/]+/', 'HTTP_PATH = re.compile("/'],
    ['--url', 'PROTOCOL = 2', 'PROTOCOL = 1'],
  ])('is refused with %s where its consumer is of version 1, with what to do', async (how, now, before) => {
    const old = mkdtempSync(join(folder, 'old-'));
    for (const file of ['portal_settings.py', 'portal_asgi.py']) cpSync(join(folder, file), join(old, file));
    const consumer = readFileSync(join(folder, 'layerbench_consumer.py'), 'utf8');
    expect(consumer).toContain(now);
    writeFileSync(join(old, 'layerbench_consumer.py'), consumer.replace(now, before));
    const target =
      how === '--url'
        ? ['--url', `ws://${await serve({ LAYERBENCH_PROCESS_INDEX: '0' }, old)}`]
        : ['--server', 'daphne', '--app', 'portal_asgi:application', '--cwd', old, '--processes', '1'];
    const { code, stderr } = await runHere(['fanout', ...target, '--layer', 'memory', '--quiet']);
    const refusal = /speaks version 1 of the client protocol.*run `bench init django` again/;
    expect([code, inOneLine(stderr)]).toEqual([3, expect.stringMatching(refusal)]);
  });

  it('has an interpreter that is named by a path from here, wherever it is itself', async () => {
    const here = mkdtempSync(join(folder, 'here-'));
    mkdirSync(join(here, 'portal'));
    const packages = Object.fromEntries(['python', 'django', 'channels', 'daphne'].map((name) => [name, '1']));
    writeFileSync(join(here, 'interpreter'), `#!/bin/sh\n[ "$1" = -c ] && echo '${JSON.stringify(packages)}' || echo "started in $PWD"\n`);
    chmodSync(join(here, 'interpreter'), 0o755);
    const app = ['--server', 'daphne', '--app', 'a:b', '--cwd', 'portal', '--layer', 'memory', '--python', './interpreter', '--quiet'];
    const { code, stderr } = await benchHere(['run', 'fanout', ...app], { cwd: here });
    expect([code, inOneLine(stderr)]).toEqual([3, expect.stringContaining(`started in ${join(here, 'portal')}`)]);
  });
});
