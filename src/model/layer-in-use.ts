/**
 * The layer that servers say they use, which their settings may name whatever `--layer` says. Plain data, without secrets: it goes into
 * results.
 */
export interface LayerInUse {
  /** Class of the backend, as CHANNEL_LAYERS names it. */
  readonly backend: string;
  /** URLs of its Redis, without logins; empty where it uses none; null where the server does not tell. */
  readonly hosts: readonly string[] | null;
  /** What its keys begin with; null where the server does not tell. */
  readonly prefix: string | null;
}

const BACKEND = /^[\w.]{1,200}$/;
/** No login, no white space, no control character. */
const HOST = /^(rediss?|unix):\/\/[^\s@\p{C}]{1,300}$/u;
const PREFIX = /^[^\p{C}]{0,200}$/u;

/** Reads what a server says of its layer; null for what is no such thing. */
export function readLayerInUse(value: unknown): LayerInUse | null {
  if (value === null || typeof value !== 'object') return null;
  const { backend, hosts, prefix } = value as Readonly<Record<string, unknown>>;
  if (!isText(backend, BACKEND)) return null;
  return {
    backend,
    hosts: Array.isArray(hosts) && hosts.every((host) => isText(host, HOST)) ? (hosts as readonly string[]) : null,
    prefix: isText(prefix, PREFIX) ? prefix : null,
  };
}

function isText(value: unknown, form: RegExp): value is string {
  return typeof value === 'string' && form.test(value);
}
