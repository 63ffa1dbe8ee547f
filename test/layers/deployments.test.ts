import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { Redis } from 'ioredis';
import { LAYER_NAMES, type LayerName } from '../../src/model/layers.ts';
import { layerOptions } from '../../src/model/chosen-layer.ts';
import { openLayer } from '../../src/layers/registry.ts';
import { parseHost, type HostSpec } from '../../src/redis/hosts.ts';
import { LayerBed, numbered, textOf, until, type Opened } from './layer-bed.ts';
import { freePorts, RedisProcess } from './redis-process.ts';

/* Layers over every kind of Redis that CHANNEL_LAYERS can name, each of them real. */

const SHARED = LAYER_NAMES.filter((name) => name !== 'memory');
const tls = (file: string): string => join(import.meta.dirname, 'tls', file);

let deployments = 0;

async function open(name: LayerName, host: HostSpec, prefix: string): Promise<Opened> {
  const events: Opened['events'] = [];
  const layer = await openLayer(name, { prefix, options: layerOptions(name, []), hosts: [host], onEvent: (event) => events.push(event) });
  return { layer, events, prefix, [Symbol.asyncDispose]: () => layer.close() };
}

/** Two processes, one member each, of some groups: what is sent to a group and to a channel arrives; in which order, no layer says. */
async function works(name: LayerName, host: HostSpec, groups = 1): Promise<void> {
  const prefix = `deployed-${deployments++}`;
  await using one = await open(name, host, prefix);
  await using other = await open(name, host, prefix);
  for (let n = 0; n < groups; n++) {
    const [here, there] = [await one.layer.newChannel(), await other.layer.newChannel()];
    await one.layer.groupAdd(`g${n}`, here);
    await other.layer.groupAdd(`g${n}`, there);
    await one.layer.groupSend(`g${n}`, numbered(1));
    await one.layer.send(there, numbered(2));
    expect(await one.layer.receive(here)).toEqual(numbered(1));
    const arrived = [await other.layer.receive(there), await other.layer.receive(there)];
    expect(arrived.map(textOf).toSorted()).toEqual(['m1', 'm2']);
  }
  if (name !== 'redis-pubsub') await one.layer.flush();
}

async function onNode<T>(port: number, work: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis(port, '127.0.0.1', { protocol: 2, replyMapping: 'legacy' });
  try {
    return await work(client);
  } finally {
    client.disconnect();
  }
}

describe('a host', () => {
  let server!: RedisProcess;
  let port = 0;
  let tlsPort = 0;
  beforeAll(async () => {
    [port, tlsPort] = (await freePorts(2)) as [number, number];
    server = await RedisProcess.start([
      `port ${port}`,
      `tls-port ${tlsPort}`,
      `tls-cert-file ${tls('certificate.pem')}`,
      `tls-key-file ${tls('key.pem')}`,
      `tls-ca-cert-file ${tls('certificate.pem')}`,
      'tls-auth-clients no',
      'unixsocket DIR/redis.sock',
      'user default on >secret ~* &* +@all',
      'user app on >word ~* &* +@all',
    ]);
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const forms: readonly (readonly [string, () => unknown])[] = [
    ['a URL', () => `redis://:secret@127.0.0.1:${port}`],
    ['a URL with user and database', () => `redis://app:word@127.0.0.1:${port}/3`],
    ['a unix socket', () => `unix://:secret@${server.dir}/redis.sock?db=2`],
    ['an address with keywords', () => ({ address: `redis://127.0.0.1:${port}`, password: 'secret', db: 4, socket_timeout: null })],
    ['keywords', () => ({ host: '127.0.0.1', port, username: 'app', password: 'word' })],
    [
      'TLS with the certificate of its authority',
      () => ({ address: `rediss://:secret@localhost:${tlsPort}`, ssl_ca_certs: tls('certificate.pem') }),
    ],
    ['TLS unchecked', () => ({ address: `rediss://127.0.0.1:${tlsPort}`, password: 'secret', ssl_cert_reqs: 'none' })],
    [
      'TLS whose certificate is of another name',
      () => ({ address: `rediss://:secret@127.0.0.1:${tlsPort}`, ssl_ca_certs: tls('certificate.pem'), ssl_check_hostname: false }),
    ],
  ];
  for (const [form, value] of forms) {
    it.each(SHARED)(`may be ${form}: %s`, (name) => works(name, parseHost(value())));
  }

  it('may be a pair of host and port', async () => {
    const [open1] = (await freePorts(1)) as [number];
    await using plain = await RedisProcess.start([`port ${open1}`]);
    expect(plain.dir).not.toBe('');
    for (const name of SHARED) await works(name, parseHost(['127.0.0.1', open1]));
  });

  it('is refused with its certificate named, where that is not trusted', async () => {
    await expect(works('redis', parseHost(`rediss://:secret@localhost:${tlsPort}`))).rejects.toThrow(/self.signed certificate/);
  });
});

describe('a Redis without the commands of newer versions', () => {
  const bed = new LayerBed();
  const NEWER_THAN_6 = [
    'blmpop bzmpop lmpop zmpop lcs sintercard zintercard expiretime pexpiretime',
    'eval_ro evalsha_ro fcall fcall_ro function sort_ro spublish ssubscribe sunsubscribe',
  ];
  const NEWER_THAN_5 = [
    'acl lpos hello getdel getex lmove blmove reset smismember xautoclaim zdiff zdiffstore zinter zunion zmscore',
    'zrandmember zrangestore copy failover geosearch geosearchstore hrandfield',
  ];
  const user = async (name: string, lists: readonly string[]): Promise<string> => {
    const denied = lists.flatMap((list) => list.split(' ')).map((command) => `-${command}`);
    await bed.admin.call('ACL', 'SETUSER', name, 'on', '>pw', '~*', '&*', '+@all', ...denied);
    return bed.server.url.replace('//', `//${name}:pw@`);
  };

  it.each(SHARED)('%s works like on Redis 6', async (name) => works(name, await user('redis6', NEWER_THAN_6)));
  it.each(SHARED)('%s works like on Redis 5', async (name) => works(name, await user('redis5', [...NEWER_THAN_6, ...NEWER_THAN_5])));

  it('older than 5 is refused with the reason', async () => {
    const [port] = (await freePorts(1)) as [number];
    const without = ['ZPOPMIN', 'ZPOPMAX', 'BZPOPMIN', 'BZPOPMAX'].map((command) => `rename-command ${command} ""`);
    await using _ = await RedisProcess.start([`port ${port}`, ...without]);
    const url = `redis://127.0.0.1:${port}`;
    for (const name of ['redis', 'redis-fast'] as const)
      await expect(works(name, url)).rejects.toMatchObject({
        message: expect.stringMatching(/does not know the command ZPOPMIN/),
        hint: expect.stringMatching(/Redis 5\.0 or newer/),
      });
    await works('redis-pubsub', url);
  });
});

describe('Sentinel', () => {
  it.each(SHARED)('%s follows a failover, with nothing twice', { timeout: 120_000 }, async (name) => {
    const [first, second, ...sentinelPorts] = (await freePorts(5)) as [number, number, ...number[]];
    await using primary = await RedisProcess.start([`port ${first}`, 'repl-diskless-sync-delay 0']);
    await using replica = await RedisProcess.start([`port ${second}`, `replicaof 127.0.0.1 ${first}`]);
    await until(() => onNode(second, async (client) => /master_link_status:up/.test(String(await client.info('replication')))));
    const sentinels = await Promise.all(
      sentinelPorts.map((port) =>
        RedisProcess.start(
          [
            `port ${port}`,
            `sentinel monitor portal 127.0.0.1 ${first} 2`,
            'sentinel down-after-milliseconds portal 500',
            'sentinel failover-timeout portal 3000',
          ],
          ['--sentinel'],
          /\+monitor master/,
        ),
      ),
    );
    onTestFinished(async () => void (await Promise.all(sentinels.map((sentinel) => sentinel[Symbol.asyncDispose]()))));
    expect(replica.dir).not.toBe('');
    await Promise.all(sentinelPorts.map(knowsAll));

    const host: HostSpec = { sentinels: sentinelPorts.map((port) => ['127.0.0.1', port] as const), master_name: 'portal' };
    await using sender = await open(name, host, 'failover');
    await using receiver = await open(name, host, 'failover');
    const channel = await receiver.layer.newChannel();
    await receiver.layer.groupAdd('g', channel);
    const received: string[] = [];
    receiver.layer.consume(channel, (message) => void received.push(textOf(message)));
    let n = 0;
    const arrives = async (): Promise<void> => {
      const from = n;
      await until(async () => {
        await sender.layer.groupSend('g', numbered(n++)).catch(() => undefined);
        return received.some((text) => Number(text.slice(1)) >= from);
      });
    };
    await arrives();
    await primary.kill();
    await arrives();
    expect(new Set(received).size).toBe(received.length);
    for (const { layer, events } of [sender, receiver]) {
      expect(layer.counters.reconnects).toBeGreaterThan(0);
      expect(events.map((event) => event.kind)).toContain('backendDown');
    }
  });

  /** Until a Sentinel knows the two others and the replica, it cannot lead a failover. */
  async function knowsAll(port: number): Promise<void> {
    await onNode(port, (client) => until(async () => /slaves=1,sentinels=3/.test(String(await client.info('sentinel')))));
  }
});

describe('Redis Cluster', () => {
  let nodes: readonly RedisProcess[] = [];
  let ports: readonly number[] = [];
  const cluster = (login = ''): HostSpec => ({ cluster: ports.map((port) => `redis://${login}127.0.0.1:${port}`) });

  beforeAll(async () => {
    const free = await freePorts(6);
    ports = free.slice(0, 3);
    nodes = await Promise.all(
      ports.map((port, i) =>
        RedisProcess.start([`port ${port}`, 'cluster-enabled yes', `cluster-port ${free[3 + i]!}`, 'cluster-node-timeout 2000']),
      ),
    );
    const clients = ports.map((port) => new Redis(port, '127.0.0.1', { protocol: 2, replyMapping: 'legacy' }));
    const bounds = [0, 5461, 10_923, 16_384];
    for (const [i, client] of clients.entries()) {
      await client.call('CLUSTER', 'ADDSLOTSRANGE', bounds[i]!, bounds[i + 1]! - 1);
      if (i > 0) await client.call('CLUSTER', 'MEET', '127.0.0.1', ports[0]!, free[3]!);
    }
    for (const client of clients) {
      await until(async () => /cluster_state:ok[\s\S]*cluster_known_nodes:3/.test(String(await client.call('CLUSTER', 'INFO'))));
      await client.call('ACL', 'SETUSER', 'portal', 'on', '>pw', '~*', '&*', '+@all', '-spublish');
      client.disconnect();
    }
  }, 60_000);
  afterAll(async () => {
    for (const node of nodes) await node[Symbol.asyncDispose]();
  });

  it('carries redis-pubsub over sharded channels, on all nodes', async () => {
    await works('redis-pubsub', cluster(), 30);
    const counts = await Promise.all(ports.map((port) => commandCalls(port, 'spublish')));
    expect(
      counts.every((count) => count > 0),
      String(counts),
    ).toBe(true);
  });

  it('restores the subscriptions of redis-pubsub when nodes drop their connections', async () => {
    await using sender = await open('redis-pubsub', cluster(), 'dropped');
    await using receiver = await open('redis-pubsub', cluster(), 'dropped');
    const received = new Map<string, string[]>();
    for (let g = 0; g < 12; g++) {
      const channel = await receiver.layer.newChannel();
      await receiver.layer.groupAdd(`g${g}`, channel);
      received.set(`g${g}`, []);
      receiver.layer.consume(channel, (message) => void received.get(`g${g}`)!.push(textOf(message)));
    }
    for (const port of ports) await onNode(port, (client) => client.call('CLIENT', 'KILL', 'TYPE', 'pubsub'));
    let n = 0;
    await until(async () => {
      n += 1;
      for (const group of received.keys()) await sender.layer.groupSend(group, numbered(n)).catch(() => undefined);
      return [...received.values()].every((got) => got.length > 0);
    });
    for (const got of received.values()) expect(new Set(got).size).toBe(got.length);
  });

  it('is refused by the core wire, with the reason', async () => {
    for (const name of ['redis', 'redis-fast'] as const)
      await expect(open(name, cluster(), 'x')).rejects.toMatchObject({
        kind: 'usage',
        message: expect.stringMatching(/keys of many slots/),
      });
  });

  it('is refused by redis-pubsub where its user may not run a command, which is named', async () => {
    await expect(open('redis-pubsub', cluster('portal:pw@'), 'x')).rejects.toMatchObject({
      message: expect.stringMatching(/does not permit its user the command SPUBLISH/),
      hint: expect.stringMatching(/\+spublish/),
    });
  });

  it('is told from a server that is none', async () => {
    const [port] = (await freePorts(1)) as [number];
    await using _ = await RedisProcess.start([`port ${port}`]);
    await expect(open('redis-pubsub', parseHost({ cluster: [`redis://127.0.0.1:${port}`] }), 'x')).rejects.toMatchObject({
      message: expect.stringMatching(/is not a cluster/),
      hint: expect.stringMatching(/without \{cluster/),
    });
  });

  function commandCalls(port: number, command: string): Promise<number> {
    return onNode(port, async (client) =>
      Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(String(await client.info('commandstats')))?.[1] ?? 0),
    );
  }
});
