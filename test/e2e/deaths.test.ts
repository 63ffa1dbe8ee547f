import { describe, expect, it } from 'vitest';
import { BenchProcess, survivors } from '../bench-process.ts';
import { ownRedis } from './private-redis.ts';

const LONG = ['run', 'fanout', '--processes', '2', '--members', '8', '--rate', '50/s', '--warmup', '200ms', '--duration', '30s'];

/** A run in the middle of its measure phase, with two seconds of data. */
async function measuring(...args: readonly string[]): Promise<BenchProcess> {
  const run = new BenchProcess([...LONG, ...args]);
  await run.phase('measure');
  await run.until('some progress', () => /delivered|\/s/.test(run.stderr.slice(run.stderr.indexOf('measure'))));
  return run;
}

async function expectNothingLeft(pids: readonly number[], run: BenchProcess): Promise<void> {
  expect(await survivors(pids)).toEqual([]);
  expect(run.leftovers()).toEqual([]);
}

const clearMessage = (stderr: string): readonly string[] => stderr.split('\n').filter((line) => /SIGKILL/.test(line));

describe.concurrent('kill -9 in the middle of measure', () => {
  it.each([
    ['server', 1],
    ['driver', 0],
    ['redis', 0],
  ])('of a %s ends the run with exit 4, the cause, and what there is', async (role, index) => {
    using run = await measuring('--layer', 'redis');
    const pids = run.children().map((child) => child.pid);
    const victim = run.childrenOfRole(role)[index]!;
    process.kill(victim.pid, 'SIGKILL');
    const exit = await run.exited;
    expect(exit.code, run.output).toBe(4);
    expect(clearMessage(run.stderr).length, run.stderr).toBeGreaterThan(0);
    expect(run.stderr).not.toMatch(/\n\s+at /);
    await expectNothingLeft(pids, run);
    const [result] = run.results();
    expect(result?.run.state).toBe('partial');
    expect(result?.validity.valid).toBe(false);
    expect(result?.validity.reasons.join()).toMatch(/was killed by SIGKILL in phase measure/);
    if (role === 'driver') return;
    expect(result?.ledger.balanced).toBe(true);
    expect(result?.ledger.lost.unexplained).toBe(0);
    expect(result?.ledger.delivered).toBeGreaterThan(0);
  });

  it('of the warden is made good, and the run goes on', async () => {
    using run = new BenchProcess([...LONG.slice(0, -1), '4s', '--layer', 'memory']);
    await run.phase('measure');
    const [warden] = run.childrenOfRole('warden');
    process.kill(warden!.pid, 'SIGKILL');
    await run.until('another warden', () => run.childrenOfRole('warden').some((child) => child.pid !== warden!.pid));
    const pids = run.children().map((child) => child.pid);
    const exit = await run.exited;
    expect([0, 4], run.output).toContain(exit.code);
    expect(run.results()[0]?.run.state).toBe('completed');
    await expectNothingLeft(pids, run);
  });
});

describe.concurrent('kill -9 of the coordinator', () => {
  it('leaves no key in a Redis of the user, also while a server is frozen', async () => {
    await using redis = await ownRedis();
    using run = await measuring('--layer', 'redis', '--redis', redis.url);
    const children = run.children();
    const pids = children.map((child) => child.pid);
    const frozen = run.childrenOfRole('server')[1]!.pid;
    process.kill(frozen, 'SIGSTOP');
    await run.until('keys of the run', () => true);
    expect((await redis.keys()).length).toBeGreaterThan(0);
    run.signal('SIGKILL');
    await run.exited;
    await expectNothingLeft(pids, run);
    expect(await redis.keys()).toEqual([]);
  });

  it('and of the warden within 100 ms leaves no process and no Redis, also while a server is frozen', async () => {
    using run = await measuring('--layer', 'redis');
    const pids = run.children().map((child) => child.pid);
    const [warden] = run.childrenOfRole('warden');
    process.kill(run.childrenOfRole('server')[1]!.pid, 'SIGSTOP');
    process.kill(warden!.pid, 'SIGKILL');
    run.signal('SIGKILL');
    await run.exited;
    const started = run.children().map((child) => child.pid);
    await expectNothingLeft([...pids, ...started], run);
  });
});
