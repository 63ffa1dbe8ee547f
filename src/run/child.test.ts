import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { Child } from './child.ts';

interface Ask {
  readonly type: 'ask';
  readonly what: string;
}
interface Answer {
  readonly type: 'answer';
  readonly what: string;
}

/** Answers the last command first, once two have come; a command that is called `fails` has failed. */
const BACKWARDS = `const held = [];
process.on('message', (numbered) => {
  held.push(numbered);
  if (held.length < 2) return;
  process.send({ to: null, message: { type: 'answer', what: 'unasked' } });
  for (const { id, command } of held.splice(0).reverse()) {
    const failed = { type: 'failed', during: 'ask', kind: 'invalid', message: 'it fails', hint: '', stack: '' };
    process.send({ to: id, message: command.what === 'fails' ? failed : { type: 'answer', what: command.what } });
  }
});
process.on('disconnect', () => process.exit(0));
`;

describe('a child', () => {
  const folder = mkdtempSync(join(tmpdir(), 'layerbench-child-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const entry = join(folder, 'backwards.mjs');
  writeFileSync(entry, BACKWARDS);
  const unasked: string[] = [];
  const failures: string[] = [];
  const child = new Child<Ask, Answer>('driver', 0, pathToFileURL(entry), {
    onMessage: ({ what }) => unasked.push(what),
    onFailure: ({ message }) => failures.push(message),
  });
  afterAll(() => child.stop(1000));
  const ask = (what: string): Promise<Answer> => child.request({ type: 'ask', what }, 'answer', 'measure', 60_000);

  it('answers each command, in whatever order, and tells the rest', async () => {
    expect(await Promise.all([ask('first'), ask('second')])).toEqual([
      { type: 'answer', what: 'first' },
      { type: 'answer', what: 'second' },
    ]);
    expect(unasked).toEqual(['unasked']);
  });

  it('fails the command that has failed, and no other', async () => {
    const [wrong, right] = await Promise.allSettled([ask('fails'), ask('works')]);
    expect(wrong).toMatchObject({ status: 'rejected', reason: { message: 'driver 0: it fails' } });
    expect(right).toMatchObject({ status: 'fulfilled', value: { what: 'works' } });
    expect(failures).toEqual(['driver 0: it fails']);
  });
});

describe('a child that the system does not start', () => {
  it('fails what is asked of it, and is at its end', async () => {
    const { execPath } = process;
    process.execPath = '/nowhere/node';
    const child = new Child<Ask, Answer>('warden', 0, Child.entry('warden'), { onMessage: () => undefined, onFailure: () => undefined });
    process.execPath = execPath;
    await expect(child.request({ type: 'ask', what: 'anything' }, 'answer', 'start', 60_000)).rejects.toThrow(
      /^the warden cannot be started: .*ENOENT/,
    );
    await child.stop(0);
    expect(child.exit).toEqual({ code: null, signal: null });
  });
});
