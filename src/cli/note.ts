import { paragraph } from '../report/paragraph.ts';
import type { Output } from './terminal.ts';

/** Something to know that is no error, on stderr. */
export function sayNote({ err, errStyle }: Output, text: string): void {
  err(paragraph(`${errStyle.dim('note:')} `, text, errStyle));
}
