import { readCustomOptions } from '../model/chosen-layer.ts';
import { openCustomLayer } from '../layers/custom-layer.ts';
import { loadLayerModule } from '../modules/layer-module.ts';
import { traitsOfCustomLayer, type Subject } from './subject.ts';

/** The layer of a module path or package name, as a subject; null where there is no such package. Throws a usage error for a module that is no layer. */
export async function customSubject(specifier: string, folder: string): Promise<Subject | null> {
  const module = await loadLayerModule(specifier, folder);
  if (module === null) return null;
  return {
    name: module.name,
    usesRedis: module.backend === 'redis',
    traits: traitsOfCustomLayer(module.scope),
    open: (settings) => openCustomLayer(module, settings),
    options: readCustomOptions,
  };
}
