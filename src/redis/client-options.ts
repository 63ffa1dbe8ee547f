import type { RedisOptions } from 'ioredis';
import { environmentError, readFailure } from '../model/errors.ts';
import { readTextSync } from '../platform/read-text.ts';
import { readHost, type HostSpec } from './hosts.ts';
import type { ClusterAddress, Login, Tls } from './redis-host.ts';

/** A sentinel that is silent for longer is left for the next one: its socket would keep a process waiting. */
const SENTINEL_ANSWER_MS = 4000;

/** Where a host is and how to log in, for ioredis: here, and nowhere else, secrets are revealed. */
export type HostOptions = Omit<RedisOptions, 'replyMapping'>;

/** Options of ioredis for one server, or one that sentinels name. Throws a usage error, or an environment error for a file that cannot be read. */
export function hostOptions(value: HostSpec): HostOptions {
  const { host } = readHost(value);
  if (host.kind === 'cluster') throw new Error('a cluster is opened as one');
  const common = { db: host.db, ...loginOptions(host.login), ...(host.tls === null ? {} : { tls: tlsOptions(host.tls) }) };
  if (host.kind === 'server') return { ...(host.path === null ? { host: host.host, port: host.port } : { path: host.path }), ...common };
  const { username, password } = host.sentinelLogin;
  return {
    ...common,
    sentinels: [...host.sentinels],
    name: host.master,
    role: 'master',
    sentinelCommandTimeout: SENTINEL_ANSWER_MS,
    ...(username === null ? {} : { sentinelUsername: username }),
    ...(password === null ? {} : { sentinelPassword: password.reveal() }),
    ...(host.sentinelTls === null ? {} : { enableTLSForSentinelMode: true, sentinelTLS: tlsOptions(host.sentinelTls) }),
    // A primary that was demoted answers so; a new connection asks the sentinels again.
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
  };
}

/** Options of ioredis for the nodes of a cluster and for their common login. */
export function clusterOptions(value: HostSpec): { readonly nodes: { host: string; port: number }[]; readonly login: HostOptions } {
  const host = readHost(value).host as ClusterAddress;
  return {
    nodes: host.nodes.map((node) => ({ ...node })),
    login: { ...loginOptions(host.login), ...(host.tls === null ? {} : { tls: tlsOptions(host.tls) }) },
  };
}

function loginOptions({ username, password }: Login): HostOptions {
  // redis-py logs a name without a password in with an empty one.
  if (password === null && username === null) return {};
  return { ...(username === null ? {} : { username }), password: password === null ? '' : password.reveal() };
}

function tlsOptions(tls: Tls): NonNullable<RedisOptions['tls']> {
  const ca = [tls.caFile === null ? [] : readFile(tls.caFile), tls.caData ?? []].flat();
  return {
    ...(tls.checksCertificate ? {} : { rejectUnauthorized: false }),
    ...(tls.checksHostname === false ? { checkServerIdentity: () => undefined } : {}),
    ...(ca.length === 0 ? {} : { ca }),
    ...(tls.certFile === null ? {} : { cert: readFile(tls.certFile) }),
    ...(tls.keyFile === null ? {} : { key: readFile(tls.keyFile) }),
    ...(tls.keyPassword === null ? {} : { passphrase: tls.keyPassword.reveal() }),
  };
}

function readFile(path: string): string {
  try {
    return readTextSync(path);
  } catch (error) {
    throw environmentError(`cannot read '${path}': ${readFailure(error)}`, 'Check the ssl_… settings of the Redis host.', { cause: error });
  }
}
