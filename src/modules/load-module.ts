import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { createRequire, register } from 'node:module';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { BenchError, messageOf, usageError } from '../model/errors.ts';
import { quoted } from '../model/secret.ts';
import { PACKAGE_ROOT } from '../platform/package-root.ts';
import { isModulePath } from './module-path.ts';

/** Whether this Node runs TypeScript by itself. */
const STRIPS_TYPES = 'typescript' in process.features && Boolean(process.features.typescript);

/** Of a module: more than any bundle has. */
const MAX_BYTES = 64 * 1024 * 1024;
/** For Node to find the line of a syntax error; without it, the error has none. */
const CHECK_MS = 10_000;

/** A module of the user's: a scenario or a layer. */
export interface UserModule {
  /** As the user wrote it. */
  readonly specifier: string;
  readonly url: string;
  readonly exports: Readonly<Record<string, unknown>>;
}

/** The URL of a module path or a package's name, seen from a folder; null where there is no such package. Throws a usage error for a missing file. */
export function resolveModule(specifier: string, folder: string): string | null {
  if (isModulePath(specifier)) {
    const file = resolve(folder, specifier);
    const stats = statSync(file, { throwIfNoEntry: false });
    if (stats?.isFile() === true && stats.size <= MAX_BYTES) return pathToFileURL(file).href;
    const hint = 'Give the path of a module, such as ./my-module.js.';
    if (stats === undefined) throw usageError(`there is no file ${quoted(specifier) === '' ? 'of that name' : specifier}`, hint);
    throw usageError(`the module${quoted(specifier)} is ${stats.isFile() ? 'larger than any module is' : 'no regular file'}`, hint);
  }
  try {
    return pathToFileURL(createRequire(join(folder, 'bench.js')).resolve(specifier)).href;
  } catch (error) {
    // A package that only ES modules may import cannot be resolved as CommonJS does.
    return error instanceof Error && 'code' in error && error.code === 'ERR_PACKAGE_PATH_NOT_EXPORTED' ? specifier : null;
  }
}

/**
 * Loads JavaScript or TypeScript from anywhere; `layerbench` in it is the bench that runs.
 * Throws a usage error with file and line for what cannot be loaded.
 */
export async function loadModule(specifier: string, url: string, hint: string): Promise<UserModule> {
  bindPublicApi();
  try {
    return { specifier, url, exports: await importUrl(url) };
  } catch (error) {
    throw located(error, 'cannot be loaded', specifier, url, hint);
  }
}

/** An error of the user's code, as a usage error that begins with its place: the file, and the line where it is known. */
export function located(
  error: unknown,
  what: string,
  specifier: string,
  url: string,
  hint: string,
  usualLine: string | null = null,
): BenchError {
  const isKnown = error instanceof BenchError;
  const line = (isKnown ? null : lineOf(error, url)) ?? usualLine;
  const message = isKnown ? error.message : firstWords(messageOf(error));
  return usageError(`${specifier}${line === null ? '' : `:${line}`}: ${what}: ${message}`, isKnown ? error.hint : hint, { cause: error });
}

/** What is wrong, of a message that may go on for lines. A transformer's begins with a count of its errors. */
function firstWords(message: string): string {
  return /ERROR: (.*)/.exec(message)?.[1] ?? message.split('\n', 1)[0]!;
}

/** The line of a file that an error was thrown at, or does not compile at. */
function lineOf(error: unknown, url: string): string | null {
  if (!(error instanceof Error) || !url.startsWith('file:')) return null;
  const file = fileURLToPath(url);
  const line = lineIn(`${error.stack ?? ''}\n${error.message}`, file);
  if (line !== null) return line;
  const notFound = /Cannot find (?:package|module) '([^']+)'/.exec(error.message)?.[1];
  if (notFound !== undefined) return lineWith(file, notFound);
  if (!(error instanceof SyntaxError)) return null;
  // Node keeps the place of a syntax error to itself, unless it is asked to check the file.
  return lineIn(
    spawnSync(process.execPath, ['--check', file], { encoding: 'utf8', timeout: CHECK_MS, killSignal: 'SIGKILL' }).stderr,
    file,
  );
}

function lineWith(file: string, words: string): string | null {
  const line = readFileSync(file, 'utf8')
    .split('\n')
    .findIndex((text) => text.includes(words));
  return line < 0 ? null : String(line + 1);
}

function lineIn(text: string, file: string): string | null {
  const name = basename(file).replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  return new RegExp(String.raw`${name}(?:\?[^:)]*)?:(\d+)`).exec(text)?.[1] ?? null;
}

async function importUrl(url: string): Promise<Readonly<Record<string, unknown>>> {
  process.setSourceMapsEnabled(true);
  if (STRIPS_TYPES || !/\.[cm]?ts$/.test(url)) return (await import(url)) as Readonly<Record<string, unknown>>;
  const { tsImport } = await import('tsx/esm/api');
  return (await tsImport(url, import.meta.url)) as Readonly<Record<string, unknown>>;
}

let isBound = false;

/**
 * From now on, `import … from 'layerbench'` gives this very bench, wherever the importing file is, and TypeScript is ES
 * modules, whatever a package.json near it says.
 */
function bindPublicApi(): void {
  if (isBound) return;
  isBound = true;
  const entry = pathToFileURL(join(PACKAGE_ROOT, 'dist/src/index.js')).href;
  const hook = `export const resolve = async (name, context, next) => {
    if (name === 'layerbench') return { url: ${JSON.stringify(entry)}, shortCircuit: true };
    const found = await next(name, context);
    return /\\.ts(\\?|$)/.test(found.url) ? { ...found, format: '${STRIPS_TYPES ? 'module-typescript' : 'module'}' } : found;
  };`;
  register(`data:text/javascript,${encodeURIComponent(hook)}`);
}
