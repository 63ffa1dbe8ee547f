import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { socketAddresses } from './process-sockets.ts';

it.runIf(process.platform === 'linux')('tells the addresses of the sockets of a process, and none of one that is gone', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  await once(client, 'connect');
  const address = `127.0.0.1:${(client.address() as AddressInfo).port}`;
  expect(await socketAddresses(process.pid)).toContain(address);
  expect(await socketAddresses(2 ** 22 + 1)).toEqual([]);
  client.destroy();
  server.close();
});
