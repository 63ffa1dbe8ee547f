import { snippetsFor, type SnippetRequest } from '../config/snippets/snippets.ts';
import { layerSetting } from '../model/channel-layers.ts';
import type { Deployment } from '../result/deployment-result.ts';
import { isLayerName, type LayerName } from '../model/layers.ts';
import { builtInLayer } from '../model/chosen-layer.ts';
import type { LayerSetting } from '../model/layer-setting.ts';
import { paragraph } from '../report/paragraph.ts';
import type { Output } from './terminal.ts';

export const DEFAULT_REDIS = 'redis://127.0.0.1:6379';

/** A built-in layer as a portal has it. Throws a usage error for options that it has not. */
export function portalSetting(name: LayerName, options: readonly string[], redisUrl: string): LayerSetting {
  const { BACKEND, CONFIG } = layerSetting(builtInLayer(name, options), [redisUrl], '');
  // Without a prefix of its own a portal has upstream's.
  const { prefix: _, ...config } = CONFIG;
  return { BACKEND, CONFIG: config };
}

/** What a plan says to deploy, as it is pasted; null for a layer that is not built in. */
export function plannedWayOut({ candidate, settings }: Deployment): SnippetRequest | null {
  const { layer, server } = candidate;
  if (!isLayerName(layer.name)) return null;
  const options = settings.flatMap(({ name, value }) =>
    name === 'capacity' ? [`capacity=${value}`] : name === 'expiry' ? [`expiry=${value}s`] : [],
  );
  return { setting: portalSetting(layer.name, options, DEFAULT_REDIS), processes: server.processes, revealSecrets: false };
}

/** Prints a configuration exactly as it is pasted; notes fit the terminal. */
export function printConfiguration(way: SnippetRequest, { out, outStyle }: Output): void {
  for (const { title, text, note } of snippetsFor(way)) {
    out(`${outStyle.bold(title)}\n\n${text.replaceAll(/^(?=.)/gm, '  ')}\n`);
    out(note === '' ? '\n' : `\n${paragraph('  ', outStyle.dim(note), outStyle)}\n`);
  }
}
