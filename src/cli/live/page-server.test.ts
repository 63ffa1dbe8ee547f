import { once } from 'node:events';
import { connect } from 'node:net';
import { request } from 'node:http';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { isOwnHost, LivePage } from './page-server.ts';

let state = 1;
let page: LivePage;

beforeEach(async () => {
  state = 1;
  page = await LivePage.open(0, { page: (origin) => `page ${state} ${origin}`, update: () => ({ part: `part ${state}` }) });
});
afterEach(() => page[Symbol.asyncDispose]());

interface Answer {
  readonly status: number | undefined;
  readonly text: string;
}

function get(url: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    request(url, { headers, agent: false }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () => resolve({ status: response.statusCode, text }));
    })
      .on('error', reject)
      .end();
  });
}

/** A viewer's socket, and what it was told. */
async function view(headers: Readonly<Record<string, string>> = {}): Promise<{ socket: WebSocket; next: () => Promise<unknown> }> {
  const socket = new WebSocket(`${page.url.replace('http', 'ws')}events`, { headers });
  const messages: unknown[] = [];
  socket.on('message', (data: Buffer) => messages.push(JSON.parse(data.toString())));
  const next = async (): Promise<unknown> => {
    while (messages.length === 0) await once(socket, 'message');
    return messages.shift();
  };
  await once(socket, 'open');
  return { socket, next };
}

describe('the live page', () => {
  it('is on loopback, and shows itself to who knows its token alone', async () => {
    const { host, origin } = new URL(page.url);
    expect(page.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/[\w-]{22}\/$/);
    expect(await get(page.url)).toEqual({ status: 200, text: `page 1 ws://${host}` });
    for (const path of ['/', '/events', '/AAAAAAAAAAAAAAAAAAAAAA/', `${new URL(page.url).pathname}x`]) {
      expect((await get(`${origin}${path}`)).status).toBe(404);
    }
  });

  it('is not there under a name that leads here from elsewhere', async () => {
    const { port } = new URL(page.url);
    expect((await get(page.url, { host: `evil.example:${port}` })).status).toBe(404);
    expect((await get(page.url, { host: `localhost:${port}` })).text).toBe(`page 1 ws://localhost:${port}`);
  });

  it('is found without the slash at the end of its address', async () => {
    const response = await fetch(page.url.replace(/\/$/, ''));
    expect([response.status, response.url, response.redirected]).toEqual([200, page.url, true]);
  });

  it.each([
    ['127.0.0.1:8080', 8080, true],
    ['LOCALHOST:8080', 8080, true],
    ['127.0.0.1:80', 80, true],
    // A browser leaves out the port of HTTP.
    ['127.0.0.1', 80, true],
    ['localhost', 80, true],
    ['localhost', 8080, false],
    ['localhost:80', 8080, false],
    ['evil.example', 80, false],
    ['127.0.0.1.evil.example:8080', 8080, false],
    ['', 80, false],
    [undefined, 80, false],
  ])('of the host %s, listening on %i: %s', (host, port, isOurs) => {
    expect(isOwnHost(host, port)).toBe(isOurs);
  });

  it('tells every viewer how it is now, and how it changes', async () => {
    const { origin } = new URL(page.url);
    const [first, second] = [await view({ origin }), await view()];
    for (const viewer of [first, second]) expect(await viewer.next()).toEqual({ parts: { part: 'part 1' } });
    state = 2;
    page.push();
    for (const viewer of [first, second]) expect(await viewer.next()).toEqual({ parts: { part: 'part 2' } });
    expect(page.viewers).toBe(2);
  });

  it.each([
    ['another origin', { origin: 'http://evil.example' }, '', 403],
    ['another port of this host', { origin: 'http://127.0.0.1:1' }, '', 403],
    ['no origin, as of a file', { origin: 'null' }, '', 403],
    ['another host', { host: 'evil.example' }, '', 404],
    ['a wrong token', {}, 'x', 404],
  ])('refuses the socket of %s', async (_, headers, addition, status) => {
    const socket = new WebSocket(`${page.url.replace('http', 'ws')}${addition}events`, { headers });
    const [error] = (await once(socket, 'error')) as [Error];
    expect(error.message).toBe(`Unexpected server response: ${status}`);
    expect(page.viewers).toBe(0);
  });

  it('waits for its viewers to load what takes its place', async () => {
    const [first, second] = [await view(), await view()];
    for (const viewer of [first, second]) await viewer.next();
    let isReplaced = false;
    const replaced = page.replaced(new AbortController().signal).then(() => (isReplaced = true));
    for (const viewer of [first, second]) expect(await viewer.next()).toEqual({ next: 'reload' });
    await get(page.url);
    expect(isReplaced).toBe(false);
    await get(page.url);
    await replaced;
    const late = await view();
    expect(await late.next()).toEqual({ next: 'reload' });
  });

  it('does not wait on when somebody wants to leave', async () => {
    const viewer = await view();
    const stop = new AbortController();
    const replaced = page.replaced(stop.signal);
    expect(await viewer.next()).toMatchObject({ parts: {} });
    expect(await viewer.next()).toEqual({ next: 'reload' });
    stop.abort();
    await replaced;
  });

  it('tells one viewer too many that there are enough, and takes the next when one has gone', async () => {
    const viewers = await Promise.all(Array.from({ length: 32 }, () => view()));
    const extra = await view();
    expect(await extra.next()).toEqual({ next: 'full' });
    if (extra.socket.readyState !== WebSocket.CLOSED) await once(extra.socket, 'close');
    viewers[0]!.socket.close();
    await vi.waitUntil(() => page.viewers < 32, { timeout: 30_000 });
    expect(await (await view()).next()).toEqual({ parts: { part: 'part 1' } });
  });

  it('says when nothing more comes', async () => {
    const viewer = await view();
    await viewer.next();
    state = 3;
    page.over();
    expect(await viewer.next()).toEqual({ parts: { part: 'part 3' }, next: 'over' });
  });

  it('ends with its viewers, and with a connection that says nothing', async () => {
    const viewer = await view();
    const { port } = new URL(page.url);
    const silent = connect(Number(port), '127.0.0.1');
    await once(silent, 'connect');
    await page[Symbol.asyncDispose]();
    if (viewer.socket.readyState !== WebSocket.CLOSED) await once(viewer.socket, 'close');
    await expect(get(page.url)).rejects.toThrow(/ECONNREFUSED/);
    silent.destroy();
    page = await LivePage.open(0, { page: () => '', update: () => ({}) });
  });

  it('says which port it cannot have', async () => {
    const taken = Number(new URL(page.url).port);
    await expect(LivePage.open(taken, { page: () => '', update: () => ({}) })).rejects.toMatchObject({
      kind: 'environment',
      message: expect.stringContaining(`port ${taken}`) as string,
      hint: expect.stringContaining('--live') as string,
    });
  });
});
