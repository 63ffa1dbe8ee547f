import { usageError } from '../core/errors.ts';

/** Where a Redis is and how to log in: the fields that a connection needs. */
export interface RedisAddress {
  readonly host?: string;
  readonly port?: number;
  /** Path of a unix socket, instead of host and port. */
  readonly path?: string;
  readonly db: number;
  readonly username?: string;
  readonly password?: string;
  readonly tls: boolean;
}

const FORMS = 'Use redis://[user:password@]host[:port][/db], rediss://… for TLS, or unix:///path/to/socket[?db=0].';

/** Reads `redis://`, `rediss://` and `unix://` URLs. Throws a usage error that does not repeat the password. */
export function parseRedisUrl(url: string): RedisAddress {
  const parsed = parse(url);
  if (parsed === null) throw usageError(`'${redactUrl(url)}' is not the URL of a Redis`, FORMS);
  const dbText = parsed.protocol === 'unix:' ? (parsed.searchParams.get('db') ?? '0') : parsed.pathname.slice(1) || '0';
  if (!/^\d+$/.test(dbText)) throw usageError(`'${redactUrl(url)}' names no database number`, FORMS);
  const login = {
    ...given('username', decodeURIComponent(parsed.username) || parsed.searchParams.get('username')),
    ...given('password', decodeURIComponent(parsed.password) || parsed.searchParams.get('password')),
    db: Number(dbText),
  };
  if (parsed.protocol === 'unix:') return { ...login, path: decodeURIComponent(parsed.pathname), tls: false };
  const host = parsed.hostname.replace(/^\[(.*)\]$/, '$1') || 'localhost';
  return { ...login, host, port: Number(parsed.port || 6379), tls: parsed.protocol === 'rediss:' };
}

function given(name: 'username' | 'password', value: string | null): Partial<Record<typeof name, string>> {
  return value === null || value === '' ? {} : { [name]: value };
}

function parse(url: string): URL | null {
  if (!/^(redis|rediss|unix):\/\//.test(url)) return null;
  try {
    // A URL without a host has no place for a login; the path of a socket needs none.
    return new URL(url.replace(/^(unix:\/\/[^/@]*@)\//, '$1socket/'));
  } catch {
    return null;
  }
}

/** The URL without its password, for everything that people or files get to see. */
export function redactUrl(url: string): string {
  return url
    .replace(/^([a-z]+:\/\/)([^/?#]*)@/i, (_, scheme: string, login: string) => {
      const user = login.split(':', 1)[0] ?? '';
      return `${scheme}${user}${login.includes(':') ? ':***' : ''}@`;
    })
    .replaceAll(/([?&]password=)[^&#]*/g, '$1***');
}
