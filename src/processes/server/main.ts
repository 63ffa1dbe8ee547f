import { isLayerName } from '../../model/layers.ts';
import { openCustomLayer } from '../../layers/custom-layer.ts';
import type { ChannelLayer, LayerSettings } from '../../layers/layer.ts';
import { openLayer } from '../../layers/registry.ts';
import { layerModuleAt } from '../../modules/layer-module.ts';
import { nowNs } from '../../platform/clock.ts';
import { ProcessHealth } from '../../platform/process-health.ts';
import { runChild, type Role } from '../child-main.ts';
import type { ServerCommand, ServerMessage } from '../protocol.ts';
import { EvidenceLog } from './evidence-log.ts';
import { BenchServer } from './http.ts';
import { SessionMap } from './session-map.ts';

type StartCommand = Extract<ServerCommand, { type: 'start' }>;

/** A built-in layer by its name, or the user's by its module. */
async function open(
  { name, module, options, prefix, hosts }: StartCommand['layer'],
  onEvent: LayerSettings['onEvent'],
): Promise<ChannelLayer> {
  const settings: LayerSettings = { prefix, options, hosts: hosts as LayerSettings['hosts'], onEvent };
  if (module !== null) return openCustomLayer(await layerModuleAt(module.specifier, module.url), settings);
  if (!isLayerName(name)) throw new Error(`there is no layer '${name}'`);
  return openLayer(name, settings);
}

/** One server process: a WebSocket and HTTP server over one layer instance. Forked by the coordinator. */
runChild<ServerCommand, ServerMessage>('server', (fail) => {
  const health = new ProcessHealth();
  let stop = async (): Promise<void> => undefined;
  const handle: Role<ServerCommand, ServerMessage>['handle'] = async (command, answer) => {
    switch (command.type) {
      case 'start': {
        const evidence = new EvidenceLog(nowNs);
        const layer = await open(command.layer, (event) => evidence.onLayerEvent(event));
        const server = new BenchServer(
          { layer, evidence, processIndex: command.processIndex, sessions: new SessionMap(), fail },
          health,
          command.runId,
        );
        stop = async () => {
          await server.close();
          await layer.close();
        };
        return answer({ type: 'ready', port: await server.listen(command.port), version: process.version });
      }
      case 'mark':
        health.mark();
        return answer({ type: 'marked' });
      case 'stop':
        await stop();
        return answer({ type: 'stopped' });
    }
  };
  return { handle };
});
