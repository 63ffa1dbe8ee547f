import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../../src/platform/free-port.ts';
import { connectRedis } from '../../src/redis/connection.ts';
import { ManagedRedis } from '../../src/redis/managed.ts';
import { benchHere } from '../bench-here.ts';
import { inOneLine } from '../bench-process.ts';
import { RedisProcess } from '../layers/redis-process.ts';

/* Configurations as people write them, through the built binary and real servers. What each is read as, is in src/config. */

const SHORT = ['--members', '6', '--duration', '1s', '--warmup', '300ms', '--json', '--quiet'] as const;
const BOTH = ['--server', 'node:1+daphne:1', '--publishers', '2'] as const;

let folder = '';
let redis: ManagedRedis;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'layerbench-configurations-'));
  redis = await ManagedRedis.start();
});
afterAll(async () => {
  await redis[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

const layers = (config: string): string =>
  `CHANNEL_LAYERS:\n  default:\n    BACKEND: channels_redis.core.RedisChannelLayer\n    CONFIG: ${config}\n`;

async function run(text: string, ...args: readonly string[]): Promise<Awaited<ReturnType<typeof benchHere>>> {
  writeFileSync(join(folder, 'portal.yml'), text);
  return benchHere(['run', 'fanout', '--config', 'portal.yml', ...SHORT, ...args], { cwd: folder });
}

describe('a configuration', () => {
  it('means the same to servers in both languages: a database in the query, an empty key', async () => {
    const { results, stderr } = await run(
      layers(`{hosts: ["redis://127.0.0.1:${redis.port}?db=3"], symmetric_encryption_keys: [""]}`),
      ...BOTH,
    );
    expect(results, stderr).toHaveLength(1);
    expect(results[0]!.ledger.lostTotal, stderr).toBe(0);
    expect(results[0]!.reach.ratio).toBe(1);
    expect(results[0]!.environment.redis!.url).toBe(`redis://127.0.0.1:${redis.port}/3`);
  });

  it('takes what stands beside an address, with every version of channels_redis', async () => {
    const connection = await connectRedis(redis.url);
    await connection.call('ACL', 'SETUSER', 'portal', 'on', '>100%x', '~*', '&*', '+@all');
    const { results, stderr } = await run(
      layers(
        `{hosts: [{address: "redis://127.0.0.1:${redis.port}", username: portal, password: 100%x, db: 2, health_check_interval: 30}]}`,
      ),
      ...BOTH,
    );
    await connection.call('ACL', 'DELUSER', 'portal');
    connection.disconnect();
    expect(results, stderr).toHaveLength(1);
    expect(results[0]!.ledger.lostTotal, stderr).toBe(0);
    expect(inOneLine(stderr)).toContain("health_check_interval: Python's servers get this option of redis-py");
  });

  it('that Tethys does not read is not measured', async () => {
    const { results, stderr } = await run(`settings:\n  DEBUG: false\n${layers(`{hosts: [[127.0.0.1, ${redis.port}]]}`)}`);
    expect(inOneLine(stderr)).toContain('portal.yml:3: CHANNEL_LAYERS stands at the top of a file that has settings:');
    expect([results[0]!.layer.name, results[0]!.environment.redis]).toEqual(['memory', null]);
  });

  it('of a cluster is refused by the core wire, with what to use', async () => {
    const [port, bus] = [await freePort(), await freePort()];
    await using _ = await RedisProcess.start([`port ${port}`, 'cluster-enabled yes', `cluster-port ${bus}`]);
    const { code, stderr } = await run(layers(`{hosts: [[127.0.0.1, ${port}]]}`));
    expect([code, inOneLine(stderr)]).toEqual([3, expect.stringContaining(`127.0.0.1:${port} is a node of a Redis Cluster`)]);
    expect(inOneLine(stderr)).toContain('redis-pubsub, with a host such as {cluster:');
  });

  it('of another backend is measured in an application that has it, and named as it is', async () => {
    const other = 'CHANNEL_LAYERS:\n  default:\n    BACKEND: channels_postgres.core.PostgresChannelLayer\n    CONFIG: {NAME: x}\n';
    const refused = await run(other);
    expect([refused.code, inOneLine(refused.stderr)]).toEqual([
      2,
      expect.stringContaining('portal.yml:3: bench knows no backend "channels_postgres.core.PostgresChannelLayer"'),
    ]);
    await benchHere(['init', 'django'], { cwd: folder });
    for (const file of ['asgi', 'settings'])
      copyFileSync(join(import.meta.dirname, `../../servers/django/layerbench_${file}.py`), join(folder, `own_${file}.py`));
    writeFileSync(
      join(folder, 'own_settings.py'),
      'SECRET_KEY = "x"\nALLOWED_HOSTS = ["*"]\nCHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}\n',
    );
    writeFileSync(
      join(folder, 'own_asgi.py'),
      'import os\nimport django\nos.environ["DJANGO_SETTINGS_MODULE"] = "own_settings"\ndjango.setup()\nfrom layerbench_consumer import mount\napplication = mount()\n',
    );
    const { results, stderr } = await run(other, '--server', 'daphne', '--processes', '1', '--app', 'own_asgi:application');
    expect(results, stderr).toHaveLength(1);
    expect(results[0]!.ledger.delivered).toBe(results[0]!.ledger.expected);
  });
});

describe('--settings', () => {
  it("is what Django has in the user's interpreter", async () => {
    mkdirSync(join(folder, 'site/portal'), { recursive: true });
    const settings = `from pathlib import Path\nprint("noise")\nCHANNEL_LAYERS = {"default": {"BACKEND": "channels_redis.core.RedisChannelLayer", "CONFIG": {"hosts": [("127.0.0.1", ${redis.port})], "capacity": 1500}}}\n`;
    writeFileSync(join(folder, 'site/portal/settings.py'), settings);
    writeFileSync(join(folder, 'site/portal/wrong.py'), 'import nothing_like_it\n');
    const from = ['--cwd', 'site', '--settings'] as const;
    const { results, stderr } = await benchHere(['run', 'fanout', ...from, 'portal.settings', ...SHORT], { cwd: folder });
    expect(results, stderr).toHaveLength(1);
    expect(results[0]!.layer).toMatchObject({ name: 'redis', options: { capacity: 1500 } });
    const wrong = await benchHere(['config', ...from, 'portal.wrong'], { cwd: folder });
    expect([wrong.code, inOneLine(wrong.stderr)]).toEqual([
      2,
      expect.stringContaining("ModuleNotFoundError: No module named 'nothing_like_it'"),
    ]);
    const python = await benchHere(['config', '--config', 'site/portal/settings.py'], { cwd: folder });
    expect([python.code, inOneLine(python.stderr)]).toEqual([2, expect.stringContaining('Give the module to --settings')]);
  });
});

describe('an input without an end', () => {
  beforeAll(() => {
    execFileSync('mkfifo', [join(folder, 'pipe.js')]);
    writeFileSync(join(folder, 'large.yml'), '');
    truncateSync(join(folder, 'large.yml'), 2 ** 30);
  });

  it.each([
    [['run', 'fanout', '--env-file', '/dev/zero'], 'it is larger than any such file is'],
    [['run', 'fanout', '--config', '/dev/zero'], 'it is larger than any such file is'],
    [['config', '--config', '.'], 'it is a folder'],
    [['config', '--config', 'large.yml'], 'it is larger than any such file is'],
    [['report', '/dev/zero'], 'it is larger than any such file is'],
    [['run', './pipe.js'], "the module './pipe.js' is no regular file"],
    [['run', 'fanout', '--layer', './pipe.js'], "the module './pipe.js' is no regular file"],
  ])('%j is refused', async (args, message) => {
    const { code, stderr } = await benchHere(args, { cwd: folder });
    expect([code, inOneLine(stderr)]).toEqual([2, expect.stringContaining(message)]);
  });
});
