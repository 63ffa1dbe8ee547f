import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { survivors } from '../../test/bench-process.ts';
import { askProgram, type Question } from './ask-program.ts';

const folder = mkdtempSync(join(tmpdir(), 'layerbench-programs-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const PATIENT = { deadlineMs: 60_000, remedy: 'Wait.' } as const;

function ask(script: string, other: Partial<Question> = {}): ReturnType<typeof askProgram> {
  return askProgram({ command: 'sh', args: ['-c', script], ...PATIENT, ...other });
}

describe('a program that is asked', () => {
  it('answers with what it says, and how it ended', async () => {
    expect(await ask('echo yes; exit 3')).toEqual({ code: 3, output: Buffer.from('yes\n') });
    expect((await ask('cat', { input: 'question' })).output.toString()).toBe('question');
    expect((await ask('echo noise; echo answer >&3', { descriptor: 3 })).output.toString()).toBe('answer\n');
    await expect(askProgram({ command: join(folder, 'nothing'), args: [], ...PATIENT })).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('is named and killed with all that it has started where it does not answer', async () => {
    const silent = join(folder, 'silent');
    writeFileSync(silent, `#!/bin/sh\ntrap '' TERM\nsleep 600 &\necho $! > ${folder}/child\nwait\n`);
    chmodSync(silent, 0o755);
    const question = { command: silent, args: ['--version'], deadlineMs: 1000, remedy: 'Run it by hand.' };
    await expect(askProgram(question)).rejects.toMatchObject({
      kind: 'environment',
      message: `${silent} --version gave no answer within 1 s`,
      hint: 'Run it by hand.',
    });
    const pid = Number(readFileSync(join(folder, 'child'), 'utf8'));
    expect(pid).toBeGreaterThan(1);
    expect(await survivors([pid])).toEqual([]);
  });

  it('may not talk without an end', async () => {
    await expect(ask('yes', { maxBytes: 1000 })).rejects.toThrow(/does not stop talking/);
  });
});
