import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { isAbsolute, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { messageOf, usageError } from '../core/errors.ts';
import type { LayerOptions } from '../core/layer-catalog.ts';
import { parseDurationMs } from '../core/units.ts';
import type { ChannelLayer, LayerSettings } from '../layers/layer.ts';
import { traitsOfCustomLayer, type Subject } from './subject.ts';

const METHODS = [
  'newChannel',
  'send',
  'receive',
  'consume',
  'groupAdd',
  'groupDiscard',
  'groupSend',
  'held',
  'flush',
  'close',
] as const satisfies readonly (keyof ChannelLayer)[];

const CONTRACT =
  "A layer module exports `openLayer(settings)`, a promise of a ChannelLayer, and may export `scope`: 'process' or 'shared'.";

/** Whether a word names a module by its path. */
function isModulePath(word: string): boolean {
  return word.startsWith('.') || isAbsolute(word) || /\.[cm]?[jt]s$/.test(word);
}

/** Loads the layer of a module path or package name. null where there is no such package. Throws a usage error for a module that is no layer. */
export async function customSubject(specifier: string, folder: string): Promise<Subject | null> {
  const url = resolveModule(specifier, folder);
  if (url === null) return null;
  const module = await load(specifier, url);
  const { openLayer: open, scope = 'process' } = module;
  if (typeof open !== 'function') throw usageError(`${specifier} exports no function 'openLayer'`, CONTRACT);
  if (scope !== 'process' && scope !== 'shared')
    throw usageError(`${specifier} exports a 'scope' that is neither 'process' nor 'shared'`, CONTRACT);
  return {
    name: specifier.replace(/^.*[\\/]/, '').replace(/\.[cm]?[jt]s$/, ''),
    usesRedis: scope === 'shared',
    traits: traitsOfCustomLayer(scope),
    open: async (settings) => asLayer(specifier, await (open as (settings: LayerSettings) => unknown)(settings)),
    options: readOptions,
  };
}

function resolveModule(specifier: string, folder: string): string | null {
  if (isModulePath(specifier)) {
    const file = resolve(folder, specifier);
    if (!existsSync(file))
      throw usageError(`there is no file ${specifier}`, 'Give the path of a JavaScript module, such as ./my-layer.js.');
    return pathToFileURL(file).href;
  }
  try {
    return pathToFileURL(createRequire(join(folder, 'bench.js')).resolve(specifier)).href;
  } catch (error) {
    // A package that only ES modules may import cannot be resolved as CommonJS does.
    return error instanceof Error && 'code' in error && error.code === 'ERR_PACKAGE_PATH_NOT_EXPORTED' ? specifier : null;
  }
}

async function load(specifier: string, url: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return (await import(url)) as Readonly<Record<string, unknown>>;
  } catch (error) {
    throw usageError(`${specifier} cannot be loaded: ${messageOf(error)}`, CONTRACT, { cause: error });
  }
}

/** Throws a usage error that names every method that is missing. */
function asLayer(specifier: string, value: unknown): ChannelLayer {
  const layer = value as Readonly<Record<string, unknown>> | null;
  const missing = METHODS.filter((method) => typeof layer?.[method] !== 'function');
  if (missing.length === 0) return value as ChannelLayer;
  throw usageError(
    `openLayer of ${specifier} gives something without ${missing.join(', ')}`,
    'The methods of a ChannelLayer are those of `src/layers/layer.ts`.',
  );
}

/** Counts and durations as a built-in layer would get them, everything else as text. */
function readOptions(texts: readonly string[]): LayerOptions {
  const entries = texts.map((text) => {
    const cut = text.indexOf('=');
    const value = text.slice(cut + 1);
    if (/^\d+$/.test(value)) return [text.slice(0, cut), Number(value)] as const;
    return [text.slice(0, cut), /^\d+(ms|s|m|h)$/.test(value) ? parseDurationMs(value) : value] as const;
  });
  return Object.fromEntries(entries);
}
