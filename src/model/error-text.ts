import { printable } from './printable.ts';
import { HIDDEN } from './secret.ts';

/*
 * What somebody else says of an error: a Redis, a layer, an application. It is shown as it is, but for what could be a secret or a
 * value of the user's, and for what is another one each time.
 */

/** A login in an address; what Redis repeats of a command that it does not know, which may be AUTH; a password that is named. */
const LOGIN = /\b([a-z][\w+.-]*:\/\/)\S*@/gi;
const ARGUMENTS = /,? with args beginning with:.*/is;
const NAMED = /\b(pass(?:word|wd|phrase)?|pwd)(["']?\s*[=:]\s*)(?:"[^"]*"|'[^']*'|[^\s,;)}]+)/gi;

/** An error's text as one printable line without secrets. */
export function errorText(text: string): string {
  const told = text.replaceAll(LOGIN, `$1${HIDDEN}@`).replace(ARGUMENTS, '').replaceAll(NAMED, `$1$2${HIDDEN}`);
  return printable(told.trim());
}

/** By what texts of one error differ: slots, lines of a script, ports, addresses in memory, ids, sequence numbers. */
const VARYING: readonly (readonly [RegExp, string])[] = [
  [/@user_script:\d+/g, '@user_script:…'],
  [/\b(MOVED|ASK|MovedError:|AskError:) \d+/g, '$1 …'],
  [/(?<=[\w\]]):\d{2,5}\b/g, ':…'],
  [/\b0x[0-9a-f]+\b/gi, '…'],
  [/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]+/gi, '…'],
  [/\b(?=[a-z]*\d)[0-9a-f]{8,}\b/gi, '…'],
  [/\d{5,}/g, '…'],
];

/** The same text for errors that differ in nothing but the numbers of the moment. */
export function commonText(text: string): string {
  return VARYING.reduce((common, [pattern, by]) => common.replaceAll(pattern, by), errorText(text));
}
