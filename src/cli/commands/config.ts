import type { Command } from 'commander';
import type { LayerSetting } from '../../model/layer-setting.ts';
import { isLayerName, LAYER_NAMES, layerOfClass, UPSTREAM_LAYERS_TEXT } from '../../model/layers.ts';
import { paragraph } from '../../report/paragraph.ts';
import { DEFAULT_REDIS, portalSetting, printConfiguration } from '../configuration.ts';
import { countOption, readCount } from '../count-option.ts';
import { layerOption } from '../layer-option.ts';
import { addLayerSourceOptions, describeSource, readLayerSource } from '../layer-source.ts';
import type { ProgramContext } from '../program-context.ts';
import { readRedisOption, redisOption } from '../redis-option.ts';
import { setting, withOrigin } from '../settings.ts';
import { unknownLayer } from '../suggest.ts';
import type { Output } from '../terminal.ts';

interface Raw {
  readonly layer: string;
  readonly processes?: string;
  readonly redis?: string;
  readonly layerOption?: readonly string[];
  readonly revealSecrets?: boolean;
}

const PROCESSES = countOption('processes', 1, 999, 1, 'ASGI processes');

/** `bench config`: what to paste to run a portal with a layer and a number of processes. */
export function addConfigCommand(config: Command, { output }: ProgramContext): void {
  config
    .addOption(setting('--layer <name>', UPSTREAM_LAYERS_TEXT, { default: 'redis' }))
    .addOption(setting('--processes <count>', 'ASGI processes; by default 1, or what the configuration says'))
    .addOption(redisOption('where its Redis is'))
    .addOption(layerOption('option of the layer; repeatable'))
    .addOption(setting('--reveal-secrets', 'print passwords and keys as they are'));
  addLayerSourceOptions(config)
    .addOption(setting('--python <command>', 'interpreter of --settings; by default the first that imports channels'))
    .addOption(setting('--cwd <folder>', 'where that module is; by default here'));
  config.action(() => configCommand(config, output));
}

async function configCommand(command: Command, output: Output): Promise<void> {
  const { err, errStyle } = output;
  const raw: Raw = command.opts();
  const source = await readLayerSource(command);
  for (const warning of source?.configured.warnings ?? []) err(paragraph(`${errStyle.warn('!')} `, warning, errStyle));
  if (source !== null) err(`${paragraph('', errStyle.dim(describeSource(source.configured)), errStyle)}\n`);
  const layer = source?.configured.setting ?? settingOf(command, raw);
  const processes = withOrigin(command, 'processes', () =>
    readCount(PROCESSES, raw.processes ?? String(source?.processes ?? PROCESSES.default)),
  );
  if (layerOfClass(layer.BACKEND)?.scope === 'process' && processes > 1)
    err(paragraph(`${errStyle.warn('!')} `, losesBetween(processes), errStyle));
  printConfiguration({ setting: layer, processes, revealSecrets: raw.revealSecrets === true }, output);
}

function losesBetween(processes: number): string {
  return `the in-memory layer does not connect processes: with ${processes} of them, what goes from one to another is lost, without an error. Take --processes 1, or --layer redis.`;
}

function settingOf(command: Command, raw: Raw): LayerSetting {
  const name = raw.layer;
  if (!isLayerName(name)) throw withOrigin(command, 'layer', () => unknownLayer(name, LAYER_NAMES));
  const url = raw.redis ?? DEFAULT_REDIS;
  withOrigin(command, 'redis', () => readRedisOption(url));
  return withOrigin(command, 'layerOption', () => portalSetting(name, raw.layerOption ?? [], url));
}
