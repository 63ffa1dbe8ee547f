import type { LayerSetting, SettingValue } from '../core/layer-setting.ts';
import { usageError, type BenchError } from '../core/errors.ts';
import { LAYERS, LAYER_NAMES, layerOptions, type ChosenLayer, type LayerName } from '../core/layer-catalog.ts';

/** A layer as a configuration names it, ready to run. */
export interface ConfiguredLayer {
  readonly layer: ChosenLayer;
  /** The entry of CHANNEL_LAYERS as it stands: what Python's servers get. */
  readonly setting: LayerSetting;
  /** As they stand; upstream's default where there are none; empty for a layer without a backend. */
  readonly hosts: readonly SettingValue[];
  /** Upstream's default is `asgi`. */
  readonly prefix: string;
  /** What the configuration says and upstream does not do, each in a sentence. */
  readonly warnings: readonly string[];
}

/** Where a key of the CONFIG stands: "portal_config.yml:7"; with null, where the entry itself does. */
export type PlaceOf = (key: string | null) => string;

const DEFAULT_HOSTS: readonly SettingValue[] = ['redis://localhost:6379'];
const DEFAULT_PREFIX = 'asgi';
/** What channels_redis' pub/sub layer takes and does nothing with. */
const PUBSUB_IGNORES: ReadonlySet<string> = new Set(['capacity', 'channel_capacity', 'expiry', 'group_expiry']);

/** One entry of CHANNEL_LAYERS → a layer. Throws a usage error, with its place, for what bench or upstream does not know. */
export function configuredLayer(entry: SettingValue, placeOf: PlaceOf): ConfiguredLayer {
  const { BACKEND, CONFIG: given = {}, ...rest } = mapOf(entry, placeOf(null), 'an entry of CHANNEL_LAYERS');
  const other = Object.keys(rest)[0];
  if (other !== undefined) throw at(placeOf(other), `an entry of CHANNEL_LAYERS has no '${other}'`, 'It has BACKEND and CONFIG.');
  const name = layerOf(BACKEND, placeOf('BACKEND'));
  const { backend } = LAYERS[name];
  const config = mapOf(given ?? {}, placeOf('CONFIG'), 'CONFIG');
  const { hosts, prefix, ...options } = config;
  const isShared = LAYERS[name].scope === 'shared';
  const warnings: string[] = [];
  const texts = Object.entries(options).flatMap(([key, value]) => {
    if (key in LAYERS[name].options) return [`${key}=${optionText(key, value, placeOf(key))}`];
    if (name === 'redis-pubsub' && PUBSUB_IGNORES.has(key)) {
      warnings.push(`${placeOf(key)}: ${backend} takes '${key}' and does nothing with it`);
      return [];
    }
    throw at(
      placeOf(key),
      `${backend} has no option '${key}'`,
      `It has ${[...(isShared ? ['hosts', 'prefix'] : []), ...Object.keys(LAYERS[name].options)].join(', ')}.`,
    );
  });
  for (const key of ['hosts', 'prefix'] as const)
    if (!isShared && key in config) throw at(placeOf(key), `${backend} has no option '${key}'`, 'It keeps everything in its process.');
  if (prefix !== undefined && typeof prefix !== 'string') throw at(placeOf('prefix'), 'prefix is no text', "Write it as prefix: 'asgi'.");
  const setting: LayerSetting = { BACKEND: backend, CONFIG: config };
  return {
    layer: {
      name,
      scope: LAYERS[name].scope,
      membershipsIn: LAYERS[name].membershipsIn,
      options: layerOptions(name, texts),
      setting,
      module: null,
    },
    setting,
    hosts: isShared ? hostList(hosts, placeOf('hosts')) : [],
    prefix: prefix ?? DEFAULT_PREFIX,
    warnings,
  };
}

function layerOf(backend: SettingValue | undefined, place: string): LayerName {
  const name = LAYER_NAMES.find((known) => known !== 'redis-fast' && LAYERS[known].backend === backend);
  if (name !== undefined) return name;
  const known = LAYER_NAMES.filter((layer) => layer !== 'redis-fast').map((layer) => LAYERS[layer].backend);
  throw at(
    place,
    backend === undefined ? 'BACKEND is missing' : `bench knows no backend ${JSON.stringify(backend)}`,
    `It knows ${known.join(', ')}.`,
  );
}

function hostList(hosts: SettingValue | undefined, place: string): readonly SettingValue[] {
  if (hosts === undefined || hosts === null) return DEFAULT_HOSTS;
  if (Array.isArray(hosts) && hosts.length > 0) return hosts as readonly SettingValue[];
  throw at(place, 'hosts is no list', 'Write it as hosts: [[127.0.0.1, 6379]], even when there is only one.');
}

/** A value of CONFIG as `--layer-option` has it: durations are seconds in Django. */
function optionText(key: string, value: SettingValue, place: string): string {
  if (key === 'expiry' || key === 'group_expiry') {
    if (typeof value !== 'number') throw at(place, `${key} is no number of seconds`, `Write it as ${key}: 60.`);
    return `${value}s`;
  }
  if (key === 'symmetric_encryption_keys') {
    if (Array.isArray(value) && value.every((entry) => typeof entry === 'string')) return value.join(',');
    throw at(place, 'symmetric_encryption_keys is no list of texts', 'Write it as symmetric_encryption_keys: [key].');
  }
  if (key === 'channel_capacity') {
    const pairs = Object.entries(mapOf(value, place, 'channel_capacity'));
    return pairs.map(([pattern, capacity]) => `${pattern}:${JSON.stringify(capacity)}`).join(',');
  }
  if (typeof value === 'number' || typeof value === 'string') return String(value);
  throw at(place, `${key} is neither a number nor a text`, `Write it as ${key}: 100.`);
}

function mapOf(value: SettingValue, place: string, what: string): Readonly<Record<string, SettingValue>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Readonly<Record<string, SettingValue>>;
  throw at(place, `${what} is ${typeof value === 'string' ? 'a text' : 'no map'}, and not a map`, 'Write it as key: value, a line each.');
}

function at(place: string, message: string, hint: string): BenchError {
  return usageError(`${place}: ${message}`, hint);
}
