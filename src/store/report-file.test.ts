import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ensureReportWritable, REPORT, RUN_REPORT, writeReport } from './report-file.ts';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'layerbench-test-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const RESULT = JSON.stringify({ schemaVersion: 1, kind: 'run' }, null, 2);

describe('a report', () => {
  it.each([
    ['a result', RESULT],
    ['a result of a later version', '{ "schemaVersion": 7 }'],
    ['several results, a line each', '{"schemaVersion":1}\n{"schemaVersion":1}\n'],
  ])('does not take the place of %s', async (_, content) => {
    const path = join(folder, 'a.json');
    writeFileSync(path, content);
    symlinkSync(path, join(folder, 'link.html'));
    for (const place of [path, join(folder, 'link.html')]) {
      await expect(ensureReportWritable(place, RUN_REPORT)).rejects.toThrow(/is a result, which would be destroyed/);
      await expect(writeReport(place, 'report', REPORT)).rejects.toMatchObject({ kind: 'usage' });
    }
    expect(readFileSync(path, 'utf8')).toBe(content);
  });

  it.each(['', '{ "name": "of another program" }', '<html>', '[1]', 'null'])('takes the place of a file with %j', async (content) => {
    const path = join(folder, 'report.html');
    writeFileSync(path, content);
    await ensureReportWritable(path, REPORT);
    await writeReport(path, 'report', REPORT);
    expect(readFileSync(path, 'utf8')).toBe('report');
    expect(readdirSync(folder)).toEqual(['report.html']);
  });

  it('keeps the mode of the file that it replaces, and a symbolic link to it', async () => {
    const [path, link] = [join(folder, 'report.html'), join(folder, 'latest.html')];
    writeFileSync(path, 'old', { mode: 0o600 });
    symlinkSync('report.html', link);
    await writeReport(link, 'new', REPORT);
    expect([readFileSync(path, 'utf8'), readlinkSync(link), statSync(path).mode & 0o777]).toEqual(['new', 'report.html', 0o600]);
  });

  it('goes into a pipe, which stays one', async () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    await ensureReportWritable(pipe, REPORT);
    const [text] = await Promise.all([readFile(pipe, 'utf8'), writeReport(pipe, 'report', REPORT)]);
    expect(text).toBe('report');
    expect(statSync(pipe).isFIFO()).toBe(true);
    expect(readdirSync(folder)).toEqual(['pipe']);
  });

  it('has to have a name, and no folder for one', async () => {
    await expect(ensureReportWritable('', REPORT)).rejects.toThrow(/has no name/);
    await expect(ensureReportWritable(folder, REPORT)).rejects.toMatchObject({
      message: expect.stringMatching(/is a folder/),
      kind: 'usage',
    });
  });
});
