import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CompareResult } from '../../src/result/comparison-result.ts';
import type { RunResult } from '../../src/result/run-result.ts';
import { readResultFile } from '../../src/store/read.ts';
import { sampleRun, type SampleChoices } from '../sample-results.ts';
import { benchHere } from '../bench-here.ts';
import { BenchProcess, survivors } from '../bench-process.ts';

/* Comparisons of results that are made up, and of real, interleaved runs; ci.test.ts has one to its end, with a planted loss. */

const RUNS = 7;
const CAPACITY = ['--interleave', '--metric', 'capacity', '--head-args', ''] as const;

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'layerbench-compare-'));
  write('base', {});
  write('same', { p50Us: 1005 });
  write('slower', { p50Us: 1300 });
  write('one', {}, 1);
  write('other-layer', { layer: 'redis-fast' });
  write('more', {});
  write('more', { layer: 'memory' });
  write('invalid', { reasons: ['the generator fell behind'] });
  write('interrupted', {}, RUNS, (run) => ({ ...run, run: { ...run.run, state: 'interrupted' } }));
  write('in-flight', {}, RUNS, (run) => ({ ...run, ledger: { ...run.ledger, delivered: 9900, inFlight: 100 } }));
  write('nothing', { lost: 10_000 }, 1, (run) => ({ ...run, latency: { ...run.latency, response: null } }));
  // One block of each is 0.
  const failures = (of: (i: number) => number) => (run: RunResult, i: number) => ({
    ...run,
    measures: [
      { name: 'failures', label: 'failures', unit: 'count' as const, direction: 'lowerIsBetter' as const, value: i === 0 ? 0 : of(i) },
    ],
  });
  write(
    'failing',
    {},
    RUNS,
    failures((i) => 1000 + i),
  );
  write(
    'failing-more',
    {},
    RUNS,
    failures((i) => 1010 + i),
  );
  // What bench run is to keep is nothing to a comparison.
  writeFileSync(join(folder, 'bench.config.json'), '{"limit": "p99<1us", "repeat": "3"}');
});
afterAll(() => rmSync(folder, { recursive: true }));

function write(
  place: string,
  { p50Us = 1000, ...choices }: Partial<SampleChoices>,
  runs = RUNS,
  changed: (run: RunResult, i: number) => RunResult = (run) => run,
): void {
  mkdirSync(join(folder, place), { recursive: true });
  for (let i = 0; i < runs; i++) {
    const result = sampleRun({ id: `${place}-${i}`, p50Us: p50Us * (1 + i / 1000), ...choices });
    writeFileSync(join(folder, place, `${choices.layer ?? 'redis'}-${i}.json`), JSON.stringify(changed(result, i)));
  }
}

const compare = (...args: readonly string[]): ReturnType<typeof benchHere> =>
  benchHere(['compare', ...args], { cwd: folder, env: { NO_COLOR: '1' } });

describe.concurrent('results that are there already', () => {
  it.each([
    { head: 'same', args: [], code: 0, says: /^fanout\/redis\/node\/p4: no worse$/m },
    { head: 'slower', args: [], code: 5, says: /^fanout\/redis\/node\/p4: REGRESSION$/m },
    { head: 'one', args: [], code: 0, says: /: inconclusive\n[^]*cannot show a\s+regression/ },
    { head: 'one', args: ['--strict'], code: 7, says: /inconclusive/ },
    { head: 'in-flight', args: ['--strict'], code: 7, says: /loss +none +1 %, 7 events [^]*inconclusive/ },
    {
      head: 'nothing',
      args: [],
      code: 5,
      says: /: REGRESSION\n[^]*response\.p50 +1 ms +– [^]*loss +none +100 %[^]*head delivered\s+nothing/,
    },
    { head: 'slower', args: ['--min-effect', 'p50=40%', '--min-effect', 'p99=40%'], code: 0, says: /no worse/ },
  ])('base beside $head $args ends with $code', async ({ head, args, code, says }) => {
    const found = await compare('base', head, ...args);
    expect(found.code, found.stderr).toBe(code);
    expect(found.stdout).toMatch(says);
    const table = found.stdout.split('\n').filter((line) => !line.startsWith('  ! '));
    expect(Math.max(...table.map((line) => line.length))).toBeLessThanOrEqual(100);
  });

  it('are one document as JSON, which report shows again and compare refuses', async () => {
    const json = await compare('base', 'slower', '--json');
    const file = join(folder, 'comparison.json');
    writeFileSync(file, json.stdout);
    const result = (await readResultFile(file)) as CompareResult;
    expect(result.benchmarks[0]!.metrics.find(({ name }) => name === 'response.p50')).toMatchObject({ verdict: 'regression' });
    const [shown, again] = [await benchHere(['report', file]), await compare('base', 'slower')];
    expect(shown.stdout).toContain(again.stdout.slice(again.stdout.indexOf('fanout/redis')).trimEnd());
    const refused = await compare('base', 'comparison.json');
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining("is no run but of kind 'compare'")]);
  });

  it.each([
    { args: ['more', 'base'], code: 4, says: 'fanout/memory/node/p4 has vanished', where: 'stdout' },
    { args: ['more', 'base', '--force'], code: 0, says: 'fanout/memory/node/p4 has vanished', where: 'stdout' },
    { args: ['base', 'other-layer'], code: 2, says: 'they differ in layer: redis, redis-fast', where: 'stderr' },
    { args: ['base', 'invalid'], code: 4, says: 'is invalid: the generator fell behind', where: 'stderr' },
    { args: ['base', 'interrupted'], code: 4, says: "/redis-0.json' was interrupted", where: 'stderr' },
    { args: ['base', 'invalid', '--force'], code: 0, says: "invalid/redis-6.json' is invalid: the generator", where: 'stdout' },
    { args: ['base', 'interrupted', '--force'], code: 0, says: "interrupted/redis-6.json' was interrupted", where: 'stdout' },
    { args: ['failing', 'failing-more', '--metric', 'failures', '--min-effect', 'failures=5%'], code: 0, says: '+1 %', where: 'stdout' },
    { args: ['base', 'nowhere'], code: 2, says: "cannot read the result file 'nowhere'", where: 'stderr' },
    { args: ['base'], code: 2, says: 'compare takes base and head', where: 'stderr' },
    { args: ['base', 'same', '--aplha', '0.1'], code: 2, says: "unknown option '--aplha'", where: 'stderr' },
    { args: ['base', 'same', '--alpha', '2'], code: 2, says: "--alpha '2' is no probability", where: 'stderr' },
    { args: ['base', 'same', '--metric', 'speed'], code: 2, says: "unknown metric 'speed'", where: 'stderr' },
    { args: ['--interleave'], code: 2, says: 'nothing that differs between base and head', where: 'stderr' },
    { args: ['--interleave', '--base', '.'], code: 2, says: '--base has no other side', where: 'stderr' },
    { args: ['--interleave', 'fanuot', '--head-args', ''], code: 2, says: "Did you mean 'fanout'", where: 'stderr' },
    { args: ['--interleave', '--head-args', '--rate 5'], code: 2, says: "head: --rate: rate '5' has no unit", where: 'stderr' },
    {
      args: ['--interleave', '--head-args', '', '--layer', 'memory,redis'],
      code: 2,
      says: 'each side is one run, and this names 2',
      where: 'stderr',
    },
    {
      args: ['--interleave', '--head-args', '', '--limit', 'p99<1s'],
      code: 2,
      says: '--limit is not for this comparison',
      where: 'stderr',
    },
    { args: ['base', 'same', '--metric', 'capacity'], code: 2, says: 'capacity is no metric of a run', where: 'stderr' },
    { args: [...CAPACITY, '--metric', 'p99'], code: 2, says: 'Write --metric capacity alone, and compare response.p99', where: 'stderr' },
    { args: ['--interleave', 'ramp', ...CAPACITY.slice(1)], code: 2, says: 'arrivals that climb have no rate to search', where: 'stderr' },
    {
      args: ['--interleave', 'session-affinity', ...CAPACITY.slice(1)],
      code: 2,
      says: 'no --rate that could be searched',
      where: 'stderr',
    },
    { args: [...CAPACITY, '--rate', '5/s'], code: 2, says: 'bound the rates with --rate-min and --rate-max', where: 'stderr' },
    { args: [...CAPACITY, '--limit', 'p99<1s'], code: 2, says: 'What a rate has to keep is --slo', where: 'stderr' },
    { args: [...CAPACITY, '--min-effect', 'p99=5%'], code: 2, says: '--min-effect is for response.p99, which does not', where: 'stderr' },
    { args: [...CAPACITY, '--base-args', '--slo p99<1s'], code: 2, says: 'base and head are asked for different things', where: 'stderr' },
    { args: [...CAPACITY, '--layer', 'memory'], code: 2, says: 'base sustains no rate: memory does not connect', where: 'stderr' },
    { args: [...CAPACITY, '--time-budget', '10s'], code: 2, says: 'is not enough for 20 pairs', where: 'stderr' },
    { args: ['--interleave', '--head-args', '', '--slo', 'p99<1s'], code: 2, says: 'add --metric capacity', where: 'stderr' },
  ] as const)('$args end with $code: $says', async ({ args, code, says, where }) => {
    const found = await compare(...args);
    expect(found.code, found.stderr).toBe(code);
    expect(found[where]).toContain(says);
  });
});

describe.concurrent('interleaved runs', () => {
  const SHORT = ['--processes', '1', '--members', '4', '--rate', '100/s', '--duration', '300ms', '--warmup', '100ms'];

  it('that are interrupted decide nothing, and what there is is written', async () => {
    using run = new BenchProcess(['compare', '--interleave', ...SHORT, '--layer', 'memory', '--head-args', '', '--pairs', '100'], {
      terminal: true,
    });
    await run.until('a pair of base and head', () => run.stdout.includes('pair 2 of 100'));
    const children = run.children().map(({ pid }) => pid);
    run.type('\x03');
    expect((await run.exited).code).toBe(130);
    expect(await survivors(children)).toEqual([]);
    const [path] = run.resultPaths();
    expect(await readResultFile(path!)).toMatchObject({ kind: 'compare', verdict: 'inconclusive', run: { state: 'interrupted' } });
  });

  it('of capacities have one set of processes for each side, and leave none when they are interrupted', async () => {
    const args = ['compare', ...CAPACITY, '--layer', 'memory', '--processes', '1', '--members', '4'];
    using run = new BenchProcess(args);
    await run.until('a pair', () => /pair 1: 20\/s (?:sustained|not \w+) by \w+, (?:sustained|not \w+) by/.test(run.stderr));
    await run.until('processes of both sides', () => run.children().length > 0);
    const children = run.children().map(({ pid }) => pid);
    run.signal('SIGINT');
    expect((await run.exited).code).toBe(130);
    expect(await survivors(children)).toEqual([]);
    const [path] = run.resultPaths();
    const result = (await readResultFile(path!)) as CompareResult;
    expect(result).toMatchObject({
      verdict: 'inconclusive',
      run: { state: 'interrupted' },
      design: { goal: { slo: ['p99<100ms', 'loss<0.01%'] } },
    });
    const blocks = result.benchmarks[0]!.blocks;
    expect(new Set(blocks.map(({ arm, trial }) => `${arm} ${trial?.ratePerSecond}`))).toEqual(new Set(['base 20', 'head 20']));
    // Neither rate nor length is a parameter of what was compared: trials choose them.
    expect(result.benchmarks[0]!.scenario.parameters).not.toHaveProperty('ratePerSecond');
  });
});
