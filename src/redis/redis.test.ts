import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { survivors } from '../../test/bench-process.ts';
import { BenchError } from '../model/errors.ts';
import { connectRedis, type RedisConnection } from './connection.ts';
import { versionOf } from './find-server.ts';
import { readInfo } from './info.ts';
import { ManagedRedis } from './managed.ts';
import { OwnTraffic } from './own-traffic.ts';
import { removeByPrefix } from './remove-by-prefix.ts';

const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

async function refusal(url: string): Promise<BenchError> {
  const error: unknown = await connectRedis(url).then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(BenchError);
  return error as BenchError;
}

describe('a managed Redis', () => {
  it('runs, tells about itself, and is gone afterwards', async () => {
    let pid = 0;
    {
      await using server = await ManagedRedis.start();
      pid = server.pid;
      const connection = await connectRedis(server.url);
      await connection.set('a', '1');
      const info = await readInfo(connection);
      expect(info.version).toBe(server.version);
      expect(info.callsByCommand['set']).toBe(1);
      expect(info.commandCalls).toBeGreaterThanOrEqual(2);
      connection.disconnect();
    }
    expect(isRunning(pid)).toBe(false);
  });

  it('that says nothing, or not that it is ready, is named after a deadline, and is gone', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'layerbench-silent-redis-'));
    const command = join(folder, 'redis-server');
    const says = (script: string): void =>
      writeFileSync(command, `#!/bin/sh\necho $$ >> ${folder}/pids\n${script}\nwhile :; do sleep 1; done\n`);
    says('');
    chmodSync(command, 0o755);
    const start = (): Promise<unknown> => ManagedRedis.start(null, { program: { command, version: '7' }, readyMs: 500 });
    try {
      await expect(start()).rejects.toMatchObject({
        kind: 'environment',
        message: `${command} was not ready within 0.5 s, and said nothing`,
      });
      says('echo loading');
      await expect(start()).rejects.toMatchObject({ message: `${command} was not ready within 0.5 s: loading` });
      await expect(versionOf(command, 500)).rejects.toMatchObject({
        kind: 'environment',
        message: `${command} --version gave no answer within 0.5 s`,
      });
      const pids = readFileSync(join(folder, 'pids'), 'utf8').trim().split('\n').map(Number);
      expect(pids).toHaveLength(3);
      expect(await survivors(pids)).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('is restarted at the same address, empty, with another run id', async () => {
    await using server = await ManagedRedis.start();
    const { url, pid } = server;
    const connection = await connectRedis(url);
    await connection.set('a', '1');
    const before = await readInfo(connection);
    const again = new Promise((resolve) => {
      connection.once('close', () => connection.once('ready', resolve));
    });
    await server.restart();
    await again;
    expect(server.url).toBe(url);
    expect(server.pid).not.toBe(pid);
    expect(await connection.get('a')).toBeNull();
    expect((await readInfo(connection)).runId).not.toBe(before.runId);
    connection.disconnect();
  });

  it('tells how it was killed', async () => {
    await using server = await ManagedRedis.start();
    await server.kill();
    expect(await server.exited).toEqual({ code: null, signal: 'SIGKILL' });
  });
});

describe('a connection', () => {
  let server: ManagedRedis;
  let admin: RedisConnection;
  beforeAll(async () => {
    server = await ManagedRedis.start();
    admin = await connectRedis(server.url);
  });
  afterAll(async () => {
    admin.disconnect();
    await server[Symbol.asyncDispose]();
  });

  it('takes what it has cost itself off the counters of its server, over a restart too', async () => {
    await using restarted = await ManagedRedis.start();
    const [reader, other] = [await connectRedis(restarted.url), await connectRedis(restarted.url)];
    const own = new OwnTraffic(reader);
    const read = async (): Promise<readonly [commands: number, bytes: number]> => {
      const sent = own.read();
      const { runId, commandCalls, netBytes } = await readInfo(reader);
      const { commands, bytes } = own.since(runId, sent);
      return [commandCalls! - commands, netBytes! - bytes];
    };
    const before = await read();
    for (let i = 0; i < 10; i++) await reader.client('LIST');
    for (let i = 0; i < 10; i++) await other.set('key', 'value');
    const [commands, bytes] = await read();
    expect(commands - before[0]).toBe(10);
    // SET key value and its +OK are 38 bytes.
    expect(bytes - before[1]).toBe(380);
    await Promise.all([restarted.restart(), once(reader, 'close')]);
    if (reader.status !== 'ready') await once(reader, 'ready');
    const after = await read();
    // Of the new server nobody has asked anything but to be let in again.
    for (const left of after) expect(left).toBeGreaterThanOrEqual(-500);
    expect(after[0]).toBeLessThan(20);
    for (const connection of [reader, other]) connection.disconnect();
  });

  it('that nobody answers is told from other failures', async () => {
    const error = await refusal('redis://127.0.0.1:1');
    expect(error.kind).toBe('environment');
    expect(error.message).toMatch(/no Redis can be reached at redis:\/\/127\.0\.0\.1:1/);
  });

  it('with a wrong or missing password is told, without the password', async () => {
    await using locked = await ManagedRedis.start();
    const connection = await connectRedis(locked.url);
    await connection.config('SET', 'requirepass', 'right');
    connection.disconnect();
    const wrong = await refusal(locked.url.replace('//', '//:wr0ngpass@'));
    expect(wrong.message).toMatch(/refuses the login/);
    expect(wrong.message + wrong.hint).not.toContain('wr0ngpass');
    expect((await refusal(locked.url)).message).toMatch(/refuses the login/);
    (await connectRedis(locked.url.replace('//', '//:right@'))).disconnect();
  });

  it('to a read-only replica is refused', async () => {
    await using replica = await ManagedRedis.start();
    const connection = await connectRedis(replica.url);
    await connection.replicaof('127.0.0.1', server.port);
    connection.disconnect();
    expect((await refusal(replica.url)).message).toMatch(/read-only replica/);
  });

  it('to something that is not a Redis is told', async () => {
    const http = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    expect((await refusal(`redis://127.0.0.1:${await listen(http)}`)).message).toMatch(/is not a Redis/);
    http.close();
  });

  it('to something that never answers is given up', async () => {
    const silent = createServer((socket) => socket.on('error', () => undefined));
    expect((await refusal(`redis://127.0.0.1:${await listen(silent)}`)).message).toMatch(/gave no answer/);
    silent.close();
  });

  it('does not repeat a command whose reply was lost', async () => {
    let cutting = false;
    const proxy = createServer((client) => {
      const upstream = connect(server.port, '127.0.0.1');
      client.pipe(upstream);
      upstream.on('data', (reply) => (cutting ? client.destroy() : client.write(reply)));
      for (const socket of [client, upstream])
        socket.on('error', () => undefined).on('close', () => [client, upstream].map((end) => end.destroy()));
    });
    const connection = await connectRedis(`redis://127.0.0.1:${await listen(proxy)}`);
    const back = new Promise((resolve) => {
      connection.once('close', () => {
        cutting = false;
        connection.once('ready', resolve);
      });
    });
    cutting = true;
    await expect(connection.incr('once')).rejects.toThrow();
    await back;
    expect(await connection.get('once')).toBe('1');
    connection.disconnect();
    proxy.close();
  });

  it('removes the keys of one prefix and no others', async () => {
    const prefix = 'layerbench-a[b]*';
    await admin.flushall();
    await Promise.all(Array.from({ length: 1500 }, (_, i) => admin.set(`${prefix}${i}`, i)));
    const others = ['layerbench-ab1', 'layerbench-a[b]', 'other', `x${prefix}`];
    await Promise.all(others.map((key) => admin.set(key, 1)));
    expect(await removeByPrefix(server.url, prefix)).toBe(1500);
    expect((await admin.keys('*')).toSorted()).toEqual(others.toSorted());
    expect(await removeByPrefix(server.url, prefix)).toBe(0);
  });
});
