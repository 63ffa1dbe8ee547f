import { usageError } from './errors.ts';
import { isLayerName, LAYERS, type ChosenLayer } from './layer-catalog.ts';
import { optionAsSetting, optionDefault } from './layer-options.ts';
import type { LayerSetting, SettingValue } from './layer-setting.ts';

/** Options of ours that no backend of Django Channels 4.0 has: with another value than the default, only our own servers do. */
const OWN_OPTIONS: ReadonlySet<string> = new Set(['serializer_format', 'random_prefix_length']);

/**
 * A layer as Django's CHANNEL_LAYERS names it. Throws a usage error for a layer, or an option, that upstream does not have.
 */
export function layerSetting(
  { name, options, setting, module }: ChosenLayer,
  hosts: readonly SettingValue[],
  prefix: string,
): LayerSetting {
  if (setting !== null) return { ...setting, CONFIG: { ...setting.CONFIG, ...(hosts.length > 0 ? { hosts, prefix } : {}) } };
  if (module !== null || !isLayerName(name) || name === 'redis-fast')
    throw usageError(`Django Channels has no layer '${name}'`, 'Use memory, redis or redis-pubsub with Python servers, or --server node.');
  const { backend, scope, options: specs } = LAYERS[name];
  const config: Record<string, SettingValue> = {};
  for (const [option, value] of Object.entries(options)) {
    const spec = specs[option]!;
    if (JSON.stringify(value) === JSON.stringify(optionDefault(spec))) continue;
    if (OWN_OPTIONS.has(option) || (option === 'on_reconnect' && name === 'redis'))
      throw usageError(`Python's ${backend} has no option '${option}'`, 'Leave it out with Python servers, or use --server node.');
    config[option] = optionAsSetting(spec, value);
  }
  return { BACKEND: backend, CONFIG: scope === 'shared' ? { hosts, prefix, ...config } : config };
}
