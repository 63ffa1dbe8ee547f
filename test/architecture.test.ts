import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

/*
 * The structure of the project, as a test: which folder may import which, and which file holds each package. Data flows
 * from scenarios and models through a run into its result, and from results into studies and reports.
 */

/** Folders that reach nothing of Node: plain data in, plain data out. */
const PURE: readonly string[] = ['src/model', 'src/wire', 'src/stats', 'src/ledger', 'src/result', 'src/observe', 'scenarios'];

/** What the files of a folder may import beside their own folder. */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  'src/stats': [],
  'src/model': [],
  'src/wire': ['src/model'],
  'src/ledger': ['src/stats', 'src/model'],
  'src/result': ['src/ledger', 'src/stats', 'src/model'],
  // What the user's scenarios may import too, and nothing else; the registry alone knows more.
  scenarios: ['src/index.ts'],
  'src/platform': ['src/model'],
  'src/redis': ['src/platform', 'src/model'],
  // What readings of a live deployment mean; its folder redis/ makes them.
  'src/observe': ['src/model'],
  'src/observe/redis': ['src/observe', 'src/redis', 'src/platform', 'src/model'],
  'src/modules': ['src/platform', 'src/model'],
  'src/config': ['src/redis', 'src/platform', 'src/model'],
  'src/layers': ['src/redis', 'src/modules', 'src/model'],
  'src/conformance': ['src/layers', 'src/modules', 'src/model'],
  'src/store': ['src/platform', 'src/result', 'src/model'],
  // What all roles share: the protocol, and the frame of a forked process.
  'src/processes': ['src/wire', 'src/result', 'src/ledger', 'src/stats', 'src/model'],
  'src/processes/driver': ['src/processes', 'src/platform', 'src/wire', 'src/result', 'src/ledger', 'src/stats', 'src/model'],
  'src/processes/server': ['src/processes', 'src/layers', 'src/modules', 'src/platform', 'src/wire', 'src/ledger', 'src/model'],
  'src/processes/warden': ['src/processes', 'src/redis', 'src/platform', 'src/model'],
  'src/run': ['src/processes', 'src/redis', 'src/platform', 'src/wire', 'src/result', 'src/ledger', 'src/stats', 'src/model'],
  'src/studies': ['src/run', 'src/store', 'scenarios', 'src/wire', 'src/result', 'src/ledger', 'src/stats', 'src/model'],
  // What the self-test puts into the processes of a run, and the layer that costs nothing.
  'src/studies/selftest/faults': ['src/layers', 'src/wire', 'src/model'],
  'src/report': ['src/studies', 'src/observe', 'src/result', 'src/ledger', 'src/stats', 'src/model'],
  'src/export': ['src/report', 'src/studies', 'src/result', 'src/ledger', 'src/stats', 'src/model'],
  'src/cli': [
    'src/studies',
    'src/run',
    'src/report',
    'src/export',
    'src/config',
    'src/conformance',
    'src/observe',
    'src/observe/redis',
    'src/modules',
    'src/store',
    'src/redis',
    'src/platform',
    'scenarios',
    'src/result',
    'src/stats',
    'src/model',
  ],
};

/** Who may import a package: whole folders (ending in /), or exactly one file of each folder named. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  commander: ['src/cli/'],
  ioredis: ['src/redis/', 'src/layers/'],
  'hdr-histogram-js': ['src/stats'],
  ws: ['src/processes/server', 'src/processes/driver', 'src/cli'],
  '@msgpack/msgpack': ['src/layers'],
  ajv: ['src/store', 'src/processes'],
  pidusage: ['src/platform'],
  table: ['src/report'],
  'wrap-ansi': ['src/report'],
  'd3-scale': ['src/report'],
  'd3-shape': ['src/report'],
  tsx: ['src/modules'],
  yaml: ['src/config'],
  autocannon: ['src/processes/driver'],
  'fastest-levenshtein': ['src/cli'],
  'string-argv': ['src/cli'],
};

const MAX_LINES = 450;

interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** The folder of ARROWS that a file belongs to: the longest that fits. */
function folderOf(path: string): string | undefined {
  return Object.keys(ARROWS)
    .filter((folder) => path.startsWith(`${folder}/`))
    .toSorted((a, b) => b.length - a.length)[0];
}

const importsOf = (file: SourceFile): readonly string[] =>
  ts.preProcessFile(file.text, true, true).importedFiles.map((entry) => entry.fileName);
const packageOf = (specifier: string): string => specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');

/** Every breach of the rules, in a sentence each. */
function breaches(files: readonly SourceFile[]): readonly string[] {
  const found = files.flatMap((file) => [...arrowBreaches(file), ...formBreaches(file)]);
  for (const [name, owners] of Object.entries(PACKAGES)) {
    const importers = files.filter((file) => importsOf(file).some((specifier) => packageOf(specifier) === name));
    for (const owner of owners.filter((entry) => !entry.endsWith('/'))) {
      const inFolder = importers.filter((file) => folderOf(file.path) === owner).map((file) => file.path);
      if (inFolder.length > 1) found.push(`${name} is imported by several files of ${owner}: ${inFolder.join(', ')}`);
    }
  }
  return found;
}

function arrowBreaches(file: SourceFile): readonly string[] {
  const folder = folderOf(file.path);
  if (folder === undefined) return [];
  return importsOf(file).flatMap((specifier) => {
    if (specifier.startsWith('node:'))
      return PURE.includes(folder) ? [`${file.path}: ${folder} is pure and must not import ${specifier}`] : [];
    if (!specifier.startsWith('.')) {
      const name = packageOf(specifier);
      const allowed = PACKAGES[name]?.some((owner) => owner.replace(/\/$/, '') === folder) ?? false;
      return allowed ? [] : [`${file.path}: ${folder} must not import the package ${name}`];
    }
    const target = folderOf(normalize(join(dirname(file.path), specifier)));
    return target === undefined || target === folder || ARROWS[folder]!.includes(target)
      ? []
      : [`${file.path}: ${folder} must not import ${target}`];
  });
}

function formBreaches({ path, text }: SourceFile): readonly string[] {
  const name = path.slice(path.lastIndexOf('/') + 1).replace(/(\.test)?\.ts$/, '');
  const lines = text.split('\n').length - 1;
  return [
    ...(/^(utils?|helpers?|common|types?)$/.test(name) ? [`${path}: a name that says nothing`] : []),
    ...(/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name) ? [] : [`${path}: not kebab-case`]),
    ...(lines > MAX_LINES ? [`${path}: ${lines} lines, over ${MAX_LINES}`] : []),
    ...(/^export \*/m.test(text) && path !== 'src/index.ts' ? [`${path}: a barrel`] : []),
  ];
}

/** Every import cycle, as the files that are on it. */
function cycles(files: readonly SourceFile[]): readonly (readonly string[])[] {
  const targets = new Map(
    files.map((file) => [
      file.path,
      importsOf(file).flatMap((specifier) => (specifier.startsWith('.') ? [normalize(join(dirname(file.path), specifier))] : [])),
    ]),
  );
  const found: string[][] = [];
  const done = new Set<string>();
  const visit = (path: string, above: readonly string[]): void => {
    if (above.includes(path)) found.push([...above.slice(above.indexOf(path)), path]);
    if (above.includes(path) || done.has(path)) return;
    for (const target of targets.get(path) ?? []) visit(target, [...above, path]);
    done.add(path);
  };
  for (const path of targets.keys()) visit(path, []);
  return found;
}

const ROOT = join(import.meta.dirname, '..');

function sources(folder: string): readonly SourceFile[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && !entry.name.endsWith('.test.ts'))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)))
    .map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }));
}

describe('the architecture', () => {
  const files = [...sources('src'), ...sources('scenarios')];

  it('is kept by every file', () => {
    expect(files.length).toBeGreaterThan(50);
    expect(breaches(files)).toEqual([]);
  });

  it('has no cycle of imports, and one would be found', () => {
    expect(cycles(files)).toEqual([]);
    const [a, b, c] = ['a', 'b', 'c'].map((name, i) => ({
      path: `src/model/${name}.ts`,
      text: `import '${['./b.ts', './c.ts', './a.ts'][i]}';`,
    }));
    expect(cycles([a!, b!, c!])).toEqual([['src/model/a.ts', 'src/model/b.ts', 'src/model/c.ts', 'src/model/a.ts']]);
  });

  it('has a place in it for every file', () => {
    expect(files.filter((file) => folderOf(file.path) === undefined && file.path !== 'src/index.ts').map((file) => file.path)).toEqual([]);
  });

  it.each([
    ['src/processes/driver/a.ts', "import { openLayer } from '../../layers/registry.ts';", 'must not import src/layers'],
    ['src/processes/driver/a.ts', "import type { X } from '../server/http.ts';", 'must not import src/processes/server'],
    ['src/processes/protocol.ts', "import { Driver } from './driver/driver.ts';", 'must not import src/processes/driver'],
    ['src/model/a.ts', "import { readFileSync } from 'node:fs';", 'must not import node:fs'],
    ['src/model/a.ts', "import { nowNs } from '../platform/clock.ts';", 'must not import src/platform'],
    ['src/stats/a.ts', "import { usageError } from '../model/errors.ts';", 'must not import src/model'],
    ['src/ledger/a.ts', "import type { History } from '../studies/history/history.ts';", 'must not import src/studies'],
    ['src/report/a.ts', "import { Command } from 'commander';", 'must not import the package commander'],
    ['src/cli/a.ts', "export { X } from '../layers/memory.ts';", 'must not import src/layers'],
    ['scenarios/a.ts', "import { runOnce } from '../src/run/run.ts';", 'must not import src/run'],
    ['src/model/utils.ts', '', 'a name that says nothing'],
    ['src/model/twoWords.ts', '', 'not kebab-case'],
    ['src/model/long.ts', '\n'.repeat(451), 'over 450'],
    ['src/model/barrel.ts', "export * from './plan.ts';", 'a barrel'],
  ])('would not be kept by %s with %j', (path, text, message) => {
    expect(breaches([{ path, text }]).join()).toContain(message);
  });

  it('would not be kept by a second importer of a package', () => {
    const text = "import * as hdr from 'hdr-histogram-js';";
    expect(breaches(['src/stats/a.ts', 'src/stats/b.ts'].map((path) => ({ path, text }))).join()).toContain('several files of src/stats');
  });
});
