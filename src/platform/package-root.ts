import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The folder of bench's own package.json, whether bench runs from its sources or from dist/. */
export const PACKAGE_ROOT: string = findRoot(import.meta.dirname);

/** The version of bench. */
export const TOOL_VERSION: string = (JSON.parse(readFileSync(join(PACKAGE_ROOT, 'package.json'), 'utf8')) as { version: string }).version;

function findRoot(folder: string): string {
  try {
    readFileSync(join(folder, 'package.json'));
    return folder;
  } catch (error) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error('bench is not in a package folder', { cause: error });
    return findRoot(parent);
  }
}
