import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { ConfiguredLayer } from '../config/configured-layer.ts';
import type { DjangoAnswer } from '../config/django-settings.ts';
import { readFailure, usageError } from '../model/errors.ts';
import { readText } from '../platform/read-text.ts';
import { describeHost } from '../redis/show-host.ts';
import { isGiven, setting } from './settings.ts';

/** Options that take a layer from a configuration, as it stands there. */
export function addLayerSourceOptions(command: Command): Command {
  return command
    .addOption(setting('--config <file>', 'the layer of a portal_config.yml, or of CHANNEL_LAYERS as YAML or JSON'))
    .addOption(setting('--settings <module>', 'the layer of a Django settings module, as its interpreter has it (--python, --cwd)'))
    .addOption(setting('--alias <name>', 'which of its layers', { default: 'default' }))
    .addOption(setting('--env-file <file>', "the layer of a Dockerfile or env file with the variables of Tethys' Docker image"))
    .addOption(setting('--env-config', 'the layer of those variables in the environment: CHANNEL_LAYERS_BACKEND, …'));
}

/** A configured layer, and the number of processes that stands beside it; null where it does not say. */
export interface LayerSource {
  readonly configured: ConfiguredLayer;
  readonly processes: number | null;
}

interface Raw {
  readonly config?: string;
  readonly settings?: string;
  readonly alias: string;
  readonly envFile?: string;
  readonly envConfig?: boolean;
  readonly python?: string;
  readonly cwd?: string;
}

/** The configuration that a command line names; null for none. Throws usage errors. */
export async function readLayerSource(command: Command): Promise<LayerSource | null> {
  const raw: Raw = command.opts();
  const given = [
    raw.config === undefined ? [] : '--config',
    raw.settings === undefined ? [] : '--settings',
    raw.envFile === undefined ? [] : '--env-file',
    raw.envConfig === true ? '--env-config' : [],
  ].flat();
  if (given.length === 0) return null;
  if (given.length > 1) throw usageError(`${given.join(' and ')} both name a layer`, 'Give one of them.');
  for (const other of ['layer', 'layerOption'] as const)
    if (isGiven(command, other))
      throw usageError(
        `${given[0]} says which layer it is, and so does --${other === 'layer' ? 'layer' : 'layer-option'}`,
        `Leave out one of them.`,
      );
  return read(raw);
}

async function read({ config, settings, alias, envFile, python, cwd }: Raw): Promise<LayerSource> {
  if (config !== undefined) {
    const { readPortalConfig } = await import('../config/portal-config.ts');
    return { configured: await readPortalConfig(config, alias), processes: null };
  }
  if (settings !== undefined) return { configured: await readSettings(settings, alias, python, cwd), processes: null };
  const { readTethysEnvironment } = await import('../config/tethys-environment.ts');
  const { readingOfEnvironment, readingsOf } = await import('../config/env-file.ts');
  const { layer, processes } =
    envFile === undefined
      ? readTethysEnvironment(readingOfEnvironment(process.env), 'the environment')
      : readTethysEnvironment(readingsOf(await readEnvFile(envFile)), envFile);
  return { configured: layer, processes };
}

function readEnvFile(path: string): Promise<string> {
  return readText(path).catch((error: unknown) => {
    throw usageError(`cannot read '${path}': ${readFailure(error)}`, 'Give the path of a Dockerfile or an env file.', { cause: error });
  });
}

async function readSettings(module: string, alias: string, python: string | undefined, cwd: string | undefined): Promise<ConfiguredLayer> {
  if (!/^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$/.test(module))
    throw usageError(
      '--settings is not the name of a module',
      'Write it as --settings portal.settings, with --cwd for the folder of manage.py.',
    );
  const { ASK_DJANGO, layerOfDjango } = await import('../config/django-settings.ts');
  const { askDjango } = await import('../run/systems/ask-django.ts');
  const answer = await askDjango({
    program: ASK_DJANGO,
    module,
    python: python === undefined ? null : python.includes('/') ? resolve(python) : python,
    folder: resolve(cwd ?? '.'),
  });
  return layerOfDjango(answer as DjangoAnswer, module, alias);
}

/** "redis: channels_redis.core.RedisChannelLayer at redis://redis:6379, prefix asgi". */
export function describeSource({ layer, setting: { BACKEND }, hosts, prefix }: ConfiguredLayer): string {
  if (hosts.length === 0) return `${layer.name}: ${BACKEND}`;
  return `${layer.name}: ${BACKEND} at ${hosts.map(describeHost).join(', ')}, prefix ${prefix}`;
}

/** Says which layer a run has, where not the command line does, and what is odd about it. */
export function tellSource({ configured }: LayerSource, onNotice: (notice: string) => void): void {
  const { hosts, prefix, warnings } = configured;
  onNotice(`layer ${describeSource(configured)}`);
  if (hosts.length > 0) onNotice(`keys of a run begin with ${prefix}-bench-<run>, so that no live traffic is touched`);
  for (const warning of warnings) onNotice(warning);
}
