import type { Command } from 'commander';
import { usageError } from '../model/errors.ts';
import { quoted } from '../model/secret.ts';
import { checkFaults, parseFault, refuseOnForeignRedis, type Fault } from '../model/faults.ts';
import { isLayerName, LAYERS, LAYER_NAMES, type LayerName } from '../model/layers.ts';
import { builtInLayer, readCustomOptions, type ChosenLayer } from '../model/chosen-layer.ts';
import { DEFAULT_LIMITS, isAboutDueTime, parseLimit, type Limit } from '../result/limits.ts';
import { formatParameter, parseParameter, type ParameterSpec, type ParameterSpecs, type ParameterValue } from '../model/parameters.ts';
import { isSelfPaced, type Plan } from '../model/plan.ts';
import type { RunRequest } from '../result/request.ts';
import { planOf, suggestionOf, type AnyScenario } from '../model/scenario.ts';
import { loadLayerModule, type LayerModule } from '../modules/layer-module.ts';
import { countOption, readCount } from './count-option.ts';
import { FILE_CONTENTS, readParameterFile } from './parameter-file.ts';
import { layerOption } from './layer-option.ts';
import { addLayerSourceOptions, readLayerSource, tellSource } from './layer-source.ts';
import { readRedisOption, redisOption } from './redis-option.ts';
import { addServerOptions, checkServerFaults, layerOfServers, readServers } from './server-options.ts';
import { setting, withFileOrigin, withOrigin } from './settings.ts';
import { suggest, unknownLayer, unknownName } from './suggest.ts';

const DRIVERS = countOption('drivers', 1, 16, 1, 'driver processes');
const SEED = countOption('seed', 0, 2 ** 32 - 1, 1, 'seed of everything random');
const REPEAT = countOption('repeat', 1, 100, 1, 'runs of each point, with fresh processes; all points in turn');

/** Adds the options of one scenario's runs: its parameters, then what all runs share. */
export function addRunOptions(command: Command, parameters: ParameterSpecs): Command {
  addParameterOptions(command, parameters);
  command.addOption(
    setting('--layer <names>', `channel layers, separated by commas: ${LAYER_NAMES.join(', ')}, or a module such as ./my-layer.js`, {
      default: 'redis',
    }),
  );
  return addLayerSourceOptions(addServerOptions(command))
    .addOption(setting('--drivers <count>', 'load-generating processes; by default one for 5,000 sockets'))
    .addOption(redisOption('a Redis of yours; by default bench starts one for each run'))
    .addOption(layerOption('option of a layer, such as capacity=200 or expiry=10s; repeatable'))
    .addOption(
      setting('--limit <expression>', "bound that the run must keep, such as 'p99<50ms' or 'loss<0.01%'; repeatable", { repeatable: true }),
    )
    .addOption(
      setting(
        '--fault <what>',
        "something that breaks: 'pause redis 2s at 3s', 'kill server 1 at 5s', …, or what you break by hand: 'external at 3s'; repeatable",
        {
          repeatable: true,
        },
      ),
    )
    .addOption(setting('--allow-faults-on-my-redis', 'let faults pause a Redis of yours, or drop its connections'))
    .addOption(setting('--no-default-limits', 'do not demand that every loss is explained'))
    .addOption(setting('--seed <number>', SEED.help, { default: String(SEED.default) }))
    .addOption(setting('--repeat <count>', REPEAT.help, { default: String(REPEAT.default) }))
    .addOption(setting('--tag <key=value>', 'note kept in the result; repeatable', { repeatable: true }));
}

/** Adds the options of a scenario's parameters. */
export function addParameterOptions(command: Command, parameters: ParameterSpecs): Command {
  for (const spec of Object.values(parameters)) {
    command.addOption(
      setting(
        `--${spec.flag} <${spec.kind}>`,
        `${spec.help} (${rangeOf(spec)})`,
        spec.kind === 'file' ? {} : { default: formatParameter(spec, spec.default).replaceAll(/[ ,]/g, '') },
      ),
    );
  }
  return command;
}

type Raw = Readonly<Record<string, unknown>>;

/** What values a parameter takes, for help. */
function rangeOf(spec: ParameterSpec): string {
  if (spec.kind === 'choice') return spec.choices.join(' or ');
  if (spec.kind === 'text') return spec.form;
  if (spec.kind === 'file') return FILE_CONTENTS[spec.holds];
  return `${formatParameter(spec, spec.min)} to ${formatParameter(spec, spec.max)}`;
}

/**
 * The runs that a command line asks for, in turn: layers × servers × processes, and all of them again for every repeat, so
 * that what the machine does in the meantime is in every point. Throws usage errors.
 */
export async function runRequests(
  command: Command,
  scenario: AnyScenario,
  commandLine: string,
  onNotice: (notice: string) => void,
): Promise<readonly RunRequest[]> {
  const raw: Raw = command.opts();
  const read = <T>(name: string, parse: (text: string) => T): T => withOrigin(command, name, () => parse(String(raw[name])));
  const list = (name: string): readonly string[] => (raw[name] as readonly string[] | undefined) ?? [];
  const redisUrl = raw['redis'] === undefined ? null : read('redis', (text) => readRedisOption(text, onNotice));
  const source = await readLayerSource(command);
  if (source !== null && redisUrl !== null)
    throw usageError('a configuration says where Redis is, and so does --redis', 'Leave out one of them.');
  if (source !== null) tellSource(source, onNotice);
  const parameters = await readParameters(command, scenario.parameters, raw);
  const points = readServers(command, source?.processes ?? suggestionOf(scenario, parameters).processes ?? null);
  const drivers = raw['drivers'] === undefined ? null : read('drivers', (text) => readCount(DRIVERS, text));
  const seed = read('seed', (text) => readCount(SEED, text));
  const repeat = read('repeat', (text) => readCount(REPEAT, text));
  const optionTexts = list('layerOption');
  const layers = source === null ? await readLayers(command, read('layer', commaList), optionTexts) : [source.configured.layer];
  const limits = withOrigin(command, 'limit', () => readLimits(list('limit'), raw['defaultLimits'] !== false));
  const tags = withOrigin(command, 'tag', () => readTags(list('tag')));
  const faults = withOrigin(command, 'fault', () => list('fault').map(parseFault));
  const configured = source?.configured ?? null;
  const hosts = configured !== null && configured.layer.backend !== null ? configured.hosts : redisUrl === null ? null : [redisUrl];
  const ownRedis = { isThere: hosts === null || hosts.length > 0, isOwn: hosts !== null, mayBreak: raw['allowFaultsOnMyRedis'] === true };
  const requests = layers.flatMap((layer) =>
    points.map(({ servers, processes }): RunRequest => {
      if (configured?.unknownBackend != null && servers.urls.length === 0 && servers.app === null) throw configured.unknownBackend;
      const chosen = layerOfServers(command, layer, servers);
      const plan = withFaults(planOf(scenario, parameters, { processes }), faults, chosen, ownRedis);
      checkServerFaults(plan.faults ?? [], servers);
      if (isSelfPaced(plan)) withOrigin(command, 'limit', () => refuseDueLimits(limits));
      return {
        scenario: { name: scenario.name, parameters },
        plan,
        layer: chosen,
        servers,
        drivers,
        hosts,
        mayBreakRedis: ownRedis.mayBreak,
        prefix: configured !== null && configured.hosts.length > 0 ? configured.prefix : null,
        seed,
        // What only views pages has no deliveries that a limit could be about.
        limits: plan.publishers.length > 0 ? limits : limits.filter((limit) => !DEFAULT_LIMITS.includes(limit)),
        tags,
        command: commandLine,
      };
    }),
  );
  return Array.from({ length: repeat }, () => requests).flat();
}

/** The faults of the command line take the place of the scenario's own. Throws a usage error for one that cannot be. */
function withFaults(
  plan: Plan,
  given: readonly Fault[],
  layer: ChosenLayer,
  redis: { readonly isThere: boolean; readonly isOwn: boolean; readonly mayBreak: boolean },
): Plan {
  const faults = given.length > 0 ? given : (plan.faults ?? []);
  checkFaults(faults, {
    processes: plan.processes,
    durationMs: plan.durationMs,
    usesRedis: redis.isThere && layer.backend === 'redis',
    hasBackend: layer.backend !== null,
  });
  if (redis.isOwn)
    refuseOnForeignRedis(
      faults,
      redis.mayBreak,
      'Leave out --redis, or the configuration that names it: bench then starts one for each run.',
    );
  return { ...plan, faults };
}

function refuseDueLimits(limits: readonly Limit[]): void {
  const limit = limits.find(isAboutDueTime);
  if (limit === undefined) return;
  throw usageError(
    `limit '${limit.expression}' is about a schedule, and this scenario paces itself: its requests wait for answers`,
    "Bound 'transit.p99', 'loss' or 'sent' instead, or use a scenario with a rate, such as fanout.",
  );
}

function commaList(text: string): readonly string[] {
  return text.split(',').map((part) => part.trim());
}

/** Built-in layers by their names, others by the path or package of their module. */
async function readLayers(command: Command, names: readonly string[], optionTexts: readonly string[]): Promise<readonly ChosenLayer[]> {
  const modules = new Map<string, LayerModule>();
  for (const name of names.filter((word) => !isLayerName(word))) {
    const module = await loadLayerModule(name, process.cwd());
    if (module === null) throw withOrigin(command, 'layer', () => unknownLayer(name, [...LAYER_NAMES, './my-layer.js']));
    modules.set(name, module);
  }
  return withOrigin(command, 'layerOption', () => {
    // A module declares no options: whatever is no option of a built-in layer may be one of its own.
    if (modules.size === 0) refuseUnknownOptions(names.filter(isLayerName), optionTexts);
    return names.map((name) => (isLayerName(name) ? builtInLayer(name, optionTexts) : customLayer(modules.get(name)!, optionTexts)));
  });
}

function customLayer({ name, scope, backend, specifier, url, shownOptions }: LayerModule, optionTexts: readonly string[]): ChosenLayer {
  return {
    name,
    scope,
    backend,
    membershipsIn: 'process',
    options: readCustomOptions(optionTexts),
    setting: null,
    module: { specifier, url, shownOptions },
  };
}

function refuseUnknownOptions(layers: readonly LayerName[], texts: readonly string[]): void {
  const known = [...new Set(layers.flatMap((layer) => Object.keys(LAYERS[layer].options)))];
  for (const text of texts) {
    const name = text.split('=', 1)[0] ?? '';
    if (known.includes(name)) continue;
    if (known.length === 0)
      throw usageError(`${layers.join(', ')} has no options, so not${quoted(name)} either`, 'Leave out --layer-option.');
    throw unknownName(`option of ${layers.join(', ')}`, name, known);
  }
}

function readLimits(texts: readonly string[], withDefaults: boolean): readonly Limit[] {
  const own = texts.flatMap(commaList).map((text) => parseLimit(text, suggest));
  return withDefaults ? [...own, ...DEFAULT_LIMITS] : own;
}

function readTags(texts: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    texts.map((text) => {
      const cut = text.indexOf('=');
      if (cut < 1) throw usageError(`tag '${text}' is not key=value`, 'Write it as --tag branch=main.');
      return [text.slice(0, cut), text.slice(cut + 1)];
    }),
  );
}

/** The values of a scenario's parameters, from the options of a command; files are read. Throws usage errors. */
export async function readParameters(command: Command, specs: ParameterSpecs, raw: Raw): Promise<Readonly<Record<string, ParameterValue>>> {
  const values: Record<string, ParameterValue> = {};
  for (const [name, spec] of Object.entries(specs)) {
    const attribute = spec.flag.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase());
    const given = raw[attribute];
    const text = typeof given === 'string' ? given : String(spec.default);
    const value = withOrigin(command, attribute, () => parseParameter(spec, text));
    values[name] =
      spec.kind === 'file' && text !== '' ? await withFileOrigin(command, attribute, readParameterFile(spec.holds, text)) : value;
  }
  return values;
}
