import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectRedis } from '../../src/redis/connection.ts';
import { ManagedRedis } from '../../src/redis/managed.ts';
import { benchHere } from '../bench-here.ts';
import { BenchProcess } from '../bench-process.ts';

/* A secret goes in by every way, right and wrong, and everything that bench leaves or says is searched for it. */

const SECRET = 'S3NTINEL';
const SHORT = ['--members', '4', '--duration', '1s', '--warmup', '300ms'] as const;
/** Throws, so that its options are there when something is said. */
const LAYER = `export const scope = 'process';
export async function openLayer(settings) {
  if (settings.options.password !== '${SECRET}') throw new Error('no password came');
  throw new Error('it cannot log in');
}
`;

let folder = '';
let redis: ManagedRedis;
let url = '';
const wrong = (): string => url.replace(SECRET, `${SECRET}x`);
const yaml = (host: string, more = ''): string =>
  `CHANNEL_LAYERS:\n  default:\n    BACKEND: channels_redis.core.RedisChannelLayer\n    CONFIG:\n      hosts:\n        - ${host}\n${more}`;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'layerbench-secrets-'));
  redis = await ManagedRedis.start();
  const connection = await connectRedis(redis.url);
  await connection.call('CONFIG', 'SET', 'requirepass', SECRET);
  connection.disconnect();
  url = `redis://:${SECRET}@127.0.0.1:${redis.port}/0`;
  writeFileSync(
    join(folder, 'right.yml'),
    yaml(`{address: "${url}", health_check_interval: 30}`, `      symmetric_encryption_keys: [${SECRET}]\n`),
  );
  writeFileSync(join(folder, 'wrong.yml'), yaml(`"${wrong()}"`));
  writeFileSync(join(folder, 'broken.yml'), yaml(`"redis://:a#${SECRET}@h"`));
  writeFileSync(join(folder, 'torn.yml'), `CHANNEL_LAYERS: {default: "${SECRET}`);
  writeFileSync(join(folder, 'layer.js'), LAYER);
});
afterAll(async () => {
  await redis[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

const search = (what: string, text: string): void => expect(text, what).not.toContain(SECRET);

/** Whatever bench says of a command line, whether it works or not. */
async function said(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly code: number | null; readonly text: string }> {
  const { stdout, stderr, code } = await benchHere([...args, '--debug'], { cwd: folder, env });
  search(args.join(' ').replaceAll(SECRET, '…'), stdout + stderr);
  return { code, text: stdout + stderr };
}

describe('a secret', () => {
  it('is in no result, page, export, live page or argument of a process of a run', async () => {
    const keys = `--layer-option=symmetric_encryption_keys=${SECRET}`;
    const args = ['run', 'fanout', `--redis=${url}`, keys, ...SHORT, '--duration', '3s', '--report', 'page.html', '--live', '--tag', 'a=b'];
    using run = new BenchProcess(args, { cwd: folder });
    await run.phase('measure');
    for (const { pid } of run.children()) search('an argument of a process', readFileSync(`/proc/${pid}/cmdline`, 'utf8'));
    const live = /live page: (http:\S+)/.exec(run.output)![1]!;
    search('the live page', await (await fetch(live)).text());
    await run.until('the report', () => run.output.includes('report: page.html'));
    run.signal('SIGINT');
    await run.exited;
    const [result] = run.results();
    expect(result!.run.command).toContain(
      `--redis redis://:***@127.0.0.1:${redis.port} --layer-option 'symmetric_encryption_keys=***'`.replaceAll("'", ''),
    );
    expect(result!.environment.redis!.url).toBe(`redis://:***@127.0.0.1:${redis.port}`);
    expect(result!.layer.options['symmetric_encryption_keys']).toBe('***');
    search('the output', run.output);
    search('the page', readFileSync(join(folder, 'page.html'), 'utf8'));
    const path = run.resultPaths()[0]!;
    search('the result', run.read(path));
    // Other formats are made of the same result.
    await Promise.all(['markdown', 'junit', 'csv'].map((format) => said(['export', '--format', format, path])));
  });

  it('is in nothing that is said where it is wrong, or stands in the wrong place', async () => {
    const runs: readonly (readonly [readonly string[], number, Readonly<Record<string, string>>?])[] = [
      [['run', 'fanout', '--redis', wrong()], 3],
      [['run', 'fanout', '--config', 'wrong.yml'], 3],
      [['run', 'fanout', '--config', 'broken.yml'], 2],
      [['run', 'fanout', '--config', 'torn.yml'], 2],
      [['run', 'fanout', `--redsi=${url}`], 2],
      [['run', 'fanout', '--layer', url], 2],
      [[url], 2],
      [['run', 'fanout', '--redis', `redis+tls://:${SECRET}@h`], 2],
      [['run', 'fanout', '--layer-option', `symmetric_encryption_keys:${SECRET}`], 2],
      [['run', 'fanout', '--url', `ws://u:${SECRET}@127.0.0.1:1`], 2],
      [['run', 'fanout', '--layer', './layer.js', '--layer-option', `password=${SECRET}`, ...SHORT], 3],
      [['compare', '--interleave', '--base-args', `--redis ${wrong()}`, '--head-args', `--redis=${wrong()} --layr redis`], 2],
      [['doctor', '--redis', wrong()], 3],
      [['config', '--config', 'right.yml'], 0],
      [['config', '--env-config'], 2, { CHANNEL_LAYERS_CONFIG: SECRET }],
    ];
    await Promise.all(
      runs.map(async ([args, code, env]) => {
        const found = await said(args, env);
        expect([args.join(' '), found.code], found.text).toEqual([args.join(' '), code]);
      }),
    );
  });

  it('is in nothing that is said of a bench.config.json', async () => {
    writeFileSync(join(folder, 'bench.config.json'), `{ "redis": "${wrong()}" }`);
    const unreachable = await said(['run', 'fanout']);
    expect(unreachable.code, unreachable.text).toBe(3);
    const wrongUrl = await said(['run', 'fanout'], { LAYERBENCH_REDIS_URL: `redis://:${SECRET}/x@h` });
    expect(wrongUrl.code, wrongUrl.text).toBe(2);
    writeFileSync(join(folder, 'bench.config.json'), `{ "redis": "${url}", }`);
    expect((await said(['run', 'fanout'])).text).toContain('is not JSON');
    rmSync(join(folder, 'bench.config.json'));
  });
});
