import { isAbsolute } from 'node:path';

/** Whether a word names a module by its path. */
export function isModulePath(word: string): boolean {
  return word.startsWith('./') || word.startsWith('../') || isAbsolute(word) || /\.[cm]?[jt]s$/.test(word);
}
