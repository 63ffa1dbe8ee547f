import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { WebSocketServer, WebSocket } from 'ws';
import { nowNs } from '../../platform/clock.ts';
import { arrivalNs, readingShared } from './shared-reads.ts';

const http = createServer();
const server = new WebSocketServer({ server: http, perMessageDeflate: false });

beforeEach(async () => {
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
});

afterEach(async () => {
  for (const client of server.clients) client.terminate();
  await new Promise((resolve) => http.close(resolve));
});

async function connected(): Promise<WebSocket> {
  const url = `ws://127.0.0.1:${(http.address() as AddressInfo).port}/`;
  const socket = new WebSocket(url, { ...readingShared(url), perMessageDeflate: false });
  await once(socket, 'open');
  return socket;
}

it('tells when bytes came, whatever is done meanwhile with those that came before', async () => {
  const sockets = [await connected(), await connected()];
  const heard: { readonly arrivedNs: number; readonly fromNs: number; readonly toNs: number }[] = [];
  for (const socket of sockets)
    socket.on('message', () => {
      const fromNs = nowNs();
      const arrivedNs = arrivalNs();
      // As long as it takes to read from another socket.
      while (nowNs() - fromNs < 2e6);
      expect(arrivalNs()).toBe(arrivedNs);
      heard.push({ arrivedNs, fromNs, toNs: nowNs() });
    });
  // Both are mostly read in one turn of the event loop; where the system is late, they are not.
  for (let turn = 0; turn < 100; turn++) {
    heard.length = 0;
    const sentNs = nowNs();
    for (const client of server.clients) client.send('a');
    await expect.poll(() => heard.length, { timeout: 60_000, interval: 1 }).toBe(2);
    const [first, second] = [heard[0]!, heard[1]!];
    expect([first.arrivedNs >= sentNs, first.arrivedNs <= first.fromNs]).toEqual([true, true]);
    expect([second.arrivedNs > first.arrivedNs, second.arrivedNs <= second.fromNs]).toEqual([true, true]);
    if (second.arrivedNs < first.toNs) return;
  }
  throw new Error('two sockets were never read in one turn');
});

it('knows of nothing that came while nobody is told of it', async () => {
  const beforeNs = nowNs();
  const arrivedNs = arrivalNs();
  expect([arrivedNs >= beforeNs, arrivedNs <= nowNs()]).toEqual([true, true]);
});
