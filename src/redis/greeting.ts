import { connect } from 'node:net';
import { readHost, type HostSpec } from './hosts.ts';

const WAIT_MS = 500;
const KEPT_BYTES = 200;

/**
 * What a server says before it is asked anything; empty where it says nothing. A Redis that has no room for another client says so and
 * hangs up: whoever writes at once is cut off before it has read that.
 */
export async function greetingOf(spec: HostSpec): Promise<string> {
  const { host } = readHost(spec);
  if (host.kind !== 'server' || host.tls !== null) return '';
  const socket = connect(host.path === null ? { host: host.host, port: host.port } : { path: host.path });
  let said = '';
  let timer: NodeJS.Timeout | undefined;
  await new Promise<void>((resolve) => {
    timer = setTimeout(resolve, WAIT_MS);
    socket.on('error', () => resolve()).on('close', () => resolve());
    socket.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(0, KEPT_BYTES)));
  });
  clearTimeout(timer);
  socket.destroy();
  return /^-(.*)/.exec(said)?.[1] ?? '';
}
