import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { XMLValidator } from 'fast-xml-parser';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ResultFile } from '../../src/result/result-kinds.ts';
import { EXPORT_FORMAT_NAMES } from '../../src/export/registry.ts';
import { HOSTILE, measured, sampleCapacity, sampleComparison, samplePlan, sampleRun } from '../sample-results.ts';
import { benchHere } from '../bench-here.ts';
import { inOneLine } from '../bench-process.ts';

/* Results that are made up, in the formats of other tools: nothing is measured here. */

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'layerbench-export-'));
  mkdirSync(join(folder, 'results'));
  mkdirSync(join(folder, 'other'));
  write('results/1', { ...sampleRun({ id: 'r1' }), ...measured([1e6, 2e6, 3e6]) });
  write('results/2', { ...sampleRun({ id: 'r2', layer: 'memory' }), ...measured([1e6, 2e6, 3e6]) });
  write('other/invalid', sampleRun({ id: 'r3', reasons: [HOSTILE] }));
  const interrupted = sampleRun({ id: 'r4' });
  write('other/interrupted', { ...interrupted, run: { ...interrupted.run, state: 'interrupted' } });
  write('other/comparison', sampleComparison({ id: 'c', change: 0.1, baseGit: null }));
  write('other/empty', sampleRun({ id: 'r5' }));
  write('other/capacity', sampleCapacity());
  write('other/plan', samplePlan());
});
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, result: ResultFile): void {
  writeFileSync(join(folder, `${name}.json`), JSON.stringify(result));
}

const inFolder = (args: readonly string[]): ReturnType<typeof benchHere> =>
  benchHere(['export', ...args], { cwd: folder, env: { NO_COLOR: '1' } });
const read = (...path: readonly string[]): string => readFileSync(join(folder, ...path), 'utf8');

describe('bench export', () => {
  it('says what a format does not show, and shows the rest', async () => {
    const { code, stdout, stderr } = await inFolder(['results', 'other/capacity.json', 'other/plan.json', '--format', 'csv']);
    expect([code, stdout.trim().split('\n')]).toEqual([0, expect.objectContaining({ length: 3 })]);
    expect(inOneLine(stderr)).toBe(
      'note: 1 capacity search left out, which csv does not show; these do: markdown\nnote: 1 plan left out, which csv does not show; these do: markdown\n',
    );
  });

  it('prints what is one file, of runs and comparisons, and of folders', async () => {
    const { code, stdout, stderr } = await inFolder(['results', 'other/invalid.json', 'other/comparison.json', '--format', 'junit']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(XMLValidator.validate(stdout)).toBe(true);
    expect(stdout.match(/<testsuite /g)).toHaveLength(4);
    expect(stdout).toContain('type="invalid-run"');
  });

  it('writes a file, or a folder that it makes, and leaves nothing else there', async () => {
    const file = await inFolder(['results', '--format', 'csv', '--out', 'made/runs.csv']);
    expect({ code: file.code, stdout: file.stdout, stderr: file.stderr }).toEqual({
      code: 0,
      stdout: '',
      stderr: 'written: made/runs.csv\n',
    });
    // A run that is given twice counts once.
    expect(read('made', 'runs.csv').trim().split('\n')).toHaveLength(3);
    const gab = await inFolder(['results', 'results/1.json', '--format', 'github-action-benchmark', '-o', 'made/gab']);
    expect(gab.code).toBe(0);
    expect(readdirSync(join(folder, 'made', 'gab')).toSorted()).toEqual(['gab-bigger.json', 'gab-smaller.json']);
    expect(JSON.parse(read('made', 'gab', 'gab-bigger.json'))).toHaveLength(2);
    const plot = await inFolder(['results/1.json', '--format', 'hgrm', '--series', 'transit']);
    expect(plot.stdout).toMatch(/^ +Value +Percentile TotalCount 1\/\(1-Percentile\)$/m);
    expect(readdirSync(join(folder, 'results'))).toEqual(['1.json', '2.json']);
  });

  it('lists its formats', async () => {
    const { stdout } = await inFolder(['--help']);
    for (const name of EXPORT_FORMAT_NAMES) expect(stdout).toMatch(new RegExp(`^  ${name} +\\S`, 'm'));
  });

  it.concurrent.each([
    [['results', '--format', 'openmetric'], 2, "Did you mean 'openmetrics'?"],
    [['results'], 2, 'Formats: github-action-benchmark, bencher'],
    [['results', '--format', 'otava'], 2, 'otava makes 3 files here'],
    [['results', '--format', 'hlog', '-o', 'x.hlog'], 2, "--out 'x.hlog' is one file"],
    [['results', '--format', 'csv', '--series', 'transit'], 2, '--series is for --format hgrm'],
    [['other/comparison.json', '--format', 'csv'], 2, "'other/comparison.json' is a comparison, not a run"],
    [['other/invalid.json', 'results', '--format', 'bencher'], 4, "the run of 'other/invalid.json' is invalid: a|b"],
    [['other/interrupted.json', '--format', 'openmetrics'], 4, "the run of 'other/interrupted.json' was interrupted"],
    [['other/empty.json', '--format', 'hgrm'], 4, 'there is nothing to export as hgrm'],
    [['nowhere', '--format', 'csv'], 2, "cannot read the result file 'nowhere'"],
    [['results', '--format', 'csv', '-o', '/dev/null/x'], 2, "cannot write results to '/dev/null/x/runs.csv': ENOTDIR: not a directory"],
  ] as const)('%j ends with %i, and says what to do', async (args, exit, message) => {
    const { code, stdout, stderr } = await inFolder(args);
    expect({ code, stdout }).toEqual({ code: exit, stdout: '' });
    expect(inOneLine(stderr)).toContain(message);
  });
});
