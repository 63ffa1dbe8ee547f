import type { SettingValue } from '../model/layer-setting.ts';
import { HIDDEN } from '../model/secret.ts';
import { parseRedisUrl } from './address.ts';
import { readHost, type HostSpec } from './hosts.ts';
import type { Endpoint, Login, RedisHost, ServerAddress } from './redis-host.ts';

/** What identifies a host to people: never with a password. */
export function describeHost(host: HostSpec): string {
  return showHost(readHost(host).host);
}

/** The same of a host that was read. */
export function showHost(host: RedisHost): string {
  if (host.kind === 'sentinel') return `sentinel://${endpoints(host.sentinels)}/${host.master}`;
  if (host.kind === 'cluster') return `cluster://${showLogin(host.login, HIDDEN)}${endpoints(host.nodes)}`;
  return showServer(host, HIDDEN);
}

/** A host as it is pasted into a configuration, with a placeholder for every secret. */
export function hostToPaste(value: HostSpec, placeholder: string): SettingValue {
  const { host } = readHost(value);
  if (typeof value === 'string') return showServer(host as ServerAddress, placeholder, value);
  if (Array.isArray(value)) return value as SettingValue;
  return pasted(value as Readonly<Record<string, SettingValue>>, placeholder);
}

const SECRETS: ReadonlySet<string> = new Set(['password', 'ssl_password']);

function pasted(keywords: Readonly<Record<string, SettingValue>>, placeholder: string): SettingValue {
  const paste = ([key, entry]: readonly [string, SettingValue]): readonly [string, SettingValue] => {
    if (SECRETS.has(key) && entry !== null) return [key, placeholder];
    if (key === 'sentinel_kwargs' && entry !== null) return [key, pasted(entry as Readonly<Record<string, SettingValue>>, placeholder)];
    if (key === 'address') return [key, hostToPaste(entry as string, placeholder)];
    if (key === 'cluster') return [key, (entry as readonly HostSpec[]).map((node) => hostToPaste(node, placeholder))];
    return [key, entry];
  };
  return Object.fromEntries(Object.entries(keywords).map(paste));
}

function endpoints(nodes: readonly Endpoint[]): string {
  return nodes.map(({ host, port }) => authority(host, port)).join(',');
}

function authority(host: string, port: number): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** A name without a password may be a password that stands in the wrong place. */
function showLogin({ username, password }: Login, hidden: string): string {
  if (password === null) return username === null ? '' : `${hidden}@`;
  return `${encodeURIComponent(username ?? '')}:${hidden}@`;
}

/** As a URL; options of its query beside the login and the database are those of the text that it was read from. */
function showServer({ host, port, path, db, login, tls }: ServerAddress, hidden: string, url: string | null = null): string {
  const shownLogin = showLogin(login, hidden);
  const options = url === null ? [] : Object.entries(parseRedisUrl(url).keywords).filter(([name]) => !NOT_OF_QUERY.has(name));
  const query = [
    ...(path !== null && db !== 0 ? [`db=${db}`] : []),
    ...options.map(([name, value]) => `${name}=${SECRETS.has(name) ? hidden : encodeURIComponent(value)}`),
  ];
  const end = query.length === 0 ? '' : `?${query.join('&')}`;
  if (path !== null) return `unix://${shownLogin}${shownPath(path, hidden)}${end}`;
  return `redis${tls === null ? '' : 's'}://${shownLogin}${authority(host, port)}${db === 0 ? '' : `/${db}`}${end}`;
}

/** What stands before an @ may be a login whose slash was not encoded: redis-py takes it for a part of the path. */
function shownPath(path: string, hidden: string): string {
  const cut = path.lastIndexOf('@');
  return cut < 0 ? encodeURI(path) : `/${hidden}${encodeURI(path.slice(cut))}`;
}

const NOT_OF_QUERY: ReadonlySet<string> = new Set(['host', 'port', 'path', 'db', 'username', 'password']);
