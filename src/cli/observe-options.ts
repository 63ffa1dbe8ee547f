import type { Command } from 'commander';
import type { ConfiguredLayer } from '../config/configured-layer.ts';
import { usageError } from '../model/errors.ts';
import type { ChosenLayer } from '../model/chosen-layer.ts';
import { optionDefault } from '../model/layer-options.ts';
import { LAYERS, layerOfClass } from '../model/layers.ts';
import { parseDurationMs } from '../model/units.ts';
import { OBSERVED_LAYERS, type ObservedLayer } from '../observe/allowed-commands.ts';
import type { ObserveRequest } from '../observe/redis/observe-deployment.ts';
import type { ObservedOptions } from '../observe/observation.ts';
import { isCluster, type HostSpec } from '../redis/hosts.ts';
import { countOption, readCount } from './count-option.ts';
import { addLayerSourceOptions, readLayerSource, type LayerSource } from './layer-source.ts';
import { readRedisOption, redisOption } from './redis-option.ts';
import { setting, withOrigin } from './settings.ts';
import { unknownLayer } from './suggest.ts';

const DEFAULT_PREFIX = 'asgi';
const MIN_MS = 1000;
const MAX_MS = 86_400_000;
const BUDGET = countOption('budget', 10, 10_000, 100, 'commands a second that each Redis gets at most; fewer while it is slow');
/** A prefix goes into patterns and permissions, which are words. */
const PREFIX = /^[^\s\p{C}'"]{1,100}$/u;

/** Options that say what to observe, for how long and how gently. */
export function addObserveOptions(command: Command): Command {
  command
    .addOption(redisOption('the Redis of the layer; repeatable, for one with several', { repeatable: true }))
    .addOption(setting('--layer <name>', `${OBSERVED_LAYERS.join(' or ')}; by default what the configuration says, else redis`))
    .addOption(setting('--prefix <text>', "what the layer's keys begin with; by default what the configuration says, else asgi"))
    .addOption(setting('--for <duration>', 'how long to read counters', { default: '60s' }))
    .addOption(setting('--budget <count>', BUDGET.help, { default: String(BUDGET.default) }));
  return addLayerSourceOptions(command)
    .addOption(setting('--python <command>', 'interpreter of --settings; by default the first that imports channels'))
    .addOption(setting('--cwd <folder>', 'where that module is; by default here'));
}

interface Raw {
  readonly layer?: string;
  readonly redis?: readonly string[];
  readonly prefix?: string;
  readonly for: string;
  readonly budget: string;
}

/** The layer and the prefix that a command line or its configuration names. Throws usage errors. */
export async function readObservedLayer(command: Command): Promise<Pick<ObserveRequest, 'layer' | 'prefix'>> {
  return observedLayer(command, await readLayerSource(command));
}

function observedLayer(command: Command, source: LayerSource | null): Pick<ObserveRequest, 'layer' | 'prefix'> {
  const { layer = 'redis', prefix = source?.configured.prefix ?? DEFAULT_PREFIX }: Raw = command.opts();
  return { layer: source === null ? namedLayer(command, layer) : layerOf(source.configured), prefix: checkedPrefix(command, prefix) };
}

function namedLayer(command: Command, name: string): ObservedLayer {
  const found = OBSERVED_LAYERS.find((layer) => layer === name);
  if (found !== undefined) return found;
  throw withOrigin(command, 'layer', () => unknownLayer(name, OBSERVED_LAYERS));
}

/** What a command line asks to be observed. Throws usage errors. */
export async function readObserveRequest(command: Command, onNotice: (notice: string) => void): Promise<ObserveRequest> {
  const raw: Raw = command.opts();
  const source = await readLayerSource(command);
  for (const warning of source?.configured.warnings ?? []) onNotice(warning);
  const urls = (raw.redis ?? []).map((url) => withOrigin(command, 'redis', () => readRedisOption(url, onNotice)));
  const { layer, prefix } = observedLayer(command, source);
  return {
    layer,
    hosts: chosenHosts(command, urls, source?.configured.hosts ?? [], onNotice),
    prefix,
    forMs: withOrigin(command, 'for', () => readFor(raw.for)),
    commandsPerSecond: withOrigin(command, 'budget', () => readCount(BUDGET, raw.budget)),
    configured: source === null ? {} : optionsOf(source.configured.layer),
  };
}

/** The layer of a configuration, where it can be read from outside. */
function layerOf({ layer: { name }, setting: { BACKEND } }: ConfiguredLayer): ObservedLayer {
  const found = OBSERVED_LAYERS.find((layer) => layer === name);
  if (found !== undefined) return found;
  throw usageError(
    `bench cannot observe ${BACKEND}: it reads the Redis of channels_redis`,
    `It observes ${OBSERVED_LAYERS.map((layer) => LAYERS[layer].pythonClass).join(' and ')}.`,
  );
}

/** What the command line names, as another user may see more than the portal's own; else what the configuration names. */
function chosenHosts(
  command: Command,
  urls: readonly HostSpec[],
  named: readonly HostSpec[],
  onNotice: (notice: string) => void,
): readonly HostSpec[] {
  const isSaid = command.getOptionValueSource('redis') === 'cli';
  if (named.length > 0 && urls.length > 0 && !isSaid)
    onNotice('the Redis of the environment or of bench.config.json is left out: the configuration names its own');
  const hosts = named.length > 0 && !isSaid ? named : urls;
  if (hosts.length === 0)
    throw usageError(
      'nothing says which Redis to observe',
      'Name it with --redis URL; or take it from the portal, with --config portal_config.yml or --settings portal.settings.',
    );
  if (named.length > 0 && hosts.length !== named.length)
    throw usageError(
      `the configuration has ${named.length} hosts, and --redis names ${hosts.length}`,
      'Give --redis once for each host, in the same order, or leave it out.',
    );
  if (hosts.some(isCluster))
    throw usageError('bench observe reads single servers, and this is a Redis Cluster', 'Core layers cannot run on a cluster.');
  return hosts;
}

/** Of the configuration, or upstream's default. */
function optionsOf({ options, setting: layer }: ChosenLayer): ObservedOptions {
  const specs = layerOfClass(layer?.BACKEND ?? '')?.options ?? {};
  if (!Object.hasOwn(specs, 'capacity')) return {};
  const valueOf = (name: string): number => Number(options[name] ?? optionDefault(specs[name]!));
  return { capacity: valueOf('capacity'), expiry: valueOf('expiry') / 1000, group_expiry: valueOf('group_expiry') / 1000 };
}

function checkedPrefix(command: Command, prefix: string): string {
  return withOrigin(command, 'prefix', () => {
    if (PREFIX.test(prefix)) return prefix;
    throw usageError('--prefix is no word of 1 to 100 characters', "Write it as --prefix asgi, the `prefix` of the layer's CONFIG.");
  });
}

function readFor(text: string): number {
  const forMs = parseDurationMs(text);
  if (forMs >= MIN_MS && forMs <= MAX_MS) return forMs;
  throw usageError(`--for '${text}' is not between 1s and 24h`, 'Write it as --for 60s.');
}
