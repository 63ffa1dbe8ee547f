import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { CapacityResult } from '../../src/result/capacity-result.ts';
import type { DeploymentPlan } from '../../src/result/deployment-result.ts';
import { readResultFile } from '../../src/store/read.ts';
import { benchHere } from '../bench-here.ts';
import { BenchProcess, inOneLine } from '../bench-process.ts';

/* Searches that are cut short: what they find on a busy machine is not asserted, but what they keep, say and answer. */

const LOAD = ['capacity', 'fanout', '--layer', 'memory', '--members', '4', '--profile', 'quick'];

describe('a capacity search', () => {
  it('ends within its time, and says that isolated processes have no rate', async () => {
    const { code, stdout, stderr } = await benchHere([...LOAD, '--processes', '2,1', '--time-budget', '8s', '--json']);
    expect(stderr).toContain('2 searches with profile quick: about 8 s of the 8 s allowed');
    const result = JSON.parse(stdout) as CapacityResult;
    expect(result).toMatchObject({ kind: 'capacity', goal: { slo: ['p99<100ms', 'loss<0.01%'], profile: 'quick', timeBudgetSeconds: 8 } });
    expect(result.run.durationSeconds).toBeLessThan(8 * 10);
    const [two, one] = result.points;
    expect(two).toMatchObject({ name: 'fanout/memory/node/p2', answer: 'isolated', lower: null, upper: null });
    expect(one!.searches[0]!.end).toBe('timeBudget');
    // Nothing rests on a trial that is not valid.
    const sustained = one!.searches[0]!.trials.filter(({ verdict }) => verdict === 'ok').map(({ ratePerSecond }) => ratePerSecond);
    expect(one!.lower === null || one!.lower.ratePerSecond <= Math.max(...sustained)).toBe(true);
    expect(code).toBe(0);
  });

  it('goes on from its finished trials when it was interrupted', async () => {
    using run = new BenchProcess([...LOAD, '--processes', '1']);
    await run.until('a first trial', () => /p1: \S+ (?:sustained|not sustained|not valid)/.test(run.stderr));
    run.signal('SIGINT');
    expect((await run.exited).code).toBe(130);
    const [, folder] = /--resume (\S+)/.exec(run.stderr)!;
    const finished = await searchOf(run);
    expect(finished).toMatchObject({ end: 'interrupted', trials: [{ ratePerSecond: expect.any(Number) as number }] });
    const again = [...LOAD, '--processes', '1', '--resume', folder!];
    using resumed = new BenchProcess([...again, '--time-budget', '100ms', '--out', 'results'], { cwd: run.dir });
    // A trial that was not valid on a busy machine says nothing.
    expect((await resumed.exited).code).toBe(finished.trials[0]!.verdict === 'invalid' ? 4 : 0);
    const search = await searchOf(run);
    expect(search.trials).toEqual(finished.trials);
    expect(search.end).toBe('timeBudget');
    using other = new BenchProcess([...again, '--slo', 'p99<50ms'], { cwd: run.dir });
    expect((await other.exited).code).toBe(2);
    expect(inOneLine(other.stderr)).toContain('are of another search');
  });

  it('that a plan measures goes on from its finished trials too', async () => {
    const load = ['plan', '--connections', '4', '--group-size', '4', '--rate', '1/s', '--layer', 'memory', '--processes', '1'];
    using run = new BenchProcess([...load, '--profile', 'quick']);
    await run.until('a first trial', () => /p1: \S+ (?:sustained|not sustained|not valid)/.test(run.stderr));
    run.signal('SIGINT');
    expect([(await run.exited).code, run.stdout]).toEqual([130, '']);
    const [, folder] = /--resume (\S+)/.exec(run.stderr)!;
    const finished = await searchOf(run);
    const again = [...load, '--profile', 'quick', '--resume', folder!, '--time-budget', '100ms', '--json'];
    using resumed = new BenchProcess(again, { cwd: run.dir });
    expect((await resumed.exited).code).toBe(7);
    const { answer, warnings } = JSON.parse(resumed.stdout) as DeploymentPlan;
    expect([answer, warnings.join()]).toEqual([null, expect.stringContaining('this plan rests on what the time was enough for')]);
    const file = readdirSync(join(run.dir, 'results')).find((name) => name.endsWith('.json') && name.includes('-capacity-'))!;
    const { points } = (await readResultFile(join(run.dir, 'results', file))) as CapacityResult;
    expect(points[0]!.searches[0]!.trials).toEqual(finished.trials);
  });

  it.each([
    [['capacity', 'session-affinity'], 'no --rate that could be searched'],
    [['capacity', 'ramp'], 'arrivals that climb have no rate to search'],
    [[...LOAD, '--processes', '1,1'], 'would be searched twice'],
    [[...LOAD, '--resume', 'nowhere'], 'is not the folder of a capacity search'],
  ])('is refused: %j', async (args, message) => {
    const { code, stdout, stderr } = await benchHere(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
  });
});

/** The only search of the result that a run has written, read as anybody would. */
async function searchOf(run: BenchProcess): Promise<CapacityResult['points'][number]['searches'][number]> {
  const [path] = run.resultPaths();
  expect(existsSync(join(run.dir, 'results'))).toBe(true);
  const result = await readResultFile(path!);
  expect(result.kind).toBe('capacity');
  return (result as CapacityResult).points[0]!.searches[0]!;
}
