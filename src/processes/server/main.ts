import { openLayer } from '../../layers/registry.ts';
import { nowNs } from '../../observe/clock.ts';
import { ProcessHealth } from '../../observe/process-health.ts';
import { runChild } from '../child-main.ts';
import type { ServerCommand, ServerMessage } from '../protocol.ts';
import { EvidenceLog } from './evidence-log.ts';
import { BenchServer } from './http.ts';
import { SessionMap } from './session-map.ts';

/** One server process: a WebSocket and HTTP server over one layer instance. Forked by the coordinator. */
runChild<ServerCommand, ServerMessage>(`server`, () => {
  const health = new ProcessHealth();
  let stop = async (): Promise<void> => undefined;
  return async (command, send) => {
    switch (command.type) {
      case 'start': {
        const evidence = new EvidenceLog(nowNs);
        const { name, prefix, options, hosts } = command.layer;
        const layer = await openLayer(name, { prefix, options, hosts, onEvent: (event) => evidence.onLayerEvent(event) });
        const server = new BenchServer(
          { layer, evidence, processIndex: command.processIndex, sessions: new SessionMap() },
          health,
          command.runId,
        );
        stop = async () => {
          await server.close();
          await layer.close();
        };
        return send({ type: 'ready', port: await server.listen(command.port), version: process.version });
      }
      case 'mark':
        health.mark();
        return send({ type: 'marked' });
      case 'stop':
        await stop();
        return send({ type: 'stopped' });
    }
  };
});
