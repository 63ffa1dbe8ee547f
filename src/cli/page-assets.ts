import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PACKAGE_ROOT } from '../platform/package-root.ts';
import type { PageAssets } from '../report/html/shell.ts';

/** Style and script of the report; of the live page, which has more of both, with `live`. */
export async function pageAssets(page: 'report' | 'live'): Promise<PageAssets> {
  const names = page === 'live' ? ['report', 'live'] : ['report'];
  const texts = (extension: string): Promise<string> =>
    Promise.all(names.map((name) => readFile(join(PACKAGE_ROOT, 'templates', `${name}.${extension}`), 'utf8'))).then((all) =>
      all.join('\n'),
    );
  const [style, script] = await Promise.all([texts('css'), texts('js')]);
  return { style, script };
}
