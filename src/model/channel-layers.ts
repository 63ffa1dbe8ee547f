import { usageError } from './errors.ts';
import { isLayerName, LAYERS, UPSTREAM_LAYERS_TEXT } from './layers.ts';
import type { ChosenLayer } from './chosen-layer.ts';
import { optionAsSetting, optionDefault } from './layer-options.ts';
import type { LayerSetting, SettingValue } from './layer-setting.ts';

/**
 * A layer as Django's CHANNEL_LAYERS names it. Throws a usage error for a layer, or an option, that upstream does not have.
 */
export function layerSetting(
  { name, options, setting, module }: ChosenLayer,
  hosts: readonly SettingValue[],
  prefix: string,
): LayerSetting {
  if (setting !== null) return { ...setting, CONFIG: { ...setting.CONFIG, ...(hosts.length > 0 ? { hosts, prefix } : {}) } };
  if (module !== null || !isLayerName(name) || !LAYERS[name].isUpstream)
    throw usageError(`Django Channels has no layer '${name}'`, `Use ${UPSTREAM_LAYERS_TEXT} with Python servers, or --server node.`);
  const { backend, pythonClass, options: specs, ownOptions } = LAYERS[name];
  const config: Record<string, SettingValue> = {};
  for (const [option, value] of Object.entries(options)) {
    const spec = specs[option]!;
    if (JSON.stringify(value) === JSON.stringify(optionDefault(spec))) continue;
    if (ownOptions.includes(option))
      throw usageError(`Python's ${pythonClass} has no option '${option}'`, 'Leave it out with Python servers, or use --server node.');
    config[option] = optionAsSetting(spec, value);
  }
  return { BACKEND: pythonClass, CONFIG: backend === null ? config : { hosts, prefix, ...config } };
}
