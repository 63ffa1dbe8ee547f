import { stripVTControlCharacters } from 'node:util';
import wrapAnsi from 'wrap-ansi';
import type { Style } from './style.ts';

/** Longer lines of prose are hard to read, however wide the terminal. */
const MOST_COLUMNS = 120;
const LEAST_COLUMNS = 20;

/** Stays in one line: what is typed as it stands, in backticks or quotes, and a number with its unit. */
const UNBROKEN = /`[^`]+`|"[^"]+"|(?<![\p{L}\p{N}])'[^']+'|\d (?:%|×|ppm|[nµm]?s|min|h|[KMGT]?i?B)(?![\p{L}\p{N}])/gu;
const NO_BREAK_SPACE = '\u00a0';

/** Characters that a text takes in its line, marks not counted. */
export function widthOf(text: string): number {
  return stripVTControlCharacters(text).length;
}

/** Text in lines of at most `columns` characters, each as far in as the one that it is broken from. A longer word, as a path may be, stays whole. */
export function wrapText(text: string, columns: number): string {
  return text
    .split('\n')
    .map((line) => {
      const [indent] = /^ */.exec(line)!;
      const kept = line.slice(indent.length).replaceAll(UNBROKEN, (part) => part.replaceAll(' ', NO_BREAK_SPACE));
      return `${indent}${wrapAnsi(kept, columns - indent.length).replaceAll('\n', `\n${indent}`)}`;
    })
    .join('\n')
    .replaceAll(NO_BREAK_SPACE, ' ');
}

/** Prose behind `lead`, in lines that fit the terminal, each below the beginning of the first. Ends with a newline. */
export function paragraph(lead: string, text: string, { columns }: Pick<Style, 'columns'>): string {
  const indent = widthOf(lead);
  const room = Math.max(LEAST_COLUMNS, Math.min(columns, MOST_COLUMNS) - indent);
  return `${lead}${wrapText(text, room).replaceAll('\n', `\n${' '.repeat(indent)}`)}\n`;
}
