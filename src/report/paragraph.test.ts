import { describe, expect, it } from 'vitest';
import { paragraph, wrapText } from './paragraph.ts';

const narrow = { columns: 30 };

describe('a paragraph', () => {
  it('is as wide as its terminal, and hangs from its beginning', () => {
    expect(paragraph('  ! ', 'the generator fell behind: no number counts', narrow)).toBe(
      ['  ! the generator fell behind:', '    no number counts', ''].join('\n'),
    );
    expect(paragraph('', 'one '.repeat(100).trim(), { columns: 400 }).split('\n')[0]!.length).toBeLessThanOrEqual(120);
  });

  it('keeps what is typed in one line, and a number with its unit', () => {
    expect(wrapText('show it again with `bench report results/`', 30)).toBe('show it again with\n`bench report results/`');
    expect(wrapText("write 'kill server 1 at 5s' for the faults' list", 20)).toBe("write\n'kill server 1 at 5s'\nfor the faults' list");
    expect(wrapText('of 99 % took at most 12.5 ms', 26)).toBe('of 99 % took at most\n12.5 ms');
  });

  it('never breaks a word, however long, and keeps lines that are there with their indentation', () => {
    const path = `/srv/${'long/'.repeat(10)}result.json`;
    expect(wrapText(`cannot read ${path} here`, 30)).toBe(`cannot read\n${path}\nhere`);
    expect(wrapText('there are:\n  one that is long\n  two', 12)).toBe('there are:\n  one that\n  is long\n  two');
  });

  it('counts no marks, and closes them at the end of every line', () => {
    const dim = (text: string): string => `\u001b[2m${text}\u001b[22m`;
    expect(paragraph(`${dim('note:')} `, dim('twelve words'), { columns: 14 })).toBe(`${dim('note:')} ${dim('twelve words')}\n`);
    expect(wrapText(dim('twelve words'), 8)).toBe(`${dim('twelve')}\n${dim('words')}`);
  });
});
