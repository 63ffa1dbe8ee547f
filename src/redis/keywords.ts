import { usageError, type BenchError } from '../model/errors.ts';
import { quoted } from '../model/secret.ts';

/*
 * Keyword arguments of redis-py's connections, as data: which values each takes, and what it means here. They stand in a
 * host's map, or in the query of its URL. Nothing here shows a value.
 */

/** Where something stands: a step for each key of a map and each place in a list. */
export type Path = readonly (string | number)[];

/** Names a place for messages, such as "portal_config.yml:7"; empty where there is nothing to name. */
export type PlaceIn = (path: Path) => string;

/** What a keyword is for. */
type Role =
  /** Bench's own connections have it too. */
  | 'used'
  /** Changes nothing of what a layer does while Redis answers: Python's servers get it, ours need it not. */
  | 'harmless'
  /** An object of Python's, or what breaks the layer. */
  | 'refused';

interface Keyword {
  readonly role: Role;
  /** Only of connections over TLS, or only of those over TCP; null for all. */
  readonly only: 'tls' | 'tcp' | null;
  /** Whether it takes a value. */
  readonly takes: (value: unknown) => boolean;
  /** What it takes, or why it is refused. */
  readonly what: string;
}

const MAX_PORT = 65_535;
/** Letters, digits, dots and dashes: anything else would be part of another form, and maybe of a password. Colons as in IPv6. */
const HOST_NAME = /^(?:[\p{L}\p{N}_.-]+|[0-9a-f:.]*:[0-9a-f:.]*(?:%\w+)?)$/iu;

const isText = (value: unknown): boolean => typeof value === 'string';
const isWhole = (value: unknown, max: number = Infinity): boolean =>
  (Number.isInteger(value) || (typeof value === 'string' && /^\s*\d+\s*$/.test(value))) && Number(value) >= 0 && Number(value) <= max;
const isNumber = (value: unknown): boolean => typeof value === 'number' && value >= 0;
const isSwitch = (value: unknown): boolean => typeof value === 'boolean' || value === null || value === 0 || value === 1;
const orNull =
  (takes: Keyword['takes']): Keyword['takes'] =>
  (value) =>
    value === null || takes(value);

const used = (takes: Keyword['takes'], what: string, only: Keyword['only'] = null): Keyword => ({ role: 'used', only, takes, what });
const harmless = (takes: Keyword['takes'], what: string, only: Keyword['only'] = null): Keyword => ({
  role: 'harmless',
  only,
  takes,
  what,
});
const refused = (what: string): Keyword => ({ role: 'refused', only: null, takes: () => false, what });

const SECONDS = orNull(isNumber);
const LOGIN = orNull((value) => isText(value) || isNumber(value));
const OBJECT = refused('is an object of Python, which a configuration file cannot hold');

/** Every keyword, by its name in redis-py 4 to 7. */
const KEYWORDS: Readonly<Record<string, Keyword>> = {
  host: used(
    orNull((value) => isText(value) && HOST_NAME.test(String(value))),
    'the name or the number of a machine',
    'tcp',
  ),
  port: used((value) => isWhole(value, MAX_PORT) && Number(value) > 0, `a number from 1 to ${MAX_PORT}`, 'tcp'),
  path: used(isText, 'the path of a socket'),
  db: used(
    orNull((value) => isWhole(value)),
    'the number of a database',
  ),
  username: used(LOGIN, 'a text'),
  password: used(LOGIN, 'a text'),
  ssl_cert_reqs: used(
    (value) => value === null || ['none', 'optional', 'required', 0, 1, 2].includes(value as string),
    'none, optional or required',
    'tls',
  ),
  ssl_check_hostname: used(isSwitch, 'true or false', 'tls'),
  ssl_ca_certs: used(orNull(isText), 'the path of a file', 'tls'),
  ssl_ca_data: used(orNull(isText), 'certificates as PEM', 'tls'),
  ssl_certfile: used(orNull(isText), 'the path of a file', 'tls'),
  ssl_keyfile: used(orNull(isText), 'the path of a file', 'tls'),
  ssl_password: used(orNull(isText), 'a text', 'tls'),
  ssl_ciphers: harmless(orNull(isText), 'a text', 'tls'),
  ssl_min_version: harmless(() => true, 'a version', 'tls'),
  socket_timeout: harmless(SECONDS, 'a number of seconds'),
  socket_connect_timeout: harmless(SECONDS, 'a number of seconds'),
  socket_keepalive: harmless(isSwitch, 'true or false', 'tcp'),
  socket_keepalive_options: harmless(
    orNull((value) => typeof value === 'object'),
    'a map',
    'tcp',
  ),
  socket_type: harmless(isNumber, 'a number', 'tcp'),
  socket_read_size: harmless(isNumber, 'a number of bytes'),
  health_check_interval: harmless(isNumber, 'a number of seconds'),
  max_connections: harmless(
    orNull((value) => Number.isInteger(value) && Number(value) >= 0),
    'a whole number',
  ),
  retry_on_timeout: harmless(isSwitch, 'true or false'),
  retry_on_error: harmless(orNull(Array.isArray), 'a list'),
  client_name: harmless(orNull(isText), 'a text'),
  lib_name: harmless(orNull(isText), 'a text'),
  lib_version: harmless(orNull(isText), 'a text'),
  protocol: harmless((value) => isWhole(value) && [2, 3].includes(Number(value)), '2 or 3'),
  encoding: harmless(isText, 'a text'),
  encoding_errors: harmless(isText, 'a text'),
  check_connection: harmless(isSwitch, 'true or false'),
  decode_responses: {
    ...harmless((value) => isSwitch(value) && value !== true && value !== 1, 'false'),
    what: 'false, or nothing: with true, the layer gets text where it needs bytes, and fails',
  },
  is_master: { ...harmless((value) => value === true || value === 1, 'true'), what: 'true: a replica takes no writes' },
  retry: OBJECT,
  parser_class: OBJECT,
  encoder_class: OBJECT,
  connection_class: OBJECT,
  redis_connect_func: OBJECT,
  credential_provider: OBJECT,
};

/** How a connection goes: what decides which keywords it has. */
export type Transport = 'tcp' | 'tls' | 'unix';

/** Values that have been checked; ask through `textOf` and `numberOf`. */
export type Keywords = Readonly<Record<string, unknown>>;

export interface CheckOptions {
  readonly transport: Transport;
  readonly placeOf: PlaceIn;
  /** What to write to have TLS, where that is what is missing. */
  readonly tlsHint: string;
}

/** Throws a usage error with the place of the first keyword that redis-py would not take. Gives the names that mean nothing here. */
export function checkKeywords(given: Keywords, { transport, placeOf, tlsHint }: CheckOptions): readonly string[] {
  for (const [name, value] of Object.entries(given)) {
    const place = placeOf([name]);
    if (name === 'ssl') throw refuse(place, "redis-py's connections take no 'ssl': recent versions of channels_redis fail on it", tlsHint);
    const keyword = Object.hasOwn(KEYWORDS, name) ? KEYWORDS[name]! : null;
    if (keyword === null)
      throw refuse(
        place,
        `a Redis host has no setting${quoted(name)}`,
        `It has ${Object.keys(KEYWORDS).slice(0, 6).join(', ')}, … as redis-py.`,
      );
    if (keyword.role === 'refused') throw refuse(place, `'${name}' ${keyword.what}`, 'Leave it out.');
    if (keyword.only === 'tls' && transport !== 'tls')
      throw refuse(place, `'${name}' is for connections over TLS, and redis-py fails on it without`, tlsHint);
    if (keyword.only === 'tcp' && transport === 'unix')
      throw refuse(place, `'${name}' is for connections over TCP, and redis-py fails on it with a unix socket`, 'Leave it out.');
    if (!keyword.takes(value)) throw refuse(place, `'${name}' takes ${keyword.what}`, hintFor(name));
  }
  return Object.keys(given).filter((name) => KEYWORDS[name]!.role === 'harmless');
}

function hintFor(name: string): string {
  if (name === 'host') return 'Write host: 127.0.0.1 (with quotes where YAML takes it for a number), and port: 6379; a URL is an address.';
  return 'Write it as redis-py takes it, or leave it out.';
}

export function refuse(place: string, message: string, hint: string): BenchError {
  return usageError(place === '' ? message : `${place}: ${message}`, hint);
}

const INTEGERS: ReadonlySet<string> = new Set(['db', 'max_connections', 'health_check_interval']);
const FLOATS: ReadonlySet<string> = new Set(['socket_timeout', 'socket_connect_timeout']);
const SWITCHES: ReadonlySet<string> = new Set(['socket_keepalive', 'retry_on_timeout', 'ssl_check_hostname']);
const FALSE: ReadonlySet<string> = new Set(['0', 'F', 'FALSE', 'N', 'NO']);

/** Values of a URL's query, which are text, as redis-py takes them. */
export function fromQuery(texts: Readonly<Record<string, string>>): Keywords {
  return Object.fromEntries(
    Object.entries(texts).map(([name, text]) => {
      if (SWITCHES.has(name)) return [name, !FALSE.has(text.toUpperCase())];
      // What is no number stays text, and is refused as such.
      const isNumeric = INTEGERS.has(name)
        ? /^\s*[+-]?\d+\s*$/.test(text)
        : FLOATS.has(name) && text.trim() !== '' && !Number.isNaN(Number(text));
      return [name, isNumeric ? Number(text) : text];
    }),
  );
}

/** A text, or a number that stands for one; null for none and for an empty one. */
export function textOf(keywords: Keywords, name: string): string | null {
  const value = keywords[name];
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value : null;
}

export function numberOf(keywords: Keywords, name: string, standard: number): number {
  const value = keywords[name];
  return value === undefined || value === null ? standard : Number(value);
}
