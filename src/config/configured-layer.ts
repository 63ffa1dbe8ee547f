import type { LayerSetting, SettingValue } from '../model/layer-setting.ts';
import { usageError, type BenchError } from '../model/errors.ts';
import { LAYERS, layerOfClass, UPSTREAM_LAYERS, type LayerDescription } from '../model/layers.ts';
import { chosenLayer, type ChosenLayer } from '../model/chosen-layer.ts';
import { optionFromSetting, type LayerOptions, type OptionValue } from '../model/layer-options.ts';
import { quoted } from '../model/secret.ts';
import { readHosts, type HostSpec } from '../redis/hosts.ts';
import { isPlainMap } from './yaml-document.ts';

/** A layer as a configuration names it, ready to run. */
export interface ConfiguredLayer {
  readonly layer: ChosenLayer;
  /** The entry of CHANNEL_LAYERS as it stands: what Python's servers get. */
  readonly setting: LayerSetting;
  /** As they stand; upstream's default where there are none; empty for a layer without a Redis. */
  readonly hosts: readonly HostSpec[];
  /** Upstream's default is `asgi`. */
  readonly prefix: string;
  /** What the configuration says and upstream does not do, or bench does not need, each in a sentence. */
  readonly warnings: readonly string[];
  /** What is wrong where bench's own servers are to have this layer: they do not know its backend; null where they do. */
  readonly unknownBackend: BenchError | null;
}

/** Where something of the entry stands: "portal_config.yml:7". */
export type PlaceOf = (path: readonly (string | number)[]) => string;

const DEFAULT_HOSTS: readonly HostSpec[] = ['redis://localhost:6379'];
const DEFAULT_PREFIX = 'asgi';
const CLASS = /^[A-Za-z_]\w*(\.[A-Za-z_]\w*)+$/;

/** One entry of CHANNEL_LAYERS → a layer. Throws a usage error, with its place, for what bench or upstream does not know. */
export function configuredLayer(entry: SettingValue, placeOf: PlaceOf): ConfiguredLayer {
  const { BACKEND, CONFIG: given, ...rest } = mapOf(entry, placeOf([]), 'an entry of CHANNEL_LAYERS');
  const other = Object.keys(rest).find((key) => key !== 'TEST_CONFIG');
  if (other !== undefined) throw at(placeOf([other]), `an entry of CHANNEL_LAYERS has no${quoted(other)}`, 'It has BACKEND and CONFIG.');
  const pythonClass = classOf(BACKEND, placeOf(['BACKEND']));
  const config = mapOf(given ?? {}, placeOf(['CONFIG']), 'CONFIG');
  const setting: LayerSetting = { BACKEND: pythonClass, CONFIG: config };
  const known = layerOfClass(pythonClass);
  if (known === undefined) return foreignLayer(setting, placeOf(['BACKEND']));
  const placeIn: PlaceOf = (path) => placeOf(['CONFIG', ...path]);
  const { hosts: givenHosts, prefix, ...options } = config;
  const hasHosts = known.backend !== null;
  for (const key of ['hosts', 'prefix'] as const)
    if (!hasHosts && Object.hasOwn(config, key))
      throw at(placeIn([key]), `${pythonClass} has no option '${key}'`, 'It keeps everything in its process.');
  if (prefix !== undefined && typeof prefix !== 'string') throw at(placeIn(['prefix']), 'prefix is no text', "Write it as prefix: 'asgi'.");
  const read = readOptions(known, options, placeIn);
  const hosts = hasHosts ? hostList(givenHosts, placeIn) : { hosts: [], notes: [] };
  return {
    layer: chosenLayer(known.name, read.options, setting),
    setting,
    hosts: hosts.hosts,
    prefix: prefix ?? DEFAULT_PREFIX,
    warnings: [...read.warnings, ...hosts.notes],
    unknownBackend: null,
  };
}

/** One of a package that bench does not know: an application may have it, bench's own servers do not. */
function foreignLayer(setting: LayerSetting, place: string): ConfiguredLayer {
  const known = UPSTREAM_LAYERS.map((layer) => LAYERS[layer].pythonClass);
  return {
    layer: {
      name: setting.BACKEND.split('.', 1)[0]!,
      scope: 'shared',
      backend: 'unknown',
      membershipsIn: 'process',
      options: {},
      setting,
      module: null,
    },
    setting,
    hosts: [],
    prefix: DEFAULT_PREFIX,
    warnings: [],
    unknownBackend: at(
      place,
      `bench knows no backend "${setting.BACKEND}"`,
      `It knows ${known.join(', ')}. An application that has it is measured with --app or --url.`,
    ),
  };
}

function classOf(backend: SettingValue | undefined, place: string): string {
  if (typeof backend === 'string' && CLASS.test(backend)) return backend;
  throw at(
    place,
    backend === undefined ? 'BACKEND is missing' : 'BACKEND is not the path of a class',
    'Write it as BACKEND: channels_redis.core.RedisChannelLayer.',
  );
}

function readOptions(
  { pythonClass, backend, options: specs, ignoredSettings }: LayerDescription,
  given: Readonly<Record<string, SettingValue>>,
  placeIn: PlaceOf,
): { readonly options: LayerOptions; readonly warnings: readonly string[] } {
  const options: Record<string, OptionValue> = {};
  const warnings: string[] = [];
  for (const [key, value] of Object.entries(given)) {
    const place = placeIn([key]);
    if (Object.hasOwn(specs, key)) options[key] = optionFromSetting(specs[key]!, value, place);
    else if (ignoredSettings.includes(key)) warnings.push(`${place}: ${pythonClass} takes '${key}' and does nothing with it`);
    else
      throw at(
        place,
        `${pythonClass} has no option${quoted(key)}`,
        `It has ${[...(backend === null ? [] : ['hosts', 'prefix']), ...Object.keys(specs)].join(', ')}.`,
      );
  }
  return { options, warnings };
}

function hostList(
  hosts: SettingValue | undefined,
  placeIn: PlaceOf,
): { readonly hosts: readonly HostSpec[]; readonly notes: readonly string[] } {
  const isNone = !hosts || (typeof hosts === 'object' && Object.keys(hosts).length === 0);
  if (isNone) return { hosts: DEFAULT_HOSTS, notes: [] };
  if (!Array.isArray(hosts))
    throw at(placeIn(['hosts']), 'hosts is no list', 'Write it as hosts: [[127.0.0.1, 6379]], even when there is only one.');
  const read = readHosts(hosts as readonly unknown[], (path) => placeIn(['hosts', ...path]));
  return { hosts: hosts as readonly HostSpec[], notes: read.flatMap(({ notes }) => notes) };
}

function mapOf(value: SettingValue, place: string, what: string): Readonly<Record<string, SettingValue>> {
  if (isPlainMap(value)) return value;
  throw at(place, `${what} is ${typeof value === 'string' ? 'a text' : 'no map'}, and not a map`, 'Write it as key: value, a line each.');
}

function at(place: string, message: string, hint: string): BenchError {
  return usageError(`${place}: ${message}`, hint);
}
