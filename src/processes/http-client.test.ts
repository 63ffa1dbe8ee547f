import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { USUAL_TRUST } from '../model/servers.ts';
import { HttpClient } from './http-client.ts';

let server: Server | null = null;
let client: HttpClient | null = null;

afterEach(() => {
  client?.[Symbol.dispose]();
  server?.closeAllConnections();
  server?.close();
});

async function serve(listener: RequestListener): Promise<HttpClient> {
  const listening = createServer(listener);
  server = listening;
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  client = new HttpClient(`ws://127.0.0.1:${(listening.address() as AddressInfo).port}`, USUAL_TRUST, 2);
  return client;
}

describe('a client of one server', () => {
  it('asks again and again over one connection', async () => {
    const ports = new Set<number | undefined>();
    const http = await serve((request, response) => {
      ports.add(request.socket.remotePort);
      response.end(JSON.stringify({ path: request.url }));
    });
    for (const path of ['/a?x=1', '/b', '/c']) expect(await http.get(path, 60_000)).toEqual({ path });
    expect(ports.size).toBe(1);
  });

  it('says what is no answer', async () => {
    const http = await serve((request, response) => {
      if (request.url === '/html') response.end('<html>');
      if (request.url === '/error') response.writeHead(503).end('busy');
      if (request.url === '/torn') response.writeHead(200, { 'content-length': 100 }).write('{"a":', () => request.socket.destroy());
    });
    await expect(http.get('/html', 60_000)).rejects.toThrow('/html: the answer is no JSON: <html>');
    await expect(http.get('/error', 60_000)).rejects.toThrow('/error: HTTP 503 busy');
    await expect(http.get('/torn', 60_000)).rejects.toThrow();
    await expect(http.get('/silence', 50)).rejects.toThrow('/silence: no answer within 50 ms');
  });

  it('makes a request once more whose kept connection was closed meanwhile', async () => {
    let requests = 0;
    const http = await serve((request, response) => {
      requests += 1;
      if (requests === 2) request.socket.destroy();
      else response.end('1');
    });
    expect(await http.get('/', 60_000)).toBe(1);
    expect(await http.get('/', 60_000)).toBe(1);
    expect(requests).toBe(3);
  });
});
