import { addLayerSourceOptions } from '../layer-source.ts';
import { setting } from '../settings.ts';
import type { ProgramContext } from '../program-context.ts';
import type { Command } from 'commander';
import { wayOut } from '../../config/way-out.ts';
import { layerSetting } from '../../core/channel-layers.ts';
import type { LayerSetting } from '../../core/layer-setting.ts';
import { builtInLayer, isLayerName, LAYER_NAMES } from '../../core/layer-catalog.ts';
import { parseRedisUrl } from '../../redis/address.ts';
import { countOption, readCount } from '../count-option.ts';
import { describeSource, readLayerSource } from '../layer-source.ts';
import { withOrigin } from '../settings.ts';
import { unknownName } from '../suggest.ts';
import type { Output } from '../terminal.ts';

interface Raw {
  readonly layer: string;
  readonly processes?: string;
  readonly redis?: string;
  readonly layerOption?: readonly string[];
  readonly revealSecrets?: boolean;
}

const PROCESSES = countOption('processes', 1, 999, 1, 'ASGI processes');
const DEFAULT_REDIS = 'redis://127.0.0.1:6379';

/** `bench config`: what to paste to run a portal with a layer and a number of processes. */
export async function configCommand(command: Command, { out, err, outStyle, errStyle }: Output): Promise<void> {
  const raw: Raw = command.opts();
  const source = await readLayerSource(command);
  for (const warning of source?.configured.warnings ?? []) err(`${errStyle.warn('!')} ${warning}\n`);
  if (source !== null) err(`${errStyle.dim(describeSource(source.configured))}\n\n`);
  const setting = source?.configured.setting ?? settingOf(command, raw);
  const processes = withOrigin(command, 'processes', () =>
    readCount(PROCESSES, raw.processes ?? String(source?.processes ?? PROCESSES.default)),
  );
  for (const { title, text, note } of wayOut({ setting, processes, revealSecrets: raw.revealSecrets === true })) {
    out(`${outStyle.bold(title)}\n\n${text.replaceAll(/^(?=.)/gm, '  ')}\n`);
    out(note === '' ? '\n' : `\n${outStyle.dim(note.replaceAll(/^(?=.)/gm, '  '))}\n\n`);
  }
}

function settingOf(command: Command, raw: Raw): LayerSetting {
  const name = raw.layer;
  if (!isLayerName(name)) throw withOrigin(command, 'layer', () => unknownName('layer', name, LAYER_NAMES));
  const url = raw.redis ?? DEFAULT_REDIS;
  withOrigin(command, 'redis', () => parseRedisUrl(url));
  const { BACKEND, CONFIG } = withOrigin(command, 'layerOption', () => layerSetting(builtInLayer(name, raw.layerOption ?? []), [url], ''));
  // Without a prefix of its own a portal has upstream's.
  const { prefix: _, ...config } = CONFIG;
  return { BACKEND, CONFIG: config };
}

/** `bench config`. */
export function addConfigCommand(program: Command, { output }: ProgramContext): void {
  const config = program
    .command('config')
    .description('what to paste to run a portal with a layer and a number of processes: Tethys, Docker, plain Django')
    .addOption(setting('--layer <name>', 'memory, redis or redis-pubsub', { default: 'redis' }))
    .addOption(setting('--processes <count>', 'ASGI processes; by default 1, or what the configuration says'))
    .addOption(setting('--redis <url>', 'where its Redis is'))
    .addOption(setting('--layer-option <name=value>', 'option of the layer; repeatable', { repeatable: true }))
    .addOption(setting('--reveal-secrets', 'print passwords and keys as they are'));
  addLayerSourceOptions(config);
  config.action(() => configCommand(config, output));
}
