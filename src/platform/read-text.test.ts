import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readFailure } from '../model/errors.ts';
import { readText, readTextSync } from './read-text.ts';

const folder = mkdtempSync(join(tmpdir(), 'layerbench-input-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const SHORT = { writerMs: 100, partMs: 100 } as const;

function pipe(name: string): string {
  execFileSync('mkfifo', [join(folder, name)]);
  return join(folder, name);
}

describe('an input file', () => {
  const failure = (path: string): Promise<string> => readText(path, undefined, SHORT).then(() => 'read', readFailure);

  it('is read whole, also from a pipe, in parts', async () => {
    writeFileSync(join(folder, 'file'), 'text');
    expect(await readText(join(folder, 'file'))).toBe('text');
    expect(readTextSync(join(folder, 'file'))).toBe('text');
    const text = 'x'.repeat(300_000);
    const path = pipe('written');
    const [read] = await Promise.all([readText(path), writeFile(path, text)]);
    expect(read).toBe(text);
    expect(await readText('/dev/null')).toBe('');
  });

  it('has a bound, and is read no further', async () => {
    const large = join(folder, 'large');
    writeFileSync(large, '');
    truncateSync(large, 2 ** 30);
    expect(await failure(large)).toBe('it is larger than any such file is');
    expect(await failure('/dev/zero')).toBe('it is larger than any such file is');
    await expect(readText('/dev/zero', 2 ** 40)).rejects.toMatchObject({ code: 'EFBIG' });
    expect(() => readTextSync(large)).toThrow(/EFBIG/);
  });

  it('is no folder, and no pipe that nobody writes to', async () => {
    expect(await failure(folder)).toBe('it is a folder');
    expect(await failure(pipe('unwritten'))).toBe('nothing comes through it');
    expect(() => readTextSync('/dev/zero')).toThrow(/ENOTREG/);
    expect(() => readTextSync(join(folder, 'unwritten'))).toThrow(/ENOTREG/);
  });
});
