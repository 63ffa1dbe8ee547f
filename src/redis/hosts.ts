import { readFileSync } from 'node:fs';
import type { RedisOptions } from 'ioredis';
import { environmentError, readFailure, usageError } from '../core/errors.ts';
import { parseRedisUrl, redactUrl } from './address.ts';

/** A host as the `hosts` of Django's CHANNEL_LAYERS name it. Plain data: it crosses process boundaries. */
export type HostSpec = string | readonly [host: string, port: number] | AddressHost | ServerHost | SentinelHost | ClusterHost;

/** Keyword arguments of a connection, with the names of redis-py. */
export interface ConnectionKeywords {
  readonly db?: number;
  readonly username?: string;
  readonly password?: string;
  readonly ssl?: boolean;
  /** `none` or null: the certificate is not checked. */
  readonly ssl_cert_reqs?: string | null;
  readonly ssl_ca_certs?: string;
  readonly ssl_certfile?: string;
  readonly ssl_keyfile?: string;
}
export interface AddressHost extends ConnectionKeywords {
  readonly address: string;
}
export interface ServerHost extends ConnectionKeywords {
  readonly host: string;
  readonly port?: number;
}
export interface SentinelHost extends ConnectionKeywords {
  readonly sentinels: readonly (readonly [host: string, port: number])[];
  readonly master_name: string;
  readonly sentinel_kwargs?: ConnectionKeywords;
}
export interface ClusterHost extends ConnectionKeywords {
  readonly cluster: readonly (string | readonly [host: string, port: number])[];
}

/** Where a host is and how to log in, for ioredis. */
export type HostOptions = Omit<RedisOptions, 'replyMapping'>;

const KEYWORDS = ['db', 'username', 'password', 'ssl', 'ssl_cert_reqs', 'ssl_ca_certs', 'ssl_certfile', 'ssl_keyfile'] as const;
/** Taken and not needed: our connections have no such limits. */
const IGNORED = ['socket_timeout', 'socket_connect_timeout', 'socket_keepalive', 'health_check_interval', 'retry_on_timeout'];
const FORMS =
  'Use a URL, [host, port], {"address": url}, {"host": …, "port": …}, {"sentinels": [[host, port]], "master_name": …} or {"cluster": [url]}.';

export function isCluster(host: HostSpec): host is ClusterHost {
  return typeof host === 'object' && 'cluster' in host;
}

/** What identifies a host to people: never with a password. */
export function describeHost(host: HostSpec): string {
  if (typeof host === 'string') return redactUrl(host);
  if (isPair(host)) return `redis://${host[0]}:${host[1]}`;
  if ('address' in host) return redactUrl(host.address);
  if ('sentinels' in host) return `sentinel://${host.sentinels.map(([name, port]) => `${name}:${port}`).join(',')}/${host.master_name}`;
  if ('cluster' in host)
    return `cluster://${host.cluster.map((node) => (typeof node === 'string' ? redactUrl(node) : node.join(':'))).join(',')}`;
  return `redis://${host.host}:${host.port ?? 6379}`;
}

/** Reads data (of a configuration file) as a host. Throws a usage error. */
export function parseHost(value: unknown): HostSpec {
  if (typeof value === 'string') {
    parseRedisUrl(value);
    return value;
  }
  if (Array.isArray(value)) {
    if (isPair(value as unknown as HostSpec)) return value as unknown as HostSpec;
  } else if (value !== null && typeof value === 'object') {
    const own = ['address', 'host', 'port', 'sentinels', 'master_name', 'sentinel_kwargs', 'cluster'];
    const unknown = Object.keys(value).find((key) => !([...own, ...KEYWORDS, ...IGNORED] as string[]).includes(key));
    if (unknown !== undefined) throw usageError(`a Redis host has no setting '${unknown}'`, FORMS);
    if (own.some((key) => key in value && !['port', 'master_name', 'sentinel_kwargs'].includes(key))) return value as HostSpec;
  }
  throw usageError(`${JSON.stringify(value)?.slice(0, 80)} is not a Redis host`, FORMS);
}

/** Options of ioredis that say where a host is and how to log in. Throws a usage error, or an environment error for a file that cannot be read. */
export function hostOptions(host: Exclude<HostSpec, ClusterHost>): HostOptions {
  if (typeof host === 'string') return urlOptions(host);
  if (isPair(host)) return { host: host[0], port: host[1] };
  if ('address' in host) return { ...urlOptions(host.address), ...keywordOptions(host) };
  if ('host' in host) return { host: host.host, port: host.port ?? 6379, ...keywordOptions(host) };
  const { sentinel_kwargs: login = {} } = host;
  return {
    ...keywordOptions(host),
    sentinels: host.sentinels.map(([name, port]) => ({ host: name, port })),
    name: host.master_name,
    role: 'master',
    ...(login.username === undefined ? {} : { sentinelUsername: login.username }),
    ...(login.password === undefined ? {} : { sentinelPassword: login.password }),
    ...(login.ssl === true ? { enableTLSForSentinelMode: true, sentinelTLS: tlsOptions(login) } : {}),
    // A primary that was demoted answers so; a new connection asks the sentinels again.
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
  };
}

/** Options of ioredis for the nodes of a cluster and for their common login. */
export function clusterOptions(host: ClusterHost): { readonly nodes: { host: string; port: number }[]; readonly login: HostOptions } {
  const urls = host.cluster.map((node) => (typeof node === 'string' ? urlOptions(node) : { host: node[0], port: node[1] }));
  const nodes = urls.map((url) => ({ host: url.host ?? 'localhost', port: url.port ?? 6379 }));
  const { username, password, tls } = urls[0]!;
  return {
    nodes,
    login: {
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password }),
      ...(tls === undefined ? {} : { tls }),
      ...keywordOptions(host),
    },
  };
}

function isPair(host: HostSpec): host is readonly [string, number] {
  return Array.isArray(host) && host.length === 2 && typeof host[0] === 'string' && Number.isInteger(host[1]);
}

function urlOptions(url: string): HostOptions {
  const { tls, ...address } = parseRedisUrl(url);
  return { ...address, ...(tls ? { tls: {} } : {}) };
}

function keywordOptions(host: ConnectionKeywords): HostOptions {
  const { db, username, password } = host;
  const tls = host.ssl === true || (host as Partial<AddressHost>).address?.startsWith('rediss:') === true;
  return {
    ...(db === undefined ? {} : { db }),
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(tls ? { tls: tlsOptions(host) } : {}),
  };
}

function tlsOptions(host: ConnectionKeywords): NonNullable<RedisOptions['tls']> {
  const file = (path: string | undefined, name: string): Record<string, Buffer> => (path === undefined ? {} : { [name]: readFile(path) });
  return {
    ...(host.ssl_cert_reqs === null || host.ssl_cert_reqs === 'none' ? { rejectUnauthorized: false } : {}),
    ...file(host.ssl_ca_certs, 'ca'),
    ...file(host.ssl_certfile, 'cert'),
    ...file(host.ssl_keyfile, 'key'),
  };
}

function readFile(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw environmentError(`cannot read '${path}': ${readFailure(error)}`, 'Check the ssl_… settings of the Redis host.', { cause: error });
  }
}
