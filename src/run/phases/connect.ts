import type { ServerMember, ServersUnderTest } from '../systems/server-under-test.ts';
import type { RunId } from '../run-id.ts';
import { socketPath } from '../../wire/client-protocol.ts';
import type { NginxProxy } from '../systems/nginx-proxy.ts';
import type { DriverFleet } from '../driver-fleet.ts';
import type { RunRequest } from '../../result/request.ts';
import type { Ending } from '../ending.ts';
import type { SocketOpened } from '../../processes/socket-history.ts';

export function socketUrl(scheme: ServerMember['scheme'], address: string, runId: RunId): string {
  return `${scheme}://${address}${socketPath(runId.id)}`;
}

/** Where a client that is meant for a process opens its socket: at the process, or at what stands before all of them. */
export function clientUrls(runId: RunId, servers: ServersUnderTest, proxy: NginxProxy | null): readonly string[] {
  const before = proxy?.address ?? servers.sharedAddress;
  return servers.members.map(({ scheme, address }) => socketUrl(before === null ? scheme : 'ws', before ?? address, runId));
}

/** Opens all sockets; they come back by their index in the Plan. */
export async function connect(
  fleet: DriverFleet,
  request: RunRequest,
  urls: readonly string[],
  ending: Ending,
): Promise<readonly SocketOpened[]> {
  const deadlineMs = 10_000 + 5 * request.plan.sockets.length;
  const connected = await ending.unlessEnded(
    fleet.all({ type: 'connect', servers: urls, deadlineMs }, 'connected', 'connect', deadlineMs + 5000),
  );
  return connected.flatMap((answer) => answer.sockets).toSorted((a, b) => a.socket - b.socket);
}

/** Where messages go to one channel, servers are told which. */
export async function aim(fleet: DriverFleet, request: RunRequest, sockets: readonly SocketOpened[]): Promise<void> {
  if (!request.plan.publishers.some((publisher) => publisher.to !== undefined)) return;
  const channels = sockets.map((socket) => socket.channel);
  await fleet.all({ type: 'aim', channels }, 'aimed', 'connect', 10_000 + 5 * sockets.length);
}
