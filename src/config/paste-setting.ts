import { layerOfClass } from '../model/layers.ts';
import { isSecretOption } from '../model/layer-options.ts';
import type { LayerSetting, SettingValue } from '../model/layer-setting.ts';
import type { HostSpec } from '../redis/hosts.ts';
import { hostToPaste } from '../redis/show-host.ts';

/** What stands for a secret in a configuration to paste. */
const PLACEHOLDER = '<secret>';

/**
 * A setting with a placeholder for every password and key. Of a backend that bench does not know, every text may be one.
 * Its hosts have been checked.
 */
export function withoutSecrets({ BACKEND, CONFIG }: LayerSetting): LayerSetting {
  const layer = layerOfClass(BACKEND);
  if (layer === undefined) return { BACKEND, CONFIG: mapValues(CONFIG, hideTexts) };
  const specs = layer.options;
  const entries = Object.entries(CONFIG).map(([key, value]): readonly [string, SettingValue] => {
    if (key === 'hosts' && Array.isArray(value)) return [key, value.map((host) => hostToPaste(host as HostSpec, PLACEHOLDER))];
    const isSecret = Object.hasOwn(specs, key) && isSecretOption(specs[key]!);
    return [key, isSecret && Array.isArray(value) ? value.map(() => PLACEHOLDER) : value];
  });
  return { BACKEND, CONFIG: Object.fromEntries(entries) };
}

function hideTexts(value: SettingValue): SettingValue {
  if (typeof value === 'string') return PLACEHOLDER;
  if (Array.isArray(value)) return (value as readonly SettingValue[]).map(hideTexts);
  return typeof value === 'object' && value !== null ? mapValues(value as Readonly<Record<string, SettingValue>>, hideTexts) : value;
}

function mapValues(
  map: Readonly<Record<string, SettingValue>>,
  change: (value: SettingValue) => SettingValue,
): Readonly<Record<string, SettingValue>> {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, change(value)]));
}
