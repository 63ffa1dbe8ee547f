import { environmentError, messageOf, usageError } from '../model/errors.ts';
import type { LayerModule } from '../modules/layer-module.ts';
import type { ChannelLayer, LayerSettings } from './layer.ts';

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

/** Opens the layer of a user's module. Throws a usage error that names every method that is missing, or what the module threw. */
export async function openCustomLayer(module: LayerModule, settings: LayerSettings): Promise<ChannelLayer> {
  const { specifier, openLayer } = module;
  const layer = await Promise.resolve()
    .then(() => openLayer(settings))
    .catch((error: unknown) => {
      throw environmentError(`openLayer of ${specifier} failed: ${messageOf(error)}`, 'See what its backend needs.', { cause: error });
    });
  const methods = layer as Readonly<Record<string, unknown>> | null;
  const missing = METHODS.filter((method) => typeof methods?.[method] !== 'function');
  if (missing.length === 0 && typeof methods?.['counters'] === 'object') return layer as ChannelLayer;
  throw usageError(
    `openLayer of ${specifier} gives something without ${[...missing, ...(missing.length === 0 ? ['counters'] : [])].join(', ')}`,
    "What a ChannelLayer has is in the types of 'layerbench', and in docs/layers.md.",
  );
}
