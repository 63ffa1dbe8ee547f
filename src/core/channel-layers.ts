import { usageError } from './errors.ts';
import { defaultValues, type ParameterValue } from './parameters.ts';
import { isLayerName, LAYERS, type ChosenLayer } from './layer-catalog.ts';
import type { LayerSetting, SettingValue } from './layer-setting.ts';

/** Options of ours that no backend of Django Channels 4.0 has: with another value than the default, only our own servers do. */
const OWN_OPTIONS: ReadonlySet<string> = new Set(['serializer_format', 'random_prefix_length']);
const SECONDS: ReadonlySet<string> = new Set(['expiry', 'group_expiry']);

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
  const defaults = defaultValues(specs);
  const config: Record<string, SettingValue> = {};
  for (const [option, value] of Object.entries(options)) {
    if (value === defaults[option]) continue;
    if (OWN_OPTIONS.has(option) || (option === 'on_reconnect' && name === 'redis'))
      throw usageError(`Python's ${backend} has no option '${option}'`, 'Leave it out with Python servers, or use --server node.');
    config[option] = settingValue(option, value);
  }
  return { BACKEND: backend, CONFIG: scope === 'shared' ? { hosts, prefix, ...config } : config };
}

function settingValue(option: string, value: ParameterValue): SettingValue {
  if (SECONDS.has(option)) return Number(value) / 1000;
  if (option === 'symmetric_encryption_keys') return String(value).split(',');
  if (option !== 'channel_capacity') return value;
  const pairs = String(value)
    .split(',')
    .map((pair) => [pair.slice(0, pair.lastIndexOf(':')), Number(pair.slice(pair.lastIndexOf(':') + 1))] as const);
  return Object.fromEntries(pairs);
}
