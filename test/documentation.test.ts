import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CAUSES } from '../src/core/metrics.ts';
import { CAUSE_LABELS } from '../src/core/phrases.ts';

/* What a result can say, `docs/method.md` explains. */

const ROOT = join(import.meta.dirname, '..');
const CORE = join(ROOT, 'src/core');

/** Codes of warnings, as the sources write them. */
function warningCodes(): readonly string[] {
  return readdirSync(CORE)
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .flatMap((name) => [...readFileSync(join(CORE, name), 'utf8').matchAll(/^\s*code: '(\w+)',$/gm)].map(([, code]) => code!));
}

describe('docs/method.md', () => {
  const page = readFileSync(join(ROOT, 'docs/method.md'), 'utf8');
  const rows = page.split('\n').filter((line) => line.startsWith('|'));

  it('has a row for every cause of loss', () => {
    expect(CAUSES.filter((cause) => !rows.some((row) => /^\| \d+ \| `(\w+)`/.exec(row)?.[1] === cause))).toEqual([]);
  });

  it('has the words in which a terminal tells each cause', () => {
    const told = CAUSES.filter((cause) => CAUSE_LABELS[cause] !== cause);
    expect(told.length).toBeGreaterThan(10);
    expect(told.filter((cause) => !rows.some((row) => row.includes(`| \`${cause}\`: *${CAUSE_LABELS[cause]}* |`)))).toEqual([]);
  });

  it('has a row for every warning', () => {
    const codes = warningCodes();
    expect(codes).toContain('lowHeadroom');
    expect(codes.filter((code) => !rows.some((row) => row.startsWith(`| \`${code}\` |`)))).toEqual([]);
  });
});
