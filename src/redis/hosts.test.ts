import { describe, expect, it } from 'vitest';
import { describeHost, hostOptions, parseHost, type ClusterHost, type HostSpec } from './hosts.ts';

const single = (host: HostSpec): Record<string, unknown> => ({ ...hostOptions(host as Exclude<HostSpec, ClusterHost>) });

describe('a host of CHANNEL_LAYERS', () => {
  it.each<[string, unknown, string, Record<string, unknown>]>([
    ['a URL', 'redis://h:7000/3', 'redis://h:7000/3', { host: 'h', port: 7000, db: 3 }],
    ['a URL with a login', 'redis://u:p%40ss@h', 'redis://u:***@h', { host: 'h', username: 'u', password: 'p@ss' }],
    ['a TLS URL', 'rediss://h:7000', 'rediss://h:7000', { host: 'h', port: 7000, tls: {} }],
    ['a unix socket', 'unix:///run/redis.sock', 'unix:///run/redis.sock', { path: '/run/redis.sock' }],
    [
      'a unix socket with a login',
      'unix://u:s@/run/redis.sock?db=2',
      'unix://u:***@/run/redis.sock?db=2',
      { path: '/run/redis.sock', username: 'u', password: 's', db: 2 },
    ],
    [
      'a unix socket with a password in its query',
      'unix:///run/redis.sock?password=s&db=2',
      'unix:///run/redis.sock?password=***&db=2',
      { path: '/run/redis.sock', password: 's', db: 2 },
    ],
    ['host and port', ['h', 7000], 'redis://h:7000', { host: 'h', port: 7000 }],
    ['an address', { address: 'redis://h:7000', db: 2, socket_timeout: null }, 'redis://h:7000', { host: 'h', port: 7000, db: 2 }],
    ['keywords', { host: 'h', password: 's' }, 'redis://h:6379', { host: 'h', port: 6379, password: 's' }],
    [
      'Sentinel',
      {
        sentinels: [
          ['a', 26379],
          ['b', 26380],
        ],
        master_name: 'm',
        password: 's',
        sentinel_kwargs: { password: 't' },
      },
      'sentinel://a:26379,b:26380/m',
      {
        sentinels: [
          { host: 'a', port: 26379 },
          { host: 'b', port: 26380 },
        ],
        name: 'm',
        password: 's',
        sentinelPassword: 't',
      },
    ],
  ])('may be %s', (_, value, shown, options) => {
    const host = parseHost(value);
    expect(describeHost(host)).toBe(shown);
    expect(single(host)).toMatchObject(options);
  });

  it('may be a cluster', () =>
    expect(describeHost(parseHost({ cluster: ['redis://u:p@a:1', ['b', 2]] }))).toBe('cluster://redis://u:***@a:1,b:2'));

  it('takes certificates as they are asked for', () => {
    expect(single({ host: 'h', ssl: true, ssl_cert_reqs: 'none' })['tls']).toEqual({ rejectUnauthorized: false });
    expect(() => single({ host: 'h', ssl: true, ssl_ca_certs: '/nowhere/ca.pem' })).toThrow(/cannot read '\/nowhere\/ca.pem'/);
  });

  it.each([[5], [null], [['h']], [['h', 'x']], [{}], [{ port: 1 }], [{ host: 'h', pasword: 's' }], ['h:6379']])('is not %j', (value) => {
    expect(() => parseHost(value)).toThrow(/not a Redis host|no setting 'pasword'|not the URL of a Redis/);
  });
});
