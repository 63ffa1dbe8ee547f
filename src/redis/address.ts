/*
 * The URL of a Redis, read as redis-py reads it: what is an option for redis-py is one here, and what it cannot read is
 * refused. Nothing here shows the URL: where its parts are wrong, nobody knows which of them is the password.
 */

/** How a URL says that a Redis is reached. */
export type RedisScheme = 'redis' | 'rediss' | 'unix';

/** The parts of a URL, under the names that redis-py's connections give them. */
export interface RedisUrl {
  readonly scheme: RedisScheme;
  /** host, port, path, username, password, db, and whatever the query has, as text; only what the URL says. */
  readonly keywords: Readonly<Record<string, string>>;
  /** True where the path is no number: redis-py passes over it, and takes database 0. */
  readonly ignoresPath: boolean;
}

/** Why a text is not the URL of a Redis, without a word of it. */
export class NoRedisUrl extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'NoRedisUrl';
  }
}

const MAX_PORT = 65_535;
const ENCODE = 'a password with / ? # or @ in it has to be percent-encoded (# is %23, / is %2F, ? is %3F)';

/** Throws NoRedisUrl. */
export function parseRedisUrl(url: string): RedisUrl {
  const [, word, netloc, path, query, fragment] = /^([a-z]+):\/\/([^/?#]*)([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/is.exec(url) ?? [];
  const scheme = word?.toLowerCase();
  if (scheme !== 'redis' && scheme !== 'rediss' && scheme !== 'unix')
    throw new NoRedisUrl('it begins with none of redis://, rediss:// and unix://');
  const { login, place } = splitLogin(netloc!);
  if (login === null && [path, query, fragment].some((part) => part?.includes('@') === true) && (scheme !== 'unix' || place !== ''))
    throw new NoRedisUrl(`its login ends before the @: ${ENCODE}`);
  const options = queryOptions(query ?? '');
  const named = { ...options, ...loginOf(login) };
  if (scheme === 'unix') return { scheme, keywords: { ...named, ...(path === '' ? {} : { path: unquote(path!) }) }, ignoresPath: false };
  const database = unquote(path!).replaceAll('/', '');
  const isDatabase = /^\s*\+?\d+(_\d+)*\s*$/.test(database);
  return {
    scheme,
    keywords: {
      ...(isDatabase ? { db: String(Number(database.replaceAll('_', ''))) } : {}),
      ...named,
      ...hostAndPort(place),
    },
    ignoresPath: database !== '' && !isDatabase && options['db'] === undefined,
  };
}

function splitLogin(netloc: string): { readonly login: string | null; readonly place: string } {
  const cut = netloc.lastIndexOf('@');
  return cut < 0 ? { login: null, place: netloc } : { login: netloc.slice(0, cut), place: netloc.slice(cut + 1) };
}

function loginOf(login: string | null): Readonly<Record<string, string>> {
  if (login === null) return {};
  const cut = login.indexOf(':');
  const username = cut < 0 ? login : login.slice(0, cut);
  const password = cut < 0 ? '' : login.slice(cut + 1);
  return { ...(username === '' ? {} : { username: unquote(username) }), ...(password === '' ? {} : { password: unquote(password) }) };
}

function hostAndPort(place: string): Readonly<Record<string, string>> {
  const [, bracketed, plain, port = ''] = /^(?:\[([^[\]]*)\]|([^:[\]]*))(?::(.*))?$/s.exec(place) ?? [];
  const host = bracketed ?? plain;
  if (host === undefined) throw new NoRedisUrl('it has brackets that are not those of an IPv6 address');
  if (port !== '' && !(/^\d+$/.test(port) && Number(port) <= MAX_PORT))
    throw new NoRedisUrl(`its port is no number up to ${MAX_PORT}. One URL is one host; ${ENCODE}`);
  return {
    ...(host === '' ? {} : { host: unquote(host.toLowerCase()) }),
    // redis-py takes port 0 for none.
    ...(Number(port) === 0 ? {} : { port: String(Number(port)) }),
  };
}

/** The first value of each name; what has none is passed over. redis-py decodes values twice. */
function queryOptions(query: string): Readonly<Record<string, string>> {
  const found = new Map<string, string>();
  for (const pair of query.split('&')) {
    const cut = pair.indexOf('=');
    if (cut < 0 || cut === pair.length - 1) continue;
    const [name, value] = [pair.slice(0, cut), pair.slice(cut + 1)].map((part) => unquote(part.replaceAll('+', ' '))) as [string, string];
    if (!found.has(name)) found.set(name, unquote(value));
  }
  return Object.fromEntries(found);
}

/** Python's `unquote`: a % that begins no code stands for itself. */
function unquote(text: string): string {
  return text.replaceAll(/(?:%[0-9a-f]{2})+/gi, (codes) => Buffer.from(codes.replaceAll('%', ''), 'hex').toString('utf8'));
}
