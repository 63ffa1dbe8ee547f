import { usageError } from '../model/errors.ts';
import type { LayerBackend, LayerScope } from '../model/layers.ts';
import { loadModule, resolveModule } from './load-module.ts';

/** A layer that a module of the user's implements. */
export interface LayerModule {
  readonly specifier: string;
  /** Short name, for tables and file names. */
  readonly name: string;
  readonly url: string;
  readonly scope: LayerScope;
  /** One that connects processes is told of a Redis, which it may use or not. */
  readonly backend: LayerBackend | null;
  /** Names of its options that may be shown; of all others, but for those with the names of built-in ones, nothing shows the value. */
  readonly shownOptions: readonly string[];
  /** What the module exports: given settings, it gives a layer. */
  readonly openLayer: (settings: unknown) => unknown;
}

const CONTRACT =
  "A layer module exports `openLayer(settings)`, a promise of a ChannelLayer, and may export `scope`: 'process' or 'shared', and `shownOptions`: names of options that are no secret.";

/** Loads the layer of a module path or package name; null where there is no such package. Throws a usage error for a module that is no layer. */
export async function loadLayerModule(specifier: string, folder: string): Promise<LayerModule | null> {
  const url = resolveModule(specifier, folder);
  return url === null ? null : layerModuleAt(specifier, url);
}

/** Loads the layer of a module whose URL is known. */
export async function layerModuleAt(specifier: string, url: string): Promise<LayerModule> {
  const { exports } = await loadModule(specifier, url, CONTRACT);
  const { openLayer, scope = 'process', shownOptions = [] } = exports;
  if (typeof openLayer !== 'function') throw usageError(`${specifier} exports no function 'openLayer'`, CONTRACT);
  if (scope !== 'process' && scope !== 'shared')
    throw usageError(`${specifier} exports a 'scope' that is neither 'process' nor 'shared'`, CONTRACT);
  if (!Array.isArray(shownOptions) || !shownOptions.every((name) => typeof name === 'string'))
    throw usageError(`${specifier} exports 'shownOptions' that are no list of names`, CONTRACT);
  return {
    specifier,
    name: shortName(specifier),
    url,
    scope,
    backend: scope === 'shared' ? 'redis' : null,
    shownOptions,
    openLayer: openLayer as LayerModule['openLayer'],
  };
}

/** `./layers/my-layer.js` → `my-layer`, `@org/layer` → `layer`. */
function shortName(specifier: string): string {
  return specifier.replace(/^.*[\\/]/, '').replace(/\.[cm]?[jt]s$/, '');
}
