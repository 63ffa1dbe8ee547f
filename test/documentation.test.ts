import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FATES, LOSS_CAUSES } from '../src/model/causes.ts';
import { WARNING_CODES } from '../src/model/warnings.ts';
import { FIGURES } from '../src/observe/figures.ts';
import { FINDINGS } from '../src/observe/findings.ts';

/* What a result can say, `docs/method.md` explains. */

const ROOT = join(import.meta.dirname, '..');
describe('docs/method.md', () => {
  const page = readFileSync(join(ROOT, 'docs/method.md'), 'utf8');
  const rows = page.split('\n').filter((line) => line.startsWith('|'));

  it('has a row for every cause of loss', () => {
    expect(LOSS_CAUSES.filter((cause) => !rows.some((row) => /^\| \d+ \| `(\w+)`/.exec(row)?.[1] === cause))).toEqual([]);
  });

  it('has the words in which a terminal tells each cause', () => {
    const told = LOSS_CAUSES.filter((cause) => FATES[cause].label !== cause);
    expect(told.length).toBeGreaterThan(10);
    expect(told.filter((cause) => !rows.some((row) => row.includes(`| \`${cause}\`: *${FATES[cause].label}* |`)))).toEqual([]);
  });

  it('has a row for every warning', () => {
    expect(WARNING_CODES.filter((code) => !rows.some((row) => row.startsWith(`| \`${code}\` |`)))).toEqual([]);
  });
});

describe('docs/observe.md', () => {
  const page = readFileSync(join(ROOT, 'docs/observe.md'), 'utf8');
  const rows = page.split('\n').filter((line) => line.startsWith('|'));

  it('has a row for every finding', () => {
    expect(Object.keys(FINDINGS).filter((id) => !rows.some((row) => row.startsWith(`| \`${id}\` |`)))).toEqual([]);
  });

  it('says of every figure how it is found', () => {
    const named = rows.map((row) => row.split('|')[1]!).join(', ');
    const missing = Object.values(FIGURES).filter(({ label }) => !named.includes(label.split(',')[0]!));
    expect(missing).toEqual([]);
  });
});
