import type { SettingValue } from '../model/layer-setting.ts';
import { quoted, Secret } from '../model/secret.ts';
import { NoRedisUrl, parseRedisUrl, type RedisUrl } from './address.ts';
import type { ClusterAddress, Endpoint, Login, RedisHost, SentinelAddress, ServerAddress, Tls } from './redis-host.ts';
import { checkKeywords, fromQuery, numberOf, refuse, textOf, type Keywords, type PlaceIn, type Transport } from './keywords.ts';

/*
 * The `hosts` of Django's CHANNEL_LAYERS, by the rules of channels_redis (from 4.1 on) and redis-py. What is shown of a
 * host is built from what was read of it, in which every secret is a Secret.
 */

/** A host as a configuration has it, once `parseHost` has checked it. Plain data: it crosses process boundaries. */
export type HostSpec = string | readonly [host: string, port: number] | { readonly [key: string]: SettingValue };

/** What was read, and what to know about it, in a sentence each. */
export interface ReadHost<H extends RedisHost = RedisHost> {
  readonly host: H;
  readonly notes: readonly string[];
}

const PORT = 6379;
const SENTINEL_PORT = 26_379;
const FORMS =
  'Use a URL (redis://[user:password@]host[:port][/db], rediss://… for TLS, unix:///path), [host, port], {"address": url}, {"host": …, "port": …}, {"sentinels": [[host, port]], "master_name": …} or {"cluster": [url]}.';
const NO_PLACE: PlaceIn = () => '';

/** Checks data of a configuration. Throws a usage error that shows no value, with the place that `placeOf` names. */
export function parseHost(value: unknown, placeOf: PlaceIn = NO_PLACE): HostSpec {
  readHost(value, placeOf);
  return value as HostSpec;
}

/** Reads a host. Throws as `parseHost`. */
export function readHost(value: unknown, placeOf: PlaceIn = NO_PLACE): ReadHost {
  if (typeof value === 'string') return readServer({}, value, placeOf, () => placeOf([]));
  if (Array.isArray(value)) return readPair(value, placeOf);
  if (typeof value !== 'object' || value === null || value instanceof Date)
    throw refuse(placeOf([]), `${kindOf(value)} is not a Redis host`, FORMS);
  const keywords = value as Keywords;
  if (Object.hasOwn(keywords, 'cluster')) return readCluster(keywords, placeOf);
  if (Object.hasOwn(keywords, 'address')) {
    const { address, ...rest } = keywords;
    if (typeof address === 'string') return readServer(rest, address, placeOf, () => placeOf(['address']));
    throw refuse(
      placeOf(['address']),
      `'address' is ${kindOf(address)}, and it is a URL`,
      'Write {address: "redis://host:6379", …}, or {host: …, port: …} in its place.',
    );
  }
  if (Object.hasOwn(keywords, 'sentinels') || Object.hasOwn(keywords, 'master_name')) return readSentinel(keywords, placeOf);
  return readServer(keywords, null, placeOf, () => placeOf([]));
}

/** A list of hosts: upstream's default where there is none. Throws as `parseHost`. */
export function readHosts(values: readonly unknown[], placeOf: PlaceIn = NO_PLACE): readonly ReadHost[] {
  return values.map((value, i) => readHost(value, (path) => placeOf([i, ...path])));
}

export function isCluster(host: HostSpec): boolean {
  return typeof host === 'object' && 'cluster' in host;
}

/** The host itself; of a cluster, its first node, with the login of all. */
export function firstNode(host: HostSpec): HostSpec {
  if (typeof host === 'string' || Array.isArray(host)) return host;
  const { cluster, ssl, ...keywords } = host as Readonly<Record<string, SettingValue>>;
  if (cluster === undefined) return host;
  const [node] = cluster as readonly (string | readonly [string, number])[];
  if (typeof node === 'string') return { ...keywords, address: ssl === true ? node.replace(/^redis:/i, 'rediss:') : node };
  return { ...keywords, address: `redis${ssl === true ? 's' : ''}://${node![0]}:${node![1]}` };
}

/* Reading. */

function readPair(value: readonly unknown[], placeOf: PlaceIn): ReadHost<ServerAddress> {
  if (value.length < 2) throw refuse(placeOf([]), 'a list as a Redis host has a host and a port', FORMS);
  const [host, port, ...rest] = value;
  if (host === null) throw refuse(placeOf([0]), "'host' is nothing", FORMS);
  const read = readServer(
    { host, port },
    null,
    (path) => placeOf([path[0] === 'port' ? 1 : 0]),
    () => placeOf([]),
  );
  if (rest.length === 0) return read;
  return { ...read, notes: [`${placeOf([])}: channels_redis takes the first two of a list, host and port, and passes over the others`] };
}

/** By keywords and a URL, whose options win, as with redis-py. */
function readServer(keywords: Keywords, address: string | null, placeOf: PlaceIn, addressPlace: () => string): ReadHost<ServerAddress> {
  const url = address === null ? null : readUrl(address, addressPlace());
  const transport: Transport = url === null || url.scheme === 'redis' ? 'tcp' : url.scheme === 'rediss' ? 'tls' : 'unix';
  const tlsHint =
    url === null
      ? 'For TLS, write the host as {address: "rediss://host:port", ssl_cert_reqs: …}.'
      : 'For TLS, write rediss:// in the address; without, leave it out.';
  const ofUrl = url === null ? {} : fromQuery(url.keywords);
  const idle = [
    ...checkKeywords(keywords, { transport, placeOf, tlsHint }),
    ...checkKeywords(ofUrl, { transport, placeOf: addressPlace, tlsHint }),
  ];
  const all = { ...keywords, ...ofUrl };
  return {
    host: {
      kind: 'server',
      host: textOf(all, 'host') ?? 'localhost',
      port: numberOf(all, 'port', PORT),
      path: transport === 'unix' ? (textOf(all, 'path') ?? '') : null,
      db: numberOf(all, 'db', 0),
      login: loginOf(all),
      tls: transport === 'tls' ? tlsOf(all) : null,
    },
    notes: [
      ...(url?.ignoresPath === true
        ? [
            `${prefixed(addressPlace())}the path of a Redis URL is the number of a database; redis-py passes over this one, and takes database 0`,
          ]
        : []),
      ...idleNote(idle, placeOf),
    ],
  };
}

function readUrl(url: string, place: string): RedisUrl {
  try {
    return parseRedisUrl(url);
  } catch (error) {
    if (error instanceof NoRedisUrl) throw refuse(place, `this is not the URL of a Redis: ${error.message}`, FORMS);
    throw error;
  }
}

function readSentinel(keywords: Keywords, placeOf: PlaceIn): ReadHost<SentinelAddress> {
  const { sentinels, master_name: master, sentinel_kwargs: kwargs, ssl = false, ...rest } = keywords;
  if (!Array.isArray(sentinels) || sentinels.length === 0)
    throw refuse(
      placeOf(['sentinels']),
      `'sentinels' is ${sentinels === undefined ? 'missing' : kindOf(sentinels)}, and it is a list of [host, port]`,
      'Write sentinels: [[127.0.0.1, 26379]], even when there is only one.',
    );
  if (typeof master !== 'string' || master === '' || quoted(master) === '')
    throw refuse(placeOf(['master_name']), "'master_name' is no name", 'Write the name of the primary, as the sentinels have it.');
  const tlsHint = 'With sentinels, TLS is ssl: true beside them (and in sentinel_kwargs, for the sentinels themselves).';
  const placeOfNode =
    (i: number): PlaceIn =>
    (path) =>
      placeOf(['sentinels', i, ...path]);
  const isTls = switchOf(ssl, placeOf(['ssl']));
  const login = kwargs === undefined || kwargs === null ? {} : kwargs;
  if (typeof login !== 'object' || Array.isArray(login))
    throw refuse(
      placeOf(['sentinel_kwargs']),
      `'sentinel_kwargs' is ${kindOf(login)}, and it is a map`,
      'Write sentinel_kwargs: {password: …}.',
    );
  const { ssl: sentinelSsl = false, ...ofSentinels } = login as Keywords;
  const isSentinelTls = switchOf(sentinelSsl, placeOf(['sentinel_kwargs', 'ssl']));
  const idle = [
    ...checkKeywords(rest, { transport: isTls ? 'tls' : 'tcp', placeOf, tlsHint }),
    // These go to a client, which takes options of TLS without TLS.
    ...checkKeywords(ofSentinels, { transport: 'tls', placeOf: (path) => placeOf(['sentinel_kwargs', ...path]), tlsHint }),
  ];
  return {
    host: {
      kind: 'sentinel',
      sentinels: sentinels.map((node, i) => endpointOf(node, placeOfNode(i), SENTINEL_PORT)),
      master,
      db: numberOf(rest, 'db', 0),
      login: loginOf(rest),
      tls: isTls ? tlsOf(rest) : null,
      sentinelLogin: loginOf(ofSentinels),
      sentinelTls: isSentinelTls ? tlsOf(ofSentinels) : null,
    },
    notes: idleNote(idle, placeOf),
  };
}

/** Ours alone: upstream has no form for a cluster. */
function readCluster(keywords: Keywords, placeOf: PlaceIn): ReadHost<ClusterAddress> {
  const { cluster, ssl = false, ...rest } = keywords;
  if (!Array.isArray(cluster) || cluster.length === 0)
    throw refuse(
      placeOf(['cluster']),
      `'cluster' is ${kindOf(cluster)}, and it is a list of nodes`,
      'Write cluster: ["redis://127.0.0.1:7001"].',
    );
  const nodes = cluster.map((node, i) => readNode(node, (path) => placeOf(['cluster', i, ...path])));
  const isTls = switchOf(ssl, placeOf(['ssl'])) || nodes[0]!.tls !== null;
  const idle = checkKeywords(rest, {
    transport: isTls ? 'tls' : 'tcp',
    placeOf,
    tlsHint: 'For TLS, write rediss:// in the URLs of the nodes.',
  });
  const own = loginOf(rest);
  const first = nodes[0]!;
  return {
    host: {
      kind: 'cluster',
      nodes: nodes.map(({ host, port }) => ({ host, port })),
      login: { username: own.username ?? first.login.username, password: own.password ?? first.login.password },
      tls: isTls ? { ...(first.tls ?? tlsOf({})), ...(Object.keys(rest).some((key) => key.startsWith('ssl_')) ? tlsOf(rest) : {}) } : null,
    },
    notes: idleNote(idle, placeOf),
  };
}

function readNode(node: unknown, placeOf: PlaceIn): ServerAddress {
  if (typeof node !== 'string' && !Array.isArray(node)) throw refuse(placeOf([]), `${kindOf(node)} is no node of a cluster`, FORMS);
  const { host } = readHost(node, placeOf);
  return host as ServerAddress;
}

/** One sentinel: exactly a host and a port. */
function endpointOf(value: unknown, placeOf: PlaceIn, standard: number): Endpoint {
  if (!Array.isArray(value) || value.length !== 2 || value[0] === null)
    throw refuse(placeOf([]), `a sentinel is [host, port], and this is ${kindOf(value)}`, `Write it as [127.0.0.1, ${standard}].`);
  const { host } = readPair(value, placeOf);
  return { host: host.host, port: host.port };
}

function switchOf(value: unknown, place: string): boolean {
  if (typeof value === 'boolean') return value;
  throw refuse(place, "'ssl' is neither true nor false", 'Write ssl: true, or leave it out.');
}

function loginOf(keywords: Keywords): Login {
  const password = textOf(keywords, 'password');
  return { username: textOf(keywords, 'username'), password: password === null ? null : new Secret(password) };
}

function tlsOf(keywords: Keywords): Tls {
  const required = keywords['ssl_cert_reqs'];
  const checksHostname = keywords['ssl_check_hostname'];
  const keyPassword = textOf(keywords, 'ssl_password');
  return {
    checksCertificate: !(required === null || required === 'none' || required === 0),
    checksHostname: checksHostname === undefined || checksHostname === null ? null : Boolean(checksHostname),
    caFile: textOf(keywords, 'ssl_ca_certs'),
    caData: textOf(keywords, 'ssl_ca_data'),
    certFile: textOf(keywords, 'ssl_certfile'),
    keyFile: textOf(keywords, 'ssl_keyfile'),
    keyPassword: keyPassword === null ? null : new Secret(keyPassword),
  };
}

function idleNote(names: readonly string[], placeOf: PlaceIn): readonly string[] {
  if (names.length === 0) return [];
  const isOne = names.length === 1;
  return [
    `${prefixed(placeOf([names[0]!]))}${names.join(', ')}: Python's servers get ${isOne ? 'this option' : 'these options'} of redis-py; bench's own connections have none like ${isOne ? 'it' : 'them'}, and need none`,
  ];
}

function prefixed(place: string): string {
  return place === '' ? '' : `${place}: `;
}

function kindOf(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (value instanceof Date) return 'a date';
  return { string: 'a text', number: 'a number', boolean: 'true or false', object: 'a map' }[typeof value as 'string'] ?? 'no text';
}
