import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type * as Parser from '@actions/workflow-parser';
import type * as ActionParser from '@actions/workflow-parser/actions/index';
import { tsImport } from 'tsx/esm/api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { CompareResult } from '../../src/result/comparison-result.ts';
import { sampleComparison } from '../sample-results.ts';
import { benchHere } from '../bench-here.ts';
import { readAction, runAction, type Step } from './composite-action.ts';

const ROOT = new URL('../../', import.meta.url).pathname;
const ACTION = join(ROOT, 'action.yml');
/** A memory layer that loses every 10th delivery, and tells nobody. */
const LOSSY = join(ROOT, 'dist/src/studies/selftest/faults/faulty-layer.js');
const TINY = `--layer ${LOSSY} --processes 1 --members 4 --rate 50/s --duration 200ms --warmup 0s`;
/** Once is enough. */
const IS_SET_UP = { 'set-up': {} };

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'layerbench-ci-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A folder of its own below that of these tests. */
function place(name: string): string {
  mkdirSync(join(folder, name));
  return join(folder, name);
}

const readComparison = (path: string): CompareResult => JSON.parse(readFileSync(path, 'utf8')) as CompareResult;

/** What GitHub's own parser finds wrong; its modules import JSON as bundlers take it. */
async function mistakes(kind: 'action' | 'workflow', content: string): Promise<readonly string[]> {
  const load = (name: string): Promise<unknown> => tsImport(`@actions/workflow-parser${name}`, import.meta.url);
  const { parseWorkflow, NoOperationTraceWriter } = (await load('')) as typeof Parser;
  const { parseAction } = (await load('/actions/index')) as typeof ActionParser;
  const file = { name: `${kind}.yml`, content };
  const { context } = (kind === 'action' ? parseAction : parseWorkflow)(file, new NoOperationTraceWriter());
  return context.errors.getErrors().map(({ message }) => message);
}

describe('action.yml', () => {
  const { inputs, outputs, runs } = readAction(ACTION);
  const { steps } = runs;

  const blocksIn = (files: readonly string[]): number => files.filter((file) => /\/(base|head|noise)\/.*\.json$/.test(file)).length;

  it('is an action to GitHub, and a mistake in it would be found', async () => {
    const text = readFileSync(ACTION, 'utf8');
    expect(await mistakes('action', text)).toEqual([]);
    expect(await mistakes('action', text.replace('shell: bash', 'shall: bash'))).toEqual([
      expect.stringContaining("Unexpected value 'shall'"),
      expect.stringContaining('Required property is missing: shell'),
    ]);
    expect(Object.keys(outputs)).toEqual(['verdict', 'regressions', 'report-path']);
  });

  it('puts inputs into the environment alone, as options that bench has', async () => {
    expect(steps.flatMap(({ run }) => (run?.includes('${{') === true ? [run] : []))).toEqual([]);
    const variables = steps.flatMap(({ env = {} }) => Object.keys(env)).filter((name) => name.startsWith('LAYERBENCH_'));
    expect(variables).toHaveLength(Object.keys(inputs).length - 1);
    const { stdout } = await benchHere(['compare', '--help']);
    const flags = variables.map((name) => `--${name.replace('LAYERBENCH_', '').replaceAll('_', '-').toLowerCase()}`);
    expect(flags.filter((flag) => !stdout.includes(`  ${flag} `))).toEqual([]);
  });

  it('finds a planted loss: exit 5, with annotations, summary, outputs and artifacts', async () => {
    const cwd = place('loss');
    const head = `--layer-option faults=drop --layer-option every=10 --layer-option log=${join(cwd, 'log')}`;
    const done = await runAction(
      ROOT,
      { args: TINY, 'head-args': head, pairs: '2', 'max-pairs': '2', 'min-effect': 'response.p50=500%\ncpu=500%\n', artifact: 'loss' },
      cwd,
    );
    expect(done.code, done.stderr).toBe(5);
    const path = join(cwd, done.outputs['report-path']!);
    const { benchmarks, verdict } = readComparison(path);
    const [{ name, metrics, loss }] = benchmarks as [CompareResult['benchmarks'][number]];
    expect({ verdict, loss: loss.verdict, base: loss.base.unexplained }).toEqual({ verdict: 'regression', loss: 'regression', base: 0 });
    expect(loss.head.unexplained).toBeGreaterThan(0);
    expect(metrics.filter(({ minEffect }) => minEffect === 5).map((metric) => metric.name)).toEqual(['response.p50', 'cpu']);
    expect(done.outputs).toMatchObject({ verdict, regressions: JSON.stringify([`${name} loss`]) });
    expect(done.stdout).toContain(`::error title=${name}%3A regression::loss: base 0 lost in 0 events; head ${loss.head.lost} lost in`);
    expect(done.summary.toLowerCase()).toContain('regression');
    expect(done.artifacts['loss']!.map((file) => join(cwd, 'layerbench-results', file))).toContain(path);
    expect(blocksIn(done.artifacts['loss']!)).toBe(10);
  });

  it('says that there is no result where compare has ended without one: exit 4', async () => {
    const cwd = place('invalid');
    mkdirSync(join(cwd, 'layerbench-results'));
    const done = await runAction(ROOT, {}, cwd, { ...IS_SET_UP, compare: { 'exit-code': '4', 'report-path': '' } });
    expect(done.code, done.stderr).toBe(4);
    expect(done.outputs).toEqual({ verdict: 'invalid', regressions: '[]', 'report-path': '' });
    expect(done.stdout).toMatch(/^::error title=layerbench%3A invalid::there is no result: bench compare ended with 4/m);
    expect(done.summary).toContain('**layerbench: invalid**');
  });

  it('runs nothing of its inputs: exit 2', async () => {
    const cwd = place('hostile');
    const hostile = '$(touch pwned) `touch pwned`; touch pwned\n"$(touch pwned)"';
    const all = Object.fromEntries(['args', 'base-args', 'head-args', 'min-effect', 'metric'].map((name) => [name, hostile]));
    const done = await runAction(ROOT, { ...all, scenario: hostile }, cwd, IS_SET_UP);
    expect(done.code).toBe(2);
    expect(done.outputs['verdict']).toBe('error');
    expect(existsSync(join(cwd, 'pwned'))).toBe(false);
  });

  it('is neutral where it is inconclusive, unless it is strict', async () => {
    const cwd = place('stored');
    const sample = sampleComparison({ id: 'c', baseGit: null, change: 0.04 });
    const open = { ...sample.benchmarks[0]!.metrics[0]!, verdict: 'inconclusive' as const };
    const benchmark = { ...sample.benchmarks[0]!, metrics: [open], verdict: 'inconclusive' as const };
    writeFileSync(join(cwd, 'c.json'), JSON.stringify({ ...sample, benchmarks: [benchmark], verdict: 'inconclusive' }));
    mkdirSync(join(cwd, 'layerbench-results'));
    const ended = (code: string): ReturnType<typeof runAction> =>
      runAction(ROOT, {}, cwd, { ...IS_SET_UP, compare: { 'exit-code': code, 'report-path': 'c.json' } });
    const done = await ended('0');
    expect(done.code, done.stderr).toBe(0);
    expect(done.outputs).toEqual({ verdict: 'inconclusive', regressions: '[]', 'report-path': 'c.json' });
    expect(done.stdout).toContain(
      '::notice title=fanout/redis/node/p4%3A inconclusive::neither shown to be worse nor shown not to be: response.p50\n',
    );
    expect(done.stdout).not.toContain('::error');
    expect((await ended('7')).code).toBe(7);
  });
});

describe.concurrent('bench init ci', () => {
  interface Workflow {
    readonly permissions: object;
    readonly concurrency: object;
    readonly jobs: Readonly<Record<string, { readonly 'timeout-minutes': number; readonly steps: readonly Step[] }>>;
  }

  /** Every command line of bench in a text takes no option that `bench compare` and `bench run` do not know. */
  async function unknownOptions(text: string): Promise<readonly string[]> {
    const helps = await Promise.all([benchHere(['compare', '--help']), benchHere(['run', 'fanout', '--help'])]);
    const known = helps.map(({ stdout }) => stdout).join('');
    const words = /compare --interleave[^]*?--out/.exec(text)?.[0].match(/(?<=[ '])--[a-z-]+/g) ?? [];
    expect(words).toContain('--head-args');
    return words.filter((word) => !known.includes(`${word} `));
  }

  it('writes a workflow for GitHub that its parser takes, with inputs that the action has', async () => {
    const cwd = place('github');
    const { code, stdout } = await benchHere(['init', 'ci'], { cwd });
    expect([code, stdout]).toEqual([0, expect.stringContaining('.github/workflows/layerbench.yml is written')]);
    const text = readFileSync(join(cwd, '.github/workflows/layerbench.yml'), 'utf8');
    expect(await mistakes('workflow', text)).toEqual([]);
    const { permissions, jobs } = parse(text) as Workflow;
    expect(permissions).toEqual({ contents: 'read' });
    const { steps, 'timeout-minutes': timeoutMinutes } = jobs['compare']!;
    expect(timeoutMinutes).toBe(60);
    expect(steps.flatMap(({ uses }) => uses ?? []).filter((uses) => !/@v\d+(\.\d+\.\d+)?$/.test(uses))).toEqual([]);
    const { with: given = {} } = steps.find(({ uses }) => uses?.startsWith('OWNER/layerbench@') === true)!;
    expect(Object.keys(given).filter((name) => !(name in readAction(ACTION).inputs))).toEqual([]);
    // The line for a Redis of the application's own does as soon as it is no comment.
    const withRedis = text.replace('# - run: docker', '- run: docker');
    expect(await mistakes('workflow', withRedis)).toEqual([]);
    const added = (parse(withRedis) as Workflow).jobs['compare']!.steps.flatMap(({ run }) =>
      run?.includes('redis:7') === true ? [run] : [],
    );
    expect(added).toEqual(['docker run --detach --publish 127.0.0.1:6379:6379 redis:7']);
    const again = await benchHere(['init', 'ci', 'github'], { cwd });
    expect([again.code, again.stderr]).toEqual([2, expect.stringContaining('layerbench.yml exists already')]);
  });

  it('writes a job for GitLab whose lines a shell takes, and that bench takes', async () => {
    const cwd = place('gitlab');
    expect((await benchHere(['init', 'ci', 'gitlab'], { cwd })).code).toBe(0);
    const text = readFileSync(join(cwd, 'layerbench.gitlab-ci.yml'), 'utf8');
    const withRedis = parse(text.replace(/# (services:\n +)# ( +- redis:7)/, '$1$2')) as { readonly layerbench: object };
    expect(withRedis.layerbench).toMatchObject({ services: ['redis:7'] });
    const { layerbench: job } = parse(text) as {
      readonly layerbench: Readonly<Record<'before_script' | 'script' | 'after_script', readonly string[]>>;
    };
    expect(job).toMatchObject({
      interruptible: true,
      allow_failure: { exit_codes: 7 },
      artifacts: { when: 'always', reports: { junit: 'layerbench.xml' } },
    });
    const lines = [...job.before_script, ...job.script, ...job.after_script];
    execFileSync('sh', ['-n'], { input: lines.join('\n') });
    expect(lines.join('\n')).toContain('--branch v0.');
    expect(await unknownOptions(job.script.join('\n'))).toEqual([]);
  });

  it('writes a pipeline for Jenkins whose scripts a shell takes, and that bench takes', async () => {
    const cwd = place('jenkins');
    expect((await benchHere(['init', 'ci', 'jenkins'], { cwd })).code).toBe(0);
    const text = readFileSync(join(cwd, 'Jenkinsfile.layerbench'), 'utf8');
    const scripts = [...text.matchAll(/'''([^]*?)'''/g)].map(([, script]) => script!);
    expect(scripts).toHaveLength(3);
    expect(scripts[0]).toContain('# apt-get install -y -q redis-server');
    execFileSync('sh', ['-n'], { input: scripts.join('\n') });
    const groovy = text.replaceAll(/'''[^]*?'''|'[^'\n]*'|"[^"\n]*"|\/\/.*/g, '');
    expect(groovy.replaceAll('{', '').length).toBe(groovy.replaceAll('}', '').length);
    expect(await unknownOptions(text)).toEqual([]);
  });

  it.each([
    [['init'], 'There are: scenario, django, ci.'],
    [['init', 'sceanrio'], "Did you mean 'scenario'?"],
    [['init', 'ci', 'gitlb'], "Did you mean 'gitlab'?"],
  ])('%j ends with 2, and says what there is', async (args, message) => {
    const { code, stdout, stderr } = await benchHere(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
  });
});
