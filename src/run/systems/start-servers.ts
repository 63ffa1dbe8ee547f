import { layerSetting } from '../../model/channel-layers.ts';
import type { LayerSetting } from '../../model/layer-setting.ts';
import type { RunRequest } from '../../result/request.ts';
import { AsgiServers } from './asgi-servers.ts';
import { MixedServers } from './mixed-servers.ts';
import { NodeServers, type NodeServersOptions } from './node-servers.ts';
import { requirePython } from './python.ts';
import type { ServersUnderTest } from './server-under-test.ts';
import { isAsgi, type AsgiKind } from '../../model/servers.ts';
import { UrlServers } from './url-servers.ts';

type Common = Omit<NodeServersOptions, 'firstIndex' | 'processes'> & { readonly onNotice: (message: string) => void };

/** Starts the servers that a request asks for, of every kind at once. On failure none is left. */
export async function startServers(request: RunRequest, common: Common): Promise<ServersUnderTest> {
  const { shares, urls, trust } = request.servers;
  if (urls.length > 0) return UrlServers.open(urls, common.runId, trust);
  let firstIndex = 0;
  const starts = shares.map(({ kind, processes }) => {
    const options = { ...common, firstIndex, processes };
    firstIndex += processes;
    return isAsgi(kind) ? startPython(request, kind, options) : NodeServers.start(options);
  });
  const started = await Promise.allSettled(starts);
  const parts = started.flatMap((part) => (part.status === 'fulfilled' ? [part.value] : []));
  const failed = started.find((part) => part.status === 'rejected');
  if (failed === undefined) return parts.length === 1 ? parts[0]! : new MixedServers(parts);
  await Promise.all(parts.map((part) => part[Symbol.asyncDispose]()));
  throw failed.reason;
}

async function startPython(request: RunRequest, kind: AsgiKind, options: Common & NodeServersOptions): Promise<AsgiServers> {
  const { servers, layer } = request;
  const hosts = await options.hosts;
  const python = await requirePython(servers.python, kind, hosts.length > 0);
  const setting: LayerSetting = layerSetting(layer, hosts, options.layer.prefix);
  const version = python.versions.channels_redis;
  const isOld = version !== null && /^([0-3]\.|4\.0\b)/.test(version);
  if (isOld && hosts.some((host) => Array.isArray(host)))
    options.onNotice(`channels_redis ${version} takes a host and its port as a tuple only: the lists of hosts become tuples for it`);
  if (
    isOld &&
    servers.app === null &&
    hosts.some((host) => typeof host === 'object' && host !== null && 'address' in host && Object.keys(host).length > 1)
  )
    options.onNotice(`channels_redis ${version} takes nothing beside an address: what stands there goes into the query of its URL`);
  return AsgiServers.start({ ...options, kind, python, app: servers.app, layer: setting, sharedSocket: servers.sharedSocket });
}
