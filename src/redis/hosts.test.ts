import { describe, expect, it } from 'vitest';
import { BenchError } from '../model/errors.ts';
import { clusterOptions, hostOptions } from './client-options.ts';
import { firstNode, readHost, readHosts, type HostSpec } from './hosts.ts';
import { describeHost, hostToPaste } from './show-host.ts';

const single = (host: unknown): Record<string, unknown> => ({ ...hostOptions(host as HostSpec) });
const refusal = (value: unknown): string => {
  try {
    // As of a file, whose lines hold no secrets.
    readHosts([value], (path) => `file:${path.filter((step) => step === 0 || !String(step).includes('S3CRET')).join('.')}`);
  } catch (error) {
    expect(error).toBeInstanceOf(BenchError);
    return (error as BenchError).message;
  }
  throw new Error(`${JSON.stringify(value)} is taken`);
};

/* What redis-py 4.3.4 makes of each was found by opening its connections; channels_redis is that of 4.1 and later. */
describe('a host of CHANNEL_LAYERS', () => {
  it.each<[string, unknown, string, Record<string, unknown>]>([
    ['a URL', 'redis://h:7000/3', 'redis://h:7000/3', { host: 'h', port: 7000, db: 3 }],
    ['a URL with nothing in it', 'redis://', 'redis://localhost:6379', { host: 'localhost', port: 6379, db: 0 }],
    ['a URL with a login', 'redis://u:p%40ss@h', 'redis://u:***@h:6379', { host: 'h', username: 'u', password: 'p@ss' }],
    ['a URL with a % that begins no code', 'redis://:100%correct@h/0', 'redis://:***@h:6379', { password: '100%correct', db: 0 }],
    ['a URL with an @ in its password', 'redis://:p@ss@h', 'redis://:***@h:6379', { host: 'h', password: 'p@ss' }],
    ['a URL whose name may be its password', 'redis://secret@h', 'redis://***@h:6379', { host: 'h', username: 'secret' }],
    ['a URL in capitals', 'REDIS://H', 'redis://h:6379', { host: 'h' }],
    ['a URL with encoded parts', 'redis://%68/%33', 'redis://h:6379/3', { host: 'h', db: 3 }],
    ['a URL with an IPv6 address', 'redis://[::1]:7', 'redis://[::1]:7', { host: '::1', port: 7 }],
    ['a URL with port 0, which is none', 'redis://h:0', 'redis://h:6379', { port: 6379 }],
    ['a database in the query', 'redis://127.0.0.1:6379?db=3', 'redis://127.0.0.1:6379/3', { db: 3 }],
    ['a database in the query and in the path', 'redis://h/1?db=3', 'redis://h:6379/3', { db: 3 }],
    ['a database in two parts', 'redis://h/1/2', 'redis://h:6379/12', { db: 12 }],
    ['a login in the query', 'redis://h?username=u&password=a%2525b', 'redis://u:***@h:6379', { username: 'u', password: 'a%b' }],
    ['a TLS URL', 'rediss://h:7000', 'rediss://h:7000', { host: 'h', port: 7000, tls: {} }],
    ['a TLS URL with options', 'rediss://h?ssl_cert_reqs=none', 'rediss://h:6379', { tls: { rejectUnauthorized: false } }],
    ['a unix socket', 'unix:///run/redis.sock', 'unix:///run/redis.sock', { path: '/run/redis.sock' }],
    [
      'a unix socket with an @ in its path, which may end a password',
      'unix:///run/a@b.sock',
      'unix:///***@b.sock',
      { path: '/run/a@b.sock' },
    ],
    [
      'a unix socket with a login',
      'unix://u:s@/run/redis.sock?db=2',
      'unix://u:***@/run/redis.sock?db=2',
      { path: '/run/redis.sock', username: 'u', password: 's', db: 2 },
    ],
    ['host and port', ['h', 7000], 'redis://h:7000', { host: 'h', port: 7000 }],
    ['host and port as text', ['127.0.0.1', '6379'], 'redis://127.0.0.1:6379', { host: '127.0.0.1', port: 6379 }],
    ['an address', { address: 'redis://h:7000', db: 2, socket_timeout: null }, 'redis://h:7000/2', { host: 'h', port: 7000, db: 2 }],
    [
      'an address that wins over its keywords',
      { address: 'redis://h:1/3', host: 'x', port: 2, db: 4 },
      'redis://h:1/3',
      { host: 'h', port: 1, db: 3 },
    ],
    ['an address that lacks a port', { address: 'redis://h', port: 7000 }, 'redis://h:7000', { port: 7000 }],
    ['keywords', { host: 'h', password: 's', db: '3' }, 'redis://:***@h:6379/3', { host: 'h', port: 6379, password: 's', db: 3 }],
    ['keywords with numbers as text', { port: 7, password: 1234, username: null }, 'redis://:***@localhost:7', { password: '1234' }],
    ['nothing but the defaults', {}, 'redis://localhost:6379', { host: 'localhost', port: 6379 }],
    [
      'Sentinel',
      {
        sentinels: [
          ['a', 26379],
          ['b', '26380'],
        ],
        master_name: 'm',
        password: 's',
        ssl: true,
        ssl_cert_reqs: null,
        sentinel_kwargs: { password: 't', ssl_cert_reqs: 'none' },
      },
      'sentinel://a:26379,b:26380/m',
      {
        sentinels: [
          { host: 'a', port: 26379 },
          { host: 'b', port: 26380 },
        ],
        name: 'm',
        password: 's',
        tls: { rejectUnauthorized: false },
        sentinelPassword: 't',
      },
    ],
  ])('may be %s', (_, value, shown, options) => {
    expect(describeHost(value as HostSpec)).toBe(shown);
    expect(single(value)).toMatchObject(options);
  });

  it('may be a cluster', () => {
    const cluster: HostSpec = { cluster: ['redis://u:p@a:1', ['b', 2]] };
    expect(describeHost(cluster)).toBe('cluster://u:***@a:1,b:2');
    expect(clusterOptions(cluster)).toEqual({
      nodes: [
        { host: 'a', port: 1 },
        { host: 'b', port: 2 },
      ],
      login: { username: 'u', password: 'p' },
    });
    expect(describeHost(firstNode({ cluster: [['b', 2]], password: 'x' }))).toBe('redis://:***@b:2');
  });

  it('takes certificates as they are asked for', () => {
    const tls = (keywords: object): unknown => single({ address: 'rediss://h', ...keywords })['tls'];
    expect(tls({ ssl_cert_reqs: 'none' })).toEqual({ rejectUnauthorized: false });
    expect(tls({ ssl_cert_reqs: null, ssl_check_hostname: false })).toEqual({
      rejectUnauthorized: false,
      checkServerIdentity: expect.any(Function),
    });
    expect(tls({ ssl_check_hostname: true, ssl_ca_data: 'PEM' })).toEqual({ ca: ['PEM'] });
    expect(() => tls({ ssl_ca_certs: '/nowhere/ca.pem' })).toThrow(/cannot read '\/nowhere\/ca.pem'/);
  });

  it('says what means nothing to bench, and what redis-py passes over', () => {
    const notes = (value: unknown): readonly string[] => readHost(value, (path) => `f:${path.join('.')}`).notes;
    expect(notes({ address: 'redis://h', health_check_interval: 30, max_connections: 50 })).toEqual([
      expect.stringMatching(/^f:health_check_interval: health_check_interval, max_connections: Python's servers get these options/),
    ]);
    expect(notes('redis://h?socket_timeout=20')[0]).toContain("socket_timeout: Python's servers get this option");
    expect(notes('redis://h/abc')).toEqual([expect.stringContaining('passes over this one, and takes database 0')]);
    expect(notes(['h', 1, 9])).toEqual([expect.stringContaining('takes the first two of a list')]);
    expect(notes({ host: 'h', db: 3 })).toEqual([]);
  });

  it.each<[unknown, string]>([
    [5, 'file:0: a number is not a Redis host'],
    [null, 'nothing is not a Redis host'],
    [['h'], 'a list as a Redis host has a host and a port'],
    [['h', 'x'], "file:0.1: 'port' takes a number from 1 to 65535"],
    [['h', 70_000], "'port' takes"],
    [[10.1, 6379], "file:0.0: 'host' takes"],
    [[null, 6379], "'host' is nothing"],
    [['redis://:S3CRET@h', 6379], "'host' takes"],
    [['S3CRET@h', 6379], "'host' takes"],
    [{ host: 'h', pasword: 's' }, "file:0.pasword: a Redis host has no setting 'pasword'"],
    [{ 'redis://:S3CRET@h': null }, 'file:0: a Redis host has no setting'],
    [{ address: 3 }, "file:0.address: 'address' is a number, and it is a URL"],
    [{ address: ['127.0.0.1', 6379], db: 8 }, "file:0.address: 'address' is a list"],
    [{ host: 'h', ssl: true, ssl_cert_reqs: 'none' }, "file:0.ssl: redis-py's connections take no 'ssl'"],
    [{ host: 'h', ssl: false }, "take no 'ssl'"],
    [{ address: 'rediss://h', ssl: true }, "take no 'ssl'"],
    [{ host: 'h', ssl_cert_reqs: null }, "'ssl_cert_reqs' is for connections over TLS"],
    [{ address: 'unix:///x', socket_keepalive: true }, "'socket_keepalive' is for connections over TCP"],
    [{ address: 'rediss://h', ssl_cert_reqs: 'CERT_NONE' }, "'ssl_cert_reqs' takes none, optional or required"],
    [{ host: 'h', db: -1 }, "'db' takes"],
    [{ host: 'h', db: true }, "'db' takes"],
    [{ host: 'h', db: 'x' }, "'db' takes"],
    [{ host: 'h', password: true }, "'password' takes"],
    [{ host: 'h', socket_timeout: '5' }, "'socket_timeout' takes a number of seconds"],
    [{ host: 'h', max_connections: '10' }, "'max_connections' takes"],
    [{ host: 'h', decode_responses: true }, 'the layer gets text where it needs bytes'],
    [{ host: 'h', retry: 3 }, 'is an object of Python'],
    [{ sentinels: '127.0.0.1:26379', master_name: 'm' }, "file:0.sentinels: 'sentinels' is a text"],
    [{ sentinels: [['h', 1, 2]], master_name: 'm' }, 'file:0.sentinels.0: a sentinel is [host, port]'],
    [{ sentinels: [['h', 1]] }, "'master_name' is no name"],
    [{ master_name: 'm' }, "'sentinels' is missing"],
    [{ cluster: 'redis://h' }, "'cluster' is a text"],
    [JSON.parse('{"__proto__": -1}'), "file:0.__proto__: a Redis host has no setting '__proto__'"],
    [{ constructor: 1 }, "no setting 'constructor'"],
    ['127.0.0.1:6379', 'this is not the URL of a Redis: it begins with none of'],
    ['redis+tls://:S3CRET@h', 'it begins with none of'],
    ['redis://:abc#S3CRET@h:6379/0', 'its login ends before the @'],
    ['redis://user:12/S3CRET@h:6379/0', 'its login ends before the @'],
    ['redis://:S3CRET?x@h', 'its login ends before the @'],
    ['redis://h1:1,h2:2/0', 'its port is no number'],
    ['redis://h:99999', 'its port is no number'],
    ['redis://h?foo=S3CRET', "a Redis host has no setting 'foo'"],
    ['redis://h?db=S3CRET', "'db' takes the number of a database"],
    ['redis://h?ssl_cert_reqs=none', "'ssl_cert_reqs' is for connections over TLS"],
  ])('is not %j', (value, message) => {
    const said = refusal(value);
    expect(said).toContain(message);
    expect(said).not.toContain('S3CRET');
  });

  it('is pasted with a placeholder for every secret, and all else as it stands', () => {
    const paste = (value: HostSpec): unknown => hostToPaste(value, '<secret>');
    expect(paste('rediss://u:S3CRET@h/2?ssl_cert_reqs=none')).toBe('rediss://u:<secret>@h:6379/2?ssl_cert_reqs=none');
    expect(paste('redis://h?password=S3CRET')).toBe('redis://:<secret>@h:6379');
    expect(paste({ address: 'redis://:S3CRET@h', db: 2 })).toEqual({ address: 'redis://:<secret>@h:6379', db: 2 });
    expect(paste({ sentinels: [['a', 1]], master_name: 'm', sentinel_kwargs: { password: 'S3CRET' }, password: 'S3CRET' })).toEqual({
      sentinels: [['a', 1]],
      master_name: 'm',
      sentinel_kwargs: { password: '<secret>' },
      password: '<secret>',
    });
    expect(paste(['h', 1])).toEqual(['h', 1]);
  });
});
