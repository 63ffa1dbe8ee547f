import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { History } from '../../src/studies/history/history.ts';
import { seededRandom } from '../../src/model/random.ts';
import type { ResultFile } from '../../src/result/result-kinds.ts';
import { sampleComparison, sampleRun, type SampleChoices } from '../sample-results.ts';
import { benchHere } from '../bench-here.ts';
import { inOneLine } from '../bench-process.ts';

/* Histories and baselines of results that are made up: nothing is measured here. */

const STEP = 6;
const COMMITS = 12;
const day = (i: number): string => new Date(Date.UTC(2026, 0, 2 + i, 3)).toISOString();

let folder = '';
let shas: readonly string[] = [];
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'layerbench-history-'));
  git(['init', '-q', '-b', 'main']);
  shas = Array.from({ length: COMMITS }, (_, i) => {
    git(['commit', '-q', '--allow-empty', '-m', i === STEP ? 'Read one message at a time' : `Change ${i}`], day(i));
    return git(['rev-parse', 'HEAD']);
  });
  const random = seededRandom(3, 0);
  shas.forEach((_, i) => write('results', `${i}`, run(i, { p50Us: (i < STEP ? 1000 : 1200) * (1 + 0.02 * (random() - 0.5)) })));
});
afterAll(() => rmSync(folder, { recursive: true }));

function git(args: readonly string[], date = day(0)): string {
  const identity = { GIT_AUTHOR_NAME: 'a', GIT_AUTHOR_EMAIL: 'a@b', GIT_COMMITTER_NAME: 'a', GIT_COMMITTER_EMAIL: 'a@b' };
  const env = { ...process.env, ...identity, GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date };
  return execFileSync('git', ['-C', folder, ...args], { encoding: 'utf8', env, stdio: ['ignore', 'pipe', 'pipe'] }).trim();
}

const run = (i: number, choices: Partial<SampleChoices> = {}): ResultFile =>
  sampleRun({ id: `r${i}`, startedAt: day(i), git: { sha: shas[i]!, dirty: false }, ...choices });

/** Writes a result below the folder; answers its path from there. */
function write(place: string, name: string, result: ResultFile): string {
  mkdirSync(join(folder, place), { recursive: true });
  writeFileSync(join(folder, place, `${name.padStart(2, '0')}.json`), `${JSON.stringify(result, null, 2)}\n`);
  return join(place, `${name.padStart(2, '0')}.json`);
}

const inFolder = (args: readonly string[]): ReturnType<typeof benchHere> =>
  benchHere(args, { cwd: folder, env: { NO_COLOR: '1', LAYERBENCH_OUT: 'results' } });

interface Document extends History {
  readonly kind: string;
}

/** Commits of the changes of each metric. */
function changesOf(stdout: string): Readonly<Record<string, readonly string[]>> {
  const { series, kind } = JSON.parse(stdout) as Document;
  expect(kind).toBe('history');
  const { points, metrics } = series[0]!;
  return Object.fromEntries(metrics.map(({ name, changes }) => [name, changes.map(({ index }) => points[index]!.git!.sha)]));
}

describe('a folder of 12 results with a step in the middle', () => {
  it('is shown with its change at the right commit, within 80 columns', async () => {
    const { code, stdout, stderr } = await inFolder(['history']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('12 commits, 12 runs, 2026-01-02 to 2026-01-13');
    expect(stdout).toMatch(/^ {2}response\.p50 {2}[▁▂▃]{6}[▆▇█]{6} {2}1\.\d+ ms$/m);
    expect(stdout).toContain(`1  ${shas[STEP]!.slice(0, 8)}  2026-01-08  Read one message at a time`);
    expect(stdout).toMatch(/response\.p50 +\S+ (?:µs|ms) +→ 1\.\d+ ms +\+\d+(?:\.\d)? % +p < 0\.0001 +regression/);
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  it('has the same change as JSON', async () => {
    const { code, stdout } = await inFolder(['history', 'results', '--json']);
    expect(code).toBe(0);
    const at = [shas[STEP]];
    expect(changesOf(stdout)).toEqual({ delivered: [], 'response.p50': at, 'response.p99': at, cpu: [], loss: [] });
    expect(stdout).toContain('"subject": "Read one message at a time"');
  });

  it('fails the command where that is asked, and tells nothing below the smallest magnitude', async () => {
    expect((await inFolder(['history', '--fail-on-regression', '--metric', 'p50'])).code).toBe(5);
    const { code, stdout } = await inFolder(['history', '--fail-on-regression', '--min-magnitude', '50%']);
    expect(code).toBe(0);
    expect(stdout).toContain('no change of level');
  });
});

describe('a metric that begins later', () => {
  const JOIN = { name: 'join.p50', label: 'join', unit: 'us', direction: 'lowerIsBetter' } as const;
  const commits = (): readonly string[] => {
    const random = seededRandom(5, 0);
    return shas.map((_, i) => {
      const value = i === 0 ? 980 : 1000 + 10 * random();
      return write('begins', `${i}`, run(i, { id: `b${i}`, measures: i > 0 && i < STEP ? [] : [{ ...JOIN, value }] }));
    });
  };

  it('has no change where it was not measured, and says at how many commits it was', async () => {
    const { code, stdout, stderr } = await inFolder(['history', ...commits(), '--metric', 'join.p50', '--fail-on-regression']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('no change of level');
    expect(inOneLine(stdout)).toContain('join.p50 at 7 of 12 commits: only a step above 5.2 times the noise shows');
    const { series } = JSON.parse((await inFolder(['history', 'begins', '--metric', 'join.p50', '--json'])).stdout) as Document;
    expect(series[0]!.metrics[0]).toMatchObject({ changes: [], values: { length: COMMITS, 1: null, 5: null, 6: expect.any(Number) } });
  });
});

describe('results in git', () => {
  it('are read from the notes of their commits, several to a note, as files or lines', async () => {
    for (const [i, sha] of shas.entries()) {
      git(['notes', '--ref=layerbench', 'append', '-F', join('results', `${String(i).padStart(2, '0')}.json`), sha]);
      if (i !== STEP) continue;
      // Without a commit of their own they are of the one that the note is attached to.
      const lines = ['x', 'y'].map((id) => JSON.stringify(run(i, { id, git: null, p50Us: 1200 })));
      writeFileSync(join(folder, 'lines'), lines.join('\n'));
      git(['notes', '--ref=layerbench', 'append', '-F', 'lines', sha]);
    }
    const { code, stdout } = await inFolder(['history', '--notes', '--metric', 'p50', '--json']);
    expect(code).toBe(0);
    expect(changesOf(stdout)).toEqual({ 'response.p50': [shas[STEP]] });
    expect((JSON.parse(stdout) as Document).series[0]!.points[STEP]!.results).toBe(3);
  });

  it('are read from a branch, or a folder of it', async () => {
    const tree = join(folder, 'tree');
    git(['worktree', 'add', '-q', '--detach', tree]);
    git(['-C', tree, 'checkout', '-q', '--orphan', 'bench-results']);
    execFileSync('cp', ['-r', join(folder, 'results'), join(tree, 'nightly')]);
    mkdirSync(join(tree, 'other'));
    writeFileSync(join(tree, 'other', 'package.json'), '{"name":"other"}');
    git(['-C', tree, 'add', '.']);
    git(['-C', tree, 'commit', '-q', '-m', 'Results']);
    const whole = await inFolder(['history', '--branch', 'bench-results', '--metric', 'p50', '--json']);
    expect(whole.stderr).toBe('note: left out: 1 JSON file of bench-results, no result\n');
    expect(changesOf(whole.stdout)).toEqual({ 'response.p50': [shas[STEP]] });
    const below = await inFolder(['history', '--branch', 'bench-results:nightly', '--metric', 'p50', '--json']);
    expect({ stderr: below.stderr, stdout: below.stdout }).toEqual({ stderr: '', stdout: whole.stdout });
    const none = await inFolder(['history', '--branch', 'bench-results:other']);
    expect(none.code).toBe(2);
    expect(none.stderr).toContain("there are no results in 'other' on the branch 'bench-results'");
  });

  it('stand in for absolute numbers as ratios to a pinned reference', async () => {
    const baseGit = { sha: '9'.repeat(40), dirty: false };
    shas.forEach((sha, i) =>
      write(
        'ratios',
        `${i}`,
        sampleComparison({
          id: `c${i}`,
          startedAt: day(i),
          git: { sha, dirty: false },
          baseGit,
          change: (i < STEP ? 0 : 0.3) + (i % 2 === 0 ? 0.01 : -0.01),
        }),
      ),
    );
    const { stdout } = await inFolder(['history', 'ratios', 'results']);
    expect(stdout).toContain('12 commits, 12 comparisons');
    expect(stdout).toContain('× of reference 99999999');
    expect(stdout).toMatch(/response\.p50 +1 × +→ 1\.3 × +\+30 % .*regression/);
    expect(stdout).not.toContain('runs');
  });
});

describe('what cannot be shown', () => {
  it.each([
    [['history', 'nowhere'], 2, "cannot read the result file 'nowhere'"],
    [['history', '--notes', 'other'], 2, 'git fetch origin refs/notes/other:refs/notes/other'],
    [['history', '--branch', 'other'], 2, "there is no branch 'other'"],
    [['history', '--metric', 'respones.p99'], 2, 'Did you mean response.p99?'],
    [['history', '--metric', 'transit.p99'], 4, 'no result has data of transit.p99'],
    [['history', '--min-magnitude', '5'], 2, 'has no unit'],
    [['history', '--max-p-value', '1'], 2, 'is no probability above 0 and up to 0.2'],
    [['history', '--window', '1'], 2, '--window'],
  ] as const)('%j ends with %i, and says what to do', async (args, exit, message) => {
    const { code, stdout, stderr } = await inFolder(args);
    expect({ code, stdout }).toEqual({ code: exit, stdout: '' });
    expect(stderr).toContain(message);
  });

  it('is said of invalid runs, and of notes where there is no repository', async () => {
    const path = write('invalid', 'x', run(1, { reasons: ['the generator fell behind'] }));
    const invalid = await inFolder(['history', path]);
    expect(invalid.code).toBe(4);
    expect(invalid.stderr).toContain('all results are left out');
    const outside = await benchHere(['history', '--notes']);
    expect(outside.code).toBe(2);
    expect(outside.stderr).toContain('is in no git repository');
  });

  it('is said of few points, with what it takes for a step to show', async () => {
    const { code, stdout } = await inFolder(['history', 'results/00.json', 'results/01.json', 'results/02.json', 'results/03.json']);
    expect(code).toBe(0);
    expect(inOneLine(stdout)).toContain('4 commits: only a step above 32 times the noise shows; with 10, above 3.2 times the noise');
    expect((await inFolder(['history', 'results/00.json'])).stdout).toContain('1 commit: a change needs at least 3');
  });
});

describe('baselines', () => {
  it('are saved, listed and shown', async () => {
    expect((await inFolder(['baseline', 'list'])).stderr).toContain('bench baseline save');
    const memory = write('more', 'memory', run(1, { layer: 'memory' }));
    const saved = await inFolder(['baseline', 'save', 'results/00.json', 'results/01.json', memory]);
    expect(saved.code).toBe(0);
    expect(saved.stdout).toMatch(
      /^fanout-redis-node-p4-[0-9a-f]{8}-aaaaaaaaaaaa\n +2 runs {2}2026-01-02 to 2026-01-03 {2}2 commits {2}p50 /m,
    );
    expect((await inFolder(['baseline', 'list'])).stdout).toBe(saved.stdout);
    expect(readdirSync(join(folder, 'results', 'baselines'))).toHaveLength(2);
    const shown = await inFolder(['baseline', 'show', 'fanout/redis/node/p4']);
    expect(shown.stdout).toMatch(/^ +response\.p50 +\S+ (?:µs|ms) +\S+ (?:µs|ms) +\S+ (?:µs|ms)$/m);
    expect((await inFolder(['baseline', 'show', 'fanout-redis'])).stdout).toBe(shown.stdout);
  });

  it('are what results are compared with, each with its own', async () => {
    const later = write('later', 'redis', run(11, { id: 'later', p50Us: 1200 }));
    const memory = write('later', 'memory', run(11, { id: 'm', layer: 'memory' }));
    const { code, stdout, stderr } = await inFolder(['compare', '--baseline', 'later']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/base {2}baselines in results +\S+\n +head {2}later /);
    expect(stdout).toMatch(/fanout\/memory\/node\/p4: [^]* 1 and 1 runs[^]*fanout\/redis\/node\/p4: [^]* 2 and 1 runs/);
    expect((await inFolder(['compare', '--baseline', later])).stdout).not.toContain('fanout/memory');
    const other = write('later', 'other', run(11, { id: 'o', ratePerSecond: 51 }));
    const none = await inFolder(['compare', '--baseline', memory, later, other]);
    expect({ code: none.code, stdout: none.stdout }).toEqual({ code: 2, stdout: '' });
    expect(inOneLine(none.stderr)).toMatch(/'later\/other\.json' has no baseline in 'results': there is no fanout-redis-node-p4-/);
    expect(none.stderr).toContain('bench baseline save FILE');
    expect((await inFolder(['compare', '--baseline'])).stderr).toContain('bench compare --baseline FILE');
    expect((await inFolder(['compare', '--baseline', '--interleave', 'fanout'])).code).toBe(2);
  });

  it('are asked for by a name that fits one', async () => {
    const several = await inFolder(['baseline', 'show', 'fanout']);
    expect(several.code).toBe(2);
    expect(several.stderr).toMatch(/'fanout' fits 2 baselines\n +There are:\n +fanout-memory-\S+\n +fanout-redis-\S+\n/);
    const none = await inFolder(['baseline', 'show', 'fanout/redis/node/p5']);
    expect(none.code).toBe(2);
    expect(none.stderr).toContain('Did you mean fanout/redis/node/p4?');
  });

  it('are no invalid runs, and no comparisons', async () => {
    const before = readdirSync(join(folder, 'results', 'baselines'));
    const invalid = write('invalid', 'x', run(1, { reasons: ['the generator fell behind'] }));
    const refused = await inFolder(['baseline', 'save', invalid]);
    expect(refused.code).toBe(4);
    expect(refused.stderr).toContain('is invalid: the generator fell behind');
    const comparison = write('ratios', 'x', sampleComparison({ id: 'c', baseGit: null, change: 0 }));
    expect((await inFolder(['baseline', 'save', comparison])).code).toBe(2);
    expect(readdirSync(join(folder, 'results', 'baselines'))).toEqual(before);
  });

  it('find a regression, where there are runs enough', async () => {
    const runs = (offset: number, p50Us: number): readonly string[] =>
      Array.from({ length: 7 }, (_, i) => write(`p50-${p50Us}`, `${i}`, run(0, { id: `${offset}-${i}`, processes: 5, p50Us: p50Us + i })));
    expect((await inFolder(['baseline', 'save', ...runs(0, 1000), '--out', 'apart'])).code).toBe(0);
    const { code, stdout } = await inFolder(['compare', '--baseline', ...runs(1, 1300), '--out', 'apart']);
    expect(code).toBe(5);
    expect(stdout).toMatch(/response\.p50 .*\+29\.9 % .*REGRESSION/);
  });
});
