import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import type { ConfiguredLayer } from '../config/configured-layer.ts';
import { readFailure, usageError } from '../core/errors.ts';
import { describeHost, parseHost } from '../redis/hosts.ts';
import { isGiven, setting, withOrigin } from './settings.ts';

/** Options that take a layer from a configuration, as it stands there. */
export function addLayerSourceOptions(command: Command): Command {
  return command
    .addOption(setting('--config <file>', 'the layer of a portal_config.yml, or of CHANNEL_LAYERS as YAML or JSON'))
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
  readonly alias: string;
  readonly envFile?: string;
  readonly envConfig?: boolean;
}

/** The configuration that a command line names; null for none. Throws usage errors. */
export async function readLayerSource(command: Command): Promise<LayerSource | null> {
  const { config, alias, envFile, envConfig }: Raw = command.opts();
  const given = [
    config === undefined ? [] : '--config',
    envFile === undefined ? [] : '--env-file',
    envConfig === true ? '--env-config' : [],
  ].flat();
  if (given.length === 0) return null;
  if (given.length > 1) throw usageError(`${given.join(' and ')} both name a layer`, 'Give one of them.');
  for (const other of ['layer', 'layerOption'] as const)
    if (isGiven(command, other))
      throw usageError(
        `${given[0]} says which layer it is, and so does --${other === 'layer' ? 'layer' : 'layer-option'}`,
        `Leave out one of them.`,
      );
  const source = await read(config, alias, envFile);
  source.configured.hosts.forEach((host) => withOrigin(command, 'config', () => parseHost(host)));
  return source;
}

async function read(config: string | undefined, alias: string, envFile: string | undefined): Promise<LayerSource> {
  if (config !== undefined) {
    const { readPortalConfig } = await import('../config/portal-config.ts');
    return { configured: await readPortalConfig(config, alias), processes: null };
  }
  const { parseEnvFile, readTethysEnvironment } = await import('../config/tethys-environment.ts');
  if (envFile === undefined) {
    const { layer, processes } = readTethysEnvironment(process.env, 'the environment');
    return { configured: layer, processes };
  }
  const text = await readFile(envFile, 'utf8').catch((error: unknown) => {
    throw usageError(`cannot read '${envFile}': ${readFailure(error)}`, 'Give the path of a Dockerfile or an env file.', { cause: error });
  });
  const { layer, processes } = readTethysEnvironment(parseEnvFile(text), envFile);
  return { configured: layer, processes };
}

/** "redis: channels_redis.core.RedisChannelLayer at redis://redis:6379, prefix asgi". */
export function describeSource({ layer, setting: { BACKEND }, hosts, prefix }: ConfiguredLayer): string {
  if (hosts.length === 0) return `${layer.name}: ${BACKEND}`;
  return `${layer.name}: ${BACKEND} at ${hosts.map((host) => describeHost(parseHost(host))).join(', ')}, prefix ${prefix}`;
}

/** Says which layer a run has, where not the command line does, and what is odd about it. */
export function tellSource({ configured }: LayerSource, onNotice: (notice: string) => void): void {
  const { layer, prefix, warnings } = configured;
  onNotice(`layer ${describeSource(configured)}`);
  if (layer.scope === 'shared') onNotice(`keys of a run begin with ${prefix}-bench-<run>, so that no live traffic is touched`);
  for (const warning of warnings) onNotice(warning);
}
