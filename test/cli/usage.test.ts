import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RunResult } from '../../src/result/run-result.ts';
import { readResult } from '../../src/store/read.ts';
import { connectRedis } from '../../src/redis/connection.ts';
import { ManagedRedis } from '../../src/redis/managed.ts';
import { benchHere } from '../bench-here.ts';
import { bench, BenchProcess } from '../bench-process.ts';

const QUICK = ['--processes', '1', '--members', '4', '--duration', '1s', '--warmup', '0s', '--layer', 'memory'];

/** One message and one hint, no stack, nothing on stdout, nothing run. */
async function refused(args: readonly string[], code: number, message: RegExp, hint: RegExp): Promise<void> {
  const done = await benchHere(args);
  expect(done.code, done.stderr).toBe(code);
  expect(done.stderr).toMatch(message);
  expect(done.stderr).toMatch(hint);
  expect(done.stderr).not.toMatch(/\n\s+at /);
  expect(done.stdout).toBe('');
  expect(done.results).toEqual([]);
}

describe.concurrent('wrong input ends with exit 2 and says what to do', () => {
  it.each([
    [['run', 'fanuot'], /unknown scenario 'fanuot'/, /Did you mean 'fanout'\?/],
    [['run'], /bench run needs a scenario/, /There are: fanout/],
    [['explain'], /bench explain needs a scenario/, /There are: fanout/],
    [['baseline'], /bench baseline needs a command/, /There are: save, show, list/],
    [['run', 'fanout', '--layer', 'rediss'], /unknown layer 'rediss'/, /Did you mean 'redis'\?/],
    [['run', 'fanout', '--layer', 'channels_redis.core.RedisChannelLayer'], /unknown layer 'channels/, /write --layer redis\./],
    [['config', '--layer', 'channels.layers.InMemoryChannelLayer'], /unknown layer 'channels/, /write --layer memory\./],
    [['conformance', 'RedisPubSubChannelLayer'], /unknown layer 'Redis/, /write --layer redis-pubsub\./],
    [['run', 'fanout', '--procesess', '2'], /unknown option '--procesess'/, /Did you mean --processes\?/],
    [['run', 'fanout', 'redis'], /too many arguments for 'fanout'/, /bench --help/],
    [['rnu', 'fanout'], /unknown command 'rnu'/, /Did you mean run\?/],
    [['foo'], /unknown command 'foo'/, /There are: run, explain, compare/],
    [['run', 'fanout', '--rate', '200'], /rate '200' has no unit/, /Write it as 200\/s/],
    [['run', 'fanout', '--rate', '-5/s'], /--rate '-5\/s' is out of range/, /takes 0\.01\/s to 100,000\/s/],
    [['run', 'fanout', '--rate', '0/s'], /out of range/, /takes/],
    [['run', 'fanout', '--duration', '10'], /duration '10' has no unit/, /Write it as 10s/],
    [['run', 'fanout', '--duration', '1e9h'], /out of range/, /takes/],
    [['run', 'fanout', '--payload', '128'], /size '128' has no unit/, /128B/],
    [['run', 'fanout', '--payload', '2MiB'], /out of range/, /1 MiB/],
    [['run', 'fanout', '--members', '-3'], /out of range/, /takes 1 to/],
    [['run', 'fanout', '--members', '2.5'], /not a whole number/, /Write it as 8/],
    [['run', 'fanout', '--members', '99999999999'], /out of range/, /takes 1 to/],
    [['run', 'fanout', '--processes', '0'], /--processes '0' is out of range/, /takes 1 to 64/],
    [['run', 'fanout', '--processes', '2,x'], /'x' is not a whole number/, /Write it as 8/],
    [['run', 'fanout', '--processes', '1-4'], /'1-4' is no number: there are no ranges/, /--processes 1,2,3,4\./],
    [['run', 'fanout', '--processes', '1..64'], /'1..64' is no number/, /--processes 1,2,4\./],
    [['run', 'fanout', '--processes', '-4'], /out of range|not a whole number/, /takes 1 to 64/],
    [['run', 'fanout', '--server', 'daphen'], /unknown kind of server/, /node/],
    [['run', 'fanout', '--arrivals', 'bursty'], /not one of its choices/, /constant, poisson/],
    [['run', 'fanout', '--layer-option', 'capcity=5'], /unknown option of redis 'capcity'/, /Did you mean 'capacity'\?/],
    [
      ['run', 'fanout', '--layer', 'redis-pubsub', '--layer-option', 'capacity=5'],
      /unknown option of redis-pubsub 'capacity'/,
      /There are: serializer_format/,
    ],
    [['run', 'fanout', '--layer-option', 'expiry=5'], /has no unit/, /10s/],
    [['run', 'fanout', '--layer-option', 'expiry=1500ms'], /not a whole number of seconds/, /takes/],
    [['run', 'fanout', '--limit', 'p98<5ms'], /p98/, /p99/],
    [['run', 'fanout', '--limit', 'p99<50'], /p99<50/, /p99<50ms|50ms/],
    [['run', 'fanout', '--redis', 'localhost:6379'], /not the URL of a Redis/, /redis:\/\//],
    [['run', 'fanout', '--tag', 'x'], /not key=value/, /--tag/],
    [['run', 'fanout', '--members', '5000', '--publishers', '2000'], /10,000,000 \(publisher, member\) pairs/, /fewer/],
    [['report', 'nothing-here.json'], /cannot read the result file 'nothing-here\.json': there is no such file\n/, /bench run/],
    [['run', 'fanout', '--config', 'nothing.yml'], /cannot read 'nothing\.yml': there is no such file\n/, /portal_config\.yml/],
    [['run', 'fanout', '--config', '.'], /cannot read '\.': it is a folder\n/, /portal_config\.yml/],
    [['report', 'nothing-here.json', '--format', 'pdf'], /unknown format 'pdf'/, /terminal, html/],
    [['run', 'fanout', '--report', '/'], /is a folder/, /report\.html/],
    [['run', 'fanout', '--live', '70000'], /'70000' is no port/, /--live 8080/],
  ])('%j', async (args, message, hint) => {
    await refused(args, 2, message, hint);
  });

  it('in bench.config.json and the environment, named by where it is', async () => {
    const env = await benchHere(['run', 'fanout', ...QUICK], { env: { LAYERBENCH_RATE: '20' } });
    expect([env.code, env.stderr]).toEqual([2, expect.stringMatching(/has no unit \(from LAYERBENCH_RATE\)/)]);
  });

  it('for an --out that cannot be written, before anything runs', async () => {
    const done = await benchHere(['run', 'fanout', ...QUICK, '--out', '/proc/nope/results']);
    expect([done.code, done.stderr]).toEqual([2, expect.stringMatching(/cannot write results to '\/proc\/nope\/results'/)]);
    expect(done.stderr).not.toMatch(/connect/);
  });
});

describe('settings', () => {
  it('come from flags, then the environment, then bench.config.json', async () => {
    using run = new BenchProcess(['list']);
    await run.exited;
    writeFileSync(join(run.dir, 'bench.config.json'), JSON.stringify({ members: 3, rate: '7/s', quiet: true }));
    const explain = (args: readonly string[], env: Readonly<Record<string, string>>): Promise<string> => explainIn(run.dir, args, env);
    expect(await explain([], {})).toMatch(/--members\s+3 .*\n(.*\n)*.*--rate\s+7\/s/);
    expect(await explain([], { LAYERBENCH_RATE: '8/s' })).toMatch(/--rate\s+8\/s/);
    expect(await explain(['--rate', '9/s'], { LAYERBENCH_RATE: '8/s' })).toMatch(/--rate\s+9\/s/);
    writeFileSync(join(run.dir, 'bench.config.json'), JSON.stringify({ membres: 3 }));
    expect(await explain([], {})).toMatch(/unknown setting in bench\.config\.json 'membres'[^]*Did you mean 'members'/);
  });
});

async function explainIn(dir: string, args: readonly string[], env: Readonly<Record<string, string>>): Promise<string> {
  const done = await benchHere(['explain', 'fanout', ...args], { env, cwd: dir });
  return done.stdout + done.stderr;
}

describe.concurrent('a Redis that cannot be used ends with exit 3', () => {
  const withRedis = (url: string): readonly string[] => ['run', 'fanout', '--redis', url, '--duration', '1s', '--quiet'];

  it('because nobody is there', async () => {
    await refused(withRedis('redis://127.0.0.1:1'), 3, /no Redis can be reached at redis:\/\/127\.0\.0\.1:1/, /Start it/);
  });

  it('because the password is wrong, which is never shown', async () => {
    await using server = await ManagedRedis.start();
    const admin = await connectRedis(server.url);
    await admin.config('SET', 'requirepass', 'right');
    admin.disconnect();
    const done = await benchHere(withRedis(server.url.replace('//', '//:wr0ng@')));
    expect([done.code, done.stderr]).toEqual([3, expect.stringMatching(/refuses the login/)]);
    expect(done.stderr).not.toContain('wr0ng');
  });

  it('because it is a read-only replica', async () => {
    await using primary = await ManagedRedis.start();
    await using replica = await ManagedRedis.start();
    const admin = await connectRedis(replica.url);
    await admin.replicaof('127.0.0.1', primary.port);
    admin.disconnect();
    await refused(withRedis(replica.url), 3, /read-only replica/, /primary/);
  });

  it('because it is something else', async () => {
    const other = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    await refused(withRedis(`redis://127.0.0.1:${port}`), 3, /is not a Redis/, /host and port/);
    other.close();
  });
});

describe('too few file descriptors for the plan', () => {
  it('are told before the start, with exit 3', async () => {
    const done = await bench(['run', 'fanout', ...QUICK, '--members', '2000'], { shell: 'ulimit -n 500 &&' });
    expect(done.code, done.stderr).toBe(3);
    expect(done.stderr).toMatch(/this plan needs 2,\d+ file descriptors in one process; the limit is 500/);
    expect(done.stderr).toMatch(/ulimit -n 4096/);
    expect(done.stderr).not.toMatch(/connect/);
  });
});

describe('output', () => {
  it('--json is exactly the result file, and keeps to its schema', async () => {
    using run = new BenchProcess(['run', 'fanout', ...QUICK, '--json', '--tag', 'branch=main', '--limit', 'delivered>=1/s']);
    await run.exited;
    const [file] = run.resultPaths();
    const result = await readResult(file!);
    expect(JSON.parse(run.stdout)).toEqual(result);
    expect(run.stdout).toBe(run.read(file!));
    expect(result.run.tags).toEqual({ branch: 'main' });
    expect(result.limits.map((limit) => limit.ok)).toEqual([true, true]);
  });

  it('of a matrix is JSON Lines; it is shown again by report, and compared side by side', async () => {
    using run = new BenchProcess(['run', 'fanout', ...QUICK, '--processes', '1,2', '--json', '--quiet']);
    await run.exited;
    const lines = run.stdout.trim().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as RunResult).server.processes)).toEqual([1, 2]);
    const again = await benchHere(['report', ...run.resultPaths()]);
    expect(again.code, again.stderr).toBe(0);
    expect(again.stdout).toMatch(/fanout over memory, 1 node process:/);
    expect(again.stdout).toMatch(/memory\s+2\s+\d+\/s\s+50 %\s+50 % isolated/);
  });

  it('is not overwritten by its report, and is found among files of other programs', async () => {
    using run = new BenchProcess(['run', 'fanout', ...QUICK, '--quiet']);
    await run.exited;
    const [path] = run.resultPaths();
    const before = readFileSync(path!, 'utf8');
    for (const args of [
      ['report', path!, '-o', path!],
      ['export', path!, '--format', 'hgrm', '--out', path!],
      ['run', 'fanout', ...QUICK, '--report', path!],
    ]) {
      await refused(args, 2, /is a result, which would be destroyed/, /Name a file/);
    }
    expect(readFileSync(path!, 'utf8')).toBe(before);
    writeFileSync(join(run.dir, 'results', 'other.json'), '{ "name": "of another program" }');
    const report = await benchHere(['report', join(run.dir, 'results')]);
    expect([report.code, report.stdout]).toEqual([0, expect.stringMatching(/^fanout over memory/)]);
  });

  it('is there whole for every run, also where nobody reads the output to its end', async () => {
    using run = new BenchProcess(['run', 'fanout', ...QUICK, '--duration', '200ms', '--repeat', '2', '--json', '--quiet'], {
      readsUpTo: 1,
    });
    const { code } = await run.exited;
    const results = run.results();
    expect(results).toHaveLength(2);
    expect(code).toBe(results.every(({ validity }) => validity.valid) ? 0 : 4);
  });

  it('obeys NO_COLOR, --quiet leaves stderr empty, and a missed limit ends with exit 6', async () => {
    const env = { NO_COLOR: '1', FORCE_COLOR: '1' };
    const missed = await benchHere(['run', 'fanout', ...QUICK, '--limit', 'p99<1us', '--quiet'], { env });
    expect(missed.stdout).not.toContain('\u001b[');
    expect(missed.results[0]?.limits[0]).toMatchObject({ ok: false, noData: false });
    const isValid = missed.results[0]?.validity.valid === true;
    expect([missed.code, isValid ? missed.stderr : '']).toEqual([isValid ? 6 : 4, '']);
    const colours = await benchHere(['list'], { env: { FORCE_COLOR: '1' } });
    expect(colours.stdout).toContain('\u001b[');
  });

  it('tells versions, help and the health of the machine', async () => {
    expect((await benchHere(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect((await benchHere(['--help'])).stdout).toMatch(/Usage: bench[^]*run[^]*doctor/);
    const help = await benchHere(['run', 'fanout', '--help']);
    expect([help.code, help.stdout]).toEqual([0, expect.stringMatching(/--members <count>[^]*LAYERBENCH_/)]);
    expect((await benchHere(['list'])).stdout).toMatch(/fanout[^]*redis-pubsub/);
    const doctor = await benchHere(['doctor', '--redis', 'redis://127.0.0.1:1']);
    expect([doctor.code, doctor.stdout]).toEqual([3, expect.stringMatching(/clocks agree[^]*your Redis: Start it/)]);
  });
});

describe('a torn or foreign result file', () => {
  it.each([
    ['{"schemaVersion":1', /not a whole JSON document/],
    ['{"schemaVersion":2,"kind":"run"}', /schema version 2/],
    ['{"schemaVersion":1,"kind":"run"}', /is missing/],
  ])('%s is refused', async (text, message) => {
    using run = new BenchProcess(['list']);
    await run.exited;
    mkdirSync(join(run.dir, 'r'));
    const file = join(run.dir, 'r', 'x.json');
    writeFileSync(file, text);
    chmodSync(file, 0o600);
    await refused(['report', file], 2, message, /bench/);
  });
});
