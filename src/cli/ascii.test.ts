import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { toAscii, wantsAscii } from './ascii.ts';

const REPORT = new URL('../report/', import.meta.url).pathname;

describe('texts in ASCII', () => {
  it('are as long as before, so that columns stay aligned', () => {
    const text = '  response   p99  −4.2 %  −31.2 % … +26.5 %  ±4.4 µs  ✓ ▁▃█ █▌';
    const ascii = toAscii(text);
    expect(ascii).toBe('  response   p99  -4.2 %  -31.2 % ~ +26.5 %  ~4.4 us  + _-# ##');
    expect(ascii).toHaveLength(text.length);
  });

  it('have a counterpart of every character that a report is written with', () => {
    const literals = readdirSync(REPORT)
      .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
      .flatMap((name) => readFileSync(join(REPORT, name), 'utf8').split('\n'))
      .filter((line) => !/^\s*(\/?\*|\/\/)/.test(line));
    const characters = new Set(literals.join('').match(/\P{ASCII}/gu));
    expect(characters.size).toBeGreaterThan(10);
    expect([...characters].filter((character) => toAscii(character) === '?')).toEqual([]);
  });

  it.each([
    [{}, false],
    [{ LANG: 'en_US.UTF-8' }, false],
    [{ LANG: 'C.utf8' }, false],
    [{ LANG: 'C' }, true],
    [{ LANG: 'en_US.UTF-8', LC_ALL: 'POSIX' }, true],
    [{ LC_ALL: '', LANG: 'de_DE.ISO-8859-1' }, true],
    [{ TERM: 'linux', LANG: 'en_US.UTF-8' }, true],
    [{ TERM: 'linux', LAYERBENCH_ASCII: '0' }, false],
    [{ LAYERBENCH_ASCII: '1', LANG: 'en_US.UTF-8' }, true],
  ])('are wanted by %j: %s', (env, wanted) => {
    expect(wantsAscii(env)).toBe(wanted);
  });
});
