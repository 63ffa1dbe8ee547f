import { isOn } from './switches.ts';

/*
 * Texts for terminals that have nothing but ASCII. Every character of a table has one in its place, so that what was
 * aligned stays so; names of coefficients, which stand in no column, are written out.
 */

const IN_ASCII: Readonly<Record<string, string>> = {
  µ: 'u',
  '–': '-',
  '−': '-',
  '…': '~',
  '±': '~',
  '×': 'x',
  '÷': '/',
  '≥': '>',
  '≤': '<',
  '→': '>',
  '←': '<',
  '✓': '+',
  '✗': 'x',
  '·': '.',
  '’': "'",
  '“': '"',
  '”': '"',
  '─': '-',
  '│': '|',
  '▁': '_',
  '▂': '.',
  '▃': '-',
  '▄': '=',
  '▅': '+',
  '▆': '*',
  '▇': '#',
  '█': '#',
  '▏': '|',
  '▎': '|',
  '▍': '|',
  '▌': '#',
  '▋': '#',
  '▊': '#',
  '▉': '#',
  '░': ':',
  '▶': '>',
  '∞': 'inf',
  λ: 'lambda',
  σ: 'sigma',
  κ: 'kappa',
};

/** A text in ASCII; what has no counterpart is `?`. */
export function toAscii(text: string): string {
  return text.replaceAll(/\P{ASCII}/gu, (character) => IN_ASCII[character] ?? '?');
}

/** Whether a terminal is said to have no more than ASCII: by LAYERBENCH_ASCII, by what it is, or by its locale. */
export function wantsAscii(env: Readonly<Record<string, string | undefined>>): boolean {
  const wanted = env['LAYERBENCH_ASCII'];
  if (wanted !== undefined && wanted !== '') return isOn(wanted);
  if (env['TERM'] === 'linux') return true;
  const locale = [env['LC_ALL'], env['LC_CTYPE'], env['LANG']].find((name) => name !== undefined && name !== '');
  // No locale says nothing: containers have none, and show UTF-8.
  return locale !== undefined && !/utf-?8/i.test(locale);
}
